"""What the user named, as the inputs to read: of a folder the files that git keeps."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import InputError
from advisor.files import STANDARD_STREAM
from advisor.readers.compose.input import overrides
from advisor.readers.dispatch import COMMAND_LINE
from advisor.readers.file_kinds import (
    KUSTOMIZATIONS,
    kind_by_name,
    kind_by_text,
    made_by_others,
    may_say_in_text,
    render_by_kustomize,
)
from advisor.readers.result import Input
from advisor.readers.script_jobs import COMMAND_READERS
from advisor.readers.text import read_text

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from advisor.readers.compose.input import Part, Referred


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

_MOST_CHARACTERS = 2**20
"""The longest part of a file of patterns that is read."""

_MOST_STARS = 3
"""In a pattern's `**` folders, and in each step between slashes; one with more is passed over."""

_FILE = ".gitignore"
_SEVERAL_FOLDERS = re.compile(r"(?:\*\*/)+")


NO_FILE = "is a pipe, a socket or a device, and is not read"


class Skipped(NamedTuple):
    """A link that is not followed, or what is no file, and why."""

    path: str
    why: str


def walk(folder: str, exclude: Sequence[str] = ()) -> Iterator[str | InputError | Skipped]:
    """The regular files that git does not ignore. Links to folders are not followed, so there are
    no loops, nor are links to what is not in `folder`: it may be a stranger's. A folder that cannot
    be opened is an error among the files. `exclude` are patterns as in .gitignore.
    """
    top = os.path.realpath(folder)
    waiting: list[tuple[str, _GitIgnore] | str | Skipped] = [
        (folder, _GitIgnore.above(folder).excluding(exclude, folder))
    ]
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
    entry: os.DirEntry[str], ignore: _GitIgnore, top: str
) -> tuple[str, _GitIgnore] | str | Skipped | None:
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
        # A link: the file where it leads to one of the same folder.
        if os.path.isdir(path):
            return None
        if not os.path.exists(path):
            return Skipped(path, "the link leads nowhere")
        if not os.path.realpath(path).startswith(top.rstrip(os.sep) + os.sep):
            return Skipped(path, "the link leads out of the folder and is not followed")
        return path if os.path.isfile(path) else None
    return path if _is_file(entry) else Skipped(path, NO_FILE)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return True


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


class _Patterns(NamedTuple):
    folder: str
    spec: GitIgnoreSpec


