"""Nodes and Docker hosts as rules see them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from advisor.facts.cluster import Node, Taint
from advisor.facts.host import DockerHost, Machine, Reached
from advisor.facts.source import Source
from advisor.findings.finding import Gap, Subject
from advisor.jobs.spec import JobSpec
from advisor.jobs.workload import IGNORE_ANNOTATION, parse_ignores
from advisor.placement.accelerators import Accelerator, NodeAccelerators, is_gpu_node
from advisor.placement.machines import SurveyedMachines
from advisor.placement.node_index import lasting_taints, tolerated
from advisor.rulebook.loaded import View
from advisor.views.base import UNSET, UnsetType, ViewFacts, gaps, plain
from advisor.views.facts import AcceleratorFacts, NodeFacts


def asks_for_accelerators(jobs: Iterable[JobSpec]) -> tuple[JobSpec, ...]:
    """The jobs whose pods ask for at least one device."""
    return tuple(job for job in jobs if job.accelerators)


def taint_text(taint: Taint) -> str:
    """A taint as kubectl writes it: `key=value:effect`."""
    value = f"={taint.value}" if taint.value else ""
    return f"{taint.key}{value}:{taint.effect}"


def hard_taints(node: Node) -> tuple[Taint, ...]:
    """Taints somebody set that keep pods away."""
    return tuple(lasting_taints(node))


def tolerated_by_some(taint: Taint, jobs: Sequence[JobSpec]) -> bool:
    """Whether one of the jobs can pass the taint; a job yet to be translated will."""
    return any(
        job.tolerates_gpu_taints or bool(job.node_name) or tolerated(taint, job.tolerations)
        for job in jobs
    )


def chooses_product(job: JobSpec, labels: frozenset[str]) -> bool:
    """Whether the job is bound to a node or selects by one of the labels that name a product."""
    affinity = {requirement.key for term in job.node_affinity for requirement in term}
    return bool(job.node_name) or bool(labels & (affinity | set(job.node_selector)))


Peers = Mapping[tuple[str, str, str], int]
_NEEDED = {
    "node.gpu_node": ("cluster.resource_slices",),
    "node.untolerated": ("cluster.workloads",),
}
_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


def node_views(
    nodes: Sequence[Node],
    accelerators: Mapping[str, NodeAccelerators],
    *,
    jobs: Sequence[JobSpec],
    jobs_known: bool = True,
    sources: Sequence[Source] = (),
    gap_cluster: tuple[Gap, ...] = (),
    machines: SurveyedMachines | None = None,
) -> Iterator[View]:
    """A view of each node; `machines` have what the nodes said of themselves.

    `jobs_known` is false when the cluster's workloads could not be read, so that there may be more
    jobs. `gap_cluster` explains what is missing of the `cluster` variable.
    """
    peers = usual_capacity(accelerators)
    gpu_jobs = asks_for_accelerators(jobs)
    common = (*gap_cluster, *gaps(sources, _NEEDED))
    for node in nodes:
        found = accelerators[node.name]
        facts = node_facts(node, found, peers=peers, gpu_jobs=gpu_jobs, jobs_known=jobs_known)
        if machines is not None and (machine := machines.of_node(node.name)):
            facts = msgspec.structs.replace(facts, **_said(facts, machine, machines))
        yield View(
            subject=Subject(scope="node", id=f"node:{node.name}", label=node.name),
            facts=plain(facts),
            gaps=(*common, *_gaps(found, facts)),
            ignores=parse_ignores(node.annotations.get(IGNORE_ANNOTATION, "")),
        )


def usual_capacity(accelerators: Mapping[str, NodeAccelerators]) -> Peers:
    """The capacity most nodes of a product and machine type have, where at least two have one.

    Of several that are as frequent the largest counts: a broken card only ever takes away.
    """
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for found in accelerators.values():
        for accelerator in found.accelerators:
            if accelerator.product and accelerator.capacity is not None:
                groups[_peer_key(accelerator, found.machine)].append(accelerator.capacity)
    return {key: _most_common(amounts) for key, amounts in groups.items() if len(amounts) > 1}


def node_facts(
    node: Node,
    found: NodeAccelerators,
    *,
    peers: Peers,
    gpu_jobs: Sequence[JobSpec],
    jobs_known: bool,
) -> NodeFacts:
    """The facts of one node. Without a known GPU job nobody can say which taints they tolerate."""
    taints = hard_taints(node)
    left = tuple(taint_text(t) for t in taints if not tolerated_by_some(t, gpu_jobs))
    gpu_node = is_gpu_node(found)
    return NodeFacts(
        name=node.name,
        ready=UNSET if node.ready is None else node.ready,
        unschedulable=node.unschedulable,
        control_plane=any(label in node.labels for label in _CONTROL_PLANE),
        gpu_node=UNSET if gpu_node is None else gpu_node,
        dra_only=bool(found.accelerators)
        and all(accelerator.by_dra for accelerator in found.accelerators),
        architecture=node.architecture or UNSET,
        hardware=found.hardware,
        accelerators=tuple(
            _facts(accelerator, found.machine, peers) for accelerator in found.accelerators
        ),
        unclassified=(*found.unclassified, *found.amounts),
        monitoring=found.monitoring,
        zeroed=found.zeroed,
        taints=tuple(taint_text(taint) for taint in taints),
        untolerated=left if (gpu_jobs and jobs_known) or not left else UNSET,
        feature_discovery=found.discovery,
        driver=found.driver or None,
        sharing_labels=found.sharing_labels,
        labels=node.labels,
        runtime=node.container_runtime or UNSET,
        images_listed=node.image_count,
    )


def _said(facts: NodeFacts, machine: Machine, machines: SurveyedMachines) -> dict[str, Any]:
    """The facts that a survey of the node gave."""
    disk = machines.on_node(facts.name, machine.image_folder) if machine.image_folder else None
    return {
        "surveyed": True,
        "driver": facts.driver or machine.driver or None,
        "unreached": tuple(
            _unreached(target) for target in machine.reached if target.connected is False
        ),
        "image_size": disk.size if disk is not None else None,
        "image_available": disk.available if disk is not None else None,
        "infiniband": machine.infiniband,
        "control_groups": machine.control_groups or None,
    }


def _unreached(target: Reached) -> str:
    known = "" if target.resolved is not False else " (its name is not known there)"
    return f"{target.target}{known}"


def _facts(accelerator: Accelerator, machine: str, peers: Peers) -> AcceleratorFacts:
    return AcceleratorFacts(
        resource=accelerator.resource,
        vendor=accelerator.vendor,
        kind=accelerator.kind or UNSET,
        sharing=accelerator.sharing,
        profile=accelerator.profile or None,
        capacity=UNSET if accelerator.capacity is None else accelerator.capacity,
        allocatable=UNSET if accelerator.allocatable is None else accelerator.allocatable,
        physical=accelerator.physical,
        replicas=1 if accelerator.sharing == "none" else accelerator.replicas or UNSET,
        product=accelerator.product or None,
        peers=peers.get(_peer_key(accelerator, machine)),
    )


def _peer_key(accelerator: Accelerator, machine: str) -> tuple[str, str, str]:
    return accelerator.resource, accelerator.product, machine


def _most_common(amounts: Sequence[int]) -> int:
    counted = Counter(amounts)
    return max(counted, key=lambda amount: (counted[amount], amount))


def _gaps(found: NodeAccelerators, facts: NodeFacts) -> Iterator[Gap]:
    """Only for what is missing: thousands of nodes lack nothing."""
    if any(accelerator.kind is None for accelerator in found.accelerators):
        yield _gap(
            "node.accelerators.kind",
            "the node's labels do not settle whether one unit is a card, a slice or a share",
            f"kubectl get node {found.node} --show-labels",
        )
    if any(
        accelerator.sharing in ("unstated", "contradicted") for accelerator in found.accelerators
    ):
        yield _gap(
            "node.accelerators.replicas",
            "the node's labels and amounts do not settle whether its devices are shared",
            f"kubectl get node {found.node} --show-labels",
        )
    if any(accelerator.capacity is None for accelerator in found.accelerators):
        for fact in ("node.accelerators.capacity", "node.accelerators.allocatable"):
            yield _gap(
                fact,
                "its ResourceSlices are incomplete or share counters",
                f"kubectl get resourceslices --field-selector spec.nodeName={found.node} -o yaml",
            )
    if facts.untolerated is UNSET:
        yield _gap(
            "node.untolerated",
            "no known job asks for an accelerator",
            "advisor audit --jobs PATH",
        )
    if facts.ready is UNSET:
        yield _gap(
            "node.ready",
            "the node states no Ready condition",
            f"kubectl describe node {found.node}",
        )
    if facts.gpu_node is UNSET:
        yield from _gpu_node_gaps(found)


def _gpu_node_gaps(found: NodeAccelerators) -> Iterator[Gap]:
    strange = (*found.unclassified, *found.amounts)
    if strange:
        reason = f"the catalogue does not know {strange[0]}"
        yield _gap("node.gpu_node", reason, f"kubectl describe node {found.node}")
    elif not found.slices_known:
        reason = "a pool of ResourceSlices may serve it"
        yield _gap("node.gpu_node", reason, "kubectl get resourceslices -o wide")


def _gap(fact: str, reason: str, settle: str) -> Gap:
    return Gap(fact=fact, probe="kubernetes", reason=reason, settle=settle)


_FIELDS = ("image_store", "gpus", "containers", "images")


def host_view(
    host: DockerHost,
    *,
    node: str | UnsetType | None,
    sources: Sequence[Source] = (),
    gap_cluster: tuple[Gap, ...] = (),
) -> View:
    """A view of one host. `node` is the cluster node that is this machine, None when no node is,
    UNSET when that is not known."""
    own = [source for source in sources if _is_of(source, host)]
    needed = {
        f"host.{field}": (f"hosts[{host.name}].{field}", f"hosts.{field}") for field in _FIELDS
    }
    return View(
        subject=Subject(scope="host", id=f"host:{host.name}", label=host.name),
        facts=plain(host_facts(host, node)),
        gaps=(*gap_cluster, *_gpu_gap(host), *gaps(own, needed)),
    )


def host_facts(host: DockerHost, node: str | UnsetType | None) -> HostFacts:
    """The facts of one host."""
    return HostFacts(
        name=host.name,
        engine=host.engine,
        version=host.version,
        image_store=host.image_store or UNSET,
        architecture=host.architecture,
        gpus=UNSET if host.gpus is None else host.gpus,
        node=node,
        containers=UNSET if host.containers is None else len(host.containers),
        images=UNSET if host.images is None else len(host.images),
        insecure_registries=host.insecure_registries,
        mount_table=host.mount_table_read,
    )


def _is_of(source: Source, host: DockerHost) -> bool:
    """Several hosts may share a target such as the default socket, so the name decides first."""
    if source.probe != "docker":
        return False
    return source.name == host.name if source.name else source.target == host.url


def _gpu_gap(host: DockerHost) -> tuple[Gap, ...]:
    if host.gpus is not None:
        return ()
    reason = "the engine does not say how many GPUs the machine has"
    return (Gap(fact="host.gpus", probe="docker", reason=reason, settle="nvidia-smi -L"),)


class HostFacts(ViewFacts, frozen=True, kw_only=True):
    """One Docker host.

    node: the cluster node that is the same machine, null when none is, absent when not known
    gpus: GPUs in the machine; image_store: `classic`, `containerd` or `podman`
    containers, images: numbers; mount_table: whether its mount table was read
    """

    name: str
    engine: str
    version: str
    image_store: str | UnsetType = UNSET
    architecture: str
    gpus: int | UnsetType = UNSET
    node: str | UnsetType | None = UNSET
    containers: int | UnsetType = UNSET
    images: int | UnsetType = UNSET
    insecure_registries: tuple[str, ...] = ()
    mount_table: bool
