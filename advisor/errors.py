"""Errors a user can cause or meet, each printed as one line (what, where, what to do), and what a
mistyped word may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import IntEnum

MOST_CHARACTERS = 1000
"""The longest error message: a value that it quotes may be of any length."""


class ExitCode(IntEnum):
    """What the process returns; documented in docs/reference/exit-codes.md."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 70
    INTERRUPTED = 130


class AdvisorError(Exception):
    """Base of every expected error. `where` is a file:line:column, a URL or a host, or empty."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        cut = "..." if len(what) > MOST_CHARACTERS else ""
        self.what = encodable(what[:MOST_CHARACTERS] + cut)
        self.where = encodable(where)
        self.remedy = encodable(remedy)
        super().__init__(self.line())

    def line(self) -> str:
        """The one line shown to the user; control characters and newlines are escaped."""
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.remedy})" if self.remedy else ""
        return one_line(f"{place}{self.what}{advice}")


class InputError(AdvisorError):
    """A file, option or argument that could not be used (exit 2)."""


class OutputError(AdvisorError):
    """A result that could not be written (exit 2)."""


class RuleError(AdvisorError):
    """A rule file that does not load (exit 2); `where` is file:line:column."""


class ProbeError(AdvisorError):
    """A probe that was asked for and failed (exit 3)."""

    exit_code = ExitCode.INCOMPLETE


def fault(error: Exception) -> str:
    """An error that nobody foresaw, as a clause: it costs what it came from and nothing else."""
    return one_line(f"{type(error).__name__}: {error}"[:MOST_CHARACTERS]).removesuffix(": ")


_MISFIT = re.compile(r"Expected `(\w+)[^`]*`, got `(\w+)`(?: - at `\$\.?(.*)`)?")
_KINDS = {
    "array": "a list",
    "object": "a map",
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}


def misfit(said: str) -> str:
    """What the decoder says of a field, in the words of a user: `users is a number, a list is
    needed`. Other words of it stay."""
    match = _MISFIT.fullmatch(said)
    if match is None:
        return said
    wanted, given, field = match.groups()
    name = field or "the file"
    return f"{name} is {_KINDS.get(given, given)}, {_KINDS.get(wanted, wanted)} is needed"


def encodable(text: str) -> str:
    """`text` with what is no character made visible: names and arguments need not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def typed_text(text: str) -> str:
    """An argument as the UTF-8 that it was typed in, whatever the locale took it for; UnicodeError
    where it is none."""
    return text.encode("utf-8", "surrogateescape").decode()


def one_line(text: str) -> str:
    """`text` with every character that could break a line or drive a terminal made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def suggestion(word: str, known: Iterable[str], *, listing: bool = True) -> str:
    """`, did you mean 'audit'?` for the nearest known word.

    Without a near one all of them, or nothing where `listing` them would be too long.
    """
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f", did you mean '{near[0]}'?"
    return f"; there is: {', '.join(words)}" if listing else ""
