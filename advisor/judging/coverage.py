"""What was not assessed: every missing fact once, with what waits for it."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.judging.assessment import NotAssessed
from advisor.rulebook.finding import Decision, Finding, Gap


def not_assessed(
    findings: Iterable[Finding], decisions: Iterable[Decision]
) -> tuple[NotAssessed, ...]:
    """Gaps of unknown findings and decisions, the same gap told once."""
    waiting: dict[Gap, tuple[set[str], set[str]]] = {}
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
            rules=tuple(sorted(rules)),
            subjects=tuple(sorted(subjects)),
        )
        for gap, (rules, subjects) in waiting.items()
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.subjects), one.fact, one.reason)))


def _add(
    waiting: dict[Gap, tuple[set[str], set[str]]], gaps: Iterable[Gap], rule: str, label: str
) -> None:
    for gap in gaps:
        known = waiting.get(gap)
        if known is None:
            known = waiting[gap] = (set(), set())
        rules, subjects = known
        if rule:
            rules.add(rule)
        subjects.add(label)
