"""The uses of one image or place of data, those with the same grounds told once."""

from __future__ import annotations

from advisor.facts.record import Record
from advisor.findings.finding import Decision
from advisor.judging.assessment import Thing


class Uses(Record, frozen=True, kw_only=True):
    """Uses that are decided alike for the same reasons; `decision` is the first one's.

    `names` are the jobs with their owners, empty where no known job uses the thing."""

    decision: Decision
    names: tuple[str, ...]


def fold_uses(thing: Thing) -> tuple[Uses, ...]:
    """In the order in which the grounds are first met."""
    groups: dict[object, list[Decision]] = {}
    for one in thing.decisions:
        key = (one.outcome, one.rule, one.location, one.count, one.ready, one.nodes)
        groups.setdefault((key, one.evidence, one.gaps), []).append(one)
    return tuple(
        Uses(decision=group[0], names=tuple(_name(one) for one in group if one.use))
        for group in groups.values()
    )


def _name(decision: Decision) -> str:
    return f"{decision.use} ({decision.owner})" if decision.owner else decision.use
