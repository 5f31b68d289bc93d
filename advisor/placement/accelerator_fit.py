"""Which nodes have the devices that a job asks for."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.findings.finding import Gap
from advisor.jobs.spec import AcceleratorNeed
from advisor.placement.accelerators import Accelerator, NodeAccelerators, undecided_reasons
from advisor.placement.node_index import Names, NodeIndex, Requirement

_MAY_BE_ONE_CARD = frozenset(
    {"mig-single", "mig-mixed", "time-sliced", "mps", "shared", "partition"}
)
"""Kinds of which two may be parts of the same card; an unlabelled resource counts as it stands."""


def accelerator_requirement(
    need: AcceleratorNeed, found: Mapping[str, NodeAccelerators], index: NodeIndex
) -> Requirement:
    """The nodes that offer what `need` asks for: for certain, possibly, and today."""
    by_node = {name: _offers(one, need) for name, one in found.items()}
    sure = _named(by_node, True) | _advertised(need, index) | _open(by_node, index)
    today = _named({name: _offers_today(one, need) for name, one in found.items()}, True)
    possible = sure | _named(by_node, None)
    return Requirement(
        words=need_words(need),
        sure=sure,
        possible=possible,
        today=(today & sure) | _advertised(need, index, today=True) | _open(by_node, index),
        gap=_gap(need, found) if possible - sure else None,
    )


def need_words(need: AcceleratorNeed) -> str:
    """`2 x nvidia.com/gpu`, or `1 x nvidia GPU` where any resource of the vendor will do."""
    return f"{need.count or 1} x {need.resource or (need.vendor + ' GPU').strip()}"


def _offers(found: NodeAccelerators, need: AcceleratorNeed) -> bool | None:
    answers = [_offer(one, need, one.capacity) for one in found.accelerators]
    if True in answers:
        return True
    hidden = not found.slices_known or bool(found.unclassified and not need.resource)
    return None if None in answers or hidden else False


def _offers_today(found: NodeAccelerators, need: AcceleratorNeed) -> bool | None:
    return any(_offer(one, need, one.allocatable) for one in found.accelerators)


def _offer(one: Accelerator, need: AcceleratorNeed, amount: int | None) -> bool | None:
    """Three-valued: None where the amount is not known."""
    if not may_serve(one, need):
        return False
    named = need.resource and one.resource != need.resource
    offered = one.offered(need.resource) if named else amount
    return None if offered is None else offered >= (need.count or 1)


def may_serve(one: Accelerator, need: AcceleratorNeed) -> bool:
    """Whether its units are of the kind that a need without a resource's name means: of its vendor,
    and cards when it wants several, since shares of one card would not be."""
    if need.resource:
        return True
    if need.vendor and one.vendor != need.vendor:
        return False
    return (need.count or 1) < 2 or one.kind not in _MAY_BE_ONE_CARD


def _named(answers: Mapping[str, bool | None], wanted: bool | None) -> Names:
    return frozenset(name for name, answer in answers.items() if answer is wanted)


def _open(answers: Mapping[str, bool | None], index: NodeIndex) -> Names:
    """Assumed GPU nodes whose number of devices nobody stated: taken as enough."""
    return frozenset(answers) & index.open_devices


def _advertised(need: AcceleratorNeed, index: NodeIndex, *, today: bool = False) -> Names:
    """Resources outside the catalogue (network cards, unclassified devices), by name."""
    if not need.resource:
        return frozenset()
    find = index.with_allocatable if today else index.with_capacity
    return find(need.resource, need.count or 1)


def _gap(need: AcceleratorNeed, found: Mapping[str, NodeAccelerators]) -> Gap:
    undecided = [one for one in found.values() if _offers(one, need) is None]
    reasons = [reason for one in undecided for reason in undecided_reasons(one)]
    return Gap(
        fact="node.accelerators",
        probe="kubernetes",
        reason="; ".join(dict.fromkeys(reasons)) or "labels and amounts do not agree",
        settle="kubectl describe nodes; kubectl get resourceslices -o yaml",
    )
