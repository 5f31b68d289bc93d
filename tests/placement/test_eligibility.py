"""What a scheduler would refuse for good, one rule of it at a time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.configuration.settings import Assumption, Settings
from advisor.facts.cluster import (
    DEFAULT_TOLERATIONS,
    PLUGIN_SELECTOR,
    PROJECT_SELECTOR,
    Namespace,
    RuntimeClass,
    Taint,
)
from advisor.facts.storage import Claim, NodeSelectorRequirement, PersistentVolume, StorageClass
from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    RunningPods,
    Toleration,
    Workload,
)
from advisor.jobs.spec import AcceleratorNeed
from advisor.placement.accelerators import Accelerator, NodeAccelerators
from advisor.placement.eligibility import accelerator_requirement
from advisor.placement.node_index import NodeIndex, holds
from tests.placement.samples import claim_volume, cluster, gpu_job, node, placement, snapshot, taint

ZONE = "topology.kubernetes.io/zone"
NODES = (
    node("a", gpus=2, labels={ZONE: "z1"}),
    node("b", gpus=2, labels={ZONE: "z2"}),
    node("c", gpus=2),
)


def only(name: str) -> tuple[tuple[NodeSelectorRequirement, ...], ...]:
    return (
        (NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=(name,)),),
    )


def eligible(
    *,
    nodes: Any = NODES,
    template: PodTemplate | None = None,
    of: dict[str, Any] | None = None,
    **cluster_facts: Any,
) -> tuple[str, ...]:
    workload = Workload(
        namespace="team", kind="Job", name="train", template=template or PodTemplate(), **of or {}
    )
    placed = placement(snapshot(cluster(*nodes, workloads=(workload,), **cluster_facts)))
    found = placed.eligible(placed.jobs[0])
    assert found is not None
    assert not found.maybe
    return found.nodes


def asking(*containers: dict[str, Any], **pod: Any) -> PodTemplate:
    made = (PodContainer(name=f"c{n}", image="x:1", **one) for n, one in enumerate(containers))
    return PodTemplate(containers=tuple(made), **pod)


@pytest.mark.parametrize(
    ("template", "fits"),
    [
        (asking({"requests": {"cpu": 20_000}}, {"requests": {"cpu": 12_000}}), True),
        (asking({"requests": {"cpu": 20_000}}, {"requests": {"cpu": 12_001}}), False),
        (asking({"requests": {"cpu": 20_000}, "init": True}, {"requests": {"cpu": 32_000}}), True),
        (
            asking(
                {"requests": {"cpu": 1}, "init": True, "sidecar": True},
                {"requests": {"cpu": 32_000}},
            ),
            False,
        ),
        (
            asking(
                {"requests": {"cpu": 1}, "init": True, "sidecar": True},
                {"requests": {"cpu": 32_000}, "init": True},
                {"requests": {"cpu": 1}},
            ),
            False,
        ),
        (
            asking(
                {"requests": {"cpu": 32_000}, "init": True},
                {"requests": {"cpu": 1}, "init": True, "sidecar": True},
            ),
            True,
        ),
        (asking({"requests": {"cpu": 1}}, requests={"cpu": 32_001}), False),
        (asking({"requests": {"cpu": 40_000}}, requests={"cpu": 32_000}), True),
        (asking({}, limits={"cpu": 32_001}), False),
        (asking({"requests": {"cpu": 1}}, limits={"cpu": 32_001}), True),
        (asking({"requests": {"cpu": 32_000}}, overhead={"cpu": 1}), False),
    ],
)
def test_what_one_pod_reserves(template: PodTemplate, fits: bool) -> None:
    assert eligible(nodes=(node("a"),), template=template) == (("a",) if fits else ())


KATA = RuntimeClass(
    name="kata",
    node_selector={ZONE: "z2"},
    tolerations=(Toleration(key="sandbox", operator="Exists"),),
    overhead={"cpu": 1},
)


@pytest.mark.parametrize(
    ("cpu", "classes", "expected"),
    [
        (31_999, (KATA,), ("b",)),
        (32_000, (KATA,), ()),
        (1, (RuntimeClass(name="kata"),), ("a", "c")),
        (1, ("kata",), ("a", "c")),
        (1, (), ()),
    ],
)
def test_a_runtime_class_adds_its_own(
    cpu: int, classes: tuple[RuntimeClass | str, ...], expected: tuple[str, ...]
) -> None:
    nodes = (NODES[0], msgspec.structs.replace(NODES[1], taints=(taint("sandbox:NoSchedule"),)))
    template = asking({"requests": {"cpu": cpu}}, runtime_class="kata")
    assert (
        eligible(nodes=(*nodes, NODES[2]), template=template, runtime_classes=classes) == expected
    )


def test_nodes_without_the_key_of_a_hard_spread_are_left_out() -> None:
    assert eligible(template=asking({}, topology_keys=(ZONE,))) == ("a", "b")


def test_a_node_without_room_for_pods_takes_none() -> None:
    full = node("full", devices={"pods": 0})
    assert eligible(nodes=(full, node("free", devices={"pods": 1}))) == ("free",)


def test_a_node_name_passes_the_scheduler_by_and_no_taint_that_executes() -> None:
    nodes = (
        node("a", taints=(taint("team=x:NoSchedule"),)),
        node("b", taints=(taint("team=x:NoExecute"),)),
    )
    assert eligible(nodes=nodes, template=asking({}, node_name="a")) == ("a",)
    assert eligible(nodes=nodes, template=asking({}, node_name="b")) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [("550", True), ("500", False), ("5_50", False), ("٥٥٠", False), (f"{2**63}", False)],
)
def test_numbers_are_read_as_the_scheduler_does(value: str, expected: bool) -> None:
    newer = NodeSelectorRequirement(key="branch", operator="Gt", values=("500",))
    assert holds(newer, value) is expected


def volume(name: str, on: str = "", **fields: Any) -> PersistentVolume:
    values = {
        "source_kind": "local",
        "capacity": 10,
        "access_modes": ("ReadWriteOnce",),
        "storage_class": "disks",
        "phase": "Available",
        "node_affinity": only(on) if on else (),
        **fields,
    }
    return PersistentVolume(name=name, **values)


def claim(name: str = "set", **fields: Any) -> Claim:
    values = {
        "storage_class": "disks",
        "requested": 10,
        "access_modes": ("ReadWriteOnce",),
        "phase": "Pending",
        **fields,
    }
    return Claim(namespace="team", name=name, **values)


DISKS = StorageClass(name="disks", provisioner="kubernetes.io/no-provisioner")
MADE = StorageClass(
    name="made",
    provisioner="ebs.csi.aws.com",
    topologies=((NodeSelectorRequirement(key=ZONE, operator="In", values=("z2",)),),),
)
SELECTOR = (NodeSelectorRequirement(key="tier", operator="In", values=("fast",)),)
CLAIMS: dict[str, tuple[tuple[Claim, ...], tuple[PersistentVolume, ...], tuple[str, ...]]] = {
    "one free disk": ((claim(),), (volume("v", "a"),), ("a",)),
    "a disk that is too small": ((claim(requested=11),), (volume("v", "a"),), ()),
    "a disk of another mode": ((claim(volume_mode="Block"),), (volume("v", "a"),), ()),
    "a disk with other access": (
        (claim(access_modes=("ReadWriteMany",)),),
        (volume("v", "a"),),
        (),
    ),
    "a disk that is not free": ((claim(),), (volume("v", "a", phase="Released"),), ()),
    "a disk kept for the claim": (
        (claim(),),
        (volume("v", "b", claim_namespace="team", claim_name="set", phase="Released"),),
        ("b",),
    ),
    "a disk kept for another": (
        (claim(),),
        (volume("v", "b", claim_namespace="team", claim_name="other"),),
        (),
    ),
    "a disk that the selector wants": (
        (claim(selector=SELECTOR),),
        (volume("v", "a"), volume("w", "b", labels={"tier": "fast"})),
        ("b",),
    ),
    "two claims and one disk here, two there": (
        (claim(), claim("other")),
        (volume("v", "a"), volume("w", "b"), volume("x", "b")),
        ("b",),
    ),
    "a class that makes volumes in one zone": ((claim(storage_class="made"),), (), ("b",)),
    "a volume of that class that is free elsewhere": (
        (claim(storage_class="made"),),
        (volume("v", "c", storage_class="made"),),
        ("b", "c"),
    ),
    "a bound volume": (
        (claim(volume="v", phase="Bound"),),
        (volume("v", "a", phase="Bound"),),
        ("a",),
    ),
    "a volume that only its label places": (
        (claim(volume="v", phase="Bound"),),
        (volume("v", phase="Bound", labels={ZONE: "z1"}),),
        ("a", "c"),
    ),
    "a volume of two zones by the old label": (
        (claim(volume="v", phase="Bound"),),
        (volume("v", labels={"failure-domain.beta.kubernetes.io/zone": "z1__z2"}),),
        ("a", "b", "c"),
    ),
    "a claim that lost its volume": ((claim(volume="v", phase="Lost"),), (), ()),
    "a class that nobody has": ((claim(storage_class="gone"),), (), ()),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_volumes_narrow_it_down(case: str) -> None:
    claims, volumes, expected = CLAIMS[case]
    template = asking({}, volumes=tuple(claim_volume(one.name) for one in claims))
    facts = {"claims": claims, "persistent_volumes": volumes, "storage_classes": (DISKS, MADE)}
    assert eligible(template=template, **facts) == expected


def test_the_pods_of_a_stateful_set_have_claims_of_their_own() -> None:
    index = PodVolume(
        name="index",
        kind="volumeClaimTemplate",
        claim=Claim(namespace="", name="", storage_class="made"),
    )
    bound = {"storage_class": "disks", "phase": "Bound"}
    assert eligible(
        template=asking({}, volumes=(index,)),
        of={"replicas": 2},
        claims=(claim("index-train-0", volume="v", **bound),),
        persistent_volumes=(volume("v", "a"),),
        storage_classes=(DISKS, MADE),
    ) == ("a", "b")


def test_a_running_pod_is_proof_whatever_its_object_asks_for() -> None:
    impossible = asking({"requests": {"cpu": 10**9}})
    running = {"running": (RunningPods(nodes=("b", "gone")),), "nodes": {"b": 1, "gone": 1}}
    assert eligible(template=impossible, of=running) == ("b",)


def test_shares_that_an_extender_hands_out_are_asked_of_no_node() -> None:
    share = asking({"requests": {"nvidia.com/gpu": 1, "nvidia.com/gpumem": 3072}})
    assert eligible(template=share) == ("a", "b", "c")
    listed = (node("d", gpus=1, devices={"nvidia.com/gpu": 1, "nvidia.com/gpumem": 4096}),)
    assert eligible(nodes=(*NODES, *listed), template=share) == ("d",)


@pytest.mark.parametrize("share", ["gpumem", "gpumem-percentage", "gpucores"])
def test_a_share_alone_needs_a_card_to_be_taken_of(share: str) -> None:
    """HAMi's webhook adds the card that such a pod does not ask for."""
    nodes = (node("h", gpus=10), node("amd", devices={"amd.com/gpu": 8}), node("cpu"))
    alone = asking({"requests": {f"nvidia.com/{share}": 30}})
    assert eligible(nodes=nodes, template=alone) == ("h",)
    assert eligible(nodes=nodes[1:], template=alone) == ()


