"""Nodes folded by shape, so that five thousand alike take one line."""

from __future__ import annotations

import msgspec

from advisor.facts.record import Record
from advisor.judging.assessment import NodeSummary


class NodeGroup(Record, frozen=True, kw_only=True):
    """Nodes that differ in nothing but their names; `shape` is the first of them."""

    shape: NodeSummary
    names: tuple[str, ...]


def fold_nodes(nodes: tuple[NodeSummary, ...]) -> tuple[NodeGroup, ...]:
    """GPU nodes first, then those of which it is not known, in the order they came."""
    groups: dict[NodeSummary, list[NodeSummary]] = {}
    for node in nodes:
        groups.setdefault(msgspec.structs.replace(node, name=""), []).append(node)
    ordered = sorted(groups.values(), key=lambda group: _rank(group[0]))
    return tuple(
        NodeGroup(shape=group[0], names=tuple(node.name for node in group)) for group in ordered
    )


def draw_order(nodes: tuple[NodeSummary, ...]) -> tuple[NodeSummary, ...]:
    """GPU nodes first, so that a bounded picture shows those that decide."""
    return tuple(sorted(nodes, key=_rank))


def _rank(node: NodeSummary) -> int:
    return {True: 0, None: 1, False: 2}[node.gpu]
