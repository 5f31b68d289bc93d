"""What the user says that only the shell would know: `--set` and `--cwd`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import NamedTuple

from advisor.jobs.word import Expansion, Word, joined, setting_name

_HERE = re.compile(
    r"\$(?:PWD|\{PWD\}|\(\s*pwd(?:\s+-[LP])?\s*\)|\(CURDIR\)|\(PWD\)|\(shell\s+pwd\s*\))"
    r"|`\s*pwd\s*`|%CD%|~\+",
    re.IGNORECASE,
)


class Known(NamedTuple):
    """`values` by the name that messages give for `--set`; `directory` is where one stands.

    `sourced` gives the text of a file of the script's folder by its name, None where there is none.
    """

    values: Mapping[str, str] = {}
    directory: str = ""
    sourced: Callable[[str], str | None] | None = None

    def value(self, expansion: Expansion) -> str | None:
        """What the expansion stands for; None when nobody said so."""
        if self.directory and _HERE.fullmatch(expansion.source):
            return self.directory
        return self.values.get(setting_name(expansion))

    def settled(self, word: Word) -> Word:
        """The word with all that is known put in, and never split."""
        if not any(isinstance(part, Expansion) for part in word.parts):
            return word
        values = ((part, self._part(part)) for part in word.parts)
        return joined(part if value is None else value for part, value in values)

    def _part(self, part: str | Expansion) -> str | None:
        return self.value(part) if isinstance(part, Expansion) else None

    @property
    def arguments(self) -> dict[str, tuple[str, ...] | str]:
        """The script's own: `1`, `2`, ... as they were given, and all of them as `@`."""
        whole = self.values.get("@", self.values.get("*"))
        words = () if whole is None else tuple(shlex.split(whole))
        given: dict[str, tuple[str, ...] | str] = {
            str(number): text for number, text in enumerate(words, 1)
        }
        given |= {name: text for name, text in self.values.items() if name.isdecimal()}
        if not words:
            words = tuple(self._from_first())
        return {**given, "@": words} if words or whole is not None else given

    def _from_first(self) -> list[str]:
        """`$1`, `$2`, ... up to the first that nobody gave."""
        texts: list[str] = []
        while (text := self.values.get(str(len(texts) + 1))) is not None:
            texts.append(text)
        return texts


NOTHING = Known()
