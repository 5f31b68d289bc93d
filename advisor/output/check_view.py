"""A check report arranged for reading: findings by place, with the line they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from advisor.facts.quantity import plural
from advisor.facts.record import Record
from advisor.findings.finding import SEVERITIES, Finding, Gap, Place, Severity
from advisor.jobs.ledger import FATES, Entry, Fate
from advisor.jobs.translation import Translation
from advisor.judging.check_report import NO_CLUSTER, VERDICTS, CheckReport, JobCheck, JobVerdict
from advisor.output.wording import severity_count

VERDICT_TONES: dict[JobVerdict, str] = {
    "cannot run": "blocked",
    "unknown": "unknown",
    "runs after these changes": "move",
    "runs as it is": "ok",
}
"""Verdicts in the classes of outcomes, so that every format colours them alike."""

JOBS_ON_TERMINAL = 20
"""Jobs that a terminal shows in full unless asked for more."""

_CUT = 160


_VALUE = 60


class Spot(Record, frozen=True, kw_only=True):
    """One place with its findings. `text` is the source line, `caret` the offset in it (from 0);
    `text` is empty where the line is not at hand."""

    place: Place | None = None
    text: str = ""
    caret: int = 0
    findings: tuple[Finding, ...]


def spots(check: JobCheck, findings: Iterable[Finding]) -> tuple[Spot, ...]:
    """The findings by place, in the order in which the places are first met."""
    grouped: dict[Place | None, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.place, []).append(finding)
    return tuple(_spot(check, place, tuple(found)) for place, found in grouped.items())


def shown_findings(check: JobCheck, least: Severity) -> tuple[Finding, ...]:
    """What was found at `least` or above."""
    wanted = SEVERITIES[: SEVERITIES.index(least) + 1]
    return tuple(f for f in check.findings if f.status == "finding" and f.severity in wanted)


def of_status(check: JobCheck, status: str) -> tuple[Finding, ...]:
    """Findings of one status, whatever their severity."""
    return tuple(finding for finding in check.findings if finding.status == status)


def open_facts(check: JobCheck) -> tuple[Gap, ...]:
    """What is missing to judge the rest, each fact once."""
    gaps = (gap for finding in of_status(check, "unknown") for gap in finding.gaps)
    return tuple({gap.fact: gap for gap in gaps}.values())


def not_carried(translation: Translation) -> Iterator[Entry]:
    """The ledger without what has the same effect, what needs attention first."""
    for fate in FATES[:-1]:
        yield from entries_of(translation, fate)


def entries_of(translation: Translation, fate: Fate) -> Iterator[Entry]:
    """The entries of one fate in the order of the source."""
    return (entry for entry in translation.ledger if entry.fate == fate)


def gathered(entries: Iterable[Entry]) -> Iterator[tuple[tuple[Entry, ...], str]]:
    """The entries by what became of them and why, each group with its line: their names first."""
    groups: dict[tuple[Fate, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.fate, entry.reason), []).append(entry)
    for (_, reason), group in groups.items():
        names = tuple(dict.fromkeys(map(entry_name, group)))
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield tuple(group), f"{'; '.join(names[:_NAMES])}{more}: {reason}"


_NAMES = 4


def still_missing(translation: Translation) -> tuple[str, ...]:
    """What the user has yet to give and no entry of the ledger says already, as one or several of
    its clauses."""
    reasons = {entry.reason for entry in entries_of(translation, "unresolved")}
    clauses = {clause for reason in reasons for clause in reason.split(_CLAUSE)}

    def is_said(what: str) -> bool:
        said = what.split(_CLAUSE)
        return clauses.issuperset(said) or any(run in reasons for run in _runs(said))

    def named(what: str) -> Iterator[str]:
        """The texts behind each colon: a flag or its value may have one."""
        parts = what.split(": ")
        return (": ".join(parts[first:]) for first in range(1, min(len(parts), _MOST_COLONS)))

    return tuple(
        what
        for what in translation.missing
        if not is_said(what)
        and not is_said(what.partition(": ")[2] or what)
        and reasons.isdisjoint(named(what))
    )


_CLAUSE = "; "
_MOST_CLAUSES = _MOST_COLONS = 12
"""A text of more parts is not compared with others part by part, but whole."""


def _runs(clauses: Sequence[str]) -> Iterator[str]:
    """Neighbouring clauses, joined again."""
    if len(clauses) <= _MOST_CLAUSES:
        for first, last in combinations(range(len(clauses) + 1), 2):
            yield _CLAUSE.join(clauses[first:last])


def entry_name(entry: Entry) -> str:
    """The flag or field as it was written, with the beginning of its value."""
    written = entry.item.written or entry.item.name
    value = entry.item.value
    if not value or value in written:
        return written
    return f"{written} {value if len(value) <= _VALUE else f'{value[: _VALUE - 1]}…'}"


def counts(findings: Iterable[Finding]) -> str:
    """`1 error, 2 warnings`, or `none`."""
    severities = [finding.severity for finding in findings if finding.status == "finding"]
    parts = [
        severity_count(severity, severities.count(severity))
        for severity in SEVERITIES
        if severity in severities
    ]
    return ", ".join(parts) or "none"


def tally(report: CheckReport) -> str:
    """How many jobs have which verdict, in words."""
    verdicts = [check.verdict for check in report.jobs]
    parts = [
        f"{verdicts.count(verdict):,} {_plural_verdict(verdict)}"
        for verdict in VERDICTS
        if verdict in verdicts
    ]
    return f"{plural(len(verdicts), 'job')}: {', '.join(parts)}" if parts else "no jobs"


def checked_against(report: CheckReport) -> str:
    """Which cluster the jobs were checked against, in words."""
    if report.target == NO_CLUSTER:
        return "Checked without a cluster"
    return f"Checked against {report.target}"


def where(check: JobCheck) -> str:
    """`train.sh:12`, or what kind of thing it is where it has no file."""
    return f"{check.place.file}:{check.place.line}" if check.place else check.file or check.kind


def _plural_verdict(verdict: JobVerdict) -> str:
    return {"runs as it is": "as it is", "runs after these changes": "after changes"}.get(
        verdict, verdict
    )


def _spot(check: JobCheck, place: Place | None, findings: tuple[Finding, ...]) -> Spot:
    text, caret = source_line(check, place)
    return Spot(place=place, text=text, caret=caret, findings=findings)


def source_line(check: JobCheck, place: Place | None) -> tuple[str, int]:
    """The line of the source at `place` and the offset of its column in it."""
    line = check.lines.get(str(place.line), "") if place is not None else ""
    if place is None or not line:
        return "", 0
    return window(line, min(max(place.column - 1, 0), len(line)), _CUT)


def window(line: str, offset: int, most: int) -> tuple[str, int]:
    """At most so many characters of the line around the offset, and the offset in them."""
    indent = len(line) - len(line.lstrip())
    cut = indent if indent <= offset else 0
    line, offset = line[cut:], offset - cut
    if len(line) <= most:
        return line, offset
    begin = max(0, min(offset - most // 2, len(line) - most))
    return line[begin : begin + most], offset - begin


def _shown_spots(check: JobCheck, least: Severity) -> tuple[Spot, ...]:
    return spots(check, shown_findings(check, least))


FILTERS: dict[str, Any] = {
    "where": where,
    "counts": counts,
    "of_status": of_status,
    "open_facts": open_facts,
    "not_carried": not_carried,
    "still_missing": still_missing,
    "entry_name": entry_name,
    "spots": _shown_spots,
}
"""What the templates of a check say things with."""
