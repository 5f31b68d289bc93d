"""What nodes advertise: each case is one way that real clusters mislead."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog, with_own
from advisor.configuration.settings import AcceleratorOverride
from advisor.facts.cluster import Device, DeviceClass, Node, ResourceSlice
from advisor.placement.accelerators import (
    Accelerator,
    NodeAccelerators,
    accelerators,
    is_gpu_node,
    node_accelerators,
    undecided_reasons,
)

CATALOG = load_catalog("accelerators", AcceleratorCatalog)
GPU = "nvidia.com/gpu"
SMALL = "nvidia.com/mig-1g.5gb"
A100 = "NVIDIA-A100-SXM4-40GB"


def node(capacity: dict[str, int], labels: dict[str, str], **changes: Any) -> Node:
    changes.setdefault("allocatable", capacity)
    return Node(name="n", capacity=capacity, labels=labels, **changes)


def nvidia(resource: str = GPU, amount: int = 8, **rest: Any) -> Accelerator:
    fields: dict[str, Any] = {"capacity": amount, "allocatable": amount, **rest}
    return Accelerator(resource=resource, vendor="nvidia", **fields)


def gfd(product: str = A100, count: int = 8, **more: str) -> dict[str, str]:
    """Labels as NVIDIA's feature discovery writes them; `more` by the end of the label."""
    ends = {name.replace("_", "-"): value for name, value in more.items()}
    named = {"product": product, "count": str(count), **ends}
    return {f"{GPU}.{end}": value for end, value in named.items()}


