"""Sets of nodes by what they offer, each computed once and shared by every job that asks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from advisor.facts.cluster import Node, Taint
from advisor.facts.storage import NodeSelectorRequirement, NodeSelectorTerms
from advisor.facts.workload import Toleration
from advisor.findings.finding import Gap
from advisor.jobs.numbers import parse_decimal_integer

Names = frozenset[str]
_HOSTNAME = "kubernetes.io/hostname"
HARD_EFFECTS = frozenset({"NoSchedule", "NoExecute"})
_ABSENT_COUNTS = frozenset({"NotIn", "DoesNotExist"})
_PASSING_TAINTS = re.compile(
    r"node\.kubernetes\.io/|node\.cloudprovider\.kubernetes\.io/|.*/agent-not-ready$"
    r"|karpenter\.sh/(unregistered|disrupted|disruption)$|cloud\.google\.com/impending-"
    r"|(startup|ignore)-taint\.cluster-autoscaler\.kubernetes\.io/"
    r"|(ToBeDeletedBy|DeletionCandidateOf)ClusterAutoscaler$"
)
"""Taints that a program sets and lifts by itself while a node starts or leaves: the control plane,
a cloud's controller, the agents of a network or a storage driver, what adds and removes nodes."""


class NodeIndex:
    """All nodes, and the questions of the scheduler about them.

    `open_amounts` are nodes of an assumed cluster: an amount or a label that they do not state
    counts as there; `open_devices` are those of them whose number of devices nobody stated. Which
    accelerators they have is always stated: `is_accelerator` tells those from other resources.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        open_amounts: Names = frozenset(),
        open_devices: Names = frozenset(),
        is_accelerator: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.nodes: Mapping[str, Node] = {node.name: node for node in nodes}
        self.everything: Names = frozenset(self.nodes)
        self.open_amounts = open_amounts
        self.open_devices = open_devices
        self._is_accelerator = is_accelerator
        self.usable = self.where(_takes_pods_today)
        self.labelled = lru_cache(maxsize=None)(self._labelled)
        self.matching = lru_cache(maxsize=None)(self._matching)
        self.tolerating = lru_cache(maxsize=None)(self._tolerating)
        self.with_room = self.where(lambda node: node.allocatable.get("pods", 1) > 0)
        self.with_capacity = lru_cache(maxsize=None)(self._with_capacity)
        self.with_allocatable = lru_cache(maxsize=None)(self._with_allocatable)
        self.architecture = lru_cache(maxsize=None)(self._architecture)

    def where(self, wanted: Callable[[Node], bool]) -> Names:
        """Names of the nodes for which `wanted` is true."""
        return frozenset(name for name, node in self.nodes.items() if wanted(node))

    def _labelled(self, key: str) -> Mapping[str, Names]:
        """Names by value of a label, of the nodes that have the label."""
        groups: dict[str, set[str]] = defaultdict(set)
        for name, node in self.nodes.items():
            if key in node.labels:
                groups[node.labels[key]].add(name)
        return {value: frozenset(names) for value, names in groups.items()}

    def _matching(self, requirement: NodeSelectorRequirement) -> Names:
        """Nodes that meet one expression of a node selector term."""
        by_value = self._field(requirement) if requirement.field else self.labelled(requirement.key)
        test = _OPERATORS.get(requirement.operator)
        if test is None:
            return frozenset()
        present = frozenset().union(*by_value.values())
        chosen = (names for value, names in by_value.items() if test(value, requirement.values))
        accepted = frozenset().union(*chosen)
        absent_counts = requirement.operator in _ABSENT_COUNTS
        absent = self.everything if absent_counts else self.open_amounts
        return accepted | (absent - present) | self._unnamed(requirement)

    def _unnamed(self, requirement: NodeSelectorRequirement) -> Names:
        """Assumed nodes that stand for nodes which the expression names."""
        named = requirement.field or requirement.key == _HOSTNAME
        if not (named and self.open_amounts) or requirement.operator != "In":
            return frozenset()
        return frozenset().union(*map(self.named, requirement.values))

    def named(self, name: str) -> Names:
        """The node of that name. The names of assumed nodes are not known: one that offers most
        stands for it."""
        if name in self.everything or not self.open_amounts:
            return frozenset({name}) & self.everything
        stated = {
            resource: len(self.nodes[resource].capacity) for resource in sorted(self.open_amounts)
        }
        return frozenset({max(stated, key=stated.__getitem__)})

    def with_label(self, key: str, value: str) -> Names:
        """Nodes with that label, and assumed ones of which it is not stated."""
        by_value = self.labelled(key)
        matching = by_value.get(value, frozenset())
        if key == _HOSTNAME and self.open_amounts:
            return matching or self.named(value)
        return matching | (self.open_amounts - frozenset().union(*by_value.values()))

    def _field(self, requirement: NodeSelectorRequirement) -> Mapping[str, Names]:
        """`metadata.name` is the only node field a term may match."""
        if requirement.key != "metadata.name":
            return {}
        return {name: frozenset({name}) for name in self.nodes}

    def _tolerating(
        self, tolerations: tuple[Toleration, ...], effects: frozenset[str] = HARD_EFFECTS
    ) -> Names:
        """Nodes without a lasting taint of these effects that the tolerations leave out."""
        return self.where(
            lambda node: all(
                tolerated(taint, tolerations)
                for taint in lasting_taints(node)
                if taint.effect in effects
            )
        )

    def _with_capacity(self, resource: str, amount: int) -> Names:
        return self.where(lambda node: self._enough(node, node.capacity, resource, amount))

    def _with_allocatable(self, resource: str, amount: int) -> Names:
        return self.where(lambda node: self._enough(node, node.allocatable, resource, amount))

    def _enough(self, node: Node, amounts: Mapping[str, int], resource: str, amount: int) -> bool:
        if resource not in amounts and node.name in self.open_amounts:
            return not self._is_accelerator(resource)
        return amounts.get(resource, 0) >= amount

    def _architecture(self, wanted: tuple[str, ...]) -> Names:
        """Nodes of one of the architectures, or that state none."""
        return self.where(lambda node: not node.architecture or node.architecture in wanted)


def lasting_taints(node: Node) -> Iterable[Taint]:
    """Hard taints that somebody set; the passing ones are left out."""
    return (
        taint
        for taint in node.taints
        if taint.effect in HARD_EFFECTS and not _PASSING_TAINTS.match(taint.key)
    )


def tolerated(taint: Taint, tolerations: Iterable[Toleration]) -> bool:
    """Whether one of the tolerations covers the taint (Kubernetes' ToleratesTaint)."""
    return any(_covers(toleration, taint) for toleration in tolerations)


def _covers(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return bool(toleration.key) and toleration.value == taint.value


def _takes_pods_today(node: Node) -> bool:
    hindered = any(
        taint.effect in HARD_EFFECTS and _PASSING_TAINTS.match(taint.key) for taint in node.taints
    )
    return node.ready is True and not node.unschedulable and not hindered


def _compare(value: str, bounds: tuple[str, ...], wanted: Callable[[int, int], bool]) -> bool:
    try:
        return len(bounds) == 1 and wanted(
            parse_decimal_integer(value), parse_decimal_integer(bounds[0])
        )
    except ValueError:
        return False


def holds(requirement: NodeSelectorRequirement, value: str | None) -> bool:
    """Whether a label with this value (None: absent) meets the requirement."""
    test = _OPERATORS.get(requirement.operator)
    if test is None:
        return False
    if value is None:
        return requirement.operator in _ABSENT_COUNTS
    return test(value, requirement.values)


def nodes_of_terms(index: NodeIndex, terms: NodeSelectorTerms) -> Names:
    """Nodes that match any of the terms; an empty term matches none (Kubernetes' rule)."""
    matching: set[str] = set()
    for term in terms:
        names = index.everything if term else frozenset()
        for requirement in term:
            names &= index.matching(requirement)
        matching |= names
    return frozenset(matching)


_OPERATORS: Mapping[str, Callable[[str, tuple[str, ...]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda _value, _values: True,
    "DoesNotExist": lambda _value, _values: False,
    "Gt": lambda value, values: _compare(value, values, lambda have, bound: have > bound),
    "Lt": lambda value, values: _compare(value, values, lambda have, bound: have < bound),
}


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """Who meets it for certain (`sure`), who may (`possible`, with the `gap` that leaves it open),
    and who meets it `today`; `words` name it for people."""

    words: str
    sure: Names
    possible: Names
    today: Names
    gap: Gap | None = None


def certain(words: str, names: Names) -> Requirement:
    """A requirement about which nothing is open."""
    return Requirement(words=words, sure=names, possible=names, today=names)
