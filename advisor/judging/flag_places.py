"""Where in its source a job says what a finding is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

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
    "job.bad_name": ("name", "container_name"),
    "job.ulimits": ("ulimit", "ulimits"),
    "job.secrets": ("env", "environment", "environment-variable"),
    "job.tied_to": ("link", "links", "volumes-from", "network", "net", "network_mode"),
    "job.networks": ("network", "net", "networks"),
    "job.numeric_user": ("user", "runAsUser", "run-as-uid"),
}
"""The flags and fields that state a fact, by the last part of their names."""

_NAMED = frozenset({"job.lost.name", "job.open.name"})
"""Facts that name flags as they were written."""

_IMAGE = ("IMAGE", "image")
_DATA = ("volume", "mount", "volumes", "v", "volumeMounts", "nfs", "hostPath", "existing-pvc")


def finding_place(finding: Finding, job: JobSpec) -> Place | None:
    """Where the source says it; the place of the job where no flag or field does."""
    finder = _BY_SCOPE.get(finding.subject.scope)
    return (finder(finding, job) if finder is not None else None) or job.place


def _image(_: Finding, job: JobSpec) -> Place | None:
    return _first(job, _IMAGE)


def _data(finding: Finding, job: JobSpec) -> Place | None:
    """The item that names the path, volume, claim or export."""
    kind, _, source = finding.subject.id.removeprefix("data:").partition(":")
    name = source.rpartition("/")[2] if kind in ("claim", "volume") else source
    placed = [item for item in job.items if item.place is not None and name in item.value]
    mounts = (item.place for item in placed if name and _last(item) in _DATA)
    found = next(mounts, None) or next((item.place for item in placed if name), None)
    return found or _relative(source, job)


def _relative(source: str, job: JobSpec) -> Place | None:
    """The mount whose relative path was completed to this one."""
    mounts = job.run.mounts if job.run is not None else ()
    targets = {mount.target.text for mount in mounts if mount.source.text == source}
    for item in job.items:
        words = set(re.split(r"[\s:,]+", item.value))
        if _last(item) in _DATA and targets & words:
            return item.place
    return None


def _own(finding: Finding, job: JobSpec) -> Place | None:
    """The flag that states what the finding rests on."""
    for evidence in finding.evidence:
        if evidence.fact in _NAMED:
            return _written(job, evidence.value.partition(", ")[0])
        names = _FLAGS.get(evidence.fact)
        place = _first(job, names, evidence.value) if names else None
        if place is not None:
            return place
    return None


_BY_SCOPE: Mapping[str, Callable[[Finding, JobSpec], Place | None]] = {
    "image": _image,
    "data": _data,
    "job": _own,
}


def _written(job: JobSpec, name: str) -> Place | None:
    found = (item.place for item in job.items if name in (item.written, item.name))
    return next((place for place in found if place is not None), None)


def _first(job: JobSpec, names: Iterable[str], value: str = "") -> Place | None:
    """Of the items so named the one whose value is in `value`, else the first."""
    wanted = set(names)
    items = [item for item in job.items if item.place is not None and _last(item) in wanted]
    named = (item.place for item in items if item.value and item.value.split("=")[0] in value)
    return next(named, None) or next((item.place for item in items), None)


def _last(item: Item) -> str:
    return item.name.lstrip("-").rpartition(".")[2].partition("[")[0]
