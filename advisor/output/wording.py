"""The words that all formats share, so that they never disagree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from advisor.facts.quantity import data_size, format_bytes, plural, some
from advisor.facts.source import Source, unread_lists
from advisor.findings.finding import (
    Consequence,
    Decision,
    Evidence,
    Gap,
    Outcome,
    Severity,
    Topic,
)
from advisor.jobs.translation import Target
from advisor.judging.assessment import (
    AcceleratorSummary,
    NodeSummary,
    Requirement,
    RequirementState,
    Thing,
    Verdict,
)
from advisor.planning.plan import DataPlan

OUTCOME_LABELS: dict[Outcome, str] = {
    "move": "must move",
    "unknown": "unknown",
    "blocked": "blocked",
    "stay": "may stay",
    "ok": "fine",
}
OUTCOME_MEANINGS: dict[Outcome, str] = {
    "move": "on machines, while the jobs that use it can land on others",
    "unknown": "a fact is missing: this is not a pass",
    "blocked": "no node of the cluster meets what the job asks for",
    "stay": "on the one node where the job runs; a second node changes that",
    "ok": "already where every node can reach it",
}
TARGET_NAMES: dict[Target, str] = {
    "runai-v2": "Run:ai 2",
    "runai-v1": "Run:ai 1",
    "kubernetes": "Kubernetes",
}
"""In the order in which they are shown: what most people type first."""
TOPIC_TITLES: dict[Topic, str] = {"image": "Images", "data": "Data"}
SEVERITY_LABELS: dict[Severity, str] = {
    "error": "errors",
    "warning": "warnings",
    "info": "info",
}


CONSEQUENCE_LABELS: dict[Consequence, str] = {
    "blocks-jobs": "a job may not start",
    "loses-data": "data is at risk",
    "exposes": "open to others",
}
_LOCATIONS = {
    "registry-verified": "in a registry",
    "registry-claimed": "in a registry, by its name",
    "local-only": "only on machines",
    "on-machine": "on a machine",
    "outside": "outside the machines",
    "unknown": "place not known",
}
READY_LABELS: dict[RequirementState, str] = {
    "met": "ready",
    "not met": "not ready",
    "unknown": "not known",
    "by hand": "ready as far as seen",
}


def requirement_label(row: Requirement) -> str:
    """The state of a row of the readiness table; what not every installation needs decides nothing,
    and so is optional where it is not known and a warning where it is not met."""
    if row.needed or row.state not in ("unknown", "not met"):
        return row.state
    return "optional" if row.state == "unknown" else "warning"


def requirement_seen(row: Requirement) -> str:
    """What was seen for a row, and why it is not known to be met."""
    return "; ".join(filter(None, (row.seen, row.reason)))


def unknown_requirements(rows: Iterable[Requirement]) -> Iterable[str]:
    """The names of rows that are not known, a line for all that share a reason."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row.reason, []).append(row.name)
    for reason, names in by_reason.items():
        yield f"{', '.join(names)}: not known: {reason}"


def unbroken(text: str) -> str:
    """A message on one line: rule files may fold their texts over several."""
    return re.sub(r"\s*[\r\n]+\s*", " ", text.strip("\r\n"))


def severity_count(severity: Severity, count: int) -> str:
    """`3 errors`, `1 warning`, `2 info`."""
    label = SEVERITY_LABELS[severity]
    return f"{count:,} {label.removesuffix('s') if count == 1 else label}"


def not_read(source: Source, limit: int = 8) -> str:
    """What of an incomplete source is missing: its lists by name, or why it gave nothing at all."""
    lists = unread_lists(source)
    if source.status == "failed" or not lists[0][0]:
        return lists[0][1]
    return f"not read, or not all: {some((name for name, _ in lists), limit)}"


def nodes_counted(verdict: Verdict) -> str:
    """The number of nodes that a verdict is about, and of those that are ready today."""
    if verdict.count is None:
        return "The number of GPU nodes is not known"
    names = f": {some(verdict.nodes, 4)}" if verdict.nodes else ""
    return f"{plural(verdict.count, 'GPU node')}{_today(verdict)}{names}"


