"""A simple command of a shell text, the pieces that its words are made of, and where they stand in
the file that it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Literal, NamedTuple

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, ExpansionKind, Word, setting_name


class Positions:
    """Places in `text`, whose first character stands at `line` and `column` of `file`."""

    def __init__(self, text: str, *, file: str, line: int = 1, column: int = 1) -> None:
        self._file = file
        self._line = line
        self._column = column
        self._starts = [0, *(i + 1 for i, character in enumerate(text) if character == "\n")]
        self._anchors: Sequence[tuple[int, int]] = ()
        self._keys: Sequence[int] = ()

    @property
    def file(self) -> str:
        """The file's name."""
        return self._file

    def of_made(self, anchors: Sequence[tuple[int, int]]) -> Positions:
        """Places for a text made from this one.

        `anchors` are pairs of an offset there and the one it came from, in rising order.
        """
        made = copy(self)
        made._anchors = anchors
        made._keys = [offset for offset, _ in anchors]
        return made

    def place(self, offset: int) -> Place:
        """The place of a character."""
        origin = self._origin(offset)
        row = bisect_right(self._starts, origin) - 1
        column = origin - self._starts[row] + (self._column if row == 0 else 1)
        return Place(file=self._file, line=self._line + row, column=column)

    def error(self, what: str, offset: int, remedy: str = "") -> InputError:
        """An error at a character."""
        place = self.place(offset)
        where = f"{place.file}:{place.line}:{place.column}"
        return InputError(what, where=where, remedy=remedy)

    def _origin(self, offset: int) -> int:
        if not self._anchors:
            return offset
        index = bisect_right(self._keys, offset) - 1
        if index < 0:
            return offset
        made, came_from = self._anchors[index]
        limit = self._anchors[index + 1][1] if index + 1 < len(self._anchors) else None
        origin = came_from + offset - made
        return origin if limit is None else min(origin, max(limit - 1, came_from))


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


_FIRST_PLACE = 0x101000
"""Characters that no text has, for what is left open of a text that is read again."""


def with_places(parts: Iterable[str | Expansion]) -> tuple[str, dict[str, Expansion]]:
    """A text to read again, and the expansions that single characters in it stand for."""
    places: dict[str, Expansion] = {}
    pieces: list[str] = []
    for part in parts:
        pieces.append(chr(_FIRST_PLACE + len(places)) if isinstance(part, Expansion) else part)
        if isinstance(part, Expansion):
            places[pieces[-1]] = replace(part, quoted=False)
    return "".join(pieces), places


def named(text: Word) -> str:
    """The text with each expansion as one variable: a command in it has blanks, which would part
    the words of a line."""
    return "".join(
        part if isinstance(part, str) else f"${{{setting_name(part)}}}" for part in text.parts
    )


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
