"""The cluster summary, with every fact missing in turn."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog
from advisor.facts.cluster import Cluster, Component, Node, ResourceSlice, Taint
from advisor.facts.source import Source
from advisor.facts.storage import NodeSelectorRequirement, StorageClass
from advisor.findings.finding import Gap, Subject
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.placement.accelerators import node_accelerators
from advisor.placement.storage_evidence import StorageService
from advisor.views.base import UNSET
from advisor.views.cluster_view import ClusterBasis, cluster_facts, cluster_view
from advisor.views.facts import ClusterFacts

CATALOG = load_catalog("accelerators", AcceleratorCatalog)
GPU = "nvidia.com/gpu"


def gpu_node(name: str, product: str = "H100", driver: str = "570.1", **changes: Any) -> Node:
    labels = {
        "nvidia.com/gpu.product": product,
        "nvidia.com/gpu.count": "8",
        "nvidia.com/cuda.driver-version.full": driver,
    }
    fields: dict[str, Any] = {"ready": True, "labels": labels, **changes}
    return Node(name=name, capacity={GPU: 8}, allocatable={GPU: 8}, **fields)


CPU = Node(name="cpu-1", ready=True)


def job(label: str = "train", **changes: Any) -> JobSpec:
    need = AcceleratorNeed(count=1, resource=GPU)
    return JobSpec(id=label, label=label, kind="Job", accelerators=(need,), **changes)


def placement(*nodes: Node, **changes: Any) -> ClusterBasis:
    slices: tuple[ResourceSlice, ...] | None = changes.pop("slices", ())
    cluster = Cluster(
        context="lab",
        version="v1.34.3",
        nodes=nodes,
        workloads=changes.pop("workloads", ()),
        components=(Component(name="gpu-operator", evidence="x"),),
        storage_classes=changes.pop("storage_classes", ()),
    )
    fields: dict[str, Any] = {
        "cluster": cluster,
        "nodes": nodes,
        "accelerators": node_accelerators(nodes, slices, (), CATALOG),
        "services": {},
        "jobs": (),
        "catalog": CATALOG,
        **changes,
    }
    return ClusterBasis(**fields)


def test_a_small_cluster() -> None:
    taint = Taint(key="gpu", effect="NoSchedule")
    nodes = (gpu_node("a", taints=(taint,)), gpu_node("b", unschedulable=True), CPU)
    classes = (
        StorageClass(name="nfs", provisioner="nfs.csi.k8s.io", default=True),
        StorageClass(name="lab", provisioner="x"),
    )
    services = {
        "nfs": StorageService(name="nfs", serves="many-nodes", evidence="catalogue"),
        "lab": StorageService(name="lab", serves="unknown", evidence="nothing"),
    }
    given = placement(
        *nodes, storage_classes=classes, services=services, jobs=(job(), JobSpec(
            id="cpu", label="cpu", kind="Job")), hosts=2,
    )  # fmt: skip
    assert cluster_facts(given) == ClusterFacts(
        known=True,
        version="v1.34.3",
        nodes=3,
        gpu_nodes=2,
        gpu_nodes_ready=1,
        accelerator_kinds=("whole",),
        hardware_nodes=("a", "b"),
        products=("H100",),
        mixed_products=(),
        drivers=("570.1",),
        gpu_taints=("gpu:NoSchedule",),
        untolerated_taints=("gpu:NoSchedule",),
        gpu_jobs=1,
        jobs_without_selector=(),
        components=("gpu-operator",),
        storage_classes=("nfs", "lab"),
        default_classes=("nfs",),
        shared_file_classes=("nfs",),
        shared_files=True,
        depends_classes=(),
        unknown_classes=("lab",),
        node_local_classes=(),
        single_node_classes=(),
        hosts=2,
    )


def test_without_a_cluster_nothing_is_known() -> None:
    given = ClusterBasis(
        cluster=None, nodes=None, accelerators={}, services=None, jobs=(), catalog=CATALOG, hosts=1
    )
    assert cluster_facts(given) == ClusterFacts(known=False, hosts=1)


def test_each_unread_field_leaves_its_facts_absent() -> None:
    bare = ClusterBasis(
        cluster=Cluster(context="lab"),
        nodes=None,
        accelerators={},
        services=None,
        jobs=(),
        catalog=CATALOG,
    )
    assert cluster_facts(bare) == ClusterFacts(known=True)


COUNTS: list[tuple[str, tuple[Node, ...], tuple[ResourceSlice, ...] | None, Any]] = [
    ("no GPU node", (CPU,), (), 0),
    ("one", (gpu_node("a"), CPU), (), 1),
    ("slices unread: there may be one more", (gpu_node("a"), CPU), None, UNSET),
    ("slices unread: two already decide", (gpu_node("a"), gpu_node("b"), CPU), None, 2),
    (
        "a node with an unknown device",
        (gpu_node("a"), Node(name="n", capacity={"x.io/npu": 1})),
        (),
        UNSET,
    ),
]


@pytest.mark.parametrize(("_name", "nodes", "slices", "expected"), COUNTS)
def test_count_of_gpu_nodes(
    _name: str, nodes: tuple[Node, ...], slices: tuple[ResourceSlice, ...] | None, expected: Any
) -> None:
    assert cluster_facts(placement(*nodes, slices=slices)).gpu_nodes == expected


def test_ready_is_not_known_when_a_node_does_not_say() -> None:
    assert cluster_facts(placement(gpu_node("a", ready=None))).gpu_nodes_ready is UNSET
    assert cluster_facts(placement(gpu_node("a", ready=False))).gpu_nodes_ready == 0


def test_mixed_products_and_jobs_that_do_not_choose() -> None:
    product = "nvidia.com/gpu.product"
    jobs = (
        job("blind"),
        job("selects", node_selector={product: "H100"}),
        job("pinned", node_name="a"),
        job("affine", node_affinity=(
            (NodeSelectorRequirement(key=product, operator="In", values=("T4",)),),)),
    )  # fmt: skip
    facts = cluster_facts(placement(gpu_node("a"), gpu_node("b", "T4", "535.2"), jobs=jobs))
    assert facts.mixed_products == ("H100", "T4")
    assert facts.jobs_without_selector == ("blind",)
    assert facts.drivers == ("535.2", "570.1")


def test_a_node_without_labels_may_be_a_different_one() -> None:
    facts = cluster_facts(placement(gpu_node("a"), gpu_node("b", labels={}), jobs=(job(),)))
    assert (facts.products, facts.mixed_products, facts.drivers) == (UNSET, UNSET, UNSET)
    assert facts.jobs_without_selector is UNSET


def test_slices_of_one_card_are_no_mixture() -> None:
    small = "nvidia.com/mig-1g.5gb"
    labels = {
        "nvidia.com/gpu.product": "A100",
        "nvidia.com/gpu.count": "8",
        f"{small}.product": "A100-MIG-1g.5gb",
    }
    one = Node(name="a", capacity={GPU: 6, small: 14}, labels=labels)
    facts = cluster_facts(placement(one))
    assert facts.products == ("A100", "A100-MIG-1g.5gb")
    assert facts.mixed_products == ()
    assert facts.accelerator_kinds == ("mig-mixed", "whole")


def test_jobs_that_could_not_be_read_are_not_none() -> None:
    facts = cluster_facts(placement(gpu_node("a"), workloads=None, jobs=(job(),)))
    assert facts.gpu_jobs is UNSET


SHARED: list[tuple[str, Any]] = [
    ("many-nodes", True),
    ("one-node", False),
    ("node-local", False),
    ("depends", UNSET),
    ("unknown", UNSET),
]


@pytest.mark.parametrize(("serves", "expected"), SHARED)
def test_shared_files(serves: Any, expected: Any) -> None:
    service = StorageService(name="lab", serves=serves, evidence="catalogue")
    classes = (StorageClass(name="lab", provisioner="x"),)
    given = placement(CPU, storage_classes=classes, services={"lab": service})
    assert cluster_facts(given).shared_files is expected


def test_a_cluster_that_failed_explains_everything_at_once() -> None:
    source = Source(probe="kubernetes", target="lab", status="failed", reason="connection refused")
    given = ClusterBasis(
        cluster=None, nodes=None, accelerators={}, services=None, jobs=(), catalog=CATALOG
    )
    view = cluster_view(given, (source,))
    assert view.subject == Subject(scope="cluster", id="cluster:cluster", label="cluster")
    assert view.gaps == (
        Gap(
            fact="cluster",
            probe="kubernetes",
            reason="connection refused",
            settle="kubectl --context lab get nodes",
        ),
    )
