"""The nodes of a cluster that does not exist yet."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from advisor.configuration.settings import Assumption
from advisor.facts.cluster import Node

_HOSTNAME = "kubernetes.io/hostname"
_GIVEN = "assumed"


def assumed_nodes(
    assumption: Assumption, nodes: Sequence[Node], gpu_nodes: Sequence[str]
) -> tuple[Node, ...]:
    """The cluster's own CPU nodes, and as many GPU nodes as assumed.

    The cluster's GPU nodes come first and are cloned up to the number; without any, nodes of the
    stated shape are made. `cpu_nodes` counts only where the cluster has no nodes of its own.
    """
    own = [node for node in nodes if node.name in gpu_nodes]
    kept = [_shaped(node, assumption) for node in own[: assumption.gpu_nodes]]
    template = _shaped(own[0], assumption) if own else _stated(assumption)
    missing = range(len(kept), assumption.gpu_nodes)
    clones = [_named(template, f"{_GIVEN}-gpu-{number + 1}") for number in missing]
    others = [node for node in nodes if node.name not in gpu_nodes]
    if not nodes:
        plain = _node({})
        others = [_named(plain, f"{_GIVEN}-cpu-{n + 1}") for n in range(assumption.cpu_nodes)]
    return (*kept, *clones, *others)


def _stated(assumption: Assumption) -> Node:
    amounts = {
        "cpu": assumption.cpus and assumption.cpus * 1000,
        "memory": assumption.memory,
        assumption.gpu: assumption.gpus_per_node or 1,
    }
    node = _node({name: amount for name, amount in amounts.items() if amount})
    return msgspec.structs.replace(node, labels=_whole_cards(assumption))


def _whole_cards(assumption: Assumption) -> dict[str, str]:
    """What feature discovery says of a machine whose cards are neither split nor shared."""
    return {
        f"{assumption.gpu}.count": str(assumption.gpus_per_node or 1),
        f"{assumption.gpu}.replicas": "1",
        f"{assumption.gpu}.sharing-strategy": "none",
    }


def _node(amounts: dict[str, int]) -> Node:
    return Node(
        name=_GIVEN,
        ready=True,
        operating_system="linux",
        capacity=amounts,
        allocatable=amounts,
    )


def _shaped(node: Node, assumption: Assumption) -> Node:
    """`node` with the amounts the user stated in place of its own."""
    stated = {
        "cpu": assumption.cpus and assumption.cpus * 1000,
        "memory": assumption.memory,
        assumption.gpu: assumption.gpus_per_node,
    }
    changes = {name: amount for name, amount in stated.items() if amount}
    return msgspec.structs.replace(
        node,
        labels={**node.labels, **_whole_cards(assumption)}
        if assumption.gpus_per_node
        else node.labels,
        capacity={**node.capacity, **changes},
        allocatable={**node.allocatable, **changes},
    )


def _named(node: Node, name: str) -> Node:
    labels = {**node.labels, _HOSTNAME: name}
    return msgspec.structs.replace(
        node,
        name=name,
        hostname=name,
        addresses=(),
        labels=labels,
        image_count=0,
        ready=True,
        unschedulable=False,
    )
