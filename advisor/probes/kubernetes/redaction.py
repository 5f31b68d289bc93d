"""Secrets taken out of options before any record is made of them, and a list of what was."""

from __future__ import annotations

from advisor.facts.secrecy import redact_mapping, redact_words
from advisor.facts.source import Redaction
from advisor.objects.base import present, without_nulls

_NAMES_A_SECRET = ("secret-name", "secretname", "secret-namespace", "secretnamespace")
REDACTOR = "kubernetes-options"


class Redactor:
    """Takes secrets out of the options of one list; used by one thread."""

    def __init__(self) -> None:
        self._redactions: list[Redaction] = []

    def options(self, place: str, stated: dict[str, str | None] | None) -> dict[str, str]:
        """A map of options; the name of a Secret is not itself one."""
        options = without_nulls(stated)
        references = {
            key: value for key, value in options.items() if key.lower().endswith(_NAMES_A_SECRET)
        }
        others = {key: value for key, value in options.items() if key not in references}
        redacted, count = redact_mapping(others)
        self._note(place, count)
        return {key: references.get(key, redacted.get(key, "")) for key in options}

    def words(self, place: str, stated: list[str | None] | None) -> tuple[str, ...]:
        """A list of options such as `password=x`."""
        redacted, count = redact_words(present(stated))
        self._note(place, count)
        return redacted

    def _note(self, place: str, count: int) -> None:
        if count:
            self._redactions.append(Redaction(path=place, redactor=REDACTOR, count=count))

    def redactions(self) -> tuple[Redaction, ...]:
        """What was taken out so far, by place."""
        return tuple(sorted(self._redactions, key=lambda one: one.path))