ADVERTISED: dict[str, tuple[dict[str, int], dict[str, str], tuple[Accelerator, ...]]] = {
    "whole cards": (
        {GPU: 8, "cpu": 64000, "pods": 110},
        gfd(replicas="1", sharing_strategy="none"),
        (nvidia(kind="whole", product=A100, physical=8),),
    ),
    "whole cards, one of them gone": (
        {GPU: 7},
        gfd(),
        (nvidia(amount=7, kind="whole", product=A100, physical=8),),
    ),
    "MIG single: the count is of slices": (
        {GPU: 56},
        gfd(f"{A100}-MIG-1g.5gb", 56),
        (nvidia(amount=56, kind="mig-single", product=f"{A100}-MIG-1g.5gb", profile="1g.5gb"),),
    ),
    "MIG mixed: the count stays physical, zeros are leftovers": (
        {GPU: 6, SMALL: 14, "nvidia.com/mig-3g.20gb": 0},
        gfd() | {f"{SMALL}.product": f"{A100}-MIG-1g.5gb", f"{SMALL}.count": "14"},
        (
            nvidia(amount=6, kind="whole", product=A100, physical=8),
            nvidia(SMALL, 14, kind="mig-mixed", product=f"{A100}-MIG-1g.5gb", profile="1g.5gb"),
        ),
    ),
    "time-slicing under the plain name": (
        {GPU: 16},
        gfd("Tesla-T4-SHARED", 4, replicas="4", sharing_strategy="time-slicing"),
        (
            nvidia(
                amount=16,
                kind="time-sliced",
                sharing="stated",
                product="Tesla-T4-SHARED",
                physical=4,
                replicas=4,
            ),
        ),
    ),
    "time-slicing, renamed": (
        {GPU: 0, f"{GPU}.shared": 16},
        gfd("Tesla-T4", 4, replicas="4", sharing_strategy="time-slicing"),
        (
            nvidia(
                f"{GPU}.shared",
                16,
                kind="time-sliced",
                sharing="stated",
                product="Tesla-T4",
                physical=4,
                replicas=4,
            ),
        ),
    ),
    "renamed, without a label": (
        {f"{GPU}.shared": 16},
        {},
        (nvidia(f"{GPU}.shared", 16, kind="shared", sharing="stated"),),
    ),
    "MPS": (
        {GPU: 8},
        gfd("Tesla-T4-SHARED", 1, replicas="8", sharing_strategy="mps"),
        (nvidia(kind="mps", sharing="stated", product="Tesla-T4-SHARED", physical=1, replicas=8),),
    ),
    "only the product says shared": (
        {GPU: 4},
        {f"{GPU}.product": "Tesla-T4-SHARED"},
        (nvidia(amount=4, kind="shared", sharing="stated", product="Tesla-T4-SHARED"),),
    ),
    "stacked: MIG slices time-sliced four times": (
        {GPU: 0, f"{GPU}.shared": 128},
        gfd(f"{A100}-MIG-2g.10gb", 32, replicas="4", sharing_strategy="time-slicing"),
        (
            nvidia(
                f"{GPU}.shared",
                128,
                kind="time-sliced",
                sharing="stated",
                product=f"{A100}-MIG-2g.10gb",
                profile="2g.10gb",
                replicas=4,
            ),
        ),
    ),
    "stale replicas label: fifty shares of one card": (
        {GPU: 50},
        gfd("Tesla-T4", 1, replicas="1"),
        (nvidia(amount=50, sharing="contradicted", product="Tesla-T4", physical=1),),
    ),
    "shared, but the amount does not bear the replicas out": (
        {GPU: 50},
        gfd("Tesla-T4", 1, replicas="4", sharing_strategy="time-slicing"),
        (nvidia(amount=50, kind="time-sliced", sharing="stated", product="Tesla-T4", physical=1),),
    ),
    "no feature discovery: the plain name says nothing": (
        {GPU: 8},
        {},
        (nvidia(sharing="unstated"),),
    ),
    "a strategy nobody knows is sharing all the same": (
        {GPU: 8},
        gfd(sharing_strategy="quantum"),
        (nvidia(kind="shared", sharing="stated", product=A100, physical=8),),
    ),
    "a cloud's count of cards says nothing of named slices": (
        {SMALL: 14},
        {"karpenter.k8s.aws/instance-gpu-count": "2"},
        (nvidia(SMALL, 14, kind="mig-mixed", sharing="unstated", profile="1g.5gb"),),
    ),
    "GKE, whole": (
        {GPU: 2},
        {
            "cloud.google.com/gke-accelerator": "nvidia-l4",
            "cloud.google.com/gke-accelerator-count": "2",
        },
        (nvidia(amount=2, kind="whole", product="nvidia-l4", physical=2),),
    ),
    "GKE, partitioned": (
        {GPU: 7},
        {
            "cloud.google.com/gke-accelerator": "nvidia-tesla-a100",
            "cloud.google.com/gke-accelerator-count": "1",
            "cloud.google.com/gke-gpu-partition-size": "1g.5gb",
        },
        (nvidia(amount=7, kind="mig-single", product="nvidia-tesla-a100", profile="1g.5gb"),),
    ),
    "AMD in CPX mode under the plain name": (
        {"amd.com/gpu": 64},
        {"amd.com/compute-memory-partition": "cpx_nps4"},
        (
            Accelerator(
                resource="amd.com/gpu",
                vendor="amd",
                kind="partition",
                capacity=64,
                allocatable=64,
                profile="cpx_nps4",
            ),
        ),
    ),
    "AMD, not partitioned": (
        {"amd.com/gpu": 8},
        {"amd.com/compute-memory-partition": "spx_nps1"},
        (
            Accelerator(
                resource="amd.com/gpu", vendor="amd", kind="whole", capacity=8, allocatable=8
            ),
        ),
    ),
    "AMD without labels may be partitioned": (
        {"amd.com/gpu": 64},
        {},
        (Accelerator(resource="amd.com/gpu", vendor="amd", capacity=64, allocatable=64),),
    ),
    "AMD renamed by partition": (
        {"amd.com/cpx_nps4": 64},
        {},
        (
            Accelerator(
                resource="amd.com/cpx_nps4",
                vendor="amd",
                kind="partition",
                capacity=64,
                allocatable=64,
                profile="cpx_nps4",
            ),
        ),
    ),
    "Gaudi is never shared": (
        {"habana.ai/gaudi": 8, "hugepages-2Mi": 1},
        {},
        (
            Accelerator(
                resource="habana.ai/gaudi", vendor="gaudi", kind="whole", capacity=8, allocatable=8
            ),
        ),
    ),
    "Ascend cards, their templates of a virtual one, and an amount of memory": (
        {
            "huawei.com/Ascend910": 8,
            "huawei.com/Ascend310P-4c.3cpu": 2,
            "huawei.com/Ascend910-memory": 9,
        },
        {},
        (
            Accelerator(
                resource="huawei.com/Ascend310P-4c.3cpu",
                vendor="ascend",
                kind="partition",
                capacity=2,
                allocatable=2,
                profile="Ascend310P-4c.3cpu",
            ),
            Accelerator(
                resource="huawei.com/Ascend910",
                vendor="ascend",
                kind="whole",
                capacity=8,
                allocatable=8,
            ),
        ),
    ),
    "Intel, shared by -shared-dev-num": (
        {"gpu.intel.com/i915": 20},
        {"gpu.intel.com/device.count": "2", "gpu.intel.com/product": "Flex_170"},
        (
            Accelerator(
                resource="gpu.intel.com/i915",
                vendor="intel",
                sharing="contradicted",
                capacity=20,
                allocatable=20,
                product="Flex_170",
                physical=2,
            ),
        ),
    ),
}


