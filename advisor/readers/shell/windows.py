"""What the readers of cmd.exe and PowerShell have in common, and the commands of cmd.exe text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, Word, joined
from advisor.readers.shell.command import Dialect, Positions, Problem, Script, ShellCommand
from advisor.readers.shell.variables import NOTHING, Known


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
    r"%(?P<name>[A-Za-z_][\w()]*)%|%(?P<changed>[A-Za-z_][\w()]*:[^%\n]*)%|%~?(?P<number>\d)"
    r"|%~[a-z]+\d|(?P<all>%\*)|%%",
    re.IGNORECASE,
)
_FOLDER = re.compile(r"%~d?p0", re.IGNORECASE)
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


MOST_PUT_IN = 1_000_000
"""Characters of values that a text gets put in; what goes beyond stays a variable."""


class LineReader:
    """What the readers of both have in common: a text, what is known, and the commands so far."""

    def __init__(self, text: str, positions: Positions, dialect: Dialect) -> None:
        self._text = text
        self._positions = positions
        self._line = LineWords(positions, dialect)
        self._commands: list[ShellCommand] = []
        self._problems: list[Problem] = []
        self._put_in = 0

    def _has_room(self, length: int) -> bool:
        self._put_in += length
        return self._put_in <= MOST_PUT_IN

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


class _CmdReader(LineReader):
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
        self._values[given["name"].upper()] = _PERCENT.sub(self._known, given["value"])
        return given.end()

    def _known(self, match: re.Match[str]) -> str:
        value = self._values.get((match["name"] or "").upper(), match[0])
        return value if self._has_room(len(value)) else match[0]

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
        name = (match["name"] or match["number"] or "").upper()
        following = self._text[match.end() : match.end() + 1]
        if name in self._values and self._has_room(len(self._values[name])):
            self._add_value(self._values[name], at, following)
        else:
            self._add_open(match, at, following)
        return match.end()

    def _add_open(self, match: re.Match[str], at: int, following: str) -> None:
        """What nobody gave; the script's own folder ends in the sign that parts folders."""
        argument = match["number"] or ("@" if match["all"] else "")
        if argument:
            source = f"${argument}"
            self._line.add(
                Expansion(source=source, kind="variable", name=argument, quoted=True), at
            )
            return
        name = (match["name"] or "").upper()
        self._line.add(Expansion(source=match[0], kind="percent", name=name), at)
        if _FOLDER.fullmatch(match[0]) and following not in ("/", "\\"):
            self._line.add("\\", at)

    def _add_value(self, value: str, at: int, following: str) -> None:
        """A variable's value is read as if it stood in the line."""
        for number, piece in enumerate(value.split() if self._quoted_at is None else [value]):
            if number:
                self._line.end_word()
            end = 0
            for match in _PERCENT.finditer(piece):
                self._line.add(piece[end : match.start()].strip('"'), at)
                end = match.end()
                self._add_open(match, at, piece[end : end + 1] or following)
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