def test_a_static_pod_belongs_to_its_node() -> None:
    nodes = (node("a", taints=(taint("x:NoExecute"),)), node("b"))
    static = Workload(
        namespace="team",
        kind="StaticPod",
        name="watch",
        template=asking({}),
        nodes={"a": 1, "b": 1},
    )
    placed = placement(snapshot(cluster(*nodes, workloads=(static,))))
    found = [placed.eligible(job) for job in placed.jobs]
    assert [one.nodes for one in found if one is not None] == [("a",), ("b",)]


def test_gpu_nodes_run_linux() -> None:
    windows = node("w", gpus=1, operating_system="windows")
    assert placement(snapshot(cluster(node("a", gpus=1), windows))).gpu_nodes == {"a"}


@pytest.mark.parametrize("resource", ["cpu", "memory"])
def test_an_amount_that_only_the_shell_knows_may_fit_where_any_is_stated(resource: str) -> None:
    job = gpu_job(open_resources={resource: "$AMOUNT"})
    known = placement(snapshot(cluster(*NODES))).eligible(job)
    open_ = placement(snapshot(None), Settings(assume=Assumption(gpu_nodes=2))).eligible(job)
    assert known is not None
    assert open_ is not None
    assert (known.nodes, known.maybe, known.count) == ((), ("a", "b", "c"), None)
    assert [gap.reason for gap in known.gaps] == [
        f"only the shell knows how much {resource} it asks for ($AMOUNT)"
    ]
    assert (open_.nodes, open_.maybe) == (("assumed-gpu-1", "assumed-gpu-2"), ())
    endless = node("e", gpus=2, devices={resource: 2**63 - 1})
    found = placement(snapshot(cluster(*NODES, endless))).eligible(job)
    assert found is not None
    assert (found.nodes, found.maybe) == (("e",), ("a", "b", "c"))


