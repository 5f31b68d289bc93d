"""The cluster as rules see it: the subject of cluster rules, and the summary all rules may use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from advisor.catalogs.accelerators import AcceleratorCatalog
from advisor.catalogs.storage import Serves
from advisor.facts.cluster import Cluster, Node
from advisor.facts.source import Source
from advisor.findings.finding import Gap, Subject
from advisor.jobs.spec import JobSpec
from advisor.placement.accelerators import NodeAccelerators, is_gpu_node
from advisor.placement.storage_evidence import StorageService
from advisor.rulebook.loaded import View
from advisor.views.admission import apis_down, pod_policies, silent_webhooks
from advisor.views.base import UNSET, UnsetType, gaps, no_cluster_gap, plain
from advisor.views.facts import ClusterFacts
from advisor.views.machine_views import (
    asks_for_accelerators,
    chooses_product,
    hard_taints,
    taint_text,
    tolerated_by_some,
)
from advisor.views.readiness import Readiness, readiness_facts, readiness_gaps

Names = tuple[str, ...]

_NODES = ("cluster.nodes",)
_CLASSES = ("cluster.storage_classes",)

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "cluster.version": ("cluster.version",),
    "cluster.nodes": _NODES,
    "cluster.gpu_nodes": ("cluster.nodes", "cluster.resource_slices"),
    "cluster.gpu_nodes_ready": ("cluster.nodes", "cluster.resource_slices"),
    "cluster.accelerator_kinds": _NODES,
    "cluster.hardware_nodes": _NODES,
    "cluster.products": _NODES,
    "cluster.mixed_products": _NODES,
    "cluster.drivers": _NODES,
    "cluster.gpu_taints": _NODES,
    "cluster.untolerated_taints": ("cluster.nodes", "cluster.workloads"),
    "cluster.gpu_jobs": ("cluster.nodes", "cluster.workloads"),
    "cluster.jobs_without_selector": _NODES,
    "cluster.components": ("cluster.components", "cluster.workloads"),
    "cluster.apis_down": ("cluster.api_services",),
    "cluster.silent_webhooks": (
        "cluster.services",
        "cluster.validating_webhooks",
        "cluster.mutating_webhooks",
    ),
    "cluster.pod_policies": (
        "cluster.admission_policies",
        "cluster.policy_bindings",
        "cluster.validating_webhooks",
        "cluster.mutating_webhooks",
        "cluster.mutating_policies",
        "cluster.mutating_bindings",
    ),
    "cluster.storage_classes": _CLASSES,
    "cluster.default_classes": _CLASSES,
    "cluster.shared_files": _CLASSES,
    "cluster.shared_file_classes": _CLASSES,
    "cluster.depends_classes": _CLASSES,
    "cluster.unknown_classes": _CLASSES,
    "cluster.node_local_classes": _CLASSES,
    "cluster.single_node_classes": _CLASSES,
}
"""The snapshot fields behind each fact."""

_LABELS = "kubectl get nodes --show-labels"
_WEBHOOKS_UNREAD = "webhooks, policies or Services were not read"
_WEBHOOKS = "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml"
_OTHERWISE: tuple[tuple[str, str, str], ...] = (
    (
        "cluster.gpu_nodes",
        "some nodes only have devices that the accelerator catalogue does not know",
        "kubectl get nodes -o custom-columns=NAME:.metadata.name,CAPACITY:.status.capacity",
    ),
    ("cluster.gpu_nodes_ready", "a node states no Ready condition", "kubectl get nodes"),
    ("cluster.products", "labels name the product on some GPU nodes only", _LABELS),
    ("cluster.mixed_products", "labels name the product on some GPU nodes only", _LABELS),
    ("cluster.jobs_without_selector", "labels name the product on some GPU nodes only", _LABELS),
    ("cluster.drivers", "labels state the driver on some GPU nodes only", _LABELS),
    (
        "cluster.apis_down",
        "not every API states whether it is available",
        "kubectl get apiservices",
    ),
    ("cluster.silent_webhooks", _WEBHOOKS_UNREAD, _WEBHOOKS),
    ("cluster.pod_policies", _WEBHOOKS_UNREAD, _WEBHOOKS),
    (
        "cluster.untolerated_taints",
        "no known job asks for an accelerator",
        "advisor audit --jobs PATH",
    ),
    (
        "cluster.shared_files",
        "for some storage classes it depends on things that they do not state",
        "kubectl get storageclasses -o yaml",
    ),
)


class ClusterBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster's facts are made from.

    `nodes` are those that count (assumed ones in, excluded ones out), None when they could not be
    read, and `accelerators` has an entry for each. `services` are by storage class, None when the
    classes could not be read. `jobs` are all known jobs.
    """

    cluster: Cluster | None
    nodes: Sequence[Node] | None
    accelerators: Mapping[str, NodeAccelerators]
    services: Mapping[str, StorageService] | None
    jobs: Sequence[JobSpec]
    catalog: AcceleratorCatalog
    hosts: int = 0
    assumed: bool = False
    registry: str = ""
    readiness: Readiness | None = None


