"""Which files of a folder git leaves alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MOST_CHARACTERS = 2**20
"""Of a file of patterns that are read."""

MOST_STARS = 3
"""In a pattern's `**` folders, and in each step between slashes; one with more is passed over."""

_FILE = ".gitignore"
_SEVERAL_FOLDERS = re.compile(r"(?:\*\*/)+")


class _Patterns(NamedTuple):
    folder: str
    spec: GitIgnoreSpec


class GitIgnore:
    """The patterns that hold in one folder, its parents' up to the repository's top included."""

    def __init__(self, patterns: tuple[_Patterns, ...] = ()) -> None:
        self._patterns = patterns

    @classmethod
    def above(cls, folder: str) -> GitIgnore:
        """What the repository that `folder` is in says before the folder itself is looked at."""
        path = Path(folder).absolute()
        top = next((one for one in (path, *path.parents) if (one / ".git").exists()), None)
        if top is None:
            return cls()
        ignore = cls()._with(top / ".git" / "info" / "exclude", str(top))
        between = [one for one in reversed(path.parents) if one.is_relative_to(top)]
        for one in between:
            ignore = ignore._with(one / _FILE, str(one))
        return ignore

    def within(self, folder: str) -> GitIgnore:
        """The patterns that hold in `folder`, which must be below the last one."""
        absolute = Path(folder).absolute()
        return self._with(absolute / _FILE, str(absolute))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether git leaves the file or folder alone; the nearest pattern that fits decides."""
        if not self._patterns:
            return False
        absolute = str(Path(path).absolute())
        for patterns in reversed(self._patterns):
            below = absolute[len(patterns.folder) :].lstrip("/")
            included = patterns.spec.check_file(below + "/" * is_folder).include
            if included is not None:
                return included
        return False

    def _with(self, file: Path, folder: str) -> GitIgnore:
        lines = _lines(file)
        if not lines:
            return self
        from pathspec import GitIgnoreSpec

        kept = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except (ValueError, re.error):
                continue
            kept.append(line)
        return GitIgnore((*self._patterns, _Patterns(folder, GitIgnoreSpec.from_lines(kept))))


def _lines(file: Path) -> list[str]:
    """The patterns of the file that can be matched in time; none when it cannot be read."""
    try:
        if not file.is_file():
            return []
        with file.open(errors="replace") as stream:
            lines = stream.read(MOST_CHARACTERS).splitlines()
    except (OSError, ValueError):
        return []
    return [line for line in (_SEVERAL_FOLDERS.sub("**/", one) for one in lines) if _is_cheap(line)]


def _is_cheap(pattern: str) -> bool:
    """Whether it has few enough stars: each one multiplies the time that a long name takes."""
    steps = pattern.split("/")
    return steps.count("**") <= MOST_STARS and all(step.count("*") <= MOST_STARS for step in steps)
