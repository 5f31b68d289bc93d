"""How a container asks for GPUs, in any of the forms there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from advisor.facts.host import GpuRequest
from advisor.probes.docker.documents import Document
from advisor.probes.docker.images import environment_of

ALL = -1
GPU_CAPABILITIES = frozenset({"gpu", "nvidia", "amd"})
CDI_DEVICE = re.compile(r"[\w.-]+/(?P<kind>[\w.-]+)=(?P<name>.+)")
CDI_GPU_KINDS = re.compile(r"gpu|mig|hpu|gaudi|accel")
NUMBERED_NODE = re.compile(r"/dev/(?:nvidia\d+|dri/renderD\d+|accel/accel\d+)")
WHOLE_FOLDERS = frozenset({"/dev/dri", "/dev/accel"})
COMPUTE_NODES = ("/dev/nvidia", "/dev/kfd", "/dev/accel")

# Runtimes that give a container the GPUs which a variable names, by how their names start.
RUNTIME_VARIABLES = {
    "nvidia": "NVIDIA_VISIBLE_DEVICES",
    "habana": "HABANA_VISIBLE_DEVICES",
    "amd": "AMD_VISIBLE_DEVICES",
}
NO_DEVICES = frozenset({"", "void"})


def gpu_request(inspected: Document) -> GpuRequest | None:
    """The request of an inspected container; None when it makes none."""
    forms: Sequence[Callable[[Document], GpuRequest | None]] = (
        _flag_request,
        _cdi_request,
        _runtime_request,
        _device_request,
    )
    return next((request for form in forms if (request := form(inspected)) is not None), None)


def other_devices(inspected: Document) -> tuple[str, ...]:
    """All devices as `--device` takes them, with CDI names that are no GPUs."""
    nodes = tuple(_as_flag(device) for device in inspected.documents("HostConfig", "Devices"))
    requests = inspected.documents("HostConfig", "DeviceRequests")
    named = (device for request in requests for device in request.texts("DeviceIDs"))
    return nodes + tuple(name for name in named if CDI_DEVICE.fullmatch(name) and not _is_gpu(name))


def discovered_gpus(info: Document) -> int | None:
    """GPUs among the CDI devices an engine found, by index; None when it names none."""
    names = {device.text("ID") for device in info.documents("DiscoveredDevices")}
    matches = [CDI_DEVICE.fullmatch(name) for name in names if _is_gpu(name)]
    return sum(1 for match in matches if match and match["name"].isdecimal()) or None


def _flag_request(inspected: Document) -> GpuRequest | None:
    """`--gpus`, once or several times."""
    requests = [
        request
        for request in inspected.documents("HostConfig", "DeviceRequests")
        if request.text("Driver") != "cdi" and _wants_gpu(request)
    ]
    if not requests:
        return None
    devices = tuple(device for request in requests for device in request.texts("DeviceIDs"))
    counts = [request.number("Count") or 0 for request in requests]
    everything = ALL in counts or "all" in devices
    capabilities = {
        name for request in requests for row in request.rows("Capabilities") for name in row
    }
    return GpuRequest(
        how="--gpus",
        count=ALL if everything else sum(counts) + len(devices),
        devices=devices,
        capabilities=tuple(sorted(capabilities)),
    )


def _cdi_request(inspected: Document) -> GpuRequest | None:
    """CDI names, as `--device vendor/class=name`; podman lists them among its devices."""
    requests = inspected.documents("HostConfig", "DeviceRequests")
    names = [device for request in requests for device in request.texts("DeviceIDs")]
    names += [d.text("PathOnHost") for d in inspected.documents("HostConfig", "Devices")]
    gpus = tuple(name for name in names if _is_gpu(name))
    if not gpus:
        return None
    everything = any(name.endswith("=all") for name in gpus)
    return GpuRequest(how="cdi", count=ALL if everything else len(gpus), devices=gpus)


def _runtime_request(inspected: Document) -> GpuRequest | None:
    """A vendor's runtime with the variable that names devices; unset or `void` is no request."""
    runtime = inspected.text("HostConfig", "Runtime")
    variable = next((v for start, v in RUNTIME_VARIABLES.items() if runtime.startswith(start)), "")
    variables = environment_of(inspected)
    value = variables.get(variable, "").strip()
    if not variable or value in NO_DEVICES:
        return None
    capabilities = variables.get("NVIDIA_DRIVER_CAPABILITIES", "")
    count, devices = _visible_devices(value)
    return GpuRequest(
        how="runtime",
        count=count,
        devices=devices,
        capabilities=tuple(part.strip() for part in capabilities.split(",") if part.strip()),
    )


def _visible_devices(value: str) -> tuple[int | None, tuple[str, ...]]:
    """Count and ids of a visible-devices value: all, none, ids, CDI names, or a path (unknown)."""
    if value.startswith("/"):
        return None, ()
    if value == "none":
        return 0, ()
    devices = tuple(part.strip() for part in value.split(",") if part.strip())
    if any(device == "all" or device.endswith("=all") for device in devices):
        return ALL, ()
    return len(devices), devices


def _device_request(inspected: Document) -> GpuRequest | None:
    """Device nodes. Those that say no number (/dev/kfd, /dev/nvidiactl) leave it unknown."""
    paths = [device.text("PathOnHost") for device in inspected.documents("HostConfig", "Devices")]
    if not any(path.startswith(COMPUTE_NODES) for path in paths):
        return None
    gpus = tuple(
        path
        for path in paths
        if path.startswith(COMPUTE_NODES) or path in WHOLE_FOLDERS or NUMBERED_NODE.match(path)
    )
    if WHOLE_FOLDERS.intersection(gpus):
        return GpuRequest(how="device", count=ALL, devices=gpus)
    numbered = sum(1 for path in gpus if NUMBERED_NODE.fullmatch(path))
    return GpuRequest(how="device", count=numbered or None, devices=gpus)


def _wants_gpu(request: Document) -> bool:
    """Whether a device request is for GPUs: by capability, or by driver when it names none."""
    names = {name for row in request.rows("Capabilities") for name in row}
    return bool(names & GPU_CAPABILITIES) or (not names and request.text("Driver") == "nvidia")


def _is_gpu(name: str) -> bool:
    match = CDI_DEVICE.fullmatch(name)
    return match is not None and CDI_GPU_KINDS.match(match["kind"]) is not None


def _as_flag(device: Document) -> str:
    """`host[:container][:permissions]`, leaving out what is the default."""
    host, inside = device.text("PathOnHost"), device.text("PathInContainer")
    permissions = device.text("CgroupPermissions")
    unusual = permissions not in ("", "rwm")
    parts = [host]
    if inside not in ("", host) or unusual:
        parts.append(inside or host)
    return ":".join([*parts, permissions] if unusual else parts)
