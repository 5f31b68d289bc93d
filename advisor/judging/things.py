"""Images and data paths with the strictest of their decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from advisor.judging.assessment import Thing
from advisor.rulebook.finding import STRICTEST, Decision, Topic
from advisor.rulebook.view import View


def things(
    topic: Topic, views: Iterable[View], decisions: Mapping[str, Sequence[Decision]]
) -> tuple[Thing, ...]:
    """The things that something was decided of, strictest first, then by name."""
    found = [
        _thing(topic, view, decisions[view.subject.id])
        for view in views
        if view.subject.id in decisions
    ]
    return tuple(sorted(found, key=lambda one: (STRICTEST.index(one.outcome), one.subject.id)))


def by_subject(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """Decisions by subject id."""
    grouped: dict[str, list[Decision]] = {}
    for decision in decisions:
        grouped.setdefault(decision.subject.id, []).append(decision)
    return grouped


def _thing(topic: Topic, view: View, decisions: Sequence[Decision]) -> Thing:
    strictest = min(decisions, key=lambda one: STRICTEST.index(one.outcome))
    facts = view.facts
    return Thing(
        subject=view.subject,
        topic=topic,
        kind=facts.get("kind", "image"),
        outcome=strictest.outcome,
        rule=strictest.rule,
        location=strictest.location,
        message=strictest.message,
        remedy=strictest.remedy,
        machines=_machines(facts),
        users=tuple(facts.get("jobs", ())),
        owners=tuple(sorted({one.owner for one in decisions if one.owner})),
        size=facts.get("size"),
        decisions=tuple(decisions),
    )


def _machines(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if "holders" in facts:
        return tuple(sorted({holder["machine"] for holder in facts["holders"]}))
    return tuple(facts.get("machines", ()))
