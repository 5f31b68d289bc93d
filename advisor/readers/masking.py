"""Words as plain text, their expansions hidden behind one character each.

Everything that takes a value apart works on text; what it takes out becomes words again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.jobs.word import Expansion, Word, joined

_FIRST, _LAST = 0x100000, 0x10FFFD
_VEILED = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


def is_veiled(text: str) -> bool:
    """Whether some of `text` is not known before the shell runs."""
    return _VEILED.search(text) is not None


class Veil:
    """The expansions of one command. Characters that its own text uses are left alone."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._hidden: dict[str, Expansion] = {}
        self._next = _FIRST
        self._used = {
            character
            for word in words
            for part in word.parts
            if isinstance(part, str)
            for character in _VEILED.findall(part)
        }
        self.texts = tuple(self._cover(word) for word in words)

    def word(self, text: str) -> Word:
        """A piece of the command's text as a word again."""
        if not self._hidden:
            return joined((text,))
        return joined(self._hidden.get(character, character) for character in text)

    def plain(self, text: str) -> str:
        """For people and rules: expansions as they were written."""
        return self.word(text).text

    def _cover(self, word: Word) -> str:
        return "".join(
            self._hide(part) if isinstance(part, Expansion) else part for part in word.parts
        )

    def _hide(self, expansion: Expansion) -> str:
        while chr(self._next) in self._used and self._next < _LAST:
            self._next += 1
        character = chr(self._next)
        self._next = min(self._next + 1, _LAST)
        self._hidden[character] = expansion
        return character
