"""Every form in which a container can ask for GPUs."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.facts.host import GpuRequest
from advisor.probes.docker.documents import Document
from advisor.probes.docker.gpus import discovered_gpus, gpu_request, other_devices


def flag(**request: Any) -> dict[str, Any]:
    return {"HostConfig": {"DeviceRequests": [{"Capabilities": [["gpu"]], **request}]}}


def runtime(value: str | None, name: str = "nvidia", **config: Any) -> dict[str, Any]:
    variable = f"{name.split('-')[0].upper()}_VISIBLE_DEVICES"
    env = [] if value is None else [f"{variable}={value}"]
    return {"HostConfig": {"Runtime": name}, "Config": {"Env": env, **config}}


def nodes(*paths: str) -> dict[str, Any]:
    return {"HostConfig": {"Devices": [{"PathOnHost": path} for path in paths]}}


GPU = ("gpu",)
REQUESTS: dict[str, tuple[dict[str, Any], GpuRequest | None]] = {
    "none": ({}, None),
    "nulls": ({"HostConfig": {"DeviceRequests": None, "Devices": None}, "Config": None}, None),
    "all": (flag(Count=-1), GpuRequest(how="--gpus", count=-1, capabilities=GPU)),
    "number": (flag(Count=2), GpuRequest(how="--gpus", count=2, capabilities=GPU)),
    "ids": (
        flag(Count=0, DeviceIDs=["0", "GPU-1"]),
        GpuRequest(how="--gpus", count=2, devices=("0", "GPU-1"), capabilities=GPU),
    ),
    "ids that say all": (
        flag(DeviceIDs=["all"]),
        GpuRequest(how="--gpus", count=-1, devices=("all",), capabilities=GPU),
    ),
    "twice": (
        {
            "HostConfig": {
                "DeviceRequests": [
                    {"Count": 1, "Capabilities": [["gpu"]]},
                    {"Count": 2, "Capabilities": [["gpu", "utility"]]},
                ]
            }
        },
        GpuRequest(how="--gpus", count=3, capabilities=("gpu", "utility")),
    ),
    "driver without capabilities": (
        flag(Driver="nvidia", Count=1, Capabilities=None),
        GpuRequest(how="--gpus", count=1),
    ),
    "not for GPUs": (flag(Driver="x", Count=1, Capabilities=[["tpu"]]), None),
    "CDI": (
        flag(Driver="cdi", Count=0, DeviceIDs=["nvidia.com/gpu=0", "vendor.com/net=x"]),
        GpuRequest(how="cdi", count=1, devices=("nvidia.com/gpu=0",)),
    ),
    "CDI all": (
        flag(Driver="cdi", DeviceIDs=["amd.com/gpu=all"]),
        GpuRequest(how="cdi", count=-1, devices=("amd.com/gpu=all",)),
    ),
    "CDI among podman's devices": (
        nodes("nvidia.com/gpu=all"),
        GpuRequest(how="cdi", count=-1, devices=("nvidia.com/gpu=all",)),
    ),
    "runtime all": (runtime("all"), GpuRequest(how="runtime", count=-1)),
    "runtime ids": (
        runtime("0, 1", name="nvidia-legacy"),
        GpuRequest(how="runtime", count=2, devices=("0", "1")),
    ),
    "runtime none": (runtime("none"), GpuRequest(how="runtime", count=0)),
    "runtime void": (runtime("void"), None),
    "runtime unset": (runtime(None), None),
    "runtime with mounts for ids": (
        runtime("/var/run/nvidia-container-devices"),
        GpuRequest(how="runtime", count=None),
    ),
    "runtime with CDI names": (
        runtime("nvidia.com/gpu=0,nvidia.com/gpu=1"),
        GpuRequest(how="runtime", count=2, devices=("nvidia.com/gpu=0", "nvidia.com/gpu=1")),
    ),
    "Gaudi": (
        runtime("0,1,2", name="habana"),
        GpuRequest(how="runtime", count=3, devices=("0", "1", "2")),
    ),
    "variable without the runtime": (runtime("all", name="runc"), None),
    "nodes": (
        nodes("/dev/nvidia0", "/dev/nvidiactl", "/dev/fuse"),
        GpuRequest(how="device", count=1, devices=("/dev/nvidia0", "/dev/nvidiactl")),
    ),
    "control node alone": (
        nodes("/dev/nvidiactl"),
        GpuRequest(how="device", count=None, devices=("/dev/nvidiactl",)),
    ),
    "AMD all": (
        nodes("/dev/kfd", "/dev/dri"),
        GpuRequest(how="device", count=-1, devices=("/dev/kfd", "/dev/dri")),
    ),
    "AMD one": (
        nodes("/dev/kfd", "/dev/dri/renderD128", "/dev/dri/card0"),
        GpuRequest(how="device", count=1, devices=("/dev/kfd", "/dev/dri/renderD128")),
    ),
    "a screen": (nodes("/dev/dri"), None),
}


@pytest.mark.parametrize(("inspected", "expected"), REQUESTS.values(), ids=REQUESTS)
def test_requests(inspected: dict[str, Any], expected: GpuRequest | None) -> None:
    assert gpu_request(Document(inspected)) == expected


def test_devices_as_the_command_takes_them() -> None:
    inspected = {
        "HostConfig": {
            "Devices": [
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "rwm"},
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "rwm"},
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "r"},
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": ""},
            ],
            "DeviceRequests": [
                {"Driver": "cdi", "DeviceIDs": ["vendor.com/net=x", "nvidia.com/gpu=0"]}
            ],
        }
    }
    assert other_devices(Document(inspected)) == (
        "/dev/a",
        "/dev/a:/dev/b",
        "/dev/a:/dev/a:r",
        "/dev/a",
        "vendor.com/net=x",
    )


def test_gpus_that_an_engine_discovered_count_once_each() -> None:
    names = ["nvidia.com/gpu=0", "nvidia.com/gpu=1", "nvidia.com/gpu=GPU-a", "nvidia.com/gpu=all"]
    info = {"DiscoveredDevices": [{"Source": "cdi", "ID": name} for name in [*names, "x/net=0"]]}
    assert discovered_gpus(Document(info)) == 2


def test_an_engine_that_discovered_none_says_nothing() -> None:
    assert discovered_gpus(Document({"DiscoveredDevices": None})) is None
