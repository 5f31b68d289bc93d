"""What was not assessed: every missing fact once, with what waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from advisor.findings.finding import Decision, Finding, Gap
from advisor.judging.assessment import NotAssessed

_SINGLY = 20
"""Gaps that differ in nothing but the command that settles them; more are told as one."""


def not_assessed(
    findings: Iterable[Finding], decisions: Iterable[Decision]
) -> tuple[NotAssessed, ...]:
    """Gaps of unknown findings and decisions, told once; what is missing for one reason in many
    places is one entry."""
    return folded(every_gap(findings, decisions))


def every_gap(
    findings: Iterable[Finding], decisions: Iterable[Decision]
) -> tuple[NotAssessed, ...]:
    """Each gap by itself, with the rules and the subjects that wait for it: what several parts of
    one check give, to be folded when they are together."""
    waiting: dict[Gap, list[tuple[str, str]]] = {}
    for finding in findings:
        if finding.status == "unknown":
            for gap in finding.gaps:
                waiting.setdefault(gap, []).append((finding.rule, finding.subject.label))
    for decision in decisions:
        if decision.outcome == "unknown":
            for gap in decision.gaps:
                waiting.setdefault(gap, []).append((decision.rule, decision.subject.label))
    return tuple(
        NotAssessed(
            fact=gap.fact,
            probe=gap.probe,
            reason=gap.reason,
            settle=gap.settle,
            rules=tuple(sorted({rule for rule, _ in pairs if rule})),
            subjects=tuple(sorted({label for _, label in pairs})),
        )
        for gap, pairs in waiting.items()
    )


def folded(gaps: Iterable[NotAssessed]) -> tuple[NotAssessed, ...]:
    """The same gap once, and more than a few that differ in nothing but the command that settles
    them as one, with the first of the commands; what most subjects wait for comes first."""
    alike: dict[tuple[str, str, str], dict[str, list[NotAssessed]]] = {}
    for gap in gaps:
        commands = alike.setdefault((gap.fact, gap.probe, gap.reason), {})
        commands.setdefault(gap.settle, []).append(gap)
    found: list[NotAssessed] = []
    for commands in alike.values():
        if len(commands) <= _SINGLY:
            found += (_together(same, settle) for settle, same in commands.items())
            continue
        first = min(commands)
        settle = f"{first}, and so for {len(commands) - 1:,} more" if first else ""
        found.append(_together([gap for same in commands.values() for gap in same], settle))
    return tuple(
        sorted(found, key=lambda one: (-len(one.subjects), one.fact, one.reason, one.settle))
    )


def _together(gaps: Sequence[NotAssessed], settle: str) -> NotAssessed:
    return replace(
        gaps[0],
        settle=settle,
        rules=tuple(sorted({rule for gap in gaps for rule in gap.rules})),
        subjects=tuple(sorted({subject for gap in gaps for subject in gap.subjects})),
    )
