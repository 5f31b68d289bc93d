"""The words that one word of the source becomes: brace expansion (`{a,b}` and `{1..3}`), home
directories, splitting, empty words, globs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from msgspec.structs import replace

from advisor.jobs.word import Expansion, Word, joined
from advisor.readers.shell.command import Opaque, Segments, Text

MOST_WORDS = 4096
"""A word that becomes more than this is refused."""

MOST_NESTED = 64
"""A word with more braces in or after one another is refused too."""

MOST_BRACES = 500
"""So many in one word are no list of alternatives either."""

MOST_CELLS = 1_000_000
"""Nor are words that together have so many characters."""

_OPEN, _CLOSE, _COMMA, _DOT = (Text(character, False) for character in "{},.")

_SEQUENCE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?")

_HOME = re.compile(r"~(?:[+-]|[A-Za-z_][\w.-]*)?")
_HOME_NAMES = {"~": "HOME", "~+": "PWD", "~-": "OLDPWD"}
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


class TooManyWordsError(Exception):
    """A brace expansion that people do not write."""


def expanded(segments: Segments) -> list[Segments]:
    """The words that the braces of one word make, at least one."""
    if not any(
        isinstance(part, Text) and not part.quoted and "{" in part.text for part in segments
    ):
        return [segments]
    made = _expanded(_cells(segments), 0)
    return [_joined(cells) for cells in made] if len(made) > 1 else [segments]


def _cells(segments: Segments) -> Segments:
    """The word with each unquoted character on its own."""
    cells: Segments = []
    for part in segments:
        if isinstance(part, Text) and not part.quoted:
            cells.extend(Text(character, False) for character in part.text)
        else:
            cells.append(part)
    return cells


def _joined(cells: Segments) -> Segments:
    joined: Segments = []
    for cell in cells:
        last = joined[-1] if joined else None
        if isinstance(cell, Text) and isinstance(last, Text) and cell.quoted == last.quoted:
            joined[-1] = Text(last.text + cell.text, cell.quoted)
        else:
            joined.append(cell)
    return joined


def _expanded(cells: Segments, depth: int) -> list[Segments]:
    if depth > MOST_NESTED or cells.count(_OPEN) > MOST_BRACES:
        raise TooManyWordsError
    for opening, cell in enumerate(cells):
        if cell != _OPEN or (opening == 0 and cells[1:2] == [_CLOSE]):
            continue
        closing, commas = _closing(cells, opening)
        if closing is None:
            continue
        middles = _alternatives(cells, [opening, *commas, closing], depth)
        tails = _expanded(cells[closing + 1 :], depth + 1)
        head = cells[:opening]
        _check_size(head, middles, tails)
        return [head + middle + tail for middle in middles for tail in tails]
    return [cells]


def _check_size(head: Segments, middles: list[Segments], tails: list[Segments]) -> None:
    """TooManyWordsError when each middle with each tail makes more than people write."""
    words = len(middles) * len(tails)
    longest = len(head) + max(map(len, middles)) + max(map(len, tails))
    if words > MOST_WORDS or words * longest > MOST_CELLS:
        raise TooManyWordsError


def _closing(cells: Segments, opening: int) -> tuple[int | None, list[int]]:
    """The brace that closes the one at `opening`, and the commas between.

    As in bash, one that comes before any comma or `..` closes nothing.
    """
    level = 0
    commas: list[int] = []
    dots = False
    for at in range(opening + 1, len(cells)):
        cell = cells[at]
        if cell == _OPEN:
            level += 1
        elif cell == _CLOSE and level:
            level -= 1
        elif cell == _CLOSE and (commas or dots):
            return at, commas
        elif level == 0 and cell == _COMMA:
            commas.append(at)
        elif level == 0 and cells[at : at + 2] == [_DOT, _DOT]:
            dots = dots or cells[at + 2 : at + 3] != [_CLOSE]
    return None, commas


def _alternatives(cells: Segments, bounds: list[int], depth: int) -> list[Segments]:
    """What stands between the braces and commas; a sequence that is none stays with its braces."""
    within = cells[bounds[0] + 1 : bounds[1]]
    if len(bounds) == 2 and _COMMA not in within:
        return _sequence(within) or [cells[bounds[0] : bounds[1] + 1]]
    made: list[Segments] = []
    for start, end in pairwise(bounds):
        made.extend(_expanded(cells[start + 1 : end], depth + 1))
        if len(made) > MOST_WORDS:
            raise TooManyWordsError
    return made


def _sequence(cells: Segments) -> list[Segments] | None:
    if not all(isinstance(cell, Text) and not cell.quoted for cell in cells):
        return None
    form = _SEQUENCE.fullmatch("".join(cell.text for cell in cells if isinstance(cell, Text)))
    if form is None or form[1].isalpha() != form[2].isalpha():
        return None
    values = _letters(form) if form[1].isalpha() else _numbers(form)
    return [[Text(value, False)] for value in values]


def _numbers(form: re.Match[str]) -> list[str]:
    ends = (form[1], form[2])
    padded = any(re.match(r"-?0\d", end) for end in ends)
    width = max(map(len, ends)) if padded else 0
    return [f"{value:0{width}d}" for value in _steps(int(form[1]), int(form[2]), form[3])]


def _letters(form: re.Match[str]) -> list[str]:
    return [chr(value) for value in _steps(ord(form[1]), ord(form[2]), form[3])]


def _steps(first: int, last: int, written: str | None) -> range:
    step = abs(int(written or 1)) or 1
    if abs(last - first) // step >= MOST_WORDS:
        raise TooManyWordsError
    return range(first, last + 1, step) if last >= first else range(first, last - 1, -step)


MOST_GROWTH = 10_000_000
"""Characters that variables and braces may add to one text."""

WORD_SIZE = 30
"""Characters that each word counts for in addition to its own."""

_BLANKS = re.compile(r"[ \t\n]+")
_GLOB = re.compile(r"[*?]|\[[!^]?\]?[^\]]*\]")

Piece = tuple[str, bool] | Expansion
"""Text and whether it was quoted, or what is left to the shell."""


class Growth:
    """Counts the characters that variables and braces have added to a text so far."""

    def __init__(self) -> None:
        self._added = 0

    def add(self, characters: int) -> None:
        """Count a piece; TooManyWordsError once all are more than people write."""
        self._added += characters + WORD_SIZE
        if self._added > MOST_GROWTH:
            raise TooManyWordsError


class Fields:
    """Collects the pieces of words; `places` are characters that stand for an expansion."""

    def __init__(self, places: Mapping[str, Expansion], growth: Growth) -> None:
        self._places = places
        self._growth = growth
        self._done: list[Word] = []
        self._pieces: list[Piece] = []
        self._open = False

    def add_text(self, text: str, *, quoted: bool) -> None:
        """Text of the source: never split; quoted it makes a word even when empty."""
        if text or quoted:
            self._pieces.append((text, quoted))
            self._open = True

    def add_split(self, text: str) -> None:
        """Text that an unquoted variable gave: blanks in it part words."""
        for number, piece in enumerate(_BLANKS.split(text)):
            if number:
                self.part()
            self.grow(len(piece))
            self.add_text(piece, quoted=False)

    def grow(self, characters: int) -> None:
        """Count what a variable puts in."""
        self._growth.add(characters)

    def add_expansion(self, expansion: Expansion) -> None:
        """Something left to the shell."""
        self._pieces.append(expansion)
        self._open = True

    def part(self) -> None:
        """End the word at hand, if there is one."""
        if self._open:
            self._done.append(_word(self._pieces, self._places))
        self._pieces = []
        self._open = False

    def words(self) -> list[Word]:
        """The words that have been made."""
        self.part()
        return self._done


def whole(pieces: list[Piece], places: Mapping[str, Expansion]) -> Word:
    """One word of the pieces, nothing split and no globs in it (the value of an assignment)."""
    quoted: list[Piece] = [p if isinstance(p, Expansion) else (p[0], True) for p in pieces]
    return _word(quoted, places)


def _word(pieces: list[Piece], places: Mapping[str, Expansion]) -> Word:
    parts: list[str | Expansion] = []
    for piece in pieces:
        quoted = isinstance(piece, Expansion) or piece[1]
        text = piece if isinstance(piece, Expansion) else piece[0]
        for part in [text] if isinstance(text, Expansion) or quoted else _with_globs(text):
            parts += _with_places(part, places, quoted=quoted) if places else [part]
    return joined(parts)


def _with_globs(text: str) -> list[str | Expansion]:
    parts: list[str | Expansion] = []
    end = 0
    for match in _GLOB.finditer(text):
        parts += [text[end : match.start()], Expansion(source=match[0], kind="glob")]
        end = match.end()
    return [*parts, text[end:]]


def _with_places(
    part: str | Expansion, places: Mapping[str, Expansion], *, quoted: bool
) -> list[str | Expansion]:
    """The part with each place's own expansion, by its shell name within a command."""
    if isinstance(part, Expansion):
        source = "".join(
            _shell_name(places[character]) if character in places else character
            for character in part.source
        )
        return [part if source == part.source else replace(part, source=source)]
    return [
        replace(places[character], quoted=quoted or places[character].quoted)
        if character in places
        else character
        for character in part
    ]


