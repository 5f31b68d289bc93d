"""Where the parts of a report's drawings go (the machines, and where images and data are now and
will be, as two columns joined by bands); the templates draw them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from advisor.facts.quantity import plural
from advisor.facts.record import Record
from advisor.findings.finding import Outcome, Topic
from advisor.judging.assessment import AcceleratorSummary, NodeSummary
from advisor.output.overview import PENDING, Overview, TopicView, draw_order
from advisor.output.plan_view import PlanView
from advisor.output.wording import OUTCOME_LABELS, size
from advisor.planning.plan import PLACEHOLDER_REGISTRY, DataPlan, ImagePlan, Plan

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


_LEFT, _RIGHT, _BAR = 205, 425, 10
_HEIGHT, _LEAST, _GAP = 190, 38, 10
_MACHINES = 6
_CUT = 24
_SETTLE = ("to be settled first", "unknown")
_WAIT = ("no node can run its jobs", "blocked")


class End(Record, frozen=True, kw_only=True):
    """A box of the picture; `bytes` is what is known of their sizes."""

    label: str
    short: str
    count: int
    note: str
    tone: str
    x: int
    y: float
    height: float


class Band(Record, frozen=True, kw_only=True):
    """What goes from one box to another; `path` is its outline."""

    before: str
    after: str
    count: int
    tone: str
    path: str


class Flow(Record, frozen=True, kw_only=True):
    """One picture, and in `bands` its text alternative. `counted` says what counts on its own
    where the picture counts more than the lists do."""

    title: str
    noun: str
    counted: str
    total: int
    left: tuple[End, ...]
    right: tuple[End, ...]
    bands: tuple[Band, ...]
    height: float


class _Piece(Record, frozen=True, kw_only=True):
    before: str
    after: str
    tone: str
    size: int | None
    subjects: tuple[str, ...]


def flows(plan: Plan) -> tuple[Flow, ...]:
    """Images, then data; without what there is none of, and without the machines' own files."""
    images = [_image(image, plan.registry) for image in plan.images]
    data = [_place(place) for place in plan.data if place.action != "leave" and not place.inside]
    return tuple(
        _draw(title, noun, each, _bounded(pieces))
        for title, noun, each, pieces in (
            ("Images", "image", "each content of a name counts", images),
            ("Data", "place", "each copy counts", data),
        )
        if pieces
    )


def _image(image: ImagePlan, registry: str) -> _Piece:
    chosen = "a registry to choose" if registry == PLACEHOLDER_REGISTRY else registry
    after, tone = {
        "push": (chosen, "move"),
        "push-from-node": (chosen, "move"),
        "hold": _SETTLE,
        "use": ("in a registry, as today", "ok"),
        "stay": ("stays on its machine", "stay"),
        "wait": _WAIT,
        "ask": _SETTLE,
    }[image.action]
    machines = [name for holder in image.holders for name in holder.machines]
    before = "in a registry" if image.action == "use" else _where(machines)
    return _Piece(before=before, after=after, tone=tone, size=image.size, subjects=image.subjects)


def _place(place: DataPlan) -> _Piece:
    storage = place.claim.storage_class if place.claim is not None else ""
    after, tone = {
        "copy": (f"storage class {storage}" if storage else "storage to choose", "move"),
        "use": ("used where it is", "ok"),
        "stay": ("stays on its machine", "stay"),
        "wait": _WAIT,
        "ask": _SETTLE,
        "leave": ("stays", "stay"),
    }[place.action]
    machines = [source.machine for source in place.sources]
    before = _where(machines) if machines or place.kind != "claim" else "in a claim"
    before = "outside the machines" if place.action == "use" else before
    return _Piece(before=before, after=after, tone=tone, size=place.size, subjects=place.subjects)


def _where(machines: Sequence[str]) -> str:
    known = tuple(dict.fromkeys(machines))
    if not known:
        return "not known"
    return f"on {known[0]}" if len(known) == 1 else "on several machines"


def _bounded(pieces: list[_Piece]) -> list[_Piece]:
    """Machines beyond the first few, by what is on them, are drawn as one."""
    machines = Counter(piece.before for piece in pieces if piece.before.startswith("on "))
    rest = [name for name, _ in machines.most_common()][_MACHINES:]
    if len(rest) < 2:
        return pieces
    label = f"on {len(rest):,} more machines"
    folded = set(rest)
    return [
        msgspec.structs.replace(piece, before=label) if piece.before in folded else piece
        for piece in pieces
    ]


def _draw(title: str, noun: str, each: str, pieces: list[_Piece]) -> Flow:
    listed = {subject for piece in pieces for subject in piece.subjects}
    tones = {piece.after: piece.tone for piece in pieces}
    left = _column([(piece.before, piece.size) for piece in pieces], noun, _LEFT, {})
    right = _column([(piece.after, piece.size) for piece in pieces], noun, _RIGHT, tones)
    return Flow(
        title=title,
        noun=noun,
        counted=each if len(pieces) > len(listed) else "",
        total=len(pieces),
        left=left,
        right=right,
        bands=tuple(_bands(pieces, left, right)),
        height=round(max(end.y + end.height for end in (*left, *right)) + 2, 1),
    )


def _column(
    pieces: list[tuple[str, int | None]], noun: str, x: int, tones: dict[str, str]
) -> tuple[End, ...]:
    counts = Counter(label for label, _ in pieces)
    ends: list[End] = []
    y = 1.0
    for label, count in counts.most_common():
        known = [amount for name, amount in pieces if name == label and amount is not None]
        height = max(_HEIGHT * count / len(pieces), _LEAST)
        ends.append(
            End(
                label=label,
                short=label if len(label) <= _CUT else f"{label[: _CUT - 1]}…",
                count=count,
                note=plural(count, noun) + (f", {size(sum(known))}" if known else ""),
                tone=tones.get(label, ""),
                x=x,
                y=round(y, 1),
                height=round(height, 1),
            )
        )
        y += height + _GAP
    return tuple(ends)


def _bands(pieces: list[_Piece], left: Sequence[End], right: Sequence[End]) -> Iterable[Band]:
    counts = Counter((piece.before, piece.after) for piece in pieces)
    used_left = dict.fromkeys((end.label for end in left), 0)
    used_right = dict.fromkeys((end.label for end in right), 0)
    for start in left:
        for end in right:
            count = counts.get((start.label, end.label), 0)
            if not count:
                continue
            path = _outline(
                _stretch(start, used_left[start.label], count),
                _stretch(end, used_right[end.label], count),
            )
            used_left[start.label] += count
            used_right[end.label] += count
            yield Band(before=start.label, after=end.label, count=count, tone=end.tone, path=path)


def _stretch(end: End, used: int, count: int) -> tuple[float, float]:
    unit = end.height / end.count
    return end.y + unit * used, end.y + unit * (used + count)


def _outline(left: tuple[float, float], right: tuple[float, float]) -> str:
    a, b, middle = _LEFT + _BAR, _RIGHT, (_LEFT + _BAR + _RIGHT) / 2
    return (
        f"M{a} {left[0]:.1f}C{middle} {left[0]:.1f} {middle} {right[0]:.1f} {b} {right[0]:.1f}"
        f"V{right[1]:.1f}C{middle} {right[1]:.1f} {middle} {left[1]:.1f} {a} {left[1]:.1f}Z"
    )
