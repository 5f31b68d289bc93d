"""Tables of words for people who know docker: commands beside commands, and a glossary."""

from __future__ import annotations

from functools import cache
from itertools import groupby

from advisor.catalogs.table import load_catalog
from advisor.facts.record import Record


class CommandRow(
    Record,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"runai_v1": "runai-v1", "runai_v2": "runai-v2"},
):
    """A docker command and any of the commands that do the same; () where there is none."""

    docker: str
    part: str
    runai_v1: tuple[str, ...]
    runai_v2: tuple[str, ...]
    kubectl: tuple[str, ...]
    note: str
    sources: tuple[str, ...]


class CommandPart(Record, frozen=True, kw_only=True):
    """Rows under one heading."""

    title: str
    rows: tuple[CommandRow, ...]


class CheatSheet(Record, frozen=True, kw_only=True):
    """`sources` says what the rows rest on."""

    parts: tuple[CommandPart, ...]
    sources: dict[str, str]


class Term(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word of the field in plain words."""

    term: str
    meaning: str


class _Commands(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sources: dict[str, str]
    commands: tuple[CommandRow, ...]


class _Glossary(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    terms: tuple[Term, ...]


@cache
def cheat_sheet() -> CheatSheet:
    """Every row, under its heading; raises RuleError when the table does not load."""
    table = load_catalog("command_equivalents", _Commands)
    return CheatSheet(
        parts=tuple(
            CommandPart(title=title, rows=tuple(rows))
            for title, rows in groupby(table.commands, key=lambda row: row.part)
        ),
        sources=table.sources,
    )


@cache
def glossary() -> tuple[Term, ...]:
    """Every term; raises RuleError when the table does not load."""
    return load_catalog("glossary", _Glossary).terms
