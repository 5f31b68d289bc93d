"""The pieces of a word before anything is put in or split."""

from __future__ import annotations

from typing import NamedTuple

from advisor.jobs.word import ExpansionKind


class Text(NamedTuple):
    """Characters; `quoted` ones are what they are, others may still be braces, `~` or globs."""

    text: str
    quoted: bool


class Parameter(NamedTuple):
    """`$NAME`, `${NAME[SUBSCRIPT]OPERATOR OPERAND}`."""

    source: str
    name: str
    subscript: str
    operator: str
    operand: str
    quoted: bool


class Opaque(NamedTuple):
    """Something only the shell can know: a command, arithmetic, a home directory."""

    source: str
    kind: ExpansionKind
    name: str
    quoted: bool


Segment = Text | Parameter | Opaque
Segments = list[Segment]
