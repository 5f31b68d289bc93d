"""The submit commands of runai among the words of a shell command, their flags
(`rules/catalog/runai_v[12]_flags.yaml`), and those that a command gave, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from advisor.catalogs import load_catalog
from advisor.facts.quantity import millicores, parse_quantity, whole
from advisor.facts.record import Record
from advisor.jobs.numbers import parse_bool, parse_duration, parse_float, parse_integer
from advisor.jobs.run import Whole
from advisor.jobs.word import Word, is_veiled
from advisor.readers.flag_scan import FlagOccurrence, FlagSet, Given, flag_set, split_fields

Kind = Literal["bool", "text", "integer", "count", "decimal", "duration"]
Dialect = Literal["early", "late"]


class RunaiFlag(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One flag; the table's head says what each key means."""

    name: str
    value: Kind
    short: str = ""
    repeatable: bool = False
    field: str = ""
    alias: str = ""
    v2: str = ""
    dialects: tuple[Dialect, ...] = ("early", "late")
    commands: tuple[str, ...] = ("submit", "mpi", "pytorch", "tensorflow", "xgboost")

    @property
    def canonical(self) -> str:
        """The name it is known by, dashes included."""
        return f"--{self.alias or self.name}"


class FlagBlock(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Flags that several subcommands share."""

    commands: tuple[str, ...]
    flags: tuple[RunaiFlag, ...]


class FirstCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of v1."""

    sources: dict[str, str]
    commands: dict[str, tuple[str, ...]]
    late_commands: tuple[str, ...]
    global_flags: tuple[RunaiFlag, ...]
    flags: tuple[RunaiFlag, ...]


class SecondCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of v2."""

    sources: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    commands: dict[str, tuple[str, ...]]
    global_flags: tuple[RunaiFlag, ...]
    blocks: tuple[FlagBlock, ...]


RunaiFlagSet = FlagSet[RunaiFlag]


@cache
def first_catalog() -> FirstCatalog:
    """Raises RuleError when the table does not load."""
    return load_catalog("runai_v1_flags", FirstCatalog)


@cache
def second_catalog() -> SecondCatalog:
    """Raises RuleError when the table does not load."""
    return load_catalog("runai_v2_flags", SecondCatalog)


@cache
def first_flags(command: str, dialect: Dialect | None = None) -> RunaiFlagSet:
    """What a command of v1 takes, by its name in the table (`submit`, `mpi`, `pytorch`, ...), in
    one dialect or in any that has it."""
    table = first_catalog()
    dialect = "late" if command in table.late_commands else dialect
    return flag_set(
        flag
        for flag in (*table.global_flags, *table.flags)
        if command in flag.commands and (dialect is None or dialect in flag.dialects)
    )


@cache
def second_flags(command: str) -> RunaiFlagSet:
    """What a subcommand of v2 takes, by its name in the table (`standard`, `workspace`, ...)."""
    table = second_catalog()
    of_command = [
        flag
        for block in table.blocks
        if command in _expanded(block.commands)
        for flag in block.flags
    ]
    return flag_set((*table.global_flags, *of_command))


def _expanded(commands: tuple[str, ...]) -> set[str]:
    groups = second_catalog().groups
    return {name for command in commands for name in groups.get(command, (command,))}


Occurrence = FlagOccurrence[RunaiFlag]
T = TypeVar("T")


class GivenFlags(Given[RunaiFlag]):
    """With what only runai's flags are asked for."""

    def amount(self, parse: Callable[[str], T], *names: str) -> T | Word | None:
        """The number that counts, its words where the shell decides it; None when not given."""
        text = self.last(*names)
        if text is None:
            return None
        return self.veil.word(text) if is_veiled(text) else parse(text)

    def integer(self, *names: str) -> Whole | None:
        """A whole number."""
        return self.amount(parse_integer, *names)

    def cores(self, *names: str) -> Whole | None:
        """Thousandths of a core."""
        return self.amount(millicores, *names)

    def size(self, *names: str) -> Whole | None:
        """Bytes."""
        return self.amount(whole, *names)

    def seconds(self, name: str) -> Whole | None:
        """A time in whole seconds."""
        return self.amount(lambda text: parse_duration(text) // 10**9, name)

    def fraction(self, *names: str) -> Decimal | Word | None:
        """A number with a fraction."""
        return self.amount(parse_quantity, *names)


def key_values(text: str) -> dict[str, str]:
    """`path=/a,mount=/b,readwrite`; a bare key is true. Raises ValueError."""
    pairs = (field.partition("=") for field in split_fields(text))
    return {name.lower(): value if equals else "true" for name, equals, value in pairs}


def check_value(flag: RunaiFlag, text: str) -> None:
    """Raises ValueError with a clause that says what is wrong."""
    check = _CHECKS.get(flag.name) or _KINDS.get(flag.value)
    if check and not is_veiled(text):
        check(text)


def _check_count(text: str) -> None:
    if parse_integer(text) <= 0:
        raise ValueError("not a whole number above zero")


def _check_pair(text: str) -> None:
    name, equals, _ = text.partition("=")
    if not equals or not name:
        raise ValueError("not NAME=VALUE")


def _check_keys(text: str) -> None:
    key_values(text)


_KINDS: dict[str, Callable[[str], object]] = {
    "bool": parse_bool,
    "integer": parse_integer,
    "count": _check_count,
    "decimal": parse_float,
    "duration": parse_duration,
}
_CHECKS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("cpu", "cpu-limit"), millicores),
    **dict.fromkeys(("memory", "memory-limit", "gpu-memory"), whole),
    **dict.fromkeys(("cpu-memory-request", "cpu-memory-limit", "gpu-memory-request"), whole),
    **dict.fromkeys(
        ("label", "annotation", "environment-variable", "extended-resource"), _check_pair
    ),
    **dict.fromkeys(
        ("host-path", "nfs", "existing-pvc", "pvc-exists", "empty-dir-volume", "external-url"),
        _check_keys,
    ),
    **dict.fromkeys(("configmap-map-volume", "secret-volume", "toleration"), _check_keys),
}


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
