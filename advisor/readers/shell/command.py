"""A simple command of a shell text, and the pieces that its words are made of."""

from __future__ import annotations

from typing import Literal, NamedTuple

from advisor.errors import InputError
from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.word import ExpansionKind, Word

Dialect = Literal["bash", "cmd", "powershell"]


class ShellCommand(Record, frozen=True, kw_only=True):
    """One command with what follows from the text around it put in.

    `positions` has the place of each word; words that a variable brought share that of its use.
    `assignments` are those in front of the command, `exported` the variables that the script had
    exported by then, `directory` the folder that it had gone to. `redirections` and `terminator`
    (`|`, `&`, `;`, `&&`, ...) are as written and no part of `words`; `given` is what a
    here-document gives to the command. `template` says why it stands for several commands,
    `repairs` what had to be mended to read it. `source` is its text, continuation lines included.
    """

    words: tuple[Word, ...]
    positions: tuple[Place, ...]
    place: Place
    source: str
    end_line: int
    assignments: tuple[tuple[str, Word], ...] = ()
    exported: dict[str, Word] = {}
    directory: Word | None = None
    redirections: tuple[str, ...] = ()
    given: Word | None = None
    terminator: str = ""
    template: str = ""
    repairs: tuple[str, ...] = ()
    dialect: Dialect = "bash"


class Problem(Record, frozen=True, kw_only=True):
    """A command that could not be read, and its text for those who ask whether it matters."""

    error: InputError
    source: str


class Script(Record, frozen=True, kw_only=True):
    """All commands of a text in order, and those that could not be read.

    `defaults` are what the script itself takes for a name that its caller may give, `values` what
    it gives to a name at one place, `unread` the files that it sources and that are not there.
    """

    commands: tuple[ShellCommand, ...] = ()
    problems: tuple[Problem, ...] = ()
    defaults: dict[str, str] = {}
    values: dict[str, str] = {}
    unread: tuple[str, ...] = ()


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
