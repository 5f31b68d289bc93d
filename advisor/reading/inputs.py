"""What the user named, as the inputs to read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePath

from advisor.errors import InputError
from advisor.files import STANDARD_STREAM
from advisor.reading.kinds import kind_by_name, may_hold_jobs
from advisor.reading.readers import COMMAND_LINE
from advisor.reading.result import Input
from advisor.reading.tree import walk

_COMMAND = re.compile(
    r"[\s$#(>]*(?:\w+=\S*\s+)*(?:sudo|env|docker|nvidia-docker|podman|nerdctl|runai)\s", re.DOTALL
)
_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDE = re.compile(r"(?:docker-)?compose\.override\.ya?ml", re.IGNORECASE)


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
    more = _overrides(path) if os.path.basename(path) in _BASES else ()
    return Input(path, kind_by_name(path)[1], more=more)


def _folder(folder: str) -> Iterator[Input | InputError]:
    for path in walk(folder):
        if isinstance(path, InputError):
            yield path
        elif may_hold_jobs(path) and not _belongs_to_another(path):
            more = _overrides(path) if os.path.basename(path) in _BASES else ()
            yield Input(path, kind_by_name(path)[1], more=more, named=False)


def _overrides(path: str) -> tuple[str, ...]:
    """The override file that goes over a compose file without being named."""
    folder, name = os.path.split(path)
    stem = PurePath(name).stem
    names = [f"{stem}.override.yaml", f"{stem}.override.yml"]
    found = [os.path.join(folder, one) for one in names if _exists(os.path.join(folder, one))]
    return tuple(found[:1])


def _belongs_to_another(path: str) -> bool:
    """Whether it is read together with the compose file that it goes over, or never by compose."""
    folder, name = os.path.split(path)
    if _OVERRIDE.fullmatch(name):
        stem = name.lower().split(".", 1)[0]
        bases = [base for base in _BASES if base.startswith(f"{stem}.")]
    else:
        bases = list(_BASES[: _BASES.index(name)]) if name in _BASES else []
    return any(_exists(os.path.join(folder, base)) for base in bases)


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