@pytest.mark.parametrize("case", ADVERTISED)
def test_what_is_advertised(case: str) -> None:
    capacity, labels, expected = ADVERTISED[case]
    assert accelerators(node(capacity, labels), (), (), CATALOG).accelerators == expected


def test_capacity_counts_when_nothing_can_be_allocated() -> None:
    found = accelerators(node({GPU: 8}, {}, allocatable={GPU: 0}), (), (), CATALOG)
    assert found.accelerators == (nvidia(sharing="unstated", allocatable=0),)
    assert is_gpu_node(found) is True


REST: dict[str, tuple[dict[str, int], dict[str, str], NodeAccelerators, bool | None]] = {
    "a CPU node": (
        {"cpu": 8000, "memory": 1, "attachable-volumes-aws-ebs": 25, "rdma/hca": 2},
        {},
        NodeAccelerators(node="n"),
        False,
    ),
    "monitoring twins give no device": (
        {"gpu.intel.com/i915_monitoring": 1},
        {},
        NodeAccelerators(node="n", monitoring=("gpu.intel.com/i915_monitoring",)),
        False,
    ),
    "an unknown vendor": (
        {"example.com/npu": 4},
        {},
        NodeAccelerators(node="n", unclassified=("example.com/npu",)),
        None,
    ),
    "memory is no number of devices": (
        {"nvidia.com/gpumem": 81920},
        {},
        NodeAccelerators(node="n", amounts=("nvidia.com/gpumem",)),
        None,
    ),
    "the plugin is gone": (
        {GPU: 0},
        {"nvidia.com/gpu.present": "true"},
        NodeAccelerators(node="n", zeroed=(GPU,), hardware=("nvidia",)),
        False,
    ),
    "hardware without a resource": (
        {},
        {
            "feature.node.kubernetes.io/pci-0302_10de.present": "true",
            "nvidia.com/gpu.deploy.driver": "true",
            "node.kubernetes.io/instance-type": "dgx",
        },
        NodeAccelerators(node="n", hardware=("nvidia",), machine="dgx"),
        False,
    ),
    "a label that denies the hardware": (
        {},
        {"nvidia.com/gpu.present": "false"},
        NodeAccelerators(node="n"),
        False,
    ),
}


@pytest.mark.parametrize("case", REST)
def test_what_is_no_accelerator(case: str) -> None:
    capacity, labels, expected, gpu_node = REST[case]
    found = accelerators(node(capacity, labels), (), (), CATALOG)
    assert (found, is_gpu_node(found)) == (expected, gpu_node)


