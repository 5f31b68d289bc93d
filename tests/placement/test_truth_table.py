"""Placement, row by row: which nodes are eligible, which are ready, and what is unknown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.configuration.settings import Assumption, Settings
from advisor.facts.cluster import Cluster, Device, DeviceClass, ResourceSlice
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import (
    Claim,
    NodeSelectorRequirement,
    PersistentVolume,
    StorageClass,
)
from advisor.facts.workload import Toleration
from advisor.jobs.spec import AcceleratorNeed, JobMount, JobSpec
from tests.placement.samples import (
    GPU,
    NEEDS_GPU,
    cluster,
    cpu_job,
    gpu_job,
    node,
    placement,
    refused,
    snapshot,
    taint,
    without,
)

ON_A = (NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=("a",)),)
MIG = {
    "nvidia.com/mig.strategy": "mixed",
    "nvidia.com/gpu.count": "4",
    "nvidia.com/gpu.product": "NVIDIA-A100-PCIE-40GB",
}
SHARED = {
    "nvidia.com/gpu.sharing-strategy": "time-slicing",
    "nvidia.com/gpu.replicas": "4",
    "nvidia.com/gpu.count": "4",
    "nvidia.com/gpu.product": "Tesla-T4-SHARED",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster, a job (None: the cluster-level verdict), and what placement must say."""

    name: str
    cluster: Cluster
    job: JobSpec | None
    nodes: tuple[str, ...] = ()
    ready: tuple[str, ...] | None = None
    maybe: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    settings: Settings = Settings()


def row(name: str, of: Cluster, job: JobSpec | None, **expected: Any) -> Row:
    return Row(name=name, cluster=of, job=job, **expected)


def slices(*nodes: str) -> tuple[ResourceSlice, ...]:
    return tuple(
        ResourceSlice(
            name=f"{name}-slice",
            driver="gpu.nvidia.com",
            pool=name,
            generation=1,
            slice_count=1,
            node=name,
            devices=(Device(name="gpu-0", type="gpu"), Device(name="gpu-1", type="gpu")),
        )
        for name in nodes
    )


CLAIMED = AcceleratorNeed(count=None, how="resource claim x", claim="ResourceClaim team/x")
TWO = (node("a", gpus=4), node("b", gpus=8))
CPUS = tuple(node(f"cpu-{n}") for n in range(5))

