"""The image of a job as it may be repeated."""

from __future__ import annotations

from advisor.facts.secrecy import redact_image
from advisor.jobs.word import Expansion, Word, joined


def image_word(given: Word) -> Word:
    """The word without a login before its registry; a password left to the shell stays."""
    shown = redact_image(given.text)
    if shown == given.text:
        return given
    hidden, at, rest = shown.partition("@")
    kept = len(rest)
    parts: list[str | Expansion] = []
    for part in reversed(given.parts):
        text = part.source if isinstance(part, Expansion) else part
        if kept <= 0:
            break
        parts.append(part if isinstance(part, Expansion) else text[-kept:])
        kept -= len(text)
    return joined((hidden + at, *reversed(parts)))