def test_many_claims_that_ask_for_the_same_are_answered_once() -> None:
    many = [claim(f"set-{number}") for number in range(50)]
    jobs = tuple(
        Workload(
            namespace="team",
            kind="Job",
            name=one.name,
            template=asking({}, volumes=(claim_volume(one.name),)),
        )
        for one in many
    )
    disks = tuple(volume(f"v{number}", "a") for number in range(50))
    of = cluster(
        *NODES, workloads=jobs, claims=many, persistent_volumes=disks, storage_classes=(DISKS,)
    )
    placed = placement(snapshot(of))
    found = {id(placed.eligible(job)) for job in placed.jobs}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("annotation", "text", "openshift", "nodes", "maybe"),
    [
        (PROJECT_SELECTOR, f"{ZONE}=z1", ("4.16.3",), ("a",), ()),
        (PROJECT_SELECTOR, "", ("4.16.3",), ("a", "b", "c"), ()),
        (PROJECT_SELECTOR, f"{ZONE}=z1, kubernetes.io/hostname=b", ("4.16.3",), (), ()),
        (PROJECT_SELECTOR, f"{ZONE}=z1", (), ("a", "b", "c"), ()),
        (PROJECT_SELECTOR, f"{ZONE}=z1", None, ("a",), ("b", "c")),
        (PLUGIN_SELECTOR, f"{ZONE}=z2", (), ("b",), ("a", "c")),
    ],
)
def test_a_namespace_may_select_the_nodes_of_its_pods(
    annotation: str,
    text: str,
    openshift: tuple[str, ...] | None,
    nodes: tuple[str, ...],
    maybe: tuple[str, ...],
) -> None:
    job = Workload(namespace="team", kind="Job", name="train", template=PodTemplate())
    namespace = Namespace(name="team", annotations={annotation: text})
    made = cluster(*NODES, workloads=(job,), namespaces=(namespace,), openshift=openshift)
    placed = placement(snapshot(made))
    found = placed.eligible(placed.jobs[0])
    assert found is not None
    assert (found.nodes, found.maybe, bool(found.gaps)) == (nodes, maybe, bool(maybe))