ROWS = (
    row(
        "no node at all",
        cluster(),
        gpu_job(),
        unmet=("Linux", "its tolerations", "room for a pod", "1 x nvidia GPU"),
    ),
    row("no GPU node", cluster(*CPUS), gpu_job(), unmet=("1 x nvidia GPU",)),
    row("no GPU node, verdict", cluster(*CPUS), None, unmet=("an accelerator",)),
    row("one GPU node", cluster(node("a", gpus=4), *CPUS), gpu_job(), nodes=("a",)),
    row("one GPU node, verdict", cluster(node("a", gpus=4), *CPUS), None, nodes=("a",)),
    row("two GPU nodes", cluster(*TWO), gpu_job(), nodes=("a", "b")),
    row(
        "many GPU nodes",
        cluster(*(node(f"g{n:02}", gpus=8) for n in range(12))),
        None,
        nodes=tuple(f"g{n:02}" for n in range(12)),
    ),
    row(
        "one GPU node, five CPU nodes, a CPU-only job",
        cluster(node("a", gpus=4), *CPUS),
        cpu_job(),
        nodes=("a", *(one.name for one in CPUS)),
    ),
    row(
        "a CPU-only job keeps off tainted GPU nodes",
        cluster(node("a", gpus=4, taints=(taint("nvidia.com/gpu=present:NoSchedule"),)), *CPUS),
        cpu_job(),
        nodes=tuple(one.name for one in CPUS),
    ),
    row(
        "pinned by nodeSelector to one of many",
        cluster(*TWO, node("c", gpus=8)),
        gpu_job(node_selector={"kubernetes.io/hostname": "b"}),
        nodes=("b",),
    ),
    row("pinned by nodeName", cluster(*TWO), gpu_job(node_name="a"), nodes=("a",)),
    row(
        "nodeName passes the scheduler's taints",
        cluster(node("a", gpus=4, taints=(taint("x=y:NoSchedule"),)), node("b", gpus=4)),
        JobSpec(id="j", label="j", kind="Pod", accelerators=NEEDS_GPU, node_name="a"),
        nodes=("a",),
    ),
    row(
        "nodeName that does not exist",
        cluster(*TWO),
        gpu_job(node_name="gone"),
        unmet=("nodeName gone",),
    ),
    row("pinned by affinity", cluster(*TWO), gpu_job(node_affinity=(ON_A,)), nodes=("a",)),
    row(
        "an empty term matches nothing",
        cluster(*TWO),
        gpu_job(node_affinity=((),)),
        unmet=("its node affinity",),
    ),
    row(
        "asks for more than all but one have",
        cluster(*TWO),
        gpu_job(accelerators=(AcceleratorNeed(count=8, vendor="nvidia"),)),
        nodes=("b",),
    ),
    row(
        "asks for more than any has",
        cluster(*TWO),
        gpu_job(accelerators=(AcceleratorNeed(count=16, vendor="nvidia"),)),
        unmet=("16 x nvidia GPU",),
    ),
    row(
        "two requirements that no node meets together",
        cluster(*TWO),
        gpu_job(
            accelerators=(AcceleratorNeed(count=8, vendor="nvidia"),),
            node_selector={"kubernetes.io/hostname": "a"},
        ),
        unmet=("8 x nvidia GPU together with node label kubernetes.io/hostname=a",),
    ),
    row(
        "more memory than a node leaves to pods",
        cluster(*TWO),
        gpu_job(resources={"memory": 129 * 2**30}),
        unmet=("129.0 GiB of memory",),
    ),
    row(
        "a workload without the toleration",
        cluster(
            node("a", gpus=4, taints=(taint("nvidia.com/gpu=present:NoSchedule"),)),
            node("b", gpus=4),
        ),
        JobSpec(id="j", label="j", kind="Job", accelerators=NEEDS_GPU),
        nodes=("b",),
    ),
    row(
        "a workload with the toleration",
        cluster(
            node("a", gpus=4, taints=(taint("nvidia.com/gpu=present:NoSchedule"),)),
            node("b", gpus=4),
        ),
        JobSpec(
            id="j",
            label="j",
            kind="Job",
            accelerators=NEEDS_GPU,
            tolerations=(Toleration(key="nvidia.com/gpu", operator="Exists"),),
        ),
        nodes=("a", "b"),
    ),
    row(
        "PreferNoSchedule keeps nobody away",
        cluster(node("a", gpus=4, taints=(taint("slow=yes:PreferNoSchedule"),))),
        JobSpec(id="j", label="j", kind="Job", accelerators=NEEDS_GPU),
        nodes=("a",),
    ),
    row(
        "the second GPU node is cordoned",
        cluster(
            node("a", gpus=4),
            node(
                "b",
                gpus=4,
                unschedulable=True,
                taints=(taint("node.kubernetes.io/unschedulable:NoSchedule"),),
            ),
        ),
        gpu_job(),
        nodes=("a", "b"),
        ready=("a",),
    ),
    row(
        "the second GPU node is NotReady",
        cluster(
            node("a", gpus=4),
            node(
                "b", gpus=4, ready=False, taints=(taint("node.kubernetes.io/not-ready:NoExecute"),)
            ),
        ),
        None,
        nodes=("a", "b"),
        ready=("a",),
    ),
    row(
        "a card is broken today",
        cluster(
            node("a", gpus=4),
            node("b", gpus=8, allocatable={"cpu": 32_000, "memory": 2**37, GPU: 7}),
        ),
        gpu_job(accelerators=(AcceleratorNeed(count=8, vendor="nvidia"),)),
        nodes=("b",),
        ready=(),
    ),
    row(
        "MIG slices take a job of one, not of two",
        cluster(node("a", devices={"nvidia.com/mig-1g.5gb": 14}, labels=MIG), node("b", gpus=2)),
        gpu_job(accelerators=(AcceleratorNeed(count=2, vendor="nvidia"),)),
        nodes=("b",),
    ),
    row(
        "a MIG slice by its own name",
        cluster(node("a", devices={"nvidia.com/mig-1g.5gb": 14}, labels=MIG), node("b", gpus=2)),
        gpu_job(accelerators=(AcceleratorNeed(count=3, resource="nvidia.com/mig-1g.5gb"),)),
        nodes=("a",),
    ),
    row(
        "a slice counts as a GPU node",
        cluster(node("a", devices={"nvidia.com/mig-1g.5gb": 14}, labels=MIG)),
        None,
        nodes=("a",),
    ),
    row(
        "shares take a job of one, not of two",
        cluster(node("a", devices={"nvidia.com/gpu.shared": 16}, labels=SHARED), node("b", gpus=2)),
        gpu_job(accelerators=(AcceleratorNeed(count=2, vendor="nvidia"),)),
        nodes=("b",),
    ),
    row(
        "a share is enough for one",
        cluster(node("a", devices={"nvidia.com/gpu.shared": 16}, labels=SHARED), *CPUS),
        gpu_job(),
        nodes=("a",),
    ),
    row(
        "arm64 and amd64",
        cluster(node("a", gpus=4), node("b", gpus=4, architecture="arm64")),
        gpu_job(architectures=("arm64",)),
        nodes=("b",),
    ),
    row(
        "no node of that architecture",
        cluster(*TWO),
        gpu_job(architectures=("ppc64le",)),
        unmet=("architecture ppc64le",),
    ),
    row(
        "Windows nodes do not count",
        cluster(node("a", gpus=4), node("w", gpus=4, operating_system="windows")),
        gpu_job(),
        nodes=("a",),
    ),
    row("DRA only", cluster(*CPUS, resource_slices=slices("cpu-1")), gpu_job(), nodes=("cpu-1",)),
    row(
        "DRA only, verdict",
        cluster(*CPUS, resource_slices=slices("cpu-1", "cpu-2")),
        None,
        nodes=("cpu-1", "cpu-2"),
    ),
    row(
        "DRA serves a plain request by its class",
        cluster(
            *CPUS,
            resource_slices=slices("cpu-1"),
            device_classes=(
                DeviceClass(
                    name="gpu.nvidia.com",
                    extended_resource=GPU,
                    selectors=("device.driver == 'gpu.nvidia.com'",),
                ),
            ),
        ),
        gpu_job(accelerators=(AcceleratorNeed(count=1, resource=GPU),)),
        nodes=("cpu-1",),
    ),
    row(
        "a resource claim that was not read",
        cluster(*TWO, resource_slices=slices("a")),
        gpu_job(accelerators=(CLAIMED,)),
        maybe=("a", "b"),
    ),
    row(
        "AMD does not serve CUDA",
        cluster(node("a", devices={"amd.com/gpu": 8}), node("b", gpus=1)),
        gpu_job(),
        nodes=("b",),
    ),
    row(
        "an unclassified device may be a GPU",
        cluster(node("a", devices={"vendor.example/npu": 8}), *CPUS),
        None,
        maybe=("a",),
    ),
    row(
        "two for certain: one more changes nothing",
        cluster(*TWO, node("c", devices={"vendor.example/npu": 8})),
        None,
        nodes=("a", "b"),
        maybe=("c",),
    ),
    row(
        "monitoring twins are no devices",
        cluster(node("a", devices={"gpu.intel.com/i915_monitoring": 1})),
        None,
        unmet=("an accelerator",),
    ),
    row(
        "an assumed second node",
        cluster(node("a", gpus=4), *CPUS),
        None,
        nodes=("a", "assumed-gpu-2"),
        settings=Settings(assume=Assumption(gpu_nodes=2)),
    ),
    row(
        "an assumption does not undo a job's pinning",
        cluster(node("a", gpus=4)),
        gpu_job(node_selector={"kubernetes.io/hostname": "a"}),
        nodes=("a",),
        settings=Settings(assume=Assumption(gpu_nodes=4)),
    ),
    row(
        "fewer nodes than there are",
        cluster(*TWO),
        None,
        nodes=("a",),
        settings=Settings(assume=Assumption(gpu_nodes=1)),
    ),
    row(
        "assumed without GPU nodes",
        cluster(*TWO, *CPUS),
        None,
        unmet=("an accelerator",),
        settings=Settings(assume=Assumption(gpu_nodes=0)),
    ),
    row(
        "nodes left out",
        cluster(*TWO, node("c", gpus=4, labels={"pool": "test"})),
        None,
        nodes=("a", "b"),
        settings=Settings(exclude_nodes="pool=test"),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Row) -> None:
    placed = placement(snapshot(row.cluster), row.settings).eligible(row.job)
    assert placed is not None
    ready = row.nodes if row.ready is None else row.ready
    assert (placed.nodes, placed.ready, placed.maybe, placed.unmet) == (
        row.nodes,
        ready,
        row.maybe,
        row.unmet,
    )


def test_without_any_cluster_an_assumption_stands_alone() -> None:
    settings = Settings(
        assume=Assumption(gpu_nodes=2, gpus_per_node=8, cpus=64, memory=2**39, cpu_nodes=1)
    )
    placed = placement(snapshot(None), settings)
    seven = gpu_job(accelerators=(AcceleratorNeed(count=7, vendor="nvidia"),))
    nine = gpu_job(accelerators=(AcceleratorNeed(count=9, vendor="nvidia"),))
    assert [placed.eligible(job).nodes for job in (None, seven, nine, cpu_job())] == [  # type: ignore[union-attr]
        ("assumed-gpu-1", "assumed-gpu-2"),
        ("assumed-gpu-1", "assumed-gpu-2"),
        (),
        ("assumed-cpu-1", "assumed-gpu-1", "assumed-gpu-2"),
    ]


def test_amounts_nobody_stated_count_as_enough() -> None:
    placed = placement(snapshot(None), Settings(assume=Assumption(gpu_nodes=3)))
    job = gpu_job(
        accelerators=(AcceleratorNeed(count=8, vendor="nvidia"),), resources={"memory": 2**40}
    )
    found = placed.eligible(job)
    assert found is not None
    assert found.nodes == ("assumed-gpu-1", "assumed-gpu-2", "assumed-gpu-3")


LOCAL = PersistentVolume(
    name="pv",
    source_kind="local",
    source="/disk",
    storage_class="local",
    phase="Bound",
    claim_namespace="team",
    claim_name="scratch",
    node_affinity=(ON_A,),
)
SCRATCH = Claim(namespace="team", name="scratch", storage_class="local", volume="pv", phase="Bound")
WITH_VOLUME = cluster(
    *TWO,
    persistent_volumes=(LOCAL,),
    claims=(SCRATCH,),
    storage_classes=(StorageClass(name="local", provisioner="kubernetes.io/no-provisioner"),),
)
MOUNTS_SCRATCH = gpu_job(mounts=(JobMount(kind="claim", source="team/scratch", target="/scratch"),))


def with_job(of: Cluster) -> Snapshot:
    from tests.placement.samples import claim_volume, workload

    return snapshot(
        msgspec.structs.replace(of, workloads=(workload(volumes=(claim_volume("scratch"),)),))
    )


def test_a_bound_volume_pins_its_job() -> None:
    placed = placement(with_job(WITH_VOLUME))
    found = placed.eligible(placed.jobs[0])
    assert found is not None
    assert found.nodes == ("a",)


@pytest.mark.parametrize("field", ["persistent_volumes", "claims"])
def test_unread_volumes_leave_the_nodes_open(field: str) -> None:
    placed = placement(with_job(without(WITH_VOLUME, field)))
    found = placed.eligible(placed.jobs[0])
    assert found is not None
    assert (found.nodes, found.maybe, found.count) == ((), ("a", "b"), None)
    assert [gap.fact for gap in found.gaps] == ["cluster.persistent_volumes"]


def test_unread_nodes_are_unknown() -> None:
    of = snapshot(without(cluster(), "nodes"), sources=(refused("cluster.nodes", "nodes"),))
    assert placement(of).eligible(gpu_job()) is None


def test_unread_slices_leave_a_single_gpu_node_open() -> None:
    one = placement(snapshot(without(cluster(node("a", gpus=4), *CPUS), "resource_slices")))
    two = placement(snapshot(without(cluster(*TWO, *CPUS), "resource_slices")))
    verdicts = [
        (found.nodes, found.count) for found in (one.eligible(None), two.eligible(None)) if found
    ]
    assert verdicts == [(("a",), None), (("a", "b"), 2)]
