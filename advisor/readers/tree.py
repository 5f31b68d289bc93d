"""The files of a folder and below, in the order of their paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from advisor.errors import InputError
from advisor.readers.gitignore import GitIgnore

SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".mypy_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "site-packages",
        "venv",
    }
)
"""Folders of tools: what is in them is not the user's own."""


class Skipped(NamedTuple):
    """A link that is not followed, and why."""

    path: str
    why: str


def walk(folder: str) -> Iterator[str | InputError | Skipped]:
    """The regular files that git does not ignore. Links to folders are not followed, so there are
    no loops, nor are links to what is not in `folder`: it may be a stranger's. A folder that cannot
    be opened is an error among the files.
    """
    top = os.path.realpath(folder)
    waiting: list[tuple[str, GitIgnore] | str | Skipped] = [(folder, GitIgnore.above(folder))]
    while waiting:
        at = waiting.pop()
        if isinstance(at, (str, Skipped)):
            yield at
            continue
        path, outer = at
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield InputError(f"cannot be opened: {_reason(error)}", where=path)
            continue
        ignore = outer.within(path)
        for entry in entries:
            if (below := _below(entry, ignore, top)) is not None:
                waiting.append(below)


def _below(
    entry: os.DirEntry[str], ignore: GitIgnore, top: str
) -> tuple[str, GitIgnore] | str | Skipped | None:
    """A folder to look into, a file, or None for what is left alone."""
    path = os.path.normpath(entry.path)
    is_folder = entry.is_dir(follow_symlinks=False)
    if is_folder and entry.name in SKIPPED:
        return None
    if ignore.ignores(path, is_folder=is_folder):
        return None
    if is_folder:
        return path, ignore
    if entry.is_symlink():
        return _behind(path, top)
    return path if _is_file(entry) else None


def _behind(path: str, top: str) -> str | Skipped | None:
    """A link: the file where it leads to one of the same folder."""
    if os.path.isdir(path):
        return None
    if not os.path.exists(path):
        return Skipped(path, "the link leads nowhere")
    if not os.path.realpath(path).startswith(top.rstrip(os.sep) + os.sep):
        return Skipped(path, "the link leads out of the folder and is not followed")
    return path if os.path.isfile(path) else None


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
