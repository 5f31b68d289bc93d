"""Commands of PowerShell text: backticks, both quotes, `$env:NAME`, `${PWD}`, arrays, `@splats`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from advisor.jobs.word import Expansion, Word, joined, word
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
    rf"\$(?!(?:true|false|null)\b)(?P<name>\w+)(?:[ \t]*=[ \t]*(?P<value>{_ITEM}))?"
    r"(?P<end>\s*(?:[,)#]|\Z))?",
    re.IGNORECASE,
)
_REQUIRED = re.compile(r"\bMandatory\b(?!\s*=\s*\$false)", re.IGNORECASE)
_VARIABLE = re.compile(r"@(?P<splat>\w+)|\$(?:env:)?(\w+)|\$\{(?:env:)?(\w+)\}", re.IGNORECASE)
_OPERATOR = re.compile(r"&&|\|\||[;&|]|[*\d]?>>?(?:&\d)?")
_BLOCK = re.compile(r"(?:(?<=\))\{|(?<![^\s;)])[{}])(?=\s|\Z)|(?<=[\s;])\}")
_BRANCH = re.compile(r"\}?\s*(?P<kind>if|elseif|else|switch|foreach|for|while|do)\b", re.IGNORECASE)
_TESTED = re.compile(
    r"[^(]*\(\s*(?P<negated>(?:-not\s+|!\s*)\(?\s*)?\$(?P<name>\w+)(?:\.(?:Count|Length)(?:\s+-gt\s+0)?)?"
    r"(?:\s+-(?P<sign>eq|ne)\s+(?P<other>'[^']*'|\"[^\"$`]*\"|\$(?:true|false|null)|\d+))?\s*\)*\s*",
    re.IGNORECASE,
)
"""A test whether a variable holds anything, or holds that."""
_EACH = re.compile(
    r"\s*foreach\s*\(\s*\$(?P<name>\w+)\s+in\s+\$(?P<items>\w+)\s*\)\s*", re.IGNORECASE
)
_COUNTED = re.compile(r"\s*for\s*\(.*-lt\s+\$(?P<items>\w+)\.(?:Count|Length)\b", re.IGNORECASE)
_FALSE = frozenset({"", "0", "false", "$false", "$null"})
_MOST_ITEMS = 50
"""Of a list that a loop goes through."""
_COMMENT = re.compile(r"<#.*?(?:#>|\Z)|#[^\n]*", re.DOTALL)
_PLAIN = re.compile(r"[^\s`'\"$;&|#<>@{}]+")
_PLAIN_ITEM = re.compile(r"[^\s`'\"$;&|#<>@,]+")
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_powershell(text: str, positions: Positions, known: Known = NOTHING) -> Script:
    """The commands of `text`, with the strings and arrays put in that it assigns."""
    return _Reader(text, positions, known).read()


class _Block(NamedTuple):
    """A block of statements: the outermost branch or loop that it is in (empty without), whether
    nobody knows if it runs, or how often, the values to put back behind one that does not, whether
    an `if` up to it has run one of its blocks, and of a loop over a list what is left of that, with
    its variable, its first character and the number of commands with its first pass."""

    branch: str
    uncertain: bool = False
    repeated: bool = False
    before: dict[str, Word | tuple[Word, ...] | None] | None = None
    done: bool | None = None
    rest: tuple[Word, ...] = ()
    name: str = ""
    start: int = 0
    commands: int = -1


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
        self._empty: dict[str, str] = {}  # parameters that hold nothing unless they are given
        self._blocks: list[_Block] = []
        self._done: bool | None = None  # of the `if` that has just ended
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
        self._give(form["name"], form["sign"] == "+=", made)
        return end

    def _give(self, written: str, appended: bool, made: Word | tuple[Word, ...] | None) -> None:
        """In a branch only what is added is known: options that the script may take. What a loop
        adds nobody counts, unless it is known what it goes through."""
        name = written.lower()
        before = self._values.get(name)
        uncertain = bool(self._blocks) and self._blocks[-1].uncertain
        if appended and isinstance(before, tuple) and uncertain and self._blocks[-1].repeated:
            own = Expansion(source=f"${written}", kind="variable", name=written, own=True)
            made = before if before[-1:] == (joined((own,)),) else (*before, joined((own,)))
        elif appended and isinstance(before, tuple) and made is not None:
            made = (*before, *((made,) if isinstance(made, Word) else made))
        elif appended:
            made = before + made if isinstance(before, Word) and isinstance(made, Word) else None
        elif uncertain:
            made = None
        self._values[name] = made

    def _holds(self, name: str) -> bool | None:
        """Whether a variable holds anything; None where nobody knows."""
        name = name.lower()
        value = self._values.get(name)
        if name not in self._values and name in self._empty:
            self._defaults.setdefault(self._empty[name], "")
            return False
        if not isinstance(value, Word):
            return None if value is None else bool(value)
        text = value.text.lower()
        return None if value.expansions and text not in (*_FALSE, "$true") else text not in _FALSE

    def _runs(self, head: str, kind: str) -> bool | None:
        """Whether a block of a branch or loop runs at all; None where nobody knows."""
        if counted := _COUNTED.match(head):
            items = self._values.get(counted["items"].lower())
            of_caller = isinstance(items, Word) and items.text == "$@"
            return False if of_caller or items == () else None
        if kind == "foreach":
            each = _EACH.fullmatch(head)
            return self._holds(each["items"]) if each else None
        if kind == "else":
            return None if self._done is None else not self._done
        test = _TESTED.fullmatch(head) if kind in ("if", "elseif") else None
        if test is None or (kind == "elseif" and self._done is not False):
            return False if kind == "elseif" and self._done else None
        holds = self._holds(test["name"])
        if test["sign"]:
            value = self._values.get(test["name"].lower())
            text = value.literal if isinstance(value, Word) else "" if holds is False else None
            other = test["other"].strip("'\"").lower().replace("$null", "")
            is_equal = None if text is None else text.lower() == other
            holds = is_equal if test["sign"].lower() == "eq" or is_equal is None else not is_equal
        return None if holds is None else holds is not bool(test["negated"])

    def _parameters(self, head: re.Match[str]) -> int:
        end = parenthesis_end(self._text, head.end())
        before = head.end()
        for form in _DEFAULT.finditer(self._text, head.end(), end + 1):
            name, said = form["name"].lower(), self._text[before : form.start()]
            before = form.end()
            if name not in self._values and form["value"]:
                (self._values[name],) = (value,) = self._items(form["value"])
                self._defaults[form["name"]] = value.text
            elif form["end"] and not _REQUIRED.search(said):
                self._empty[name] = form["name"]
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
            self._begin_block(head, sign.end())
            return sign.end()
        return self._end_block(sign.end()) if self._blocks else sign.end()

    def _begin_block(self, head: str, start: int) -> None:
        outer = self._blocks[-1] if self._blocks else _Block("")
        match = _BRANCH.match(head)
        kind = match["kind"].lower() if match else ""
        runs = self._runs(head[match.start("kind") :], kind) if match else True
        block = outer._replace(before=None, done=None, rest=(), commands=-1)
        each = _EACH.fullmatch(head)
        items = self._values.get(each["items"].lower()) if each else None
        if each and isinstance(items, tuple) and 0 < len(items) <= _MOST_ITEMS:
            rest = _Block("", rest=items, name=each["name"].lower(), start=start)
            block = rest._replace(uncertain=outer.uncertain, before=dict(self._values))
        elif kind:
            uncertain = outer.uncertain or (runs is None)
            repeated = outer.repeated or (uncertain and kind in _LOOPS)
            block = block._replace(uncertain=uncertain and runs is not False, repeated=repeated)
        if runs is False:
            block = block._replace(before=dict(self._values))
        if kind in ("if", "elseif", "else"):
            was = False if kind == "if" else self._done
            block = block._replace(
                done=True if was or runs else None if None in (was, runs) else False
            )
        self._blocks.append(block._replace(branch=outer.branch or kind))

    def _end_block(self, end: int) -> int:
        """Go on behind a block, or from its beginning with the next of what a loop goes through."""
        block = self._blocks.pop()
        self._done = block.done
        if block.commands < 0 and block.before is not None:
            self._values = block.before
        if block.commands >= 0:
            del self._commands[block.commands :]
        if not block.rest:
            return end
        self._values[block.name], *rest = block.rest
        commands = len(self._commands) if block.commands < 0 else block.commands
        self._blocks.append(block._replace(rest=tuple(rest), commands=commands))
        self._after = block.start
        return block.start

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
        branch = self._blocks[-1].branch if self._blocks else ""
        if command and branch:
            loop = branch in _LOOPS
            command = replace(command, template="in a for loop" if loop else "in an if branch")
        if command:
            self._commands.append(command)


_LOOPS = ("foreach", "for", "while", "do")


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
