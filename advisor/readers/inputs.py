"""What the user named, as the inputs to read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.files import STANDARD_STREAM
from advisor.readers.compose.siblings import overrides
from advisor.readers.dispatch import COMMAND_LINE
from advisor.readers.file_kinds import kind_by_name, kind_by_text, may_say_in_text
from advisor.readers.result import Input
from advisor.readers.script_jobs import COMMAND_READERS
from advisor.readers.text import read_text
from advisor.readers.tree import Skipped, walk

if TYPE_CHECKING:
    from advisor.readers.compose.siblings import Part, Referred

MOST_COMPOSE = 2**20
"""Bytes of a compose file that are looked at to see what it is to its neighbours."""

_PROGRAMS = "|".join(
    ("sudo", "env", "time", "kubectl", *(reader.programs for reader in COMMAND_READERS))
)
_COMMAND = re.compile(rf"[\s$#(>]*(?:\w+=\S*\s+)*(?:\w+-)?(?:{_PROGRAMS})(?:-[\w-]+)?\s", re.DOTALL)


def inputs_of(spec: str) -> Iterator[Input | InputError]:
    """The inputs behind one argument: a file, a folder's files, standard input or a command."""
    if spec == STANDARD_STREAM:
        yield Input(STANDARD_STREAM)
    elif _is_folder(spec):
        yield from _folder(spec)
    elif _exists(spec):
        yield _file(spec)
    elif _COMMAND.match(spec) or "\n" in spec.strip():
        yield Input(COMMAND_LINE, text=spec)
    else:
        yield _missing(spec)


def _file(path: str) -> Input:
    return Input(path, kind_by_name(path)[1], more=overrides(path))


def _folder(folder: str) -> Iterator[Input | InputError]:
    """The files of a folder; compose files that belong together are one input."""
    files = list(walk(folder))
    texts = _compose_texts([path for path in files if isinstance(path, str)])
    parts, referred = _compose_parts(texts)
    for path in files:
        if isinstance(path, InputError):
            yield path
            continue
        if isinstance(path, Skipped):
            settled, kind = kind_by_name(path.path)
            if kind is not None or not settled:
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
    from advisor.readers.compose.siblings import read_together, referred_files

    referred = referred_files(texts)
    by_folder: dict[str, dict[str, str]] = {}
    for path, text in texts.items():
        by_folder.setdefault(os.path.dirname(path), {})[path] = text
    parts = [
        part for of_folder in by_folder.values() for part in read_together(of_folder, referred)
    ]
    return {part.path: part for part in parts}, referred


def _text(path: str) -> str:
    """The text of a file; what cannot be read is told once it is read as an input."""
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
