"""A cluster that meets most of Run:ai 2.25, for the tests of readiness."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog
from advisor.catalogs.runai_releases import OperatorCatalog, ReleaseCatalog
from advisor.facts.cluster import Cluster, Component, IngressClass, Namespace, Node, Service
from advisor.facts.storage import StorageClass
from advisor.placement.accelerators import node_accelerators
from advisor.views.requirement import Outcome, Surveyed, survey
from advisor.views.requirements import outcomes

RELEASES = load_catalog("runai_releases", ReleaseCatalog)
OPERATORS = load_catalog("gpu_operator", OperatorCatalog)
ACCELERATORS = load_catalog("accelerators", AcceleratorCatalog)
GIB = 1024**3
DISK = "ephemeral-storage"
SYSTEM = "node-role.kubernetes.io/runai-system"


def gpu_node(name: str = "dgx-1", **changes: Any) -> Node:
    labels = {
        "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
        "nvidia.com/cuda.driver-version.full": "580.95.05",
    }
    size = {"nvidia.com/gpu": 8, "cpu": 128_000, "memory": 1024 * GIB, DISK: 2048 * GIB}
    fields: dict[str, Any] = {
        "labels": labels,
        "ready": True,
        "architecture": "amd64",
        "operating_system": "linux",
        "os_image": "Ubuntu 22.04.5 LTS",
        "container_runtime": "containerd://1.7.27",
        "clock_offset": 1,
        "capacity": size,
        "allocatable": size,
    }
    return Node(name=name, **{**fields, **changes})


def cpu_node(
    name: str = "cpu-1", cpus: int = 16, memory: int = 64, disk: int | None = 200, **changes: Any
) -> Node:
    """`disk` None: the node states none, or nothing that is an amount."""
    size = {"cpu": cpus * 1000, "memory": memory * GIB}
    if disk is not None:
        size[DISK] = disk * GIB
    fields: dict[str, Any] = {"labels": {}, "capacity": size, "allocatable": size}
    return gpu_node(name, **{**fields, **changes})


COMPONENTS = {
    "gpu-operator": "v25.10.1",
    "prometheus": "v3.5.0",
    "mpi-operator": "0.6.0",
    "training-operator": "v1.9.2",
}


def surveyed(*nodes: Node, components: dict[str, str] | None = None, **changes: Any) -> Surveyed:
    nodes = nodes or (gpu_node(), cpu_node())
    parts = COMPONENTS if components is None else components
    cluster = Cluster(
        context="lab",
        version="v1.34.3",
        nodes=nodes,
        storage_classes=(StorageClass(name="nfs", provisioner="nfs.csi.k8s.io", default=True),),
        namespaces=(
            Namespace(name="runai", labels={"pod-security.kubernetes.io/enforce": "privileged"}),
        ),
        ingress_classes=(IngressClass(name="haproxy", default=True),),
        admission_policies=(),
        policy_bindings=(),
        validating_webhooks=(),
        mutating_webhooks=(),
        mutating_policies=(),
        mutating_bindings=(),
        services=(
            Service(
                namespace="haproxy", name="haproxy", load_balancer=True, addresses=("10.0.0.5",)
            ),
            Service(namespace="team", name="web"),
        ),
        gateway_classes=(),
        resource_slices=(),
        openshift=(),
        components=tuple(
            Component(name=name, evidence="x", version=version) for name, version in parts.items()
        ),
    )
    cluster = replace(cluster, **changes)
    return survey(
        cluster,
        cluster.nodes,
        node_accelerators(cluster.nodes or (), cluster.resource_slices, (), ACCELERATORS),
        operators=OPERATORS,
        distributions=RELEASES.distributions,
        taken="2026-12-01T01:25:00Z",
    )


def states(found: Surveyed, release: str) -> dict[str, bool | None]:
    named = RELEASES.named(release)
    assert named is not None
    return {name: one.met for name, one in outcomes(found, named, RELEASES).items()}


def judged(found: Surveyed, name: str, release: str = "2.25") -> Outcome:
    named = RELEASES.named(release)
    assert named is not None
    return outcomes(found, named, RELEASES)[name]
