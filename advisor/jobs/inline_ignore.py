"""Comments that suppress a finding (`# advisor: ignore IMG001 reason`, `<!-- ... -->`), applied to
the findings on their lines; those that met nothing are listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from advisor.facts.record import Record
from advisor.findings.finding import Finding, Place
from advisor.jobs.spec import JobSpec

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


NO_REASON = "no reason given"
IN_SOURCE = " (comment at"
"""What the reason of a finding that a comment suppresses goes on with, before the place."""


class InlineSuppressions:
    """The comments by file; keeps count of those that met a finding."""

    def __init__(self, ignores: Mapping[str, tuple[InlineIgnore, ...]]) -> None:
        self._ignores = ignores
        self._met: set[tuple[str, InlineIgnore]] = set()

    def apply(self, finding: Finding, job: JobSpec) -> Finding:
        """The finding, suppressed where a comment covers its line or the job's first."""
        if not self._ignores:
            return finding
        for file, ignore in self._fitting(finding, job):
            self._met.add((file, ignore))
            reason = f"{ignore.reason or NO_REASON}{IN_SOURCE} {file}:{ignore.line})"
            finding = replace(finding, status="suppressed", reason=reason)
        return finding

    def unmatched(self) -> Iterator[str]:
        """Each comment that suppressed nothing, in words with its place."""
        for file, ignores in sorted(self._ignores.items()):
            for ignore in ignores:
                if (file, ignore) not in self._met:
                    yield f"{file}:{ignore.line}: {ignore.rule}: {ignore.reason or NO_REASON}"

    def _fitting(self, finding: Finding, job: JobSpec) -> Iterator[tuple[str, InlineIgnore]]:
        place = job.place
        if place is None or place.file not in self._ignores:
            return
        for ignore in self._ignores[place.file]:
            if ignore.rule == finding.rule and _covers(ignore, finding.place, job):
                yield place.file, ignore


def _covers(ignore: InlineIgnore, place: Place | None, job: JobSpec) -> bool:
    assert job.place is not None
    first = job.place.line
    if ignore.covers == first or (place is not None and ignore.covers == place.line):
        return True
    # No comment fits between the lines of one shell command: one behind its last line is about all.
    last = first + max(len(job.source.splitlines()), 1) - 1
    return job.reader != "manifest" and ignore.line == ignore.covers == last
