"""The parts that every Kubernetes object and list has."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from advisor.facts.quantity import resources, whole

T = TypeVar("T")
Amount = str | int | float
"""A quantity before it is parsed."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """An object of the API; unknown fields are skipped, absent and null ones are None. `ALWAYS` is
    the field beside the name that no server leaves out."""

    ALWAYS: ClassVar[str] = ""


class OwnerReference(Wire, frozen=True, kw_only=True):
    """Who made an object; at most one owner has `controller` set."""

    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    controller: bool | None = None


class ObjectMeta(Wire, frozen=True, kw_only=True):
    """The metadata of any object."""

    name: str | None = None
    namespace: str | None = None
    labels: dict[str, str | None] | None = None
    annotations: dict[str, str | None] | None = None
    owner_references: list[OwnerReference | None] | None = None


class ListMeta(Wire, frozen=True, kw_only=True):
    """The metadata of a list; `token` asks for the next page."""

    token: str | None = msgspec.field(default=None, name="continue")
    remaining_item_count: int | None = None


class Page(Wire, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `kind` is that of its objects with `List`."""

    kind: str | None = None
    metadata: ListMeta | None = None
    items: list[T | None] | msgspec.UnsetType | None = msgspec.UNSET


class RawPage(Wire, frozen=True, kw_only=True):
    """A page whose objects are not decoded yet, for when one of them is malformed."""

    kind: str | None = None
    metadata: ListMeta | None = None
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET


class Named(Wire, frozen=True, kw_only=True):
    """Any object of which only the name matters."""

    metadata: ObjectMeta | None = None


class BareName(Wire, frozen=True, kw_only=True):
    """Just the names in the metadata of an object that is malformed elsewhere."""

    name: str | None = None
    namespace: str | None = None


class BarelyNamed(Wire, frozen=True, kw_only=True):
    """A malformed object as far as its name goes."""

    metadata: BareName | None = None


class Status(Wire, frozen=True, kw_only=True):
    """What the API answers when it refuses."""

    message: str | None = None
    reason: str | None = None
    metadata: ListMeta | None = None


def without_nulls(mapping: dict[str, str | None] | None) -> dict[str, str]:
    """A map with null values as empty strings, as the API itself reads them."""
    return {key: value or "" for key, value in (mapping or {}).items()}


def present(values: list[T | None] | None) -> list[T]:
    """A list without its nulls."""
    return [value for value in values or () if value is not None]


def amounts(stated: dict[str, Amount | None] | None) -> dict[str, int]:
    """A resource list in base units; an amount that is null or not a quantity is left out."""
    return resources({name: str(value) for name, value in (stated or {}).items() if value})


def amount(stated: dict[str, Amount | None] | None, name: str) -> int | None:
    """One amount of a resource list, or None when it is not stated or not a quantity."""
    return amounts(stated).get(name)


def size(stated: object) -> int | None:
    """A single quantity in bytes, or None when it is not one."""
    if not isinstance(stated, str | int | float) or isinstance(stated, bool):
        return None
    try:
        return whole(stated)
    except (ValueError, OverflowError):
        return None


def inner(body: dict[str, Any], key: str) -> dict[str, Any]:
    """The map at a key, empty where there is none or something else."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}
