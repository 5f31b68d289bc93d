"""Nodes, hosts and rules as the report shows them, and the words around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.configuration.settings import Settings
from advisor.facts.host import DockerHost
from advisor.facts.node import Node
from advisor.facts.quantity import format_bytes
from advisor.facts.snapshot import Snapshot
from advisor.judging.assessment import (
    AcceleratorSummary,
    HostSummary,
    NodeSummary,
    RuleSummary,
)
from advisor.placement.accelerators import NodeAccelerators, is_gpu_node
from advisor.placement.placement import Placement
from advisor.rulebook.loaded import Rulebook
from advisor.views.gpu_jobs import hard_taints, taint_text


def node_summaries(placement: Placement) -> tuple[NodeSummary, ...]:
    """GPU nodes first, then by name."""
    machines = {node: host for host, node in placement.nodes_of_hosts.items()}
    summaries = [_node(placement, node, machines.get(node.name, "")) for node in placement.nodes]
    return tuple(sorted(summaries, key=lambda one: (one.gpu is False, one.name)))


def host_summaries(placement: Placement) -> tuple[HostSummary, ...]:
    """Docker hosts in the order they were read."""
    return tuple(_host(placement, host) for host in placement.snapshot.hosts)


def rule_summaries(rulebook: Rulebook, passed: Mapping[str, int]) -> dict[str, RuleSummary]:
    """What the report says of each rule that was applied."""
    return {
        identifier: RuleSummary(
            title=loaded.rule.title,
            severity=loaded.rule.severity,
            consequence=loaded.rule.consequence,
            why=loaded.rule.why.strip(),
            links=loaded.rule.links,
            passed=passed.get(identifier, 0),
        )
        for identifier, loaded in sorted(rulebook.items())
    }


def target_words(snapshot: Snapshot) -> str:
    """Which cluster and hosts, in words."""
    parts = []
    if snapshot.cluster is not None:
        parts.append(f"cluster {snapshot.cluster.context}")
    names = [host.name for host in snapshot.hosts]
    if names:
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        parts.append(f"Docker host{'s' if len(names) > 1 else ''} {shown}")
    return " with ".join(parts) or "nothing that could be read"


def assumption_words(settings: Settings) -> str:
    """The assumed cluster in words, empty without one."""
    assumption = settings.assume
    if assumption is None:
        return ""
    stated = {
        "GPU nodes": assumption.gpu_nodes,
        f"{assumption.gpu} a node": assumption.gpus_per_node,
        "cores a node": assumption.cpus,
        "memory a node": None if assumption.memory is None else format_bytes(assumption.memory),
        "CPU nodes": assumption.cpu_nodes or None,
    }
    shape = ", ".join(f"{what}: {amount}" for what, amount in stated.items() if amount is not None)
    return f"{shape}; amounts that are not stated count as enough"


def notes(placement: Placement) -> Iterable[str]:
    """What was left out on purpose."""
    if placement.system_workloads:
        yield (
            f"workloads of the system (DaemonSets, and those in namespaces that the setting "
            f"system_namespaces names) are not counted as jobs: {placement.system_workloads}"
        )
    if placement.excluded:
        yield f"nodes left out by --exclude-nodes: {', '.join(placement.excluded)}"
    if placement.images.unnamed_unused:
        yield (
            "images without a name that nothing uses (remains of builds) are left out: "
            f"{placement.images.unnamed_unused}"
        )
    if placement.data.anonymous_unused:
        yield f"anonymous volumes that nothing uses are left out: {placement.data.anonymous_unused}"


def _node(placement: Placement, node: Node, machine: str) -> NodeSummary:
    accelerators = placement.accelerators[node.name]
    return NodeSummary(
        name=node.name,
        gpu=is_gpu_node(accelerators),
        ready=node.ready,
        schedulable=not node.unschedulable,
        accelerators=_accelerators(accelerators),
        taints=tuple(taint_text(taint) for taint in hard_taints(node)),
        architecture=node.architecture,
        cpu=node.capacity.get("cpu"),
        memory=node.capacity.get("memory"),
        machine=machine,
        assumed=node.name in placement.assumed,
    )


def _accelerators(found: NodeAccelerators) -> tuple[AcceleratorSummary, ...]:
    return tuple(
        AcceleratorSummary(
            resource=one.resource,
            kind=one.kind or "kind unknown",
            capacity=one.capacity,
            allocatable=one.allocatable,
            product=one.product,
        )
        for one in found.accelerators
    )


def _host(placement: Placement, host: DockerHost) -> HostSummary:
    return HostSummary(
        name=host.name,
        url=host.url,
        engine=host.engine,
        version=host.version,
        images=None if host.images is None else len(host.images),
        containers=None if host.containers is None else len(host.containers),
        gpus=host.gpus,
        node=placement.nodes_of_hosts.get(host.name, ""),
    )