def test_labels_of_a_discovered_node() -> None:
    labels = gfd(memory="40960", machine="DGX-A100", sharing_strategy="none") | {
        "nvidia.com/cuda.driver.major": "535",
        "nvidia.com/cuda.driver.minor": "104",
        "nvidia.com/cuda.driver.rev": "05",
    }
    assert accelerators(node({GPU: 8}, labels), (), (), CATALOG) == NodeAccelerators(
        node="n",
        accelerators=(nvidia(kind="whole", product=A100, physical=8),),
        hardware=("nvidia",),
        discovery=True,
        driver="535.104.05",
        machine="DGX-A100",
        sharing_labels=True,
    )


DRIVER = "gpu.nvidia.com"
CLASS = DeviceClass(
    name="gpu.nvidia.com",
    extended_resource=GPU,
    selectors=("device.driver == 'gpu.nvidia.com' && "
               "device.attributes['gpu.nvidia.com'].type == 'gpu'",),
)  # fmt: skip


def cards(*names: str, shares: bool = False) -> tuple[Device, ...]:
    return tuple(
        Device(name=name, type="gpu", product="H100", shares_counters=shares) for name in names
    )


def part(name: str, **changes: Any) -> ResourceSlice:
    fields: dict[str, Any] = {"generation": 1, "slice_count": 1, "node": "n", **changes}
    return ResourceSlice(name=name, driver=DRIVER, pool="n", **fields)


def dra(amount: int | None, product: str = "H100") -> Accelerator:
    return Accelerator(
        resource=DRIVER,
        vendor="nvidia",
        kind="dra",
        by_dra=True,
        capacity=amount,
        allocatable=amount,
        product=product,
        requests=((GPU, amount), (f"deviceclass.resource.kubernetes.io/{DRIVER}", amount)),
    )


def parts(amount: int) -> Accelerator:
    """What the class of whole cards gives where there are only parts: nothing."""
    return Accelerator(
        resource=DRIVER,
        vendor="nvidia",
        kind="mig-mixed",
        by_dra=True,
        capacity=amount,
        allocatable=amount,
        product="H100",
        profile="1g.10gb",
        requests=((GPU, 0), (f"deviceclass.resource.kubernetes.io/{DRIVER}", 0)),
    )


LOOSE = Device(name="mig-0", type="mig", product="H100", profile="1g.10gb")
MIG = Device(name="mig-0", type="mig", product="H100", shares_counters=True)
SLICES: dict[str, tuple[tuple[ResourceSlice, ...], tuple[Accelerator, ...]]] = {
    "one slice": ((part("a", devices=cards("0", "1")),), (dra(2),)),
    "a pool over two slices": (
        (
            part("a", slice_count=2, devices=cards("0")),
            part("b", slice_count=2, devices=cards("1")),
        ),
        (dra(2),),
    ),
    "a slice is missing": ((part("a", slice_count=2, devices=cards("0")),), (dra(None),)),
    "only the newest generation counts": (
        (
            part("a", devices=cards("0", "1", "2")),
            part("b", generation=2, devices=cards("0", "1")),
        ),
        (dra(2),),
    ),
    "the newest generation is not complete yet": (
        (part("a", devices=cards("0")), part("b", generation=2, slice_count=2)),
        (dra(None, product=""),),
    ),
    "a card and its partitions are the same hardware": (
        (part("a", devices=(*cards("0", "1", shares=True), MIG)),),
        (dra(2),),
    ),
    "parts that are devices of their own": (
        (part("a", devices=(LOOSE, msgspec.structs.replace(LOOSE, name="mig-1"))),),
        (parts(2),),
    ),
    "a card beside parts of another": (
        (part("a", devices=(*cards("0"), LOOSE)),),
        (dra(1), msgspec.structs.replace(parts(1), requests=())),
    ),
    "a pool for all nodes": ((part("a", node="", all_nodes=True, devices=cards("0")),), (dra(1),)),
    "another node's": ((part("a", node="other", devices=cards("0")),), ()),
    "an empty pool": ((part("a"),), ()),
}


@pytest.mark.parametrize("case", SLICES)
def test_devices_of_dynamic_resource_allocation(case: str) -> None:
    slices, expected = SLICES[case]
    found = accelerators(node({}, {}), slices, (CLASS,), CATALOG)
    assert found == NodeAccelerators(node="n", accelerators=expected)


