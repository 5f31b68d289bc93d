"""Every word of the command as an item of the ledger, secrets taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.facts.secrecy import MARK, looks_secret, redact_text, redact_words
from advisor.facts.secret_shapes import has_secret_shape
from advisor.findings.finding import Place
from advisor.jobs.ledger import Item, Origin, Part
from advisor.jobs.word import Word
from advisor.readers.docker_run.command import Command
from advisor.readers.docker_run.scan import Occurrence
from advisor.readers.masking import Veil

_PAIRS = frozenset({"env", "label", "annotation", "log-opt", "storage-opt", "sysctl"})
IMAGE, COMMAND, OPTIONS = "IMAGE", "COMMAND", "OPTIONS"
_PARTS: dict[str, Part] = {
    IMAGE: ("image",),
    COMMAND: ("arguments",),
    OPTIONS: ("unknown_options",),
}


class ItemMaker:
    """Makes items that know their place; `positions` may be fewer than the words."""

    def __init__(self, veil: Veil, place: Place | None, positions: Sequence[Place]) -> None:
        self._veil = veil
        self._place = place
        self._positions = positions

    def place(self, number: int) -> Place | None:
        """Where a word stands, or the command where that is not known."""
        return self._positions[number] if number < len(self._positions) else self._place

    def program(self, command: Command, origin: Origin) -> Item:
        """The words that start the program, whatever is in front of it."""
        words = [self._veil.plain(self._veil.texts[number]) for number in command.words]
        return Item(
            name=f"{command.program} {command.verb}",
            written=" ".join(redact_words(words)[0]),
            place=self.place(command.words[0]),
            words=command.words,
            sets=origin.sets,
            idle=origin.idle,
        )

    def flag(self, occurrence: Occurrence, origin: Origin) -> Item:
        """One occurrence of a flag; a bare boolean one has no value."""
        word = self._veil.word(occurrence.text)
        return Item(
            name=occurrence.flag.canonical,
            written=occurrence.written,
            value=""
            if occurrence.bare
            else redacted(occurrence.flag.alias or occurrence.flag.name, word),
            place=self.place(occurrence.words[0]),
            words=occurrence.words,
            expansions=word.expansions,
            sets=origin.sets,
            idle=origin.idle,
        )

    def words(self, name: str, numbers: Iterable[int]) -> Item:
        """Words that are no flag: the image, the command, what the shell puts in."""
        covered = tuple(numbers)
        words = [self._veil.word(self._veil.texts[number]) for number in covered]
        texts = [word.text for word in words]
        if name == IMAGE:
            texts = [redact_text(texts[-1])[0]]
        return Item(
            name=name,
            value=" ".join(redact_words(texts)[0]),
            place=self.place(covered[-1 if name == IMAGE else 0]),
            words=covered,
            expansions=tuple(expansion for word in words for expansion in word.expansions),
            sets=(_PARTS[name],),
        )


def redacted(name: str, value: Word) -> str:
    """A flag's value without its secrets; references such as `$TOKEN` stay."""
    text = value.text
    if name not in _PAIRS:
        return redact_text(text)[0]
    key, equals, rest = text.partition("=")
    literal = "".join(part for part in value.parts if isinstance(part, str)).partition("=")[2]
    if not equals or not literal:
        return MARK if has_secret_shape(text) else text
    if looks_secret(key, rest):
        return f"{key}={MARK}"
    return f"{key}={redact_text(rest)[0]}"
