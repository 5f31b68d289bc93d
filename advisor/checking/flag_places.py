"""Where in its source a job says what a finding is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from advisor.findings.finding import Finding, Place
from advisor.jobs.ledger import Item
from advisor.jobs.spec import JobSpec

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


_MARKS = re.compile(r"[\s:,=]+")


class FindingPlaces:
    """Where the source of one job says what its findings are about."""

    def __init__(self, job: JobSpec) -> None:
        self._job = job
        self._by_part: dict[str, list[int]] | None = None
        self._by_source: dict[str, set[str]] | None = None

    def of(self, finding: Finding) -> Place | None:
        """The place of a flag or field; that of the job where none says it."""
        scope = finding.subject.scope
        if scope == "data":
            return self._data(finding) or self._job.place
        finder = _BY_SCOPE.get(scope)
        return (finder(finding, self._job) if finder is not None else None) or self._job.place

    def _data(self, finding: Finding) -> Place | None:
        """The item that names the path, volume, claim or export."""
        kind, _, source = finding.subject.id.removeprefix("data:").partition(":")
        name = source.rpartition("/")[2] if kind in ("claim", "volume") else source
        found = self._having({name}) if name else []
        return _best(found) or self._relative(source) or (self._part_of(name) if name else None)

    def _having(self, names: set[str]) -> list[Item]:
        """The items one part of whose value is one of the names, in their order."""
        items = self._job.items
        if self._by_part is None:
            self._by_part = {}
            for number, item in enumerate(items):
                for part in set(_MARKS.split(item.value)):
                    self._by_part.setdefault(part, []).append(number)
        numbers = {number for name in names for number in self._by_part.get(name, ())}
        return [items[number] for number in sorted(numbers)]

    def _relative(self, source: str) -> Place | None:
        """The mount whose relative path was completed to this one."""
        if self._by_source is None:
            self._by_source = {}
            for mount in self._job.run.mounts if self._job.run is not None else ():
                self._by_source.setdefault(mount.source.text, set()).add(mount.target.text)
        targets = self._by_source.get(source, set())
        found = [item for item in self._having(targets) if _last(item) in _DATA]
        return next((item.place for item in found), None)

    def _part_of(self, name: str) -> Place | None:
        """An item in which the name is a part of a longer one."""
        return _best([item for item in self._job.items if name in item.value])


def _best(items: Sequence[Item]) -> Place | None:
    """Of a mount if there is one, else the first."""
    placed = [item for item in items if item.place is not None]
    mounts = (item.place for item in placed if _last(item) in _DATA)
    return next(mounts, None) or next((item.place for item in placed), None)


def _image(_: Finding, job: JobSpec) -> Place | None:
    return _first(job, _IMAGE)


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
