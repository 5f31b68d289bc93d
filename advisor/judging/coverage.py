"""What was not assessed: every missing fact once, with what waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from advisor.findings.finding import Decision, Finding, Gap
from advisor.judging.assessment import NotAssessed

_SINGLY = 20
"""Gaps that differ in nothing but the command that settles them; more are told as one."""

_Waiting = dict[Gap, list[tuple[str, str]]]
"""By gap the rules and the subjects, in pairs, that wait for it."""


def not_assessed(
    findings: Iterable[Finding], decisions: Iterable[Decision]
) -> tuple[NotAssessed, ...]:
    """Gaps of unknown findings and decisions, the same gap told once."""
    waiting: _Waiting = {}
    for finding in findings:
        if finding.status == "unknown":
            _add(waiting, finding.gaps, finding.rule, finding.subject.label)
    for decision in decisions:
        if decision.outcome == "unknown":
            _add(waiting, decision.gaps, decision.rule, decision.subject.label)
    found = [
        NotAssessed(
            fact=gap.fact,
            probe=gap.probe,
            reason=gap.reason,
            settle=gap.settle,
            rules=tuple(sorted({rule for rule, _ in pairs if rule})),
            subjects=tuple(sorted({label for _, label in pairs})),
        )
        for gap, pairs in _folded(waiting)
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.subjects), one.fact, one.reason)))


def _add(waiting: _Waiting, gaps: Iterable[Gap], rule: str, label: str) -> None:
    for gap in gaps:
        waiting.setdefault(gap, []).append((rule, label))


def _folded(waiting: _Waiting) -> Iterator[tuple[Gap, Sequence[tuple[str, str]]]]:
    """What is missing for one reason in many places as one, with the first of the commands."""
    alike: dict[Gap, list[Gap]] = {}
    for gap in waiting:
        alike.setdefault(replace(gap, settle=""), []).append(gap)
    for gaps in alike.values():
        if len(gaps) <= _SINGLY:
            yield from ((gap, waiting[gap]) for gap in gaps)
            continue
        first = min(gaps, key=lambda gap: gap.settle)
        settle = f"{first.settle}, and so for {len(gaps) - 1:,} more" if first.settle else ""
        yield replace(first, settle=settle), [pair for gap in gaps for pair in waiting[gap]]
