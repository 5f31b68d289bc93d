"""The words that one word of the source becomes: splitting, empty words, globs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from advisor.jobs.word import Expansion, Word, joined
from advisor.readers.shell.braces import TooManyWordsError

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
