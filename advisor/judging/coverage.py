"""What was not assessed, each missing fact with what waits for it; what was asked and not read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from advisor.facts.source import Source, unread
from advisor.findings.finding import Decision, Finding, Gap, Outcome, Topic
from advisor.judging.assessment import NotAssessed
from advisor.views.base import refused_gap

_SINGLY = 20
"""Gaps that differ in nothing but the command that settles them; more are listed as one."""

_HOLDING: Mapping[Topic, re.Pattern[str]] = {
    "image": re.compile(
        r"cluster\.(node_images|pods|workloads|nodes)|registries|hosts?\b.*\.(images|containers)\b"
    ),
    "data": re.compile(
        r"cluster\.(pods|workloads|nodes|claims|persistent_volumes|storage_classes)"
        r"|hosts?\b.*\.(volumes|containers)\b"
    ),
}
"""The snapshot paths in which an image, or a place of data, can be that nobody has seen."""


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
    facts: list[NotAssessed] = []
    for commands in alike.values():
        if len(commands) <= _SINGLY:
            facts += (_together(same, settle) for settle, same in commands.items())
            continue
        first = min(commands)
        settle = f"{first}, and so for {len(commands) - 1:,} more" if first else ""
        facts.append(_together([gap for same in commands.values() for gap in same], settle))
    return tuple(
        sorted(facts, key=lambda gap: (-len(gap.subjects), gap.fact, gap.reason, gap.settle))
    )


def _together(gaps: Sequence[NotAssessed], settle: str) -> NotAssessed:
    return replace(
        gaps[0],
        settle=settle,
        rules=tuple(sorted({rule for gap in gaps for rule in gap.rules})),
        subjects=tuple(sorted({subject for gap in gaps for subject in gap.subjects})),
    )


class Unseen(msgspec.Struct, frozen=True):
    """Why not everything of a topic was seen: targets that gave nothing at all, and lists."""

    gone: tuple[Gap, ...] = ()
    lists: tuple[Gap, ...] = ()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Every gap; empty where everything was seen."""
        return self.gone + self.lists

    def unsettles(self, outcome: Outcome) -> bool:
        """Whether that outcome cannot be said: nothing has to move as long as all was seen. What
        may stay depends on the nodes alone, but an unseen machine need not be one of them."""
        return (outcome == "ok" and bool(self.gaps)) or (outcome == "stay" and bool(self.gone))


def unseen(sources: Sequence[Source], topic: Topic) -> Unseen:
    """What could not be seen of a topic."""
    gone = [_gone(source) for source in unread(sources) if source.status == "failed"]
    lists = [
        refused_gap(refusal.facts[0] if refusal.facts else refusal.resource, source, refusal)
        for source in unread(sources)
        for refusal in source.missing
        if any(_HOLDING[topic].match(path) for path in refusal.facts)
    ]
    return Unseen(tuple(gone), tuple(lists))


def _gone(source: Source) -> Gap:
    settle = {
        "kubernetes": f"kubectl --context {source.target} get nodes",
        "docker": f"docker --host {source.target} info",
    }
    return Gap(
        fact=f"{source.probe} {source.target}",
        probe=source.probe,
        reason=f"{source.target} could not be read: {source.reason or 'it gave no answer'}",
        settle=settle.get(source.probe, ""),
    )