def test_partitions_without_their_card_cannot_be_counted() -> None:
    found = accelerators(node({}, {}), (part("a", devices=(MIG,)),), (), CATALOG)
    assert found.accelerators == (
        Accelerator(resource=DRIVER, vendor="nvidia", kind="dra", product="H100", by_dra=True),
    )
    assert is_gpu_node(found) is True


def test_a_class_that_selects_more_than_is_read_has_no_known_amount() -> None:
    picky = DeviceClass(
        name="big",
        selectors=("device.driver == 'gpu.nvidia.com' && device.capacity['x'].memory > 1",),
    )
    found = accelerators(node({}, {}), (part("a", devices=cards("0")),), (picky,), CATALOG)
    assert found.accelerators[0].requests == (("deviceclass.resource.kubernetes.io/big", None),)
    assert found.accelerators[0].offered("deviceclass.resource.kubernetes.io/big") is None
    assert found.accelerators[0].offered(GPU) == 0


OPEN: dict[str, tuple[tuple[ResourceSlice, ...] | None, bool | None]] = {
    "slices could not be read": (None, None),
    "a pool that does not say which nodes": ((part("a", node="", devices=cards("0")),), None),
    "a driver that is no accelerator's": (
        (
            ResourceSlice(
                name="a",
                driver="compute-domain.nvidia.com",
                pool="n",
                generation=1,
                slice_count=1,
                node="n",
                devices=cards("channel-0"),
            ),
        ),
        False,
    ),
    "a driver nobody knows": (
        (
            ResourceSlice(
                name="a",
                driver="npu.example.com",
                pool="n",
                generation=1,
                slice_count=1,
                node="n",
                devices=cards("0"),
            ),
        ),
        None,
    ),
}


@pytest.mark.parametrize("case", OPEN)
def test_unread_slices_never_make_a_cpu_node(case: str) -> None:
    slices, expected = OPEN[case]
    assert is_gpu_node(accelerators(node({}, {}), slices, (), CATALOG)) is expected


def test_many_nodes_at_once_are_judged_like_each_alone() -> None:
    nodes = [Node(name="n"), Node(name="m", capacity={GPU: 1}), Node(name="o")]
    slices = (
        part("a", devices=cards("0")),
        part("b", node="", all_nodes=True, devices=cards("1")),
    )
    assert node_accelerators(nodes, slices, (CLASS,), CATALOG) == {
        one.name: accelerators(one, slices, (CLASS,), CATALOG) for one in nodes
    }


@given(st.sets(st.sampled_from([GPU, SMALL, "nvidia.com/mig-3g.20gb", "amd.com/gpu", "x.io/npu"])))
def test_zeros_are_absent(names: set[str]) -> None:
    full = {"nvidia.com/mig-2g.10gb": 3}
    zeros = dict.fromkeys(names, 0)
    with_zeros = accelerators(node(full | zeros, {}), (), (), CATALOG)
    without = accelerators(node(full, {}), (), (), CATALOG)
    assert with_zeros.accelerators == without.accelerators
    assert with_zeros.unclassified == ()


def test_what_the_user_says_of_a_resource_is_stronger_than_the_table() -> None:
    own = {
        "nvidia.com/*_A10": AcceleratorOverride(kind="whole"),
        "example.com/npu": AcceleratorOverride(kind="partition", vendor="example"),
        GPU: AcceleratorOverride(kind="none"),
    }
    amounts = {"nvidia.com/GA102GL_A10": 2, "example.com/npu": 4, GPU: 1, "squat.ai/fuse": 9}
    found = accelerators(node(amounts, {}), (), (), with_own(CATALOG, own))
    assert [(one.resource, one.vendor, one.kind) for one in found.accelerators] == [
        ("example.com/npu", "example", "partition"),
        ("nvidia.com/GA102GL_A10", "nvidia", "whole"),
    ]
    assert found.unclassified == ()


