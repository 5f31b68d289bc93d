"""A word of the source -> the words it becomes, with the script's own variables put in."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.facts.secrecy import looks_secret
from advisor.jobs.word import Expansion, Word
from advisor.readers.shell.braces import expanded
from advisor.readers.shell.fields import Fields, Growth, Piece, whole
from advisor.readers.shell.scanner import read_quoted, read_word
from advisor.readers.shell.segment import Opaque, Parameter, Segments, Text
from advisor.readers.shell.tilde import with_homes
from advisor.readers.shell.variables import Value, Variables

_ALL = ("@", "*")
MOST_DEPTH = 20
"""`${X:-${Y:-...}}` followed no deeper."""

MOST_PARTS = 500
MOST_TEXT = 100_000
"""A value of more is not followed: it is one that grows at each step."""

MOST_DIGITS = 9
"""Of a number between brackets."""


class Evaluator:
    """Reads words against the variables of one point of a script."""

    def __init__(self, variables: Variables, places: Mapping[str, Expansion]) -> None:
        self._variables = variables
        self._places = places
        self._growth = Growth()

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

    def value(self, segments: Segments) -> Word:
        """The value an assignment gives: never split."""
        pieces: list[Piece] = []
        for part in with_homes(segments, value=True):
            pieces.extend(self._value_pieces(part))
        return whole(pieces, self._places)

    def known(self, value: Word) -> bool:
        """Whether the value can be put elsewhere: it needs no command and nothing unknown."""
        if len(value.parts) > MOST_PARTS or len(value.text) > MOST_TEXT:
            return False
        return all(self._movable(part) for part in value.expansions)

    def _movable(self, part: Expansion) -> bool:
        if part.kind == "variable":
            return bool(part.name) and not self._is_unknown(part)
        return part.kind not in ("command", "arithmetic")

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
                fields.add_expansion(_opaque(part))
            else:
                self._fill_parameter(fields, part, depth)

    def _fill_parameter(self, fields: Fields, part: Parameter, depth: int) -> None:
        if part.name not in self._variables or depth > MOST_DEPTH:
            fields.add_expansion(_left(part))
            return
        value = self._variables.value(part.name)
        secret = value is not None and _is_secret(part.name, value)
        if value is None or secret or not (part.quoted or self._variables.splits):
            fields.add_expansion(_left(part, withheld=secret))
            return
        self._fill_known(fields, part, value, depth)

    def _fill_known(self, fields: Fields, part: Parameter, value: Value, depth: int) -> None:
        chosen = _elements(value, part.subscript)
        if chosen is None or (part.operator.endswith(("=", "?")) and not _given(chosen, part)):
            fields.add_expansion(_left(part))
            return
        use_operand = part.operator and _given(chosen, part) == part.operator.endswith("+")
        if use_operand:
            self._fill(fields, _operand(part), depth + 1)
        elif not part.operator.endswith("+"):
            _put(fields, chosen, part)


def _is_secret(name: str, value: Value) -> bool:
    """Whether only the name may be passed on: a word elsewhere does not tell what it holds."""
    literal = value.literal if isinstance(value, Word) else ""
    return literal != "" and looks_secret(name, literal or "")


def _length(segments: Segments) -> int:
    return sum(len(part.text) for part in segments if isinstance(part, Text))


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
    source = f"${piece.name}" if piece.kind == "home" and piece.name else piece.source
    kind = "variable" if source != piece.source else piece.kind
    return Expansion(
        source=source, kind=kind, name=piece.name, quoted=quoted, withheld=piece.withheld
    )


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


def _left(part: Parameter, *, withheld: bool = False) -> Expansion:
    name = "" if part.operator.endswith("+") or part.subscript else part.name
    return Expansion(
        source=part.source,
        kind="variable",
        name=name,
        quoted=part.quoted,
        withheld=withheld and bool(name),
    )


def _opaque(part: Opaque) -> Expansion:
    return Expansion(source=part.source, kind=part.kind, name=part.name, quoted=part.quoted)
