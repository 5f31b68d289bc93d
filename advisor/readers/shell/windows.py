"""Commands of cmd.exe and PowerShell text: their quotes, escapes and variables, line by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, Word, joined
from advisor.readers.shell.command import Dialect, Problem, Script, ShellCommand
from advisor.readers.shell.known import NOTHING, Known
from advisor.readers.shell.position import Positions
from advisor.readers.shell.quoted_end import ScanError, parenthesis_end


@dataclass
class LineWords:
    """The words of the command being read."""

    positions: Positions
    dialect: Dialect
    words: list[Word] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    start: int = -1
    _parts: list[str | Expansion] = field(default_factory=list)
    _word_start: int | None = None

    def add(self, part: str | Expansion, at: int) -> None:
        """Add to the word at hand; an empty text makes one too."""
        if self._word_start is None:
            self._word_start = at
        if self.start < 0:
            self.start = at
        self._parts.append(part)

    @property
    def within_word(self) -> bool:
        """Whether a word has begun."""
        return self._word_start is not None

    def end_word(self) -> None:
        """End the word at hand, as a blank does."""
        if self._word_start is not None:
            self.words.append(joined(self._parts))
            self.places.append(self.positions.place(self._word_start))
        self._parts, self._word_start = [], None

    def end_command(self, text: str, end: int, terminator: str) -> ShellCommand | None:
        """The command, None for an empty one."""
        self.end_word()
        words, places, start = self.words, self.places, self.start
        self.words, self.places, self.start = [], [], -1
        if not words:
            return None
        return ShellCommand(
            words=tuple(words),
            positions=tuple(places),
            place=places[0],
            source=text[start:end].rstrip(),
            end_line=self.positions.place(max(end - 1, start)).line,
            terminator=terminator,
            dialect=self.dialect,
        )


_CONTINUED = re.compile(r"\^[ \t]*\n[ \t]*")
_PERCENT = re.compile(
    r"%(?P<name>[A-Za-z_][\w()]*)%|%(?P<changed>[A-Za-z_][\w()]*:[^%\n]*)%|%~?\w*\d|%\*|%%"
)
_OPERATOR = re.compile(r"&&|\|\||[&|]|\d?>>?(?:&\d)?|<")
_NUMBERED = re.compile(r"\d>")
_QUOTES = re.compile(r"(\\*)\"")
_REMARK = re.compile(r"[ \t]*(?:@[ \t]*)?(?:rem\b|::)[^\n]*", re.IGNORECASE)
_SET = re.compile(r"[ \t]*@?set[ \t]+(\"?)(?P<name>\w+)=(?P<value>[^\n]*)\1[ \t]*", re.IGNORECASE)
_BLANK = re.compile(r"[ \t@]+")
_PLAIN = re.compile(r"[^\s^%\"&|<>\\]+|\\+(?!\\*\")")


def read_cmd(text: str, positions: Positions, known: Known = NOTHING) -> Script:
    """The commands of `text`; a variable that a plain `set` gave is put in."""
    return _CmdReader(text, positions, known).read()


class _LineReader:
    """What the readers of both have in common: a text, what is known, and the commands so far."""

    def __init__(self, text: str, positions: Positions, dialect: Dialect) -> None:
        self._text = text
        self._positions = positions
        self._line = LineWords(positions, dialect)
        self._commands: list[ShellCommand] = []
        self._problems: list[Problem] = []

    def _script(self) -> Script:
        self._end(len(self._text), "")
        return Script(commands=tuple(self._commands), problems=tuple(self._problems))

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


class _CmdReader(_LineReader):
    def __init__(self, text: str, positions: Positions, known: Known) -> None:
        super().__init__(text, positions, "cmd")
        self._values = {name.upper(): value for name, value in known.values.items()}
        if known.directory:
            self._values.setdefault("CD", known.directory)
        self._quoted_at: int | None = None

    def read(self) -> Script:
        at = 0
        while at < len(self._text):
            if self._line.start < 0 and (skipped := self._skipped(at)):
                at = skipped
                continue
            at = self._step(at)
        return self._script()

    def _skipped(self, at: int) -> int:
        """The end of a remark or a `set`, 0 for anything else."""
        if at and self._text[at - 1] != "\n":
            return 0
        if (remark := _REMARK.match(self._text, at)) and remark.end() > at:
            return remark.end()
        given = _SET.fullmatch(self._text, at, _line_end(self._text, at))
        if given is None:
            return 0
        value = _PERCENT.sub(self._known, given["value"])
        self._values[given["name"].upper()] = value
        return given.end()

    def _known(self, match: re.Match[str]) -> str:
        return self._values.get((match["name"] or "").upper(), match[0])

    def _step(self, at: int) -> int:
        character = self._text[at]
        if self._line.start < 0 and character == "@":
            return at + 1
        plain = _PLAIN.match(self._text, at)
        redirects = not self._line.within_word and _NUMBERED.match(self._text, at)
        if plain and not (redirects and self._quoted_at is None):
            self._line.add(plain[0], at)
            return plain.end()
        return _CMD_STEPS.get(character, _CmdReader._character)(self, at)

    def _character(self, at: int) -> int:
        operator = _OPERATOR.match(self._text, at)
        if operator and self._quoted_at is None:
            return self._operator(operator)
        self._line.add(self._text[at], at)
        return at + 1

    def _operator(self, operator: re.Match[str]) -> int:
        if operator[0][-1] in "<>" or ">" in operator[0]:
            target = _BLANK.match(self._text, operator.end())
            end = target.end() if target else operator.end()
            while end < len(self._text) and not self._text[end].isspace():
                end += 1
            return end
        self._end(operator.start(), operator[0])
        return operator.end()

    def _caret(self, at: int) -> int:
        continued = _CONTINUED.match(self._text, at)
        if self._quoted_at is not None:
            self._line.add("^", at)
            return at + 1
        if continued:
            self._line.end_word()
            return continued.end()
        self._line.add(self._text[at + 1 : at + 2], at)
        return min(at + 2, len(self._text))

    def _percent(self, at: int) -> int:
        match = _PERCENT.match(self._text, at)
        if match is None or match[0] == "%%":
            self._line.add("%", at)
            return match.end() if match else at + 1
        name = (match["name"] or "").upper()
        if name in self._values:
            self._add_value(self._values[name], at)
        else:
            self._line.add(Expansion(source=match[0], kind="percent", name=name), at)
        return match.end()

    def _add_value(self, value: str, at: int) -> None:
        """A variable's value is read as if it stood in the line."""
        for number, piece in enumerate(value.split() if self._quoted_at is None else [value]):
            if number:
                self._line.end_word()
            end = 0
            for match in _PERCENT.finditer(piece):
                self._line.add(piece[end : match.start()].strip('"'), at)
                name = (match["name"] or "").upper()
                self._line.add(Expansion(source=match[0], kind="percent", name=name), at)
                end = match.end()
            self._line.add(piece[end:].strip('"'), at)

    def _quote(self, at: int) -> int:
        match = _QUOTES.match(self._text, at)
        slashes = len(match[1]) if match else 0
        self._line.add("\\" * (slashes // 2), at)
        if slashes % 2:
            self._line.add('"', at)
        else:
            self._quoted_at = at + slashes if self._quoted_at is None else None
        return at + slashes + 1

    def _blank(self, at: int) -> int:
        if self._quoted_at is None:
            return super()._blank(at)
        self._line.add(self._text[at], at)
        return at + 1

    def _end(self, at: int, terminator: str) -> None:
        """The command ends here; an open double quote is an error."""
        if self._quoted_at is None:
            super()._end(at, terminator)
            return
        start = self._line.start
        self._line.end_command(self._text, at, terminator)
        error = self._positions.error("unterminated double quote", self._quoted_at, "close it")
        self._problems.append(Problem(error=error, source=self._text[start:at]))
        self._quoted_at = None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


_CMD_STEPS: dict[str, Callable[[_CmdReader, int], int]] = {
    "^": _CmdReader._caret,
    "%": _CmdReader._percent,
    '"': _CmdReader._quote,
    "\\": _CmdReader._quote,
    " ": _CmdReader._blank,
    "\t": _CmdReader._blank,
    "\n": _CmdReader._newline,
}


_BACKTICK_AND_LINE = re.compile(r"`[ \t]*\n[ \t]*")
_ASSIGNED = re.compile(r"[ \t]*\$(\w+)[ \t]*=[ \t]*(?:\"([^\"`$\n]*)\"|'([^'\n]*)')[ \t]*;?[ \t]*")
_VARIABLE = re.compile(r"\$(?:env:)?(\w+)|\$\{(?:env:)?(\w+)\}", re.IGNORECASE)
_POWERSHELL_OPERATOR = re.compile(r"&&|\|\||[;&|]|[*\d]?>>?(?:&\d)?")
_COMMENT = re.compile(r"<#.*?(?:#>|\Z)|#[^\n]*", re.DOTALL)
_POWERSHELL_PLAIN = re.compile(r"[^\s`'\"$;&|#<>]+")
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_powershell(text: str, positions: Positions, known: Known = NOTHING) -> Script:
    """The commands of `text`; a variable that a plain string was assigned to is put in."""
    return _PowerShellReader(text, positions, known).read()


class _PowerShellReader(_LineReader):
    def __init__(self, text: str, positions: Positions, known: Known) -> None:
        super().__init__(text, positions, "powershell")
        self._known = known
        self._values = {name.lower(): value for name, value in known.values.items()}
        if known.directory:
            self._values.setdefault("pwd", known.directory)

    def read(self) -> Script:
        at = 0
        while at < len(self._text):
            try:
                at = self._step(at)
            except ScanError as error:
                at = self._broken(error)
        return self._script()

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
        plain = _POWERSHELL_PLAIN.match(self._text, at)
        if plain:
            self._line.add(plain[0], at)
            return plain.end()
        return _POWERSHELL_STEPS.get(self._text[at], _PowerShellReader._character)(self, at)

    def _character(self, at: int) -> int:
        comment = None if self._line.within_word else _COMMENT.match(self._text, at)
        if comment:
            return comment.end()
        operator = _POWERSHELL_OPERATOR.match(self._text, at)
        if operator is None:
            self._line.add(self._text[at], at)
            return at + 1
        if ">" not in operator[0]:
            self._end(at, operator[0])
            return operator.end()
        target = re.compile(r"[ \t]*\S*").match(self._text, operator.end())
        return target.end() if target else operator.end()

    def _backtick(self, at: int) -> int:
        continued = _BACKTICK_AND_LINE.match(self._text, at)
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


_POWERSHELL_STEPS: dict[str, Callable[[_PowerShellReader, int], int]] = {
    "`": _PowerShellReader._backtick,
    "'": _PowerShellReader._single,
    '"': _PowerShellReader._double,
    "$": _PowerShellReader._dollar,
    " ": _PowerShellReader._blank,
    "\t": _PowerShellReader._blank,
    "\n": _PowerShellReader._newline,
}