def eligible(decision: Decision) -> str:
    """How many nodes a decision rests on, in words."""
    if decision.count is None:
        return "eligible nodes not known"
    names = f": {some(decision.nodes, 4)}" if decision.nodes else ""
    return f"{plural(decision.count, 'eligible node')}{_today(decision)}{names}"


def _today(counted: Verdict | Decision) -> str:
    if counted.ready is None or counted.ready == counted.count:
        return ""
    return f" ({counted.ready:,} ready today)"


def located(location: str) -> str:
    """Where an image or data is, in words."""
    return _LOCATIONS.get(location, location)


def accelerator(summary: AcceleratorSummary) -> str:
    """`8 x nvidia.com/gpu (whole)`: an amount never stands without its resource and kind."""
    held = f", {amount(summary.allocatable)} allocatable"
    aside = "" if summary.allocatable == summary.capacity else held
    return f"{amount(summary.capacity)} x {summary.resource} ({summary.kind}{aside})"


def node_states(node: NodeSummary) -> tuple[str, ...]:
    """What keeps pods away today or is not known; empty for a node in order."""
    readiness = {True: "", False: "not ready", None: "readiness unknown"}[node.ready]
    cordon = "" if node.schedulable else "cordoned"
    assumed = "assumed" if node.assumed else ""
    return tuple(state for state in (assumed, readiness, cordon) if state)


def node_role(node: NodeSummary) -> str:
    """Whether the node counts as a GPU node."""
    return {True: "GPU node", False: "CPU node", None: "accelerators unknown"}[node.gpu]


def cores(millicores: int | None) -> str:
    """`1500` as `1.5`; None as `unknown`."""
    return "unknown" if millicores is None else f"{millicores / 1000:g}"


def amount(count: int | None) -> str:
    """A number, or `unknown` when it could not be read."""
    return "unknown" if count is None else f"{count:,}"


def size(in_bytes: int | None) -> str:
    """Bytes for people; None as `unknown`."""
    return format_bytes(in_bytes)


def holds(thing: Thing | DataPlan) -> str:
    """How much it is, in bytes and files as far as they were counted; empty where nobody knows."""
    return data_size(thing.size, thing.at_least, thing.files)


def origin(evidence: Evidence) -> str:
    """Who said so and how firmly: `docker host dgx01, presumed`."""
    firmness = "" if evidence.strength == "seen" else evidence.strength
    return ", ".join(part for part in (evidence.source, firmness) if part)


def grounds(evidence: Iterable[Evidence], gaps: Iterable[Gap]) -> list[str]:
    """`fact = value (source)` of the first facts, and what is missing."""
    seen = [f"{fact.fact} = {_for_people(fact)}{_in_brackets(origin(fact))}" for fact in evidence]
    lacking = [f"missing {gap.fact}: {gap.reason or 'not read'}" for gap in gaps]
    return seen[:_GROUNDS] + lacking[:_GROUNDS]


def _for_people(evidence: Evidence) -> str:
    in_bytes = evidence.fact.endswith(_OF_BYTES) and evidence.value.isdecimal()
    return size(int(evidence.value)) if in_bytes else evidence.value


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


_GROUNDS = 3
_OF_BYTES = (".size", ".available")


def done_of(done: int, total: int, unknown: int) -> str:
    """`2 of 5 done, 1 not known`."""
    return f"{done:,} of {total:,} done{f', {unknown:,} not known' if unknown else ''}"


FILTERS: dict[str, Any] = {
    "requirement_label": requirement_label,
    "requirement_seen": requirement_seen,
    "some": some,
    "plural": plural,
    "amount": amount,
    "size": size,
    "holds": holds,
    "cores": cores,
    "eligible": eligible,
    "origin": origin,
    "nodes_counted": nodes_counted,
    "located": located,
    "not_read": not_read,
    "accelerator": accelerator,
    "node_states": node_states,
    "node_role": node_role,
}
"""What templates of every format say things with."""


LABELS: dict[str, Any] = {
    "OUTCOME_LABELS": OUTCOME_LABELS,
    "OUTCOME_MEANINGS": OUTCOME_MEANINGS,
    "SEVERITY_LABELS": SEVERITY_LABELS,
    "CONSEQUENCE_LABELS": CONSEQUENCE_LABELS,
    "TARGET_NAMES": TARGET_NAMES,
}
"""The words of outcomes, severities and targets, for templates."""
