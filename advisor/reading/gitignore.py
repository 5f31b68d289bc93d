"""Which files of a folder git leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_FILE = ".gitignore"


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
        try:
            lines = file.read_text(errors="replace").splitlines()
        except (OSError, ValueError):
            return self
        from pathspec import GitIgnoreSpec

        kept = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError:
                continue
            kept.append(line)
        return GitIgnore((*self._patterns, _Patterns(folder, GitIgnoreSpec.from_lines(kept))))
