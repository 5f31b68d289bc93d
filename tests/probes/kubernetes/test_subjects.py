"""Records of small objects."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.facts.node import Device, DeviceClass, ResourceSlice
from advisor.probes.kubernetes.redaction import Redactor
from advisor.probes.kubernetes.subjects import SUBJECTS, device_class, resource_slice
from advisor.probes.kubernetes.wire.device import DeviceClassWire, SliceWire

ATTRIBUTES = {
    "type": {"string": "gpu"},
    "gpu.nvidia.com/productName": {"string": "NVIDIA H100 80GB HBM3"},
    "index": {"int": 0},
    "odd": None,
}
NEW = {
    "name": "gpu-0",
    "attributes": ATTRIBUTES,
    "capacity": {"memory": {"value": "80Gi"}},
    "consumesCounters": [{"counterSet": "gpu-0", "counters": {}}],
}
V1BETA1 = {
    "name": "gpu-0",
    "basic": {
        "attributes": ATTRIBUTES,
        "capacity": {"memory": {"value": "80Gi"}},
        "consumesCounters": [{"counterSet": "gpu-0"}],
    },
}
V1ALPHA3 = {
    "name": "gpu-0",
    "basic": {
        "attributes": ATTRIBUTES,
        "capacity": {"memory": "80Gi"},
        "consumesCounters": [{"counterSet": "gpu-0"}],
    },
}
GPU = Device(
    name="gpu-0",
    type="gpu",
    product="NVIDIA H100 80GB HBM3",
    memory=80 * 2**30,
    shares_counters=True,
)


@pytest.mark.parametrize(
    ("status", "version"),
    [
        (
            '{"history": [{"state": "Partial", "version": "4.18.3"},'
            ' {"state": "Completed", "version": "4.17.12"}]}',
            "4.17.12",
        ),
        ('{"history": [{"state": "Completed", "version": null}, null]}', ""),
        ('{"history": null}', ""),
        ("null", ""),
    ],
)
def test_the_openshift_version_is_what_is_installed(status: str, version: str) -> None:
    subject = SUBJECTS["config.openshift.io/clusterversions"]
    text = f'{{"metadata": {{"name": "version"}}, "status": {status}}}'
    wire = msgspec.json.decode(text, type=subject.wire)
    assert subject.record(wire, Redactor()) == version


def slice_of(*devices: Any) -> ResourceSlice:
    spec = {
        "driver": "gpu.nvidia.com",
        "pool": {"name": "gpu-1", "generation": 3, "resourceSliceCount": 2},
        "nodeName": "gpu-1",
        "devices": list(devices),
    }
    document = {"metadata": {"name": "slice"}, "spec": spec}
    return resource_slice(msgspec.convert(document, SliceWire))


@pytest.mark.parametrize("device", [NEW, V1BETA1, V1ALPHA3])
def test_a_device_of_every_served_version(device: Any) -> None:
    assert slice_of(device, None, {"name": "bare", "attributes": None}) == ResourceSlice(
        name="slice",
        driver="gpu.nvidia.com",
        pool="gpu-1",
        generation=3,
        slice_count=2,
        node="gpu-1",
        devices=(GPU, Device(name="bare")),
    )


def test_a_slice_with_nothing() -> None:
    assert resource_slice(SliceWire()) == ResourceSlice(
        name="", driver="", pool="", generation=0, slice_count=0
    )


def test_a_device_class() -> None:
    spec = {
        "extendedResourceName": "nvidia.com/gpu",
        "selectors": [{"cel": {"expression": "device.driver == 'gpu.nvidia.com'"}}, {"cel": None}],
    }
    document = {"metadata": {"name": "gpu.nvidia.com"}, "spec": spec}
    assert device_class(msgspec.convert(document, DeviceClassWire)) == DeviceClass(
        name="gpu.nvidia.com",
        extended_resource="nvidia.com/gpu",
        selectors=("device.driver == 'gpu.nvidia.com'",),
    )
