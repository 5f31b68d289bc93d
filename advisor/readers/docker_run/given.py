"""The flags a command gave, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.jobs.numbers import parse_bool
from advisor.jobs.run import Whole
from advisor.jobs.word import Word
from advisor.readers.docker_run.scan import Occurrence
from advisor.readers.masking import Veil, is_veiled


class GivenFlags:
    """Occurrences by canonical name (without its dashes). Values have been checked."""

    def __init__(self, veil: Veil, occurrences: Sequence[Occurrence]) -> None:
        self.veil = veil
        self.occurrences = tuple(occurrences)
        self._numbers: dict[str, list[int]] = {}
        for number, occurrence in enumerate(self.occurrences):
            self._numbers.setdefault(occurrence.flag.canonical, []).append(number)

    def of(self, *names: str) -> list[Occurrence]:
        """Every occurrence of the flags, in the order given."""
        numbers = [number for name in names for number in self._numbers.get(f"--{name}", ())]
        return [self.occurrences[number] for number in sorted(numbers)]

    def all(self, name: str) -> list[str]:
        """Every value, in the order given."""
        return [occurrence.text for occurrence in self.of(name)]

    def last(self, name: str) -> str | None:
        """The value that counts of a flag that is not repeatable."""
        values = self.all(name)
        return values[-1] if values else None

    def on(self, name: str) -> bool:
        """Whether a boolean flag is on; one left to the shell is taken for on."""
        value = self.last(name)
        return value is not None and (is_veiled(value) or parse_bool(value))

    def known(self, name: str) -> str | None:
        """The value that counts, None when it is not given or left to the shell."""
        value = self.last(name)
        return None if value is None or is_veiled(value) else value

    def amount(self, name: str, parse: Callable[[str], int]) -> Whole | None:
        """The number that counts, its words where the shell decides it; None when not given."""
        value = self.last(name)
        if not value:
            return None
        return self.veil.word(value) if is_veiled(value) else parse(value)

    def word(self, name: str) -> Word | None:
        """The value that counts, as a word; None when it is not given."""
        value = self.last(name)
        return None if value is None else self.veil.word(value)

    def text(self, name: str) -> str:
        """The value that counts, expansions as written; empty when it is not given."""
        return self.veil.plain(self.last(name) or "")

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value, expansions as written."""
        return tuple(map(self.veil.plain, self.all(name)))
