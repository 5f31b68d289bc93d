"""Finding a submit command of runai among the words of a shell command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from advisor.readers.runai.flags import first_catalog, second_catalog

DISTRIBUTED = frozenset({"pytorch", "mpi", "tensorflow", "xgboost", "jax"})
"""Frameworks whose jobs have a subcommand of their own."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL | re.ASCII)
_WRAPPERS = frozenset({"sudo", "env", "time", "exec", "command", "nohup", "winpty"})
_PROGRAM = re.compile(r"runai(?:-[\w-]+)?")
"""A site with several clusters names a program after each: `runai-rcp-prod`."""
_VALUED_GLOBALS = frozenset({"-p", "--project", "--loglevel", "--config-file", "--config-path"})


class SubmitCommand(NamedTuple):
    """`version` is 1 or 2, `name` the command's in that version's table; `words` are the numbers
    of the program's and the command's words, and of those before; `start` follows the program.

    `runai submit` is version 1; it may turn out to be the deprecated one of version 2.
    """

    version: int
    name: str
    words: tuple[int, ...]
    start: int


def find_submit(texts: Sequence[str]) -> SubmitCommand | None:
    """None when the words submit nothing. Global flags may stand between the command's words."""
    start = _program(texts)
    if start is None:
        return None
    numbers = _positions(texts, start + 1)
    for length in range(min(4, len(numbers)), 0, -1):
        spoken = " ".join(texts[number] for number in numbers[:length])
        spoken_command = _commands().get(spoken)
        if spoken == _ANY_FRAMEWORK:
            spoken_command = (2, _framework(texts))
        if spoken_command:
            words = (*range(start + 1), *numbers[:length])
            return SubmitCommand(spoken_command[0], spoken_command[1], words, start + 1)
    return None


_ANY_FRAMEWORK = "distributed submit"
_FRAMEWORKS = {"tf": "tensorflow", **{name: name for name in DISTRIBUTED}}


def _framework(texts: Sequence[str]) -> str:
    """What `-f` names, in 2.18's one command for all of them."""
    for number, text in enumerate(texts):
        flag, equals, value = text.partition("=")
        if flag in ("-f", "--framework"):
            value = value if equals else "".join(texts[number + 1 : number + 2])
            return _FRAMEWORKS.get(value.lower(), "pytorch")
    return "pytorch"


@cache
def _commands() -> dict[str, tuple[int, str]]:
    commands: dict[str, tuple[int, str]] = {}
    for version, table in ((2, second_catalog().commands), (1, first_catalog().commands)):
        commands |= {words: (version, name) for name, spoken in table.items() for words in spoken}
    return commands


def _program(texts: Sequence[str]) -> int | None:
    """The number of the word that calls runai, behind assignments and wrappers."""
    for number, text in enumerate(texts):
        name = re.split(r"[/\\]", text)[-1].removesuffix(".exe")
        if _PROGRAM.fullmatch(name):
            return number
        if name not in _WRAPPERS and not _ASSIGNMENT.fullmatch(text) and not text.startswith("-"):
            return None
    return None


def _positions(texts: Sequence[str], start: int) -> tuple[int, ...]:
    """The first four words that are no global flags or their values."""
    numbers: list[int] = []
    at = start
    while at < len(texts) and len(numbers) < 4:
        if texts[at] in _VALUED_GLOBALS:
            at += 2
            continue
        if not texts[at].startswith("-"):
            numbers.append(at)
        at += 1
    return tuple(numbers)
