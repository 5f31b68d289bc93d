"""What the user named, as the inputs to read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from advisor.errors import InputError
from advisor.files import STANDARD_STREAM
from advisor.readers.compose_files import belongs_to_another, overrides
from advisor.readers.dispatch import COMMAND_LINE
from advisor.readers.file_kinds import kind_by_name, may_say_in_text
from advisor.readers.result import Input
from advisor.readers.tree import Skipped, walk

_PROGRAMS = (
    *("sudo", "env", "docker", "nvidia-docker", "podman", "podman-hpc", "nerdctl", "runai"),
    *("srun", "apptainer", "singularity", "enroot", "shifter"),
)
_COMMAND = re.compile(rf"[\s$#(>]*(?:\w+=\S*\s+)*(?:{'|'.join(_PROGRAMS)})\s", re.DOTALL)


def inputs_of(spec: str) -> Iterator[Input | InputError]:
    """The inputs behind one argument: a file, a folder's files, standard input or a command."""
    if spec == STANDARD_STREAM:
        yield Input(STANDARD_STREAM)
    elif _is_folder(spec):
        yield from _folder(spec)
    elif _exists(spec):
        yield _file(spec)
    elif _COMMAND.match(spec) or "\n" in spec.strip():
        yield Input(COMMAND_LINE, text=spec, required=True)
    else:
        yield _missing(spec)


def _file(path: str) -> Input:
    return Input(path, kind_by_name(path)[1], more=overrides(path))


def _folder(folder: str) -> Iterator[Input | InputError]:
    for path in walk(folder):
        if isinstance(path, InputError):
            yield path
            continue
        if isinstance(path, Skipped):
            settled, kind = kind_by_name(path.path)
            if kind is not None or not settled:
                yield Input(path.path, named=False, skipped=path.why)
            continue
        settled, kind = kind_by_name(path)
        if kind == "compose":
            if not belongs_to_another(path):
                yield Input(path, kind, more=overrides(path), named=False)
        elif kind is not None or (not settled and may_say_in_text(path)):
            yield Input(path, kind, named=False)


def _missing(spec: str) -> InputError:
    what = "there is no such file or folder, and it is no command"
    return InputError(
        what,
        where=spec[:200],
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
