"""Commands of PowerShell text: backticks, both quotes, `$env:NAME`, `${PWD}`."""

from __future__ import annotations

import re
from collections.abc import Callable

from advisor.jobs.word import Expansion
from advisor.readers.shell.command import Problem, Script, ShellCommand
from advisor.readers.shell.known import NOTHING, Known
from advisor.readers.shell.line_scanner import LineWords
from advisor.readers.shell.position import Positions
from advisor.readers.shell.quoted_end import ScanError, parenthesis_end

_CONTINUED = re.compile(r"`[ \t]*\n[ \t]*")
_ASSIGNED = re.compile(r"[ \t]*\$(\w+)[ \t]*=[ \t]*(?:\"([^\"`$\n]*)\"|'([^'\n]*)')[ \t]*;?[ \t]*")
_VARIABLE = re.compile(r"\$(?:env:)?(\w+)|\$\{(?:env:)?(\w+)\}", re.IGNORECASE)
_OPERATOR = re.compile(r"&&|\|\||[;&|]|[*\d]?>>?(?:&\d)?")
_COMMENT = re.compile(r"<#.*?(?:#>|\Z)|#[^\n]*", re.DOTALL)
_PLAIN = re.compile(r"[^\s`'\"$;&|#<>]+")
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_powershell(text: str, positions: Positions, known: Known = NOTHING) -> Script:
    """The commands of `text`; a variable that a plain string was assigned to is put in."""
    return _Reader(text, positions, known).read()


class _Reader:
    def __init__(self, text: str, positions: Positions, known: Known) -> None:
        self._known = known
        self._text = text
        self._positions = positions
        self._line = LineWords(positions, "powershell")
        self._values = {name.lower(): value for name, value in known.values.items()}
        if known.directory:
            self._values.setdefault("pwd", known.directory)
        self._commands: list[ShellCommand] = []
        self._problems: list[Problem] = []

    def read(self) -> Script:
        at = 0
        while at < len(self._text):
            try:
                at = self._step(at)
            except ScanError as error:
                at = self._broken(error)
        self._end(len(self._text), "")
        return Script(commands=tuple(self._commands), problems=tuple(self._problems))

    def _broken(self, error: ScanError) -> int:
        newline = self._text.find("\n", error.offset)
        end = len(self._text) if newline < 0 else newline
        start = self._line.start if self._line.start >= 0 else error.offset
        self._line.end_command(self._text, end, "")
        problem = self._positions.error(error.what, error.offset, "close it")
        self._problems.append(Problem(error=problem, source=self._text[start:end]))
        return end

    def _step(self, at: int) -> int:
        if self._line.start < 0 and (at == 0 or self._text[at - 1] == "\n"):
            given = _ASSIGNED.match(self._text, at)
            if given:
                self._values[given[1].lower()] = given[2] or given[3] or ""
                return given.end()
        plain = _PLAIN.match(self._text, at)
        if plain:
            self._line.add(plain[0], at)
            return plain.end()
        return _STEPS.get(self._text[at], _Reader._character)(self, at)

    def _character(self, at: int) -> int:
        comment = None if self._line.within_word else _COMMENT.match(self._text, at)
        if comment:
            return comment.end()
        operator = _OPERATOR.match(self._text, at)
        if operator is None:
            self._line.add(self._text[at], at)
            return at + 1
        if ">" not in operator[0]:
            self._end(at, operator[0])
            return operator.end()
        target = re.compile(r"[ \t]*\S*").match(self._text, operator.end())
        return target.end() if target else operator.end()

    def _backtick(self, at: int) -> int:
        continued = _CONTINUED.match(self._text, at)
        if continued:
            self._line.end_word()
            return continued.end()
        following = self._text[at + 1 : at + 2]
        self._line.add(_ESCAPES.get(following, following), at)
        return min(at + 2, len(self._text))

    def _single(self, at: int) -> int:
        end = at + 1
        while (end := self._text.find("'", end)) >= 0 and self._text[end : end + 2] == "''":
            end += 2
        if end < 0:
            raise ScanError("unterminated single quote", at)
        self._line.add(self._text[at + 1 : end].replace("''", "'"), at)
        return end + 1

    def _double(self, opening: int) -> int:
        self._line.add("", opening)
        at = opening + 1
        while at < len(self._text):
            if self._text[at : at + 2] == '""':
                self._line.add('"', at)
                at += 2
            elif self._text[at] == '"':
                return at + 1
            else:
                at = self._within_double(at)
        raise ScanError("unterminated double quote", opening)

    def _within_double(self, at: int) -> int:
        if self._text[at] == "$":
            return self._dollar(at, quoted=True)
        if self._text[at] == "`":
            following = self._text[at + 1 : at + 2]
            self._line.add(_ESCAPES.get(following, following), at)
            return min(at + 2, len(self._text))
        self._line.add(self._text[at], at)
        return at + 1

    def _dollar(self, at: int, *, quoted: bool = False) -> int:
        if self._text.startswith("$(", at):
            end = parenthesis_end(self._text, at + 2) + 1
            source = self._text[at:end]
            left = Expansion(source=source, kind="command", quoted=quoted)
            value = self._known.value(left)
            self._line.add(left if value is None else value, at)
            return end
        match = _VARIABLE.match(self._text, at)
        if match is None:
            self._line.add("$", at)
            return at + 1
        name = match[1] or match[2]
        known = self._values.get(name.lower())
        left = Expansion(source=match[0], kind="variable", name=name, quoted=True)
        self._line.add(left if known is None else known, at)
        return match.end()

    def _blank(self, at: int) -> int:
        self._line.end_word()
        return at + 1

    def _newline(self, at: int) -> int:
        self._end(at, "")
        return at + 1

    def _end(self, at: int, terminator: str) -> None:
        command = self._line.end_command(self._text, at, terminator)
        if command:
            self._commands.append(command)


_STEPS: dict[str, Callable[[_Reader, int], int]] = {
    "`": _Reader._backtick,
    "'": _Reader._single,
    '"': _Reader._double,
    "$": _Reader._dollar,
    " ": _Reader._blank,
    "\t": _Reader._blank,
    "\n": _Reader._newline,
}
