"""Paths of files in other folders, as the first file would write them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from advisor.readers.compose.merging import Tagged

Body = dict[str, Any]


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
