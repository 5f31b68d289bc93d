"""What the readers of cmd and PowerShell text share: words of one line, put together bit by bit."""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, Word, joined
from advisor.readers.shell.command import Dialect, ShellCommand
from advisor.readers.shell.position import Positions


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
        """A blank."""
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