def cluster_view(placement: ClusterBasis, sources: Sequence[Source] = ()) -> View:
    """The view of the cluster itself; its facts are also the `cluster` variable of every rule."""
    context = placement.cluster.context if placement.cluster else ""
    name = context or "cluster"
    return View(
        subject=Subject(scope="cluster", id=f"cluster:{name}", label=name),
        facts=plain(cluster_facts(placement)),
        gaps=(*_cluster_gaps(placement.cluster, sources), *readiness_gaps(placement.readiness)),
    )


def cluster_facts(placement: ClusterBasis) -> ClusterFacts:
    """The summary. Without a cluster and assumed nodes nothing but the hosts is known."""
    if placement.cluster is None and placement.nodes is None:
        return ClusterFacts(known=False, hosts=placement.hosts, registry=placement.registry or None)
    cluster = placement.cluster or Cluster(context="")
    facts: dict[str, Any] = {
        **_node_facts(placement),
        **_storage_facts(cluster, placement.services),
    }
    return ClusterFacts(
        known=True,
        assumed=placement.assumed,
        version=cluster.version or UNSET,
        components=_components(cluster),
        apis_down=apis_down(cluster),
        silent_webhooks=silent_webhooks(cluster),
        pod_policies=pod_policies(cluster),
        runai=readiness_facts(placement.readiness) if placement.readiness else UNSET,
        hosts=placement.hosts,
        registry=placement.registry or None,
        **facts,
    )


def _components(cluster: Cluster) -> Names | UnsetType:
    if cluster.components is None:
        return UNSET
    return tuple(sorted({component.name for component in cluster.components}))


def _node_facts(placement: ClusterBasis) -> dict[str, Any]:
    if placement.nodes is None:
        return {}
    found = [placement.accelerators[node.name] for node in placement.nodes]
    answers = {node.node: is_gpu_node(node) for node in found}
    gpu_nodes = [node for node in placement.nodes if answers[node.name]]
    # Two for certain decide as much as three: more that may be there would change nothing.
    certain = None not in answers.values() or len(gpu_nodes) > 1
    on_gpu_nodes = [placement.accelerators[node.name] for node in gpu_nodes]
    mixed = mixed_products(on_gpu_nodes)
    return {
        "nodes": len(placement.nodes),
        "gpu_nodes": len(gpu_nodes) if certain else UNSET,
        "gpu_nodes_ready": _ready(gpu_nodes) if certain else UNSET,
        "accelerator_kinds": _kinds(found),
        "hardware_nodes": tuple(node.node for node in found if node.hardware),
        "products": _products(on_gpu_nodes),
        "mixed_products": mixed,
        "drivers": _complete([node.driver for node in on_gpu_nodes]),
        **_job_facts(placement, gpu_nodes, mixed),
    }


def _job_facts(
    placement: ClusterBasis, gpu_nodes: Sequence[Node], mixed: Names | UnsetType
) -> dict[str, Any]:
    jobs = asks_for_accelerators(placement.jobs)
    taints = {taint_text(taint): taint for node in gpu_nodes for taint in hard_taints(node)}
    left = [text for text, taint in taints.items() if not tolerated_by_some(taint, jobs)]
    all_known = placement.cluster is None or placement.cluster.workloads is not None
    return {
        "gpu_taints": tuple(sorted(taints)),
        "untolerated_taints": tuple(sorted(left)) if (jobs and all_known) or not left else UNSET,
        "gpu_jobs": len(jobs) if all_known else UNSET,
        "jobs_without_selector": mixed
        if mixed is UNSET
        else _without_selector(placement, jobs, mixed),
    }


