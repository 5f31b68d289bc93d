"""Where the parts of the machine drawings go; the template draws them."""

from __future__ import annotations

from collections import Counter

from advisor.facts.record import Record
from advisor.findings.finding import Outcome, Topic
from advisor.judging.assessment import AcceleratorSummary, NodeSummary
from advisor.output.overview import PENDING, Overview, TopicView, draw_order
from advisor.output.plan_view import PlanView
from advisor.output.wording import OUTCOME_LABELS
from advisor.planning.plan import Plan

NODES_DRAWN = 24
HOSTS_DRAWN = 12
_SHAPES = {
    "whole": "whole",
    "mig-single": "slice",
    "mig-mixed": "slice",
    "partition": "slice",
    "time-sliced": "shared",
    "mps": "shared",
    "shared": "shared",
    "dra": "dra",
}
_PITCH = {"slice": 12}
_PER_LINE = {"slice": 14}
_WIDE_PITCH = 21
_WIDE_PER_LINE = 8
_LINES = 2
_LINE_HEIGHT = 21

Usage = dict[tuple[str, str], int]


class Cell(Record, frozen=True, kw_only=True):
    """One device, in drawing units; `free` is False when it is advertised but not allocatable,
    `used` when running pods of known jobs ask for that many."""

    x: int
    y: int
    free: bool
    used: bool = False


class Row(Record, frozen=True, kw_only=True):
    """One accelerator resource drawn: devices that do not fit are only counted in `more`."""

    accelerator: AcceleratorSummary
    shape: str
    cells: tuple[Cell, ...]
    size: int
    height: int
    more: int
    used: int = 0


class Segment(Record, frozen=True, kw_only=True):
    """A stretch of the bar that shows how the outcomes share a thousand units."""

    outcome: Outcome
    label: str
    x: float
    width: float


class Holding(Record, frozen=True, kw_only=True):
    """How many images or places of data with one outcome a machine holds."""

    topic: Topic
    outcome: Outcome
    count: int


class Stretch(Record, frozen=True, kw_only=True):
    """A wave on the time line, in thousandths of the time that all transfers take."""

    x: float
    width: float


def holdings(view: Overview) -> dict[str, tuple[Holding, ...]]:
    """What somebody has to act on, or may leave there, by machine."""
    shown = (*PENDING, "stay")
    counts: dict[str, Counter[tuple[Topic, Outcome]]] = {}
    for topic in view.topics:
        for group in topic.groups:
            if group.outcome in shown:
                for name in (name for thing in group.things for name in thing.machines):
                    counts.setdefault(name, Counter())[topic.topic, group.outcome] += 1
    return {
        name: tuple(
            Holding(topic=topic, outcome=outcome, count=count)
            for (topic, outcome), count in held.items()
        )
        for name, held in counts.items()
    }


def stretches(plan: PlanView) -> tuple[Stretch, ...]:
    """The waves one after another; one without a transfer is a mark of its own."""
    total = sum(wave.wave.seconds for wave in plan.waves) or 1
    placed, start = [], 0.0
    for wave in plan.waves:
        width = 1000 * wave.wave.seconds / total
        placed.append(Stretch(x=round(min(start, 992), 1), width=round(max(width, 8), 1)))
        start += width
    return tuple(placed)


def drawn_nodes(nodes: tuple[NodeSummary, ...]) -> tuple[NodeSummary, ...]:
    """As many nodes as a picture bears, GPU nodes first."""
    return draw_order(nodes)[:NODES_DRAWN]


def usage(plan: Plan | None) -> Usage:
    """What running pods of known jobs ask for, by node and resource."""
    nodes = plan.capacity.nodes if plan is not None else ()
    return {(row.node, row.resource): row.in_use for row in nodes}


def rows(node: NodeSummary, used: Usage) -> tuple[Row, ...]:
    """The accelerators of a node; none of one takes no room, an unknown amount no devices."""
    return tuple(
        _row(summary, used.get((node.name, summary.resource), 0))
        for summary in node.accelerators
        if summary.capacity != 0
    )


def _row(summary: AcceleratorSummary, used: int) -> Row:
    shape = _SHAPES.get(summary.kind, "odd")
    pitch, line = _PITCH.get(shape, _WIDE_PITCH), _PER_LINE.get(shape, _WIDE_PER_LINE)
    capacity, allocatable = summary.capacity or 0, summary.allocatable or 0
    drawn = min(capacity, line * _LINES)
    return Row(
        accelerator=summary,
        shape=shape,
        cells=tuple(
            Cell(
                x=1 + pitch * (index % line),
                y=1 + _LINE_HEIGHT * (index // line),
                free=index < allocatable,
                used=index < used,
            )
            for index in range(drawn)
        ),
        size=pitch - 4,
        height=_LINE_HEIGHT * -(-drawn // line),
        more=capacity - drawn,
        used=used,
    )


def segments(topic: TopicView) -> tuple[Segment, ...]:
    """The outcomes side by side in proportion; every one that occurs stays visible."""
    present = [(group.outcome, len(group.things)) for group in topic.groups if group.things]
    shares = [max(count / topic.total, 0.012) for _, count in present]
    placed = []
    start = 0.0
    for (outcome, _), share in zip(present, shares, strict=True):
        width = 1000 * share / sum(shares)
        placed.append(
            Segment(
                outcome=outcome,
                label=OUTCOME_LABELS[outcome],
                x=round(start, 1),
                width=round(width, 1),
            )
        )
        start += width
    return tuple(placed)