TOLERATED = '[{"Key": "t", "Operator": "Exists", "Effect": "NoSchedule"}]'
AKS = {"kubernetes.azure.com/cluster": "c"}
GKE = {"cloud.google.com/gke-nodepool": "p"}


@pytest.mark.parametrize(
    ("annotation", "text", "labels", "openshift", "nodes", "maybe"),
    [
        (DEFAULT_TOLERATIONS, TOLERATED, {}, ("4.16.3",), ("free", "tainted"), ()),
        (DEFAULT_TOLERATIONS, TOLERATED, AKS, (), ("free", "tainted"), ()),
        (DEFAULT_TOLERATIONS, TOLERATED, GKE, (), ("free",), ("tainted",)),
        (DEFAULT_TOLERATIONS, TOLERATED, {}, (), ("free",), ("tainted",)),
        (DEFAULT_TOLERATIONS, "[{", {}, (), ("free",), ()),
        (DEFAULT_TOLERATIONS, "[]", {}, (), ("free",), ()),
        (PLUGIN_SELECTOR, "pool=a", {}, ("4.16.3",), ("free",), ()),
        (PLUGIN_SELECTOR, "pool=a", AKS, (), ("free",), ()),
        (PLUGIN_SELECTOR, "pool=b", GKE, (), (), ("free",)),
    ],
)
def test_admission_adds_what_its_plugins_are_known_to_add(
    annotation: str,
    text: str,
    labels: dict[str, str],
    openshift: tuple[str, ...],
    nodes: tuple[str, ...],
    maybe: tuple[str, ...],
) -> None:
    machines = (
        node("free", labels={"pool": "a", **labels}),
        node("tainted", labels=labels, taints=(Taint(key="t", effect="NoSchedule"),)),
    )
    job = Workload(namespace="team", kind="Job", name="train", template=PodTemplate())
    namespace = Namespace(name="team", annotations={annotation: text})
    made = cluster(*machines, workloads=(job,), namespaces=(namespace,), openshift=openshift)
    placed = placement(snapshot(made))
    found = placed.eligible(placed.jobs[0])
    assert found is not None
    assert (found.nodes, found.maybe, bool(found.gaps)) == (nodes, maybe, bool(maybe))


