"""How a later compose file goes over an earlier one, also one of another folder."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from advisor.readers.docker_run.mounts import parse_volume

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
        identity = _IDENTITIES.get(key)
        if identity is None:
            return [*below, *(entry for entry in above if entry not in below)]
        by_identity: dict[Any, Any] = {}
        for entry in (*below, *above):
            by_identity[identity(entry)] = entry
        return list(by_identity.values())
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


class Inclusion(NamedTuple):
    """How a file is included: the folder its paths are meant from, and its env files."""

    folder: str
    env_files: tuple[str, ...]


def inclusions(documents: Mapping[str, Body]) -> dict[str, Inclusion]:
    """By path, for what `include` names without a variable in it."""
    return {
        path: inclusion
        for file, document in documents.items()
        for path, inclusion in _inclusions(posixpath.dirname(file), document.get("include"))
    }


def _inclusions(folder: str, stated: Any) -> Iterator[tuple[str, Inclusion]]:
    for entry in stated if isinstance(stated, list) else [stated]:
        long = entry if isinstance(entry, dict) else {"path": entry}
        paths = [
            posixpath.normpath(posixpath.join(folder, path)) for path in _texts(long.get("path"))
        ]
        if not paths:
            continue
        own = _texts(long.get("project_directory"))
        base = posixpath.join(folder, own[0]) if own else posixpath.dirname(paths[0])
        named = [posixpath.join(folder, path) for path in _texts(long.get("env_file"))]
        env_files = tuple(named or [posixpath.join(base, ".env")])
        yield from ((path, Inclusion(posixpath.normpath(base), env_files)) for path in paths)


def relocated(body: Body, folder: str) -> Body:
    """A service whose relative paths are meant from `folder`, itself relative."""
    if folder in ("", "."):
        return body
    moves = {"volumes": _volume, "env_file": _env_file}
    return {
        key: _each(value, moves[key], folder) if key in moves else value
        for key, value in body.items()
    }


def _each(value: Any, move: Any, folder: str) -> Any:
    if isinstance(value, Tagged):
        return Tagged(value.tag, _each(value.value, move, folder))
    if isinstance(value, list):
        return [move(entry, folder) for entry in value]
    return move(value, folder)


def _volume(entry: Any, folder: str) -> Any:
    if isinstance(entry, dict):
        source = entry.get("source")
        if entry.get("type") != "bind" or not isinstance(source, str):
            return entry
        return {**entry, "source": _below(folder, source)}
    if not isinstance(entry, str) or not entry.startswith("."):
        return entry
    source, colon, rest = entry.partition(":")
    return f"{_below(folder, source)}{colon}{rest}"


def _env_file(entry: Any, folder: str) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("path"), str):
        return {**entry, "path": _below(folder, entry["path"])}
    return _below(folder, entry) if isinstance(entry, str) else entry


def _below(folder: str, path: str) -> str:
    """A path that begins with a variable is left alone: it may be an absolute one."""
    if not path or not (path[0].isascii() and path[0] not in "/~"):
        return path
    moved = posixpath.normpath(posixpath.join(folder, path))
    shown = moved if moved.startswith((".", "/")) else f"./{moved}"
    return f"{shown}/" if path.endswith("/") else shown


def _texts(value: Any) -> list[str]:
    stated = value if isinstance(value, list) else [value]
    return [text for text in stated if isinstance(text, str) and text and "$" not in text]
