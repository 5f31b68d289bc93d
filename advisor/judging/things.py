"""Images and data paths with the strictest of their decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Any

import msgspec

from advisor.findings.finding import STRICTEST, Decision, Subject, Topic
from advisor.judging.assessment import Thing
from advisor.rulebook.view import View


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """What the report says of a thing besides its decisions; far smaller than its view."""

    subject: Subject
    kind: str
    machines: tuple[str, ...]
    users: tuple[str, ...]
    size: int | None
    at_least: int | None
    files: int | None


def sketched(views: Iterable[View], sketches: list[Sketch]) -> Iterator[View]:
    """The views one by one, each remembered as a sketch, so that none has to be kept."""
    for view in views:
        sketches.append(_sketch(view))
        yield view


def things(
    topic: Topic, sketches: Iterable[Sketch], decisions: Mapping[str, Sequence[Decision]]
) -> tuple[Thing, ...]:
    """The things that something was decided of, strictest first, then by name."""
    found = [
        _thing(topic, one, decisions[one.subject.id])
        for one in sketches
        if one.subject.id in decisions
    ]
    return tuple(sorted(found, key=lambda one: (STRICTEST.index(one.outcome), one.subject.id)))


def by_subject(decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """Decisions by subject id."""
    grouped: dict[str, list[Decision]] = {}
    for decision in decisions:
        grouped.setdefault(decision.subject.id, []).append(decision)
    return grouped


def _sketch(view: View) -> Sketch:
    facts = view.facts
    return Sketch(
        subject=view.subject,
        kind=facts.get("kind", "image"),
        machines=_machines(facts),
        users=tuple(map(intern, facts.get("jobs", ()))),
        size=facts.get("size"),
        at_least=facts.get("at_least"),
        files=facts.get("files"),
    )


def _thing(topic: Topic, sketch: Sketch, decisions: Sequence[Decision]) -> Thing:
    strictest = min(decisions, key=lambda one: STRICTEST.index(one.outcome))
    return Thing(
        subject=sketch.subject,
        topic=topic,
        kind=sketch.kind,
        outcome=strictest.outcome,
        rule=strictest.rule,
        location=strictest.location,
        message=strictest.message,
        remedy=strictest.remedy,
        machines=sketch.machines,
        users=sketch.users,
        owners=tuple(sorted({one.owner for one in decisions if one.owner})),
        size=sketch.size,
        at_least=sketch.at_least,
        files=sketch.files,
        decisions=tuple(decisions),
    )


def _machines(facts: Mapping[str, Any]) -> tuple[str, ...]:
    if "holders" in facts:
        return tuple(sorted({intern(holder["machine"]) for holder in facts["holders"]}))
    return tuple(map(intern, facts.get("machines", ())))
