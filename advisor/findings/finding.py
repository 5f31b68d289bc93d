"""What judging gives: findings and decisions, made by the engine and never by a rule itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from advisor.facts.record import Record

Severity = Literal["error", "warning", "info"]
Status = Literal["finding", "ok", "unknown", "error", "suppressed"]
Outcome = Literal["ok", "blocked", "unknown", "stay", "move"]
Topic = Literal["image", "data"]
Strength = Literal["seen", "claimed", "presumed"]
Consequence = Literal["blocks-jobs", "loses-data", "exposes", ""]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
CONSEQUENCES: tuple[Consequence, ...] = ("blocks-jobs", "loses-data", "exposes", "")
"""Worst first: a job does not start, data may be lost, a secret or a machine is open to others."""
STRICTEST: tuple[Outcome, ...] = ("move", "unknown", "blocked", "stay", "ok")
"""The order of outcomes: the first of these that any use of a thing has is the thing's own."""


class Subject(Record, frozen=True, kw_only=True):
    """What is judged. `id` is stable between runs (`image:nvcr.io/x:1`), `label` is for people."""

    scope: str
    id: str
    label: str


class Place(Record, frozen=True, kw_only=True):
    """A position in an input file; line and column count from 1."""

    file: str
    line: int
    column: int = 1


class Evidence(Record, frozen=True, kw_only=True):
    """A fact that a judgement rests on: its path in the view, its value as text, who said so.

    `strength` is `presumed` where nothing was seen and the usual case was assumed, `claimed` where
    something says so without proof, else `seen`.
    """

    fact: str
    value: str
    source: str = ""
    strength: Strength = "seen"


class Gap(Record, frozen=True, kw_only=True):
    """A fact that is missing: the probe that could not supply it, why, and what would settle it."""

    fact: str
    probe: str = ""
    reason: str = ""
    settle: str = ""


class Finding(Record, frozen=True, kw_only=True):
    """One rule applied to one subject. `fingerprint` never depends on wording.

    `reason` is why a suppressed one is suppressed. `gaps` say what an unknown one lacks.
    """

    rule: str
    severity: Severity
    status: Status
    subject: Subject
    message: str
    remedy: str = ""
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()
    place: Place | None = None
    links: tuple[str, ...] = ()
    fingerprint: str = ""
    reason: str = ""
    owner: str = ""


class Decision(Record, frozen=True, kw_only=True):
    """What becomes of one image or one data path in one use of it.

    `use` names the job, or is empty for the cluster-level verdict that unused things get.
    `count` is the number of eligible nodes the outcome rests on (None: not known), `ready` how many
    of them could take the job today. `location` is where the thing was found to be;
    `registry_name` the name under which a registry has an image that the use calls otherwise.
    """

    subject: Subject
    topic: Topic
    outcome: Outcome
    rule: str
    use: str = ""
    owner: str = ""
    location: str = ""
    registry_name: str = ""
    count: int | None = None
    ready: int | None = None
    nodes: tuple[str, ...] = ()
    message: str = ""
    remedy: str = ""
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()


NOT_SUPPLIED = "no probe supplied it"
"""Why a fact is missing where no probe has a reason of its own."""


def why_missing(gaps: Sequence[Gap]) -> str:
    """The reasons in words, each once; facts without a reason of their own by name."""
    reasons = dict.fromkeys(gap.reason for gap in gaps if gap.reason != NOT_SUPPLIED)
    facts = [gap.fact for gap in gaps if gap.reason == NOT_SUPPLIED]
    if facts:
        reasons[f"{', '.join(facts)} {'is' if len(facts) == 1 else 'are'} not known"] = None
    return "; ".join(reasons)


def strictest(decisions: Sequence[Decision]) -> Decision | None:
    """The decision that stands for several; None without any."""
    return min(
        decisions,
        key=lambda decision: (STRICTEST.index(decision.outcome), decision.use),
        default=None,
    )
