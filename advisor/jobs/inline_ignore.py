"""Comments that suppress a finding: `# advisor: ignore IMG001 reason`, `<!-- ... -->`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.facts.record import Record

_MARK = "advisor: ignore"
_COMMENT = re.compile(
    r"(?:#|//|<!--|::|\bREM\b)\s*advisor:\s*ignore\s+(?P<rules>[A-Z]{2,6}\d{3}(?:\s*,\s*[A-Z]{2,6}\d{3})*)"
    r"[\s:]*(?P<reason>.*?)\s*(?:-->)?\s*$"
)
_ALONE = re.compile(r"\s*(?:#|//|<!--|::|REM\b)")


class InlineIgnore(Record, frozen=True, kw_only=True):
    """One suppressed rule. `line` is the comment's, `covers` the line it is about: its own, or the
    next that is no such comment where it stands alone."""

    rule: str
    reason: str
    line: int
    covers: int


def inline_ignores(text: str) -> tuple[InlineIgnore, ...]:
    """The comments of a file, in order."""
    return tuple(_ignores(text.splitlines())) if _MARK in text else ()


def _ignores(lines: list[str]) -> Iterator[InlineIgnore]:
    for number, line in enumerate(lines, start=1):
        match = _COMMENT.search(line) if _MARK in line else None
        if match is None:
            continue
        covers = number
        if _ALONE.match(line):
            while covers <= len(lines) and _is_ignore(lines[covers - 1]):
                covers += 1
        for rule in match["rules"].split(","):
            yield InlineIgnore(
                rule=rule.strip(), reason=match["reason"], line=number, covers=covers
            )


def _is_ignore(line: str) -> bool:
    return bool(_ALONE.match(line) and _COMMENT.search(line))
