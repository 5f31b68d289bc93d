"""Why facts of the `cluster` variable are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisor.facts.cluster import Cluster
from advisor.facts.source import Source
from advisor.findings.finding import Gap
from advisor.views.gaps import gaps, no_cluster_gap

_NODES = ("cluster.nodes",)
_CLASSES = ("cluster.storage_classes",)

NEEDED: Mapping[str, tuple[str, ...]] = {
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


def cluster_gaps(cluster: Cluster | None, sources: Sequence[Source]) -> tuple[Gap, ...]:
    """A gap for every fact that may be missing; what a probe was refused comes before the rest."""
    if cluster is None:
        return (no_cluster_gap(sources),)
    refused = gaps(sources, NEEDED)
    explained = {gap.fact for gap in refused}
    return refused + tuple(
        Gap(fact=fact, probe="kubernetes", reason=reason, settle=settle)
        for fact, reason, settle in _OTHERWISE
        if fact not in explained
    )
