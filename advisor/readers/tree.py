"""The files of a folder and below, in the order of their paths."""

from __future__ import annotations

import os
from collections.abc import Iterator

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


def walk(folder: str) -> Iterator[str | InputError]:
    """The regular files that git does not ignore. Links to folders are not followed, so there are
    no loops; a folder that cannot be opened is an error among the files.
    """
    waiting: list[tuple[str, GitIgnore] | str] = [(folder, GitIgnore.above(folder))]
    while waiting:
        at = waiting.pop()
        if isinstance(at, str):
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
            if (below := _below(entry, ignore)) is not None:
                waiting.append(below)


def _below(entry: os.DirEntry[str], ignore: GitIgnore) -> tuple[str, GitIgnore] | str | None:
    """A folder to look into, a file, or None for what is left alone."""
    path = os.path.normpath(entry.path)
    is_folder = entry.is_dir(follow_symlinks=False)
    if is_folder and entry.name in SKIPPED:
        return None
    if ignore.ignores(path, is_folder=is_folder):
        return None
    if is_folder:
        return path, ignore
    return path if _is_readable_kind(entry) else None


def _is_readable_kind(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a link to one; a link that leads nowhere is an error when read."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))
    except OSError:
        return True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
