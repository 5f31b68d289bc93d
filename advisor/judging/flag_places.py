"""Where in its source a job says what a finding is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.jobs.ledger import Item
from advisor.jobs.spec import JobSpec
from advisor.rulebook.finding import Finding, Place

_FLAGS: Mapping[str, tuple[str, ...]] = {
    "job.accelerators": ("gpus", "gpu", "gpu-devices-request", "limits", "requests", "devices"),
    "job.accelerators_fit": ("gpus", "gpu", "gpu-devices-request", "limits", "requests"),
    "job.gpu_all": ("gpus", "NVIDIA_VISIBLE_DEVICES", "count"),
    "job.gpu_devices": ("gpus", "device", "device_ids", "env"),
    "job.gpu_forms": ("runtime",),
    "job.gpu_portion": ("gpu", "gpu-portion-request", "gpu-memory", "gpu-memory-request"),
    "job.cpu_fits": ("cpus", "cpu", "cpu-core-request", "cpu-quota", "requests", "limits"),
    "job.memory_fits": ("memory", "memory-limit", "cpu-memory-request", "mem_limit", "requests"),
    "job.shared_memory": ("shm-size", "shm_size"),
    "job.privileged": ("privileged",),
    "job.host_network": ("network", "net", "network_mode", "hostNetwork", "host-network"),
    "job.host_pid": ("pid", "hostPID"),
    "job.host_ipc": ("ipc", "hostIPC", "host-ipc"),
    "job.runtime_sockets": ("volume", "mount", "volumes", "hostPath"),
    "job.capabilities": ("cap-add", "cap_add", "security-opt", "security_opt", "capabilities"),
    "job.devices": ("device", "devices"),
    "job.restart": ("restart", "restartPolicy"),
    "job.interactive": ("interactive", "stdin", "stdin_open", "tty"),
    "job.ports": ("publish", "publish-all", "expose", "ports", "port"),
    "job.given_name": ("name", "container_name"),
    "job.ulimits": ("ulimit", "ulimits"),
    "job.secrets": ("env", "environment", "environment-variable"),
    "job.tied_to": ("link", "links", "volumes-from", "network", "net", "network_mode"),
    "job.networks": ("network", "net", "networks"),
    "job.numeric_user": ("user", "runAsUser", "run-as-uid"),
}
"""The flags and fields that state a fact, by the last part of their names."""

_IMAGE = ("IMAGE", "image")
_DATA = ("volume", "mount", "volumes", "v", "volumeMounts", "nfs", "hostPath", "existing-pvc")


def image_place(job: JobSpec) -> Place | None:
    """Where the job names its image."""
    return _first(job, _IMAGE) or job.place


def data_place(job: JobSpec, source: str) -> Place | None:
    """Where the job mounts `source`."""
    name = source.rpartition("/")[2] if source.count("/") == 1 else source
    found = (
        item.place
        for item in job.items
        if item.place is not None and name and name in item.value and _last(item) in _DATA
    )
    near = next(found, None) or next(
        (item.place for item in job.items if item.place and name and name in item.value), None
    )
    return near or job.place


def finding_place(finding: Finding, job: JobSpec) -> Place | None:
    """The place of the flag that states what the finding rests on, else where it already is."""
    for evidence in finding.evidence:
        names = _FLAGS.get(evidence.fact)
        place = _first(job, names, evidence.value) if names else None
        if place is not None:
            return place
    return finding.place


def _first(job: JobSpec, names: Iterable[str], value: str = "") -> Place | None:
    """Of the items so named the one whose value is in `value`, else the first."""
    wanted = set(names)
    items = [item for item in job.items if item.place is not None and _last(item) in wanted]
    named = (item.place for item in items if item.value and item.value.split("=")[0] in value)
    return next(named, None) or next((item.place for item in items), None)


def _last(item: Item) -> str:
    return item.name.lstrip("-").rpartition(".")[2].partition("[")[0]
