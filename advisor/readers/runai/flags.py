"""The flags of runai's submit commands, from rules/catalog/runai_v[12]_flags.yaml."""

from __future__ import annotations

from functools import cache
from typing import Literal

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record
from advisor.readers.flag_scan import FlagSet, flag_set

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
