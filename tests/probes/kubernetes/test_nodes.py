from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.facts.cluster import Node, NodeImage, Taint
from advisor.objects.base import ListMeta
from advisor.probes.kubernetes.nodes import NodeSink, NodeWire, node_record

FULL = {
    "metadata": {
        "name": "gpu-1",
        "labels": {"kubernetes.io/hostname": "gpu-1.example", "empty": None},
        "annotations": {"advisor/ignore": "GPU001: known", "kubectl.example/all": "token"},
    },
    "spec": {
        "unschedulable": True,
        "taints": [
            {"key": "nvidia.com/gpu", "effect": "NoSchedule", "value": "present"},
            None,
            {"key": None, "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"},
        ],
    },
    "status": {
        "capacity": {"cpu": "128", "memory": "1Gi", "nvidia.com/gpu": "8", "odd": "eight"},
        "allocatable": {"cpu": "127500m", "memory": None, "nvidia.com/gpu": 7},
        "conditions": [
            {"type": "Ready", "status": "Unknown"},
            {"type": "DiskPressure", "status": "True"},
            {"type": "MemoryPressure", "status": "False"},
            None,
        ],
        "addresses": [
            {"type": "InternalIP", "address": "10.0.0.1"},
            {"type": "Hostname", "address": "other"},
            {"type": "ExternalIP", "address": None},
            {"type": "InternalIP", "address": "10.0.0.1"},
        ],
        "nodeInfo": {
            "architecture": "amd64",
            "operatingSystem": "linux",
            "osImage": "Debian 12",
            "kernelVersion": "6.1",
            "containerRuntimeVersion": "containerd://1.7",
            "kubeletVersion": "v1.34.3",
        },
        "images": [
            {"names": ["b:1", "a@sha256:0"], "sizeBytes": 5},
            {"names": None},
            {"names": [None]},
            None,
        ],
    },
}


def wire(document: object) -> NodeWire:
    return msgspec.convert(document, NodeWire)


def test_a_node_with_everything() -> None:
    assert node_record(wire(FULL)) == Node(
        name="gpu-1",
        hostname="gpu-1.example",
        addresses=("10.0.0.1",),
        ready=False,
        unschedulable=True,
        taints=(
            Taint(key="nvidia.com/gpu", effect="NoSchedule", value="present"),
            Taint(key="", effect="NoExecute"),
        ),
        labels={"kubernetes.io/hostname": "gpu-1.example", "empty": ""},
        annotations={"advisor/ignore": "GPU001: known"},
        architecture="amd64",
        operating_system="linux",
        os_image="Debian 12",
        kernel="6.1",
        container_runtime="containerd://1.7",
        kubelet="v1.34.3",
        capacity={"cpu": 128_000, "memory": 2**30, "nvidia.com/gpu": 8},
        allocatable={"cpu": 127_500, "nvidia.com/gpu": 7},
        pressures=("DiskPressure",),
        image_count=3,
    )


def test_a_node_with_nothing() -> None:
    empty = {"metadata": {"name": "bare"}, "spec": None, "status": None}
    assert node_record(wire(empty)) == Node(name="bare", ready=None)


def test_images_are_folded_over_the_nodes_that_list_them() -> None:
    def node(name: str, *images: dict[str, object]) -> NodeWire:
        return wire({"metadata": {"name": name}, "status": {"images": list(images)}})

    sink = NodeSink()
    sink.add([node("n2", {"names": ["x:1", "x@sha256:1"], "sizeBytes": 7})], ListMeta())
    sink.add(
        [
            node("n1", {"names": ["x@sha256:1", "x:1"], "sizeBytes": 7}, {"names": ["y:1"]}),
            node("n3", {"names": ["y:1"], "sizeBytes": 9}),
        ],
        ListMeta(),
    )
    assert sink.images() == (
        NodeImage(names=("x:1", "x@sha256:1"), size=7, nodes=("n1", "n2")),
        NodeImage(names=("y:1",), size=None, nodes=("n1",)),
        NodeImage(names=("y:1",), size=9, nodes=("n3",)),
    )
    assert [one.name for one in sink.nodes()] == ["n1", "n2", "n3"]


def reported(heartbeat: Any, *written: Any) -> Any:
    """A node whose kubelet wrote its heartbeat, and what the server noted of who wrote what."""
    return {
        "metadata": {"name": "n", "managedFields": list(written)},
        "status": {"conditions": [{"type": "Ready", "lastHeartbeatTime": heartbeat}]},
    }


def noted(time: str, *fields: str, condition: str = "Ready") -> Any:
    owned = {".": {}, **{f"f:{name}": {} for name in fields}}
    conditions = {f'k:{{"type":"{condition}"}}': owned, ".": {}}
    return {"time": time, "fieldsV1": {"f:status": {"f:conditions": conditions}}}


HEARTBEAT = "lastHeartbeatTime"
LABELS = {"time": "2026-11-30T09:00:00Z", "fieldsV1": {"f:metadata": {"f:labels": {}}}}


@pytest.mark.parametrize(
    ("node", "offset"),
    [
        (reported("2026-11-30T10:00:05Z", LABELS, noted("2026-11-30T10:00:03Z", HEARTBEAT)), 2),
        (reported("2026-11-30T09:54:20Z", noted("2026-11-30T10:00:00Z", HEARTBEAT)), -340),
        (
            reported(
                "2026-11-30T10:00:05Z",
                noted("2026-11-30T10:00:05Z", HEARTBEAT),
                noted("2026-11-30T11:00:00Z", "status", "reason"),
                noted("2026-11-30T11:00:00Z", HEARTBEAT, condition="KernelDeadlock"),
            ),
            0,
        ),
        (reported("2026-11-30T10:00:05Z"), None),
        (reported("2026-11-30T10:00:05Z", None, LABELS, noted("", HEARTBEAT)), None),
        (reported("2026-11-30T10:00:05Z", noted("yesterday", HEARTBEAT)), None),
        (reported("2026-11-30T10:00:05", noted("2026-11-30T10:00:05Z", HEARTBEAT)), None),
        (reported(None, noted("2026-11-30T10:00:03Z", HEARTBEAT)), None),
        (
            reported(
                "2026-11-30T10:00:05Z",
                noted("2026-11-30T10:00:03Z", HEARTBEAT),
                noted("2026-11-30T10:00:04Z", HEARTBEAT),
            ),
            None,
        ),
    ],
)
def test_the_clock_is_told_by_the_kubelets_own_report(node: Any, offset: int | None) -> None:
    assert node_record(wire(node)).clock_offset == offset
