"""Commands of PowerShell text: backticks, both quotes, `$env:NAME`, `${PWD}`, arrays, `@splats`."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from advisor.jobs.word import Expansion, Word, word
from advisor.readers.shell.command import Positions, Problem, Script
from advisor.readers.shell.quoted_end import ScanError, parenthesis_end
from advisor.readers.shell.variables import NOTHING, Known
from advisor.readers.shell.windows import LineReader

_CONTINUED = re.compile(r"`[ \t]*\n[ \t]*")
_BLANKS = re.compile(r"[ \t]+")
_ASSIGNED = re.compile(
    r"(?:\[[\w.\[\]]+\][ \t]*)?\$(?:(?:script|global|local):)?(?P<name>\w+)[ \t]*"
    r"(?P<sign>\+?=)(?!=)[ \t]*(?P<array>@\()?",
    re.IGNORECASE,
)
_ITEM = r"(?:\"(?:[^\"`\n]|`.)*\"|'[^'\n]*'|\$\{?(?:env:)?\w+\}?(?![\w.(\[])|\d[\d.]*(?!\w))"
_ITEMS = re.compile(rf"{_ITEM}(?:[ \t]*,[ \t]*{_ITEM})*(?=[ \t]*(?:[;}}#\n]|\Z))", re.IGNORECASE)
_HERE = re.compile(r"(?:\$PWD|\(?Get-Location\)?)(?:\.Path)?(?=[ \t]*(?:[;#\n]|\Z))", re.IGNORECASE)
_PARAMETERS = re.compile(r"param[ \t]*\(", re.IGNORECASE)
_DEFAULT = re.compile(
    rf"(?P<switch>\[switch\][ \t]*)?\$(?P<name>\w+)(?:[ \t]*=[ \t]*(?P<value>{_ITEM}))?",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"@(?P<splat>\w+)|\$(?:env:)?(\w+)|\$\{(?:env:)?(\w+)\}", re.IGNORECASE)
_OPERATOR = re.compile(r"&&|\|\||[;&|]|[*\d]?>>?(?:&\d)?")
_BLOCK = re.compile(r"(?:(?<=\))\{|(?<![^\s;)])[{}])(?=\s|\Z)|(?<=[\s;])\}")
_BRANCH = re.compile(r"\}?\s*(?P<kind>if|elseif|else|switch|foreach|for|while|do)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<#.*?(?:#>|\Z)|#[^\n]*", re.DOTALL)
_PLAIN = re.compile(r"[^\s`'\"$;&|#<>@{}]+")
_PLAIN_ITEM = re.compile(r"[^\s`'\"$;&|#<>@,]+")
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_powershell(text: str, positions: Positions, known: Known = NOTHING) -> Script:
    """The commands of `text`, with the strings and arrays put in that it assigns."""
    return _Reader(text, positions, known).read()


class _Reader(LineReader):
    def __init__(self, text: str, positions: Positions, known: Known) -> None:
        super().__init__(text, positions, "powershell")
        self._known = known
        self._values: dict[str, Word | tuple[Word, ...] | None] = {
            name.lower(): word(value) for name, value in known.values.items()
        }
        if known.directory:
            self._values.setdefault("pwd", word(known.directory))
        self._defaults: dict[str, str] = {}
        self._blocks: list[str] = []  # of each the outermost branch or loop, empty without
        self._after = 0
        self._listing = False

    def read(self) -> Script:
        at = 0
        while at < len(self._text):
            try:
                at = self._step(at)
            except ScanError as error:
                at = self._broken(error)
        return replace(self._script(), defaults=self._defaults)

    def _items(self, text: str) -> tuple[Word, ...]:
        """The elements of a list; its commas and lines part them."""
        inner = _Reader(text, Positions(text, file=""), self._known)
        inner._values, inner._listing, inner._put_in = self._values, True, self._put_in
        words = tuple(given for command in inner.read().commands for given in command.words)
        self._put_in = inner._put_in
        return words

    def _assigned(self, at: int) -> int:
        """The end of an assignment or of the script's parameters, 0 for anything else."""
        if self._line.start >= 0 or self._listing:
            return 0
        if parameters := _PARAMETERS.match(self._text, at):
            return self._parameters(parameters)
        form = _ASSIGNED.match(self._text, at)
        if form is None:
            return 0
        listed = None if form["array"] else _ITEMS.match(self._text, form.end())
        if here := _HERE.match(self._text, form.end()):
            end = here.end()
            made: Word | tuple[Word, ...] | None = self._items("$PWD")[0]
        elif form["array"]:
            end = parenthesis_end(self._text, form.end()) + 1
            made = self._items(self._text[form.end() : end - 1])
        elif listed:
            end, items = listed.end(), self._items(listed[0])
            made = items if len(items) > 1 else items[0]
        else:
            end, made = form.end(), None
        self._give(form["name"].lower(), form["sign"] == "+=", made)
        return end

    def _give(self, name: str, appended: bool, made: Word | tuple[Word, ...] | None) -> None:
        """In a branch only what is added is known: options that the script may take."""
        before = self._values.get(name)
        if appended and isinstance(before, tuple) and made is not None:
            made = (*before, *((made,) if isinstance(made, Word) else made))
        elif appended:
            made = before + made if isinstance(before, Word) and isinstance(made, Word) else None
        elif self._blocks and self._blocks[-1]:
            made = None
        self._values[name] = made

    def _parameters(self, head: re.Match[str]) -> int:
        end = parenthesis_end(self._text, head.end())
        for form in _DEFAULT.finditer(self._text, head.end(), end):
            name = form["name"].lower()
            if name in self._values or not form["value"]:
                continue
            (self._values[name],) = (value,) = self._items(form["value"])
            self._defaults[form["name"]] = value.text
        return end + 1

    def _broken(self, error: ScanError) -> int:
        newline = self._text.find("\n", error.offset)
        end = len(self._text) if newline < 0 else newline
        start = self._line.start if self._line.start >= 0 else error.offset
        self._line.end_command(self._text, end, "")
        problem = self._positions.error(error.what, error.offset, "close it")
        self._problems.append(Problem(error=problem, source=self._text[start:end]))
        return end

    def _step(self, at: int) -> int:
        if blank := _BLANKS.match(self._text, at):
            self._line.end_word()
            return blank.end()
        if end := self._assigned(at):
            return end
        if self._listing and self._text[at] in ",\n":
            return self._blank(at)
        if block := _BLOCK.match(self._text, at):
            return self._block(block)
        plain = (_PLAIN_ITEM if self._listing else _PLAIN).match(self._text, at)
        if plain:
            self._line.add(plain[0], at)
            return plain.end()
        return _STEPS.get(self._text[at], _Reader._character)(self, at)

    def _block(self, sign: re.Match[str]) -> int:
        """A brace that begins or ends a block of statements."""
        start = max(self._text.rfind("\n", self._after, sign.start()) + 1, self._after)
        head, self._after = self._text[start : sign.start()], sign.end()
        self._end(sign.start(), "")
        if sign[0] == "{":
            branch = _BRANCH.match(head)
            own = branch["kind"].lower() if branch else ""
            self._blocks.append(self._blocks[-1] or own if self._blocks else own)
        elif self._blocks:
            self._blocks.pop()
        return sign.end()

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
        name = match["splat"] or match[2] or match[3]
        known = self._values.get(name.lower())
        if known is not None and not self._has_room(_length(known)):
            known = None
        if match["splat"] and not isinstance(known, tuple) and name.lower() != "args":
            self._line.add(match[0], at)
            return match.end()
        if known is None:
            own = name.lower() in self._values
            source, name = ("$@", "@") if name.lower() == "args" else (match[0], name)
            known = Word(
                parts=(Expansion(source=source, kind="variable", name=name, quoted=True, own=own),)
            )
        for number, given in enumerate(known if isinstance(known, tuple) else (known,)):
            if number and not quoted:
                self._line.end_word()
            for part in (" " if number and quoted else "", *given.parts):
                self._line.add(part, at)
        return match.end()

    def _end(self, at: int, terminator: str) -> None:
        command = self._line.end_command(self._text, at, terminator)
        branch = self._blocks[-1] if self._blocks else ""
        if command and branch:
            loop = branch in ("foreach", "for", "while", "do")
            command = replace(command, template="in a for loop" if loop else "in an if branch")
        if command:
            self._commands.append(command)


def _length(value: Word | tuple[Word, ...]) -> int:
    words = value if isinstance(value, tuple) else (value,)
    return sum(len(given.text) + 1 for given in words)


_STEPS: dict[str, Callable[[_Reader, int], int]] = {
    "`": _Reader._backtick,
    "'": _Reader._single,
    '"': _Reader._double,
    "$": _Reader._dollar,
    "@": _Reader._dollar,
    "\n": _Reader._newline,
}
