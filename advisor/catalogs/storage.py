"""The table of storage provisioners: its shape (rules/catalog keeps the file) and its look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

Serves = Literal["many-nodes", "one-node", "node-local", "depends", "unknown"]


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition under which a provisioner serves something else; keys as in the file."""

    serves: Serves
    parameters: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    access_mode: str = ""
    condition: str = ""


class Provisioner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Provisioners that behave alike."""

    match: tuple[str, ...]
    serves: Serves
    sources: tuple[str, ...]
    outside: bool = False
    condition: str = ""
    cases: tuple[Case, ...] = ()


class StorageCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table; `sources` give the address behind each source's name, and `pod_drivers` make
    what they mount for one pod."""

    pod_drivers: tuple[str, ...] = ()
    provisioners: tuple[Provisioner, ...]
    volume_kinds: dict[str, Serves]
    sources: dict[str, str]


class CatalogAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the table says, under which condition, and the addresses it rests on. `outside` of a
    `depends`: it is outside the machines either way."""

    serves: Serves = "unknown"
    outside: bool = False
    condition: str = ""
    links: tuple[str, ...] = ()


def named(pattern: str, name: str) -> bool:
    """Whether a shell pattern matches the whole name of a provisioner."""
    return fnmatchcase(name, pattern)


def look_up(
    catalog: StorageCatalog,
    provisioner: str,
    parameters: Mapping[str, str],
    access_modes: Iterable[str] = (),
) -> CatalogAnswer | None:
    """What the table says of a provisioner with these parameters; None when it is not in it.

    `access_modes` are those of the volumes it has made.
    """
    for entry in catalog.provisioners:
        if any(named(pattern, provisioner) for pattern in entry.match):
            return _answer(catalog, entry, parameters, frozenset(access_modes))
    return None


def _answer(
    catalog: StorageCatalog,
    entry: Provisioner,
    parameters: Mapping[str, str],
    access_modes: frozenset[str],
) -> CatalogAnswer:
    chosen = next((case for case in entry.cases if _holds(case, parameters, access_modes)), entry)
    return CatalogAnswer(
        serves=chosen.serves,
        outside=chosen is entry and entry.outside,
        condition=chosen.condition,
        links=tuple(catalog.sources[source] for source in entry.sources),
    )


def _holds(case: Case, parameters: Mapping[str, str], access_modes: frozenset[str]) -> bool:
    if case.access_mode:
        return case.access_mode in access_modes
    given = (parameters[name].lower() for name in case.parameters if parameters.get(name))
    value = next(given, None)
    return value is not None and any(fnmatchcase(value, wanted.lower()) for wanted in case.values)
