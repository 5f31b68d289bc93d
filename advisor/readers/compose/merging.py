"""How a later compose file goes over an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from advisor.readers.docker_run.volumes import parse_volume

Body = dict[str, Any]
_REPLACED = frozenset({"command", "entrypoint", "test"})
_PAIRS = frozenset(
    {"environment", "labels", "annotations", "sysctls", "extra_hosts", "args", "driver_opts"}
)
_NAMES = frozenset({"depends_on", "networks"})


class Tagged(NamedTuple):
    """A value behind `!reset` or `!override`."""

    tag: str
    value: Any


def merged(below: Any, above: Any, key: str = "") -> Any:
    """`above` laid over `below`: maps by key, lists one after the other, entries for one target
    once; commands as a whole."""
    if isinstance(above, Tagged):
        return above if above.tag in ("!reset", "!override") else merged(below, above.value, key)
    below = unmarked(below)
    if key in _REPLACED:
        return below if above is None else above
    if key in _PAIRS and not _both(below, above, dict):
        below, above = as_pairs(below), as_pairs(above)
    if key in _NAMES and not (_both(below, above, dict) or _both(below, above, list)):
        below, above = _as_names(below), _as_names(above)
    if _both(below, above, dict):
        both = {name: merged(below.get(name), value, name) for name, value in above.items()}
        return {**below, **both}
    if _both(below, above, list):
        return _lists(below, above, key)
    return below if above is None else above


def unmarked(value: Any) -> Any:
    """The value without marks: what is reset is not there."""
    if isinstance(value, Tagged):
        return None if value.tag == "!reset" else unmarked(value.value)
    if isinstance(value, dict):
        return {
            key: unmarked(entry)
            for key, entry in value.items()
            if not (isinstance(entry, Tagged) and entry.tag == "!reset")
        }
    return [unmarked(entry) for entry in value] if isinstance(value, list) else value


def as_pairs(value: Any) -> Body:
    """`NAME=VALUE` entries as a map; a bare name has no value."""
    if isinstance(value, dict):
        return value
    pairs: Body = {}
    for entry in value if isinstance(value, list) else []:
        name, separator, rest = str(entry).partition("=")
        if not separator and ":" in name:
            name, separator, rest = str(entry).partition(":")
        pairs[name] = rest if separator else None
    return pairs


def _as_names(value: Any) -> Body:
    if isinstance(value, dict):
        return value
    return dict.fromkeys(map(str, value)) if isinstance(value, list) else {}


def _both(below: Any, above: Any, kind: type) -> bool:
    return isinstance(below, kind) and isinstance(above, kind)


def _lists(below: list[Any], above: list[Any], key: str) -> list[Any]:
    identity = _IDENTITIES.get(key)
    if identity is None:
        return [*below, *(entry for entry in above if entry not in below)]
    by_identity: dict[Any, Any] = {}
    for entry in (*below, *above):
        by_identity[identity(entry)] = entry
    return list(by_identity.values())


def _mount_target(entry: Any) -> Any:
    if isinstance(entry, dict):
        return str(entry.get("target"))
    try:
        return parse_volume(str(entry)).target
    except ValueError:
        return str(entry)


def _secret_target(entry: Any) -> Any:
    if isinstance(entry, dict):
        return str(entry.get("target") or entry.get("source"))
    return str(entry)


def _port(entry: Any) -> Any:
    if isinstance(entry, dict):
        return tuple(str(entry.get(key)) for key in ("host_ip", "published", "target", "protocol"))
    return str(entry)


_IDENTITIES: dict[str, Callable[[Any], Any]] = {
    "volumes": _mount_target,
    "secrets": _secret_target,
    "configs": _secret_target,
    "ports": _port,
}
