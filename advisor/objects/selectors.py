"""Node selectors of affinities and volumes."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.facts.storage import NodeSelectorRequirement, NodeSelectorTerms
from advisor.objects.base import present
from advisor.objects.pod import ExpressionWire, SelectorWire, TermWire, TopologyTermWire

_MATCHES_NOTHING: NodeSelectorTerms = ((NodeSelectorRequirement(key="", operator="In"),),)


def node_selector_terms(selector: SelectorWire | None) -> NodeSelectorTerms:
    """The terms of a selector; none when there is no selector.

    An empty term matches no node, so it is left out; a selector of such terms only matches none.
    """
    if selector is None:
        return ()
    terms = (_requirements(term) for term in present(selector.node_selector_terms))
    return tuple(term for term in terms if term) or _MATCHES_NOTHING


def topology_terms(stated: list[TopologyTermWire | None] | None) -> NodeSelectorTerms:
    """The topologies of a storage class as terms of a node selector; none when none are stated."""
    if not stated:
        return ()
    terms = (
        tuple(
            NodeSelectorRequirement(
                key=one.key or "", operator="In", values=tuple(present(one.values))
            )
            for one in present(term.match_label_expressions)
        )
        for term in present(stated)
    )
    return tuple(term for term in terms if term) or _MATCHES_NOTHING


def label_selector(stated: Any) -> tuple[NodeSelectorRequirement, ...]:
    """A label selector (`matchLabels`, `matchExpressions`) as requirements that all must match."""
    if not isinstance(stated, dict):
        return ()
    labels, expressions = stated.get("matchLabels"), stated.get("matchExpressions")
    equal = labels.items() if isinstance(labels, dict) else ()
    wires = msgspec.convert(
        expressions if isinstance(expressions, list) else [], list[ExpressionWire | None]
    )
    return (
        *(NodeSelectorRequirement(key=key, operator="In", values=(str(v),)) for key, v in equal),
        *(_requirement(wire, field=False) for wire in present(wires)),
    )


def _requirements(term: TermWire) -> tuple[NodeSelectorRequirement, ...]:
    return (
        *(_requirement(one, field=False) for one in present(term.match_expressions)),
        *(_requirement(one, field=True) for one in present(term.match_fields)),
    )


def _requirement(expression: ExpressionWire, *, field: bool) -> NodeSelectorRequirement:
    return NodeSelectorRequirement(
        key=expression.key or "",
        operator=expression.operator or "",
        values=tuple(present(expression.values)),
        field=field,
    )