class _GitIgnore:
    """The patterns that hold in one folder, its parents' up to the repository's top included."""

    def __init__(
        self, patterns: tuple[_Patterns, ...] = (), named: _Patterns | None = None
    ) -> None:
        self._patterns = patterns
        self._named = named

    @classmethod
    def above(cls, folder: str) -> _GitIgnore:
        """What the repository that `folder` is in says before the folder itself is looked at."""
        path = Path(folder).absolute()
        top = next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)
        if top is None:
            return cls()
        ignore = cls()._with(top / ".git" / "info" / "exclude", str(top))
        between = [parent for parent in reversed(path.parents) if parent.is_relative_to(top)]
        for parent in between:
            ignore = ignore._with(parent / _FILE, str(parent))
        return ignore

    def excluding(self, lines: Sequence[str], folder: str) -> _GitIgnore:
        """With the patterns that the user named for this folder, which no file in it takes back.

        Raises InputError for what is no pattern.
        """
        for line in lines:
            if _spec([line]) is None:
                what = f"'{line}' is no pattern"
                raise InputError(what, where="--exclude", remedy="as in: --exclude 'old/'")
        if (spec := _spec(lines)) is None or not lines:
            return self
        return _GitIgnore(self._patterns, _Patterns(str(Path(folder).absolute()), spec))

    def within(self, folder: str) -> _GitIgnore:
        """The patterns that hold in `folder`, which must be below the last one."""
        absolute = Path(folder).absolute()
        return self._with(absolute / _FILE, str(absolute))

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether git leaves the file or folder alone; the nearest pattern that fits decides."""
        if not (self._patterns or self._named):
            return False
        absolute = str(Path(path).absolute())
        named = (self._named,) if self._named else ()
        for patterns in (*named, *reversed(self._patterns)):
            below = absolute[len(patterns.folder) :].lstrip("/")
            included = patterns.spec.check_file(below + "/" * is_folder).include
            if included is not None:
                return bool(included)
        return False

    def _with(self, file: Path, folder: str) -> _GitIgnore:
        lines = _lines(file)
        spec = _spec([line for line in lines if _spec([line]) is not None]) if lines else None
        if spec is None:
            return self
        return _GitIgnore((*self._patterns, _Patterns(folder, spec)), self._named)


def _spec(lines: Sequence[str]) -> GitIgnoreSpec | None:
    """The patterns of the lines; None where one of them is none."""
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        # `[[a]` may mean something else to a Python to come.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return GitIgnoreSpec.from_lines(lines)
        except (ValueError, re.error):
            return None


def _lines(file: Path) -> list[str]:
    """The patterns of the file that can be matched in time; none when it cannot be read."""
    try:
        if file.is_symlink() or not file.is_file():
            return []  # as git, which follows no link here
        with file.open(errors="replace") as stream:
            lines = stream.read(_MOST_CHARACTERS).splitlines()
    except (OSError, ValueError):
        return []
    return [
        line
        for line in (_SEVERAL_FOLDERS.sub("**/", pattern) for pattern in lines)
        if _is_cheap(line)
    ]


def _is_cheap(pattern: str) -> bool:
    """Whether it has few enough stars: each one multiplies the time that a long name takes."""
    steps = pattern.split("/")
    return steps.count("**") <= _MOST_STARS and all(
        step.count("*") <= _MOST_STARS for step in steps
    )


MOST_COMPOSE = 2**20
"""Bytes of a compose file that are looked at to see what it is to its neighbours."""

_PROGRAMS = "|".join(
    ("sudo", "env", "time", "kubectl", *(reader.programs for reader in COMMAND_READERS))
)
_COMMAND = re.compile(rf"[\s$#(>]*(?:\w+=\S*\s+)*(?:\w+-)?(?:{_PROGRAMS})(?:-[\w-]+)?\s", re.DOTALL)


def inputs_of(spec: str, exclude: Sequence[str] = ()) -> Iterator[Input | InputError]:
    """The inputs behind one argument: a file, a folder's files but for those that a pattern of
    `exclude` fits, standard input or a command."""
    if spec == STANDARD_STREAM:
        yield Input(STANDARD_STREAM)
    elif _is_folder(spec):
        yield from _folder(spec, exclude)
    elif _exists(spec):
        yield _file(spec)
    elif _COMMAND.match(spec) or "\n" in spec.strip():
        yield Input(COMMAND_LINE, text=spec)
    else:
        yield _missing(spec)


def _file(path: str) -> Input:
    if os.path.basename(path) in KUSTOMIZATIONS:
        return Input(path, skipped=render_by_kustomize(os.path.dirname(path)))
    return Input(path, kind_by_name(path)[1], more=overrides(path))


def _folder(folder: str, exclude: Sequence[str]) -> Iterator[Input | InputError]:
    """The files of a folder; compose files that belong together are one input."""
    files = list(walk(folder, exclude))
    texts = _compose_texts([path for path in files if isinstance(path, str)])
    parts, referred = _compose_parts(texts)
    made = made_by_others([path for path in files if isinstance(path, str)], _text)
    for path in files:
        if isinstance(path, InputError):
            yield path
            continue
        if isinstance(path, str) and (why := made.get(os.path.normpath(path))) is not None:
            if why:
                yield Input(path, named=False, skipped=why, top=folder)
            continue
        if isinstance(path, Skipped):
            settled, kind = kind_by_name(path.path)
            if path.why == NO_FILE:
                folders = map(os.path.dirname, texts if kind == "compose" else ())
                if kind is not None and os.path.dirname(path.path) not in folders:
                    yield InputError(NO_FILE, where=path.path, remedy="copy it to a file")
            elif kind is not None or not settled:
                yield Input(path.path, named=False, skipped=path.why, top=folder)
            continue
        settled, kind = kind_by_name(path)
        if kind == "compose" or path in texts:
            if part := parts.get(path):
                yield Input(
                    path, "compose", more=part.more, named=False, notes=part.notes, top=folder
                )
        elif referred.leaves_out(path):
            continue
        elif kind is not None or (not settled and may_say_in_text(path)):
            yield Input(path, kind, named=False, top=folder)


def _compose_texts(paths: Sequence[str]) -> dict[str, str]:
    """By path, the files that compose reads: those of its names, and what lies beside one and has
    services."""
    texts = {path: _text(path) for path in paths if kind_by_name(path)[1] == "compose"}
    folders = {os.path.dirname(path) for path in texts}
    for path in paths:
        beside = os.path.dirname(path) in folders and path.endswith((".yaml", ".yml"))
        if beside and not kind_by_name(path)[0] and kind_by_text(_text(path), path) == "compose":
            texts[path] = _text(path)
    return {path: texts[path] for path in paths if path in texts}


def _compose_parts(texts: Mapping[str, str]) -> tuple[dict[str, Part], Referred]:
    """By path, the compose files to read, and what they take from other files."""
    from advisor.readers.compose.input import read_together, referred_files

    referred = referred_files(texts)
    by_folder: dict[str, dict[str, str]] = {}
    for path, text in texts.items():
        by_folder.setdefault(os.path.dirname(path), {})[path] = text
    parts = [
        part for of_folder in by_folder.values() for part in read_together(of_folder, referred)
    ]
    return {part.path: part for part in parts}, referred


def _text(path: str) -> str:
    """The text of a file; what cannot be read is reported once it is read as an input."""
    try:
        content = read_text(path, most=MOST_COMPOSE) if os.path.isfile(path) else None
    except (InputError, OSError):
        return ""
    return content.text if content else ""


def _missing(spec: str) -> InputError:
    what = "there is no such file or folder, and it is no command"
    return InputError(
        what if spec.strip() else "an empty name is no file, no folder and no command",
        where=spec[:200].strip(),
        remedy="name a file or a folder, or quote a whole docker run or runai submit command",
    )


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False


def _is_folder(path: str) -> bool:
    try:
        return os.path.isdir(path)
    except ValueError:
        return False