def _shell_name(place: Expansion) -> str:
    """make hands its environment's variables on under the same name."""
    return f"${{{place.name}}}" if place.name and place.kind == "make" else place.source


def with_homes(segments: Segments, *, value: bool = False, assignments: bool = True) -> Segments:
    """The word with its home directories marked.

    They stand at its start, and in a word like `NAME=value`, or the `value` of an assignment, after
    the `=` and each `:`, which bash does for arguments too unless braces made them (`assignments`
    is false).
    """
    made: Segments = []
    start = True
    in_value = value
    for number, part in enumerate(segments):
        if not isinstance(part, Text) or part.quoted:
            made.append(part)
            start = False
            continue
        following = segments[number + 1] if number + 1 < len(segments) else None
        looked_for = assignments and number == 0 and not value
        assignment = _ASSIGNMENT.match(part.text) if looked_for else None
        in_value = in_value or assignment is not None
        equals = assignment.end() if assignment else None
        made.extend(_marked(part.text, start, equals, in_value, following is None))
        start = (in_value and part.text.endswith(":")) or equals == len(part.text)
    return made


def _marked(text: str, start: bool, equals: int | None, in_value: bool, last: bool) -> Segments:
    made: Segments = []
    done = 0
    for match in _HOME.finditer(text):
        at = match.start()
        at_start = at == 0 and start
        after_sign = at == equals or (in_value and at > (equals or 0) and text[at - 1] == ":")
        rest = text[match.end() :]
        if not (at_start or after_sign) or not _ends(rest, in_value, last):
            continue
        if at > done:
            made.append(Text(text[done:at], False))
        made.append(Opaque(match[0], "home", _HOME_NAMES.get(match[0], ""), True))
        done = match.end()
    if done < len(text) or not text:
        made.append(Text(text[done:], False))
    return made


def _ends(rest: str, in_value: bool, last: bool) -> bool:
    """Whether the prefix ends before `rest`; outside of values a `:` needs plain text up to `/`."""
    if not rest:
        return last
    return rest[0] == "/" or (rest[0] == ":" and (in_value or last or "/" in rest))
