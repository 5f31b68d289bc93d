"""Node selectors of affinities and volumes."""

from __future__ import annotations

from advisor.facts.storage import NodeSelectorRequirement, NodeSelectorTerms
from advisor.objects.base import present
from advisor.objects.pod import ExpressionWire, SelectorWire, TermWire

_MATCHES_NOTHING: NodeSelectorTerms = ((NodeSelectorRequirement(key="", operator="In"),),)


def node_selector_terms(selector: SelectorWire | None) -> NodeSelectorTerms:
    """The terms of a selector; none when there is no selector.

    An empty term matches no node, so it is left out; a selector of such terms only matches none.
    """
    if selector is None:
        return ()
    terms = (_requirements(term) for term in present(selector.node_selector_terms))
    return tuple(term for term in terms if term) or _MATCHES_NOTHING


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
