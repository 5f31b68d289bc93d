"""Fields of objects whose shape nobody has checked, where what does not fit counts as absent; those
that say something, each with its path and name; and parts that are read once for each content."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

import msgspec

from advisor.facts.quantity import millicores, whole
from advisor.objects.roles import Path

_MOST = 2048
Found = TypeVar("Found")


def once_for_each_content(read: Callable[..., Found]) -> Callable[..., Found]:
    """`read`, a function of plain data alone, for manifests that are alike in most parts.

    What it gives is shared and must not be changed. Data that have no compact form are read anew.
    """
    known: dict[bytes, Found] = {}
    pack = msgspec.msgpack.Encoder().encode

    def reading(*parts: Any) -> Found:
        try:
            key = pack(parts)
        except (TypeError, ValueError, OverflowError):
            return read(*parts)
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = read(*parts)
        return known[key]

    return reading


Body = dict[str, Any]


def mapping(value: Any, *keys: str) -> Body:
    """The map that the keys lead to, else an empty one."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def entries(body: Body, key: str) -> list[Body]:
    """The maps in a list."""
    value = body.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text(body: Body, key: str) -> str:
    """A scalar as text, empty when it is absent."""
    return scalar(body.get(key))


def scalar(value: Any) -> str:
    """A scalar as the text it is in YAML, anything else as empty."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def texts(body: Body, key: str) -> tuple[str, ...]:
    """A list of scalars."""
    value = body.get(key)
    return tuple(map(scalar, value)) if isinstance(value, list) else ()


def number(body: Body, key: str) -> int | None:
    """A whole number, None when it is absent."""
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def scalars(body: Body) -> dict[str, str]:
    """The entries of a map that are scalars."""
    return {str(key): scalar(value) for key, value in body.items() if value is not None}


def quantity(value: Any) -> int | None:
    """A quantity in its base unit, None when it is not one."""
    return _amount(value, whole)


def cores(value: Any) -> int | None:
    """A CPU quantity in millicores, None when it is not one."""
    return _amount(value, millicores)


def _amount(value: Any, convert: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return int(convert(value))
    except (ValueError, OverflowError):
        return None


_SERVER_SET = frozenset(
    {
        "creationTimestamp",
        "managedFields",
        "uid",
        "resourceVersion",
        "generation",
        "selfLink",
        "ownerReferences",
    }
)
# Entries that say one thing together.
_WHOLE = frozenset(
    {
        "env",
        "envFrom",
        "ports",
        "volumeMounts",
        "volumes",
        "tolerations",
        "imagePullSecrets",
        "hostAliases",
        "httpHeaders",
        "topologySpreadConstraints",
    }
)
_LISTS_OF_WORDS = frozenset({"command", "args"})


def leaves(
    document: dict[str, Any], skipped: Collection[Path] = ()
) -> Iterator[tuple[Path, str, Any]]:
    """Path, name and value of each field; `skipped` are the paths of parts to leave out.

    What the server sets (status, uid...) is left out too. An entry of `env`, `volumes` and the
    like is one field, as is a whole command.
    """
    for key, value in document.items():
        if key != "status":
            yield from _below(value, (key,), key, skipped)


def _below(
    value: Any, path: Path, name: str, skipped: Collection[Path]
) -> Iterator[tuple[Path, str, Any]]:
    if path in skipped:
        return
    if type(value) is dict and value:
        if len(value) == 1 and "value" in value:
            yield path, name, value["value"]
            return
        for key, entry in value.items():
            if key not in _SERVER_SET:
                yield from _below(entry, (*path, key), f"{name}{_step(key)}", skipped)
    elif type(value) is list and value and path[-1] not in _LISTS_OF_WORDS:
        whole = path[-1] in _WHOLE
        for index, entry in enumerate(value):
            if whole:
                yield (*path, index), f"{name}[{index}]", entry
            else:
                yield from _below(entry, (*path, index), f"{name}[{index}]", skipped)
    elif value is not None:
        yield path, name, value


def spelled(path: Path) -> str:
    """The name a path has among the leaves."""
    first, *rest = path
    steps = (f"[{step}]" if isinstance(step, int) else _step(step) for step in rest)
    return f"{first}{''.join(steps)}"


def _step(key: str) -> str:
    return f'["{key}"]' if "." in key or "/" in key else f".{key}"