def _without_selector(
    placement: ClusterBasis, jobs: Sequence[JobSpec], mixed: Names | UnsetType
) -> Names:
    labels = frozenset(
        label.replace("{resource}", entry.match)
        for entry in placement.catalog.resources
        if entry.vendor in placement.catalog.vendors
        for label in placement.catalog.vendors[entry.vendor].product
    )
    return tuple(sorted({job.label for job in jobs if mixed and not chooses_product(job, labels)}))


def _ready(nodes: Sequence[Node]) -> int | UnsetType:
    """GPU nodes that would take a pod today; a node without a Ready condition leaves it open."""
    open_to_pods = [node for node in nodes if not node.unschedulable]
    if any(node.ready is None for node in open_to_pods):
        return UNSET
    return sum(1 for node in open_to_pods if node.ready and not _held_back(node))


def _held_back(node: Node) -> bool:
    return any(
        taint.key.startswith("node.kubernetes.io/") and taint.effect != "PreferNoSchedule"
        for taint in node.taints
    )


def _kinds(found: Iterable[NodeAccelerators]) -> Names:
    kinds: set[str] = set()
    for node in found:
        kinds |= {accelerator.kind for accelerator in node.accelerators if accelerator.kind}
        kinds |= {"unclassified"} if node.unclassified else set()
    return tuple(sorted(kinds))


def _products(found: Iterable[NodeAccelerators]) -> Names | UnsetType:
    return _complete([accelerator.product for node in found for accelerator in node.accelerators])


def mixed_products(found: Iterable[NodeAccelerators]) -> Names | UnsetType:
    """Products that hide behind one resource name; UNSET when a missing label may hide one."""
    by_resource: dict[str, list[str]] = defaultdict(list)
    for node in found:
        for accelerator in node.accelerators:
            by_resource[accelerator.resource].append(accelerator.product)
    groups = [_complete(products) for products in by_resource.values()]
    mixed = {
        product
        for group in groups
        if not isinstance(group, UnsetType) and len(group) > 1
        for product in group
    }
    return UNSET if not mixed and UNSET in groups else tuple(sorted(mixed))


def _complete(names: Sequence[str]) -> Names | UnsetType:
    """Each name once. With a single name, or none, an unnamed one may be a different one."""
    known = {name for name in names if name}
    if len(known) < 2 and len(names) > 1 and "" in names:
        return UNSET
    return tuple(sorted(known))


_CLASS_FACTS: dict[Serves, str] = {
    "many-nodes": "shared_file_classes",
    "depends": "depends_classes",
    "unknown": "unknown_classes",
    "node-local": "node_local_classes",
    "one-node": "single_node_classes",
}


def _storage_facts(
    cluster: Cluster, services: Mapping[str, StorageService] | None
) -> dict[str, Any]:
    classes = cluster.storage_classes
    if classes is None or services is None:
        return {}
    by_service: dict[str, list[str]] = {fact: [] for fact in _CLASS_FACTS.values()}
    for storage_class in classes:
        by_service[_CLASS_FACTS[services[storage_class.name].serves]].append(storage_class.name)
    open_ones = by_service["depends_classes"] or by_service["unknown_classes"]
    shared = bool(by_service["shared_file_classes"])
    return {
        "storage_classes": tuple(class_.name for class_ in classes),
        "default_classes": tuple(class_.name for class_ in classes if class_.default),
        "shared_files": UNSET if open_ones and not shared else shared,
        **{fact: tuple(names) for fact, names in by_service.items()},
    }


def _cluster_gaps(cluster: Cluster | None, sources: Sequence[Source]) -> tuple[Gap, ...]:
    """A gap for every fact that may be missing; what a probe was refused comes before the rest."""
    if cluster is None:
        return (no_cluster_gap(sources),)
    refused = gaps(sources, _NEEDED)
    explained = {gap.fact for gap in refused}
    return refused + tuple(
        Gap(fact=fact, probe="kubernetes", reason=reason, settle=settle)
        for fact, reason, settle in _OTHERWISE
        if fact not in explained
    )
