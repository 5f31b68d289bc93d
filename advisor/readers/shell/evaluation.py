"""A word of the source -> the words it becomes, with the script's own variables put in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from msgspec.structs import replace

from advisor.facts.secrecy import looks_secret
from advisor.jobs.word import Expansion, Word, setting_name, word
from advisor.readers.shell.command import Opaque, Parameter, Segments, Text
from advisor.readers.shell.fields import Fields, Growth, Piece, expanded, whole, with_homes
from advisor.readers.shell.scanner import read_quoted, read_word
from advisor.readers.shell.substitution import settled_opaque, with_values
from advisor.readers.shell.variables import NOTHING, POSITIONAL, Known, Value, Variables, named_by

_ALL = ("@", "*")
_HERE = re.compile(r"(?:\$\(|`)\s*pwd(?:\s+-[LP])?\s*[)`]")
_OF_ARGUMENT = re.compile(r"\$\{?[1-9]")
_SAME_ANYWHERE = re.compile(
    r"(?:\$\(|`)\s*(?:id -[ugn]+|whoami|hostname|date(?: [^()`$]{1,40})?)\s*[)`]"
)
"""Commands that give the same wherever in a script they stand; `date` within a second."""

_ENGINE = re.compile(r"(?:sudo )?(?:nvidia-docker|docker|podman|nerdctl)\b")

MOST_DEPTH = 20
"""`${X:-${Y:-...}}` followed no deeper."""

MOST_PARTS = 500
MOST_TEXT = 100_000
"""A value of more is not followed: it is one that grows at each step."""

MOST_DIGITS = 9
"""The most digits of a number between brackets that is read."""

_SLICE = re.compile(r" ?(-?\d{1,9})(?::(-?\d{1,9}))?")


class Evaluator:
    """Reads words against the variables of one point of a script."""

    def __init__(
        self, variables: Variables, places: Mapping[str, Expansion], known: Known = NOTHING
    ) -> None:
        self.defaults: dict[str, str] = {}
        self.once: frozenset[str] = frozenset()
        """Names that the script assigns at one place: what they hold is the same elsewhere."""
        self._variables = variables
        self._places = places
        self._growth = Growth()
        self._known = known

    def words(self, segments: Segments) -> list[Word]:
        """The words an argument becomes: none, one or several."""
        made: list[Word] = []
        alternatives = expanded(segments)
        untouched = alternatives == [segments]
        for alternative in alternatives:
            if not untouched:
                self._growth.add(_length(alternative))
            fields = Fields(self._places, self._growth)
            self._fill(fields, with_homes(alternative, assignments=untouched), 0)
            made.extend(fields.words())
        return made

    def program(self, segments: Segments) -> None:
        """Settle the variable that names the program, where branches of the script left that open:
        it is the first of what they say, and told."""
        only = segments[0] if len(segments) == 1 else None
        if not isinstance(only, Parameter) or only.operator or only.name not in self._variables:
            return
        may_be = self._variables.alternatives(only.name)
        programs = [program for program in may_be if _ENGINE.match(program.text)]
        if programs and len(programs) == len(may_be):
            self._variables.take_default(only.name, programs[0])
            self.defaults[only.name] = programs[0].text

    def value(self, segments: Segments) -> Word:
        """The value an assignment gives: never split."""
        pieces: list[Piece] = []
        for part in with_homes(segments, value=True):
            pieces.extend(self._value_pieces(part))
        return whole(pieces, self._places)

    def is_movable(self, value: Word, listed: bool = False) -> bool:
        """Whether the value can be put elsewhere: it needs no command and nothing unknown, or is
        an option that a script lists, which says by itself what is open. A command on its own may
        be any number of options."""
        if len(value.parts) > MOST_PARTS or len(value.text) > MOST_TEXT:
            return False
        if listed:
            return not _STANDS_ALONE.search(_outline(value))
        return all(map(self._movable, value.expansions))

    def _movable(self, part: Expansion) -> bool:
        if part.kind == "variable":
            if part.name in _ALL:
                return True
            return bool(part.name) and (part.name in self.once or not self._is_unknown(part))
        if part.kind == "command":
            here = "PWD" not in self._variables and _HERE.fullmatch(part.source)
            return bool(here or _SAME_ANYWHERE.fullmatch(part.source))
        return part.kind != "arithmetic"

    def _is_unknown(self, part: Expansion) -> bool:
        """Assigned in the script: its name alone means nothing elsewhere."""
        if part.name not in self._variables:
            return False
        return self._variables.value(part.name) is None

    def _value_pieces(self, part: Text | Parameter | Opaque) -> list[Piece]:
        if isinstance(part, Text):
            return [(part.text, True)]
        fields = Fields(self._places, self._growth)
        self._fill(fields, [_quoted(part)], 0)
        pieces: list[Piece] = []
        for number, made in enumerate(fields.words()):
            pieces += [(" ", True)] if number else []
            pieces += [p if isinstance(p, Expansion) else (p, True) for p in made.parts]
        return pieces

    def _fill(self, fields: Fields, segments: Segments, depth: int) -> None:
        for part in segments:
            if isinstance(part, Text) and depth and not part.quoted:
                fields.add_split(part.text)
            elif isinstance(part, Text):
                fields.add_text(part.text, quoted=part.quoted)
            elif isinstance(part, Opaque):
                self._fill_opaque(fields, part)
            else:
                self._fill_parameter(fields, part, depth)

    def _fill_opaque(self, fields: Fields, part: Opaque) -> None:
        """A command or a `${X%...}`, where what it gives is known without running anything."""
        if named := named_by(part.source, self._variables):
            segments, _ = read_word(f'"{named}"' if part.quoted else named, 0)
            self._fill(fields, segments, 1)
            return
        settled = settled_opaque(part, self) if self._variables.splits or part.quoted else None
        left = _opaque(part)
        if part.kind == "command":
            source, complete = with_values(part.source, self)
            left = replace(left, source=source, own=not complete)
        if settled is None and part.kind in ("command", "home"):
            given = self._known.values.get(setting_name(left))
            settled = None if given is None else word(given)
        if settled is None:
            fields.add_expansion(left)
        else:
            _put_element(fields, settled, quoted=part.quoted)

    def is_assigned(self, name: str) -> bool:
        """Whether the script gives it a value, a known one or not."""
        return name in self._variables

    def scalar(self, name: str) -> Word | None:
        """What a scalar that is known and no secret holds; of an array its first element."""
        value = self._variables.value(name) if name in self._variables else None
        value = value[0] if isinstance(value, tuple) and value else value
        return value if isinstance(value, Word) and not _is_secret(name, value) else None

    def literal(self, name: str) -> str | None:
        """The text of such a scalar, None where some of it is left to the shell."""
        value = self.scalar(name)
        return value.literal if value else None

    def _fill_parameter(self, fields: Fields, part: Parameter, depth: int) -> None:
        if depth <= MOST_DEPTH and self._takes_default(part):
            if part.name.isdecimal() and _OF_ARGUMENT.search(part.operand):
                # the script may treat both apart, so neither is taken for the other
                fields.add_expansion(_left(part._replace(source=f"${part.name}", operator="")))
            else:
                self._fill_default(fields, part, depth)
            return
        if part.name not in self._variables or depth > MOST_DEPTH:
            fields.add_expansion(_left(part))
            return
        value = self._variables.value(part.name)
        secret = value is not None and _is_secret(part.name, value)
        if value is None or secret or not (part.quoted or self._variables.splits):
            own = value is None and not part.operator and part.name not in POSITIONAL
            fields.add_expansion(_left(part, withheld=secret, own=own))
            return
        self._fill_known(fields, part, value, depth)

    def _takes_default(self, part: Parameter) -> bool:
        operator = part.operator.lstrip(":")
        return operator in ("-", "=") and self._variables.may_be_unset(part.name)

    def _fill_default(self, fields: Fields, part: Parameter, depth: int) -> None:
        """`${X:-d}` of a script that is started alone; what was taken is noted."""
        if not looks_secret(part.name, part.operand):
            self.defaults.setdefault(part.name, part.operand.strip("\"'"))
        if part.operator.endswith("=") and "=" not in part.operand:
            self._variables.assign(part.name, self.value(_operand(part)))
        self._fill(fields, _operand(part), depth + 1)

    def _fill_known(self, fields: Fields, part: Parameter, value: Value, depth: int) -> None:
        part = part._replace(subscript=part.name) if part.name in _ALL else part
        if part.subscript in _ALL and isinstance(value, Word) and part.name in self._known.values:
            value = tuple(map(word, _split(value.text)))  # an array that the user says
        chosen = _elements(value, part.subscript)
        if part.operator == ":":
            chosen = _slice(chosen or (), part)
            if chosen is not None:
                _put(fields, chosen, part)
                return
        if chosen is None or (part.operator.endswith(("=", "?")) and not _given(chosen, part)):
            fields.add_expansion(_left(part))
            return
        use_operand = part.operator and _given(chosen, part) == part.operator.endswith("+")
        if use_operand:
            self._fill(fields, _operand(part), depth + 1)
        elif not part.operator.endswith("+"):
            _put(fields, chosen, part)


_STANDS_ALONE = re.compile(r"(?:\A|\s)\0(?:\s|\Z)")


def _outline(value: Word) -> str:
    """The text with NUL for each command whose output a shell parts into words."""
    return "".join(
        part
        if isinstance(part, str)
        else "\0"
        if part.kind == "command" and not (part.quoted and len(value.parts) == 1)
        else "."
        for part in value.parts
    )


def _is_secret(name: str, value: Value) -> bool:
    """Whether only the name may be passed on: a word elsewhere does not tell what it holds."""
    literal = value.literal if isinstance(value, Word) else ""
    return literal != "" and looks_secret(name, literal or "")


def _length(segments: Segments) -> int:
    return sum(len(part.text) for part in segments if isinstance(part, Text))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _elements(value: Value, subscript: str) -> tuple[Word, ...] | None:
    """The values that `[subscript]` chooses; None when that is not known."""
    array = (value,) if isinstance(value, Word) else value or ()
    if subscript in _ALL:
        return array
    if not subscript:
        return array[:1]
    if not subscript.isdecimal() or len(subscript) > MOST_DIGITS:
        return None
    return array[int(subscript) : int(subscript) + 1]


def _slice(chosen: tuple[Word, ...], part: Parameter) -> tuple[Word, ...] | None:
    """`${@:2}`, `${array[@]:1:2}`, `${TEXT:0:8}`; None when it is not known."""
    form = _SLICE.fullmatch(part.operand)
    if form is None or (part.name in _ALL and int(form[1]) < 1):
        return None
    first = int(form[1]) - (part.name in _ALL)
    if part.subscript in _ALL:
        length = int(form[2] or len(chosen))
        return chosen[first:][:length] if length >= 0 else None
    text = chosen[0].literal if chosen else None
    length = int(form[2] or MOST_TEXT)
    return None if text is None else (word(text[first:][:length]),)


def _given(chosen: tuple[Word, ...], part: Parameter) -> bool:
    """Whether the operator finds the parameter set (with `:`, and not empty)."""
    if ":" not in part.operator:
        return bool(chosen)
    return any(element.parts for element in chosen)


def _put(fields: Fields, chosen: tuple[Word, ...], part: Parameter) -> None:
    if part.quoted and not chosen and part.subscript != "@":
        fields.add_text("", quoted=True)
    for number, element in enumerate(chosen):
        if number and part.subscript == "*" and part.quoted:
            fields.add_text(" ", quoted=True)
        elif number:
            fields.part()
        _put_element(fields, element, quoted=part.quoted)


def _put_element(fields: Fields, element: Word, *, quoted: bool) -> None:
    if quoted and not element.parts:
        fields.add_text("", quoted=True)
    for piece in element.parts:
        if isinstance(piece, Expansion):
            fields.grow(len(piece.source))
            fields.add_expansion(_moved(piece, quoted=quoted))
        elif quoted:
            fields.grow(len(piece))
            fields.add_text(piece, quoted=True)
        else:
            fields.add_split(piece)


def _moved(piece: Expansion, *, quoted: bool) -> Expansion:
    """The expansion at its new place: a home directory, which stands at a start only, by name."""
    if piece.kind == "home" and piece.name:
        piece = replace(piece, source=f"${piece.name}", kind="variable")
    return replace(piece, quoted=quoted)


def _operand(part: Parameter) -> Segments:
    if part.quoted:
        return read_quoted(part.operand)
    segments: Segments = []
    at = 0
    while at < len(part.operand):
        read, end = read_word(part.operand, at)
        segments.extend(read)
        if end == at:
            segments.append(Text(part.operand[at], False))
            end += 1
        at = end
    return segments


def _quoted(part: Parameter | Opaque) -> Parameter | Opaque:
    return part._replace(quoted=True)


def _left(part: Parameter, *, withheld: bool = False, own: bool = False) -> Expansion:
    piece = part.operator == ":" and part.name not in _ALL
    name = "" if piece or part.operator.endswith("+") or part.subscript else part.name
    return Expansion(
        source=part.source,
        kind="variable",
        name=name,
        quoted=part.quoted,
        withheld=withheld and bool(name),
        own=own and bool(name),
    )


def _opaque(part: Opaque) -> Expansion:
    return Expansion(source=part.source, kind=part.kind, name=part.name, quoted=part.quoted)