@pytest.mark.parametrize(
    ("annotations", "openshift", "nodes"),
    [
        ({}, ("4.16.3",), ("a",)),
        ({PROJECT_SELECTOR: ""}, ("4.16.3",), ("a", "b", "c")),
        ({}, (), ("a", "b", "c")),
    ],
)
def test_a_project_without_a_selector_gets_that_of_openshifts_scheduler(
    annotations: dict[str, str], openshift: tuple[str, ...], nodes: tuple[str, ...]
) -> None:
    job = Workload(namespace="team", kind="Job", name="train", template=PodTemplate())
    made = cluster(
        *NODES,
        workloads=(job,),
        namespaces=(Namespace(name="team", annotations=annotations),),
        openshift=openshift,
        default_node_selectors=(f"{ZONE}=z1",),
    )
    placed = placement(snapshot(made))
    found = placed.eligible(placed.jobs[0])
    assert found is not None
    assert (found.nodes, found.maybe) == (nodes, ())


def test_devices_that_nobody_knows_may_be_gpus_but_are_no_named_resource() -> None:
    nodes = (node("a", gpus=2), node("b", devices={"example.com/npu": 4}))
    named = asking({"requests": {"nvidia.com/gpu": 1}})
    assert eligible(nodes=nodes, template=named) == ("a",)


def test_a_gap_tells_only_what_is_not_known_of_the_nodes_in_doubt() -> None:
    index = NodeIndex((node("a", gpus=2), node("b")))
    card = Accelerator(resource="nvidia.com/gpu", vendor="nvidia", kind="whole", capacity=2)
    odd = Accelerator(resource="amd.com/gpu", vendor="amd")
    found = {
        "a": NodeAccelerators(node="a", accelerators=(card, odd)),
        "b": NodeAccelerators(node="b", unclassified=("example.com/npu",)),
    }
    made = accelerator_requirement(AcceleratorNeed(vendor="nvidia", count=1), found, index)
    assert (made.sure, made.possible) == ({"a"}, {"a", "b"})
    assert made.gap is not None
    assert made.gap.reason == "the accelerator catalogue does not know example.com/npu"