@pytest.mark.parametrize(
    "resource",
    [
        "aliyun/member-eni",
        "tdx.intel.com/keys",
        "squat.ai/video",
        "tke.cloud.tencent.com/eip",
        "vke.volcengine.com/eni-ip",
        "koordinator.sh/rdma",
        "nvidia.com/resibp24s0",
        "nvidia.com/resibs1",
    ],
)
def test_addresses_keys_and_plain_devices_make_no_gpu_node(resource: str) -> None:
    assert is_gpu_node(accelerators(node({resource: 1}, {}), (), (), CATALOG)) is False


@pytest.mark.parametrize(
    "resource",
    [
        "tke.cloud.tencent.com/qgpu-core",
        "vke.volcengine.com/mgpu-memory",
        "koordinator.sh/gpu-core",
        "baidu.com/v100_cgpu_memory",
        "iluvatar.ai/MR-V100.vMem",
        "cambricon.com/mlu370.smlu.vcore",
    ],
)
def test_shares_of_unknown_devices_may_be_of_a_gpu_node(resource: str) -> None:
    found = accelerators(node({resource: 100}, {}), (), (), CATALOG)
    assert (is_gpu_node(found), found.amounts) == (None, (resource,))


@pytest.mark.parametrize(
    ("resource", "vendor", "kind"),
    [
        ("birentech.com/gpu", "biren", "whole"),
        ("birentech.com/1-4-gpu", "biren", "partition"),
        ("birentech.com/vgpu", "biren", "shared"),
        ("cambricon.com/mlu370", "cambricon", "whole"),
        ("cambricon.com/mlu370.mim-2m.8gb", "cambricon", "partition"),
        ("cambricon.com/vmlu", "cambricon", "shared"),
        ("enflame.com/drs-gcu", "enflame", "shared"),
        ("hygon.com/dcu-share-60c-32g", "hygon", "partition"),
        ("iluvatar.ai/gpu", "iluvatar", "whole"),
        ("c600.graphcore.ai/ipu", "graphcore", "whole"),
        ("huawei.com/npu", "ascend", "whole"),
        ("amd.com/gpu_pf", "amd", "whole"),
        ("amd.com/gpu_vf", "amd", "partition"),
        ("metax-tech.com/vfio-gpu", "metax", "whole"),
    ],
)
def test_the_names_of_vendors_say_what_one_unit_is(resource: str, vendor: str, kind: str) -> None:
    found = accelerators(node({resource: 4}, {}), (), (), CATALOG)
    assert [(one.vendor, one.kind, one.capacity) for one in found.accelerators] == [
        (vendor, kind, 4)
    ]


@pytest.mark.parametrize(
    "label",
    [
        "cloud.google.com/gke-accelerator",
        "gpu.nvidia.com/class",
        "karpenter.k8s.aws/instance-gpu-name",
        "eks.amazonaws.com/instance-gpu-name",
        "k8s.amazonaws.com/accelerator",
        "karpenter.azure.com/sku-gpu-name",
    ],
)
def test_labels_of_clouds_name_the_product(label: str) -> None:
    found = accelerators(node({GPU: 8}, {label: "h100"}), (), (), CATALOG)
    assert (found.discovery, found.accelerators[0].product) == (True, "h100")


def test_one_partition_of_a_whole_card_is_the_card() -> None:
    found = accelerators(node({"amd.com/spx_nps1": 4, "amd.com/cpx_nps4": 8}, {}), (), (), CATALOG)
    assert [one.kind for one in found.accelerators] == ["partition", "whole"]


def test_reasons_name_what_could_not_be_told() -> None:
    shares = accelerators(node({"aliyun.com/gpu-mem": 80}, {}), (), (), CATALOG)
    unread = accelerators(node({}, {}), None, (), CATALOG)
    assert (*undecided_reasons(shares), *undecided_reasons(unread)) == (
        "aliyun.com/gpu-mem are shares, and nothing says of how many devices",
        "devices served by dynamic resource allocation could not be listed in full",
    )


def test_nothing_is_left_to_tell_of_a_node_whose_devices_are_known() -> None:
    assert (*undecided_reasons(accelerators(node({GPU: 8}, gfd()), (), (), CATALOG)),) == ()
