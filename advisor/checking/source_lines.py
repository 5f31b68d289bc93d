"""A job's findings at their lines of the source: of flags, of manifests, of YAML elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import groupby

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.facts.secrecy import MARK, redact_text
from advisor.findings.finding import Finding, Place
from advisor.jobs.ledger import Item
from advisor.jobs.spec import JobSpec
from advisor.judging.check_report import VERDICTS, CheckReport, JobCheck
from advisor.readers.result import ReadResult
from advisor.readers.text import read_text

_READER = "manifest"

_YAML = frozenset({"manifest", "compose"})

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


def located(result: ReadResult, texts: Mapping[str, str] | None = None) -> ReadResult:
    """What was read, with positions for the jobs of manifests. `texts` as of
    `with_manifest_places`."""
    wanted = [job for job in result.jobs if _is_open(job)]
    found = {job.id: job for job, _ in _located(wanted, texts)}
    return replace(result, jobs=tuple(found.get(job.id, job) for job in result.jobs))


def located_commented(
    result: ReadResult, texts: Mapping[str, str] | None = None
) -> tuple[JobSpec, ...]:
    """The jobs that were read; those of manifests with comments that suppress have positions.
    `texts` as of `with_manifest_places`."""
    if not result.ignores:
        return result.jobs
    wanted = [job for job in result.jobs if _is_open(job) and job_file(job) in result.ignores]
    found = {job.id: job for job, _ in _located(wanted, texts)}
    return tuple(found.get(job.id, job) for job in result.jobs)


def with_manifest_places(
    report: CheckReport,
    jobs: Sequence[JobSpec],
    most: int | None,
    texts: Mapping[str, str] | None = None,
) -> CheckReport:
    """The report with positions in manifests, and with the lines of files that a reader keeps no
    text of, for at most `most` jobs that have findings. With `texts`, by name, no file is opened.
    """
    open_jobs = {job.id: job for job in jobs if _is_open(job)}
    wanted = [one for one in report.jobs if one.id in open_jobs and _says(one)]
    if most is not None and len(wanted) > most:
        wanted = sorted(wanted, key=lambda one: VERDICTS.index(one.verdict))[:most]
    checks = {one.id: one for one in wanted}
    for _, found in groupby(
        _located((open_jobs[one.id] for one in wanted), texts),
        lambda located: job_file(located[0]),
    ):
        lines: list[str] = []
        for job, text in found:
            lines = lines or _clean_lines(text)
            checks[job.id] = placed(checks[job.id], job, lines)
    return replace(report, jobs=tuple(checks.get(check.id, check) for check in report.jobs))


def _is_open(job: JobSpec) -> bool:
    return (job.place is None and job.reader == _READER) or (
        job.place is not None and not job.source
    )


def _says(check: JobCheck) -> bool:
    return any(finding.status != "ok" for finding in check.findings)


def _located(
    jobs: Iterable[JobSpec], texts: Mapping[str, str] | None = None
) -> Iterable[tuple[JobSpec, str]]:
    """Each job with its positions and the text of its file, as long as that can still be read."""
    for file, found in _by_file(jobs).items():
        from advisor.readers.manifest.places import with_places

        try:
            text = _text(file) if texts is None else texts.get(file)
            if text is None:
                continue
            unplaced = [job for job in found if job.place is None]
            placed_jobs = with_places(unplaced, text, file) if unplaced else ()
            kept = (job for job in found if job.place is not None)
            yield from ((job, text) for job in (*placed_jobs, *kept))
        except InputError:
            continue


def _text(file: str) -> str | None:
    found = read_text(file, most=_MOST)
    return found.text if found is not None else None


_MOST = 10 * 2**20


def _by_file(jobs: Iterable[JobSpec]) -> Mapping[str, list[JobSpec]]:
    grouped: dict[str, list[JobSpec]] = {}
    for job in jobs:
        grouped.setdefault(job_file(job), []).append(job)
    return grouped


def job_file(job: JobSpec) -> str:
    """The file a job stands in; one whose position nobody looked up yet has it in its id."""
    if job.place is not None:
        return job.place.file
    return job.id.partition(":")[2].rpartition(":")[0] if job.reader in _YAML else ""


def _clean_lines(text: str) -> list[str]:
    """The lines of a file without its secrets, for `placed`."""
    return redact_text(text)[0].splitlines()


def placed(check: JobCheck, job: JobSpec, file_lines: Sequence[str] = ()) -> JobCheck:
    """The check with the places of its findings and their lines; unchanged without positions.

    `file_lines` are those of the whole file (see `clean_lines`); without them the job's own source
    is used, which begins at its place.
    """
    if job.place is None:
        return check
    places = FindingPlaces(job)
    findings = tuple(
        one if one.place is not None else replace(one, place=places.of(one))
        for one in check.findings
    )
    wanted = {one.place.line for one in findings if one.place is not None} - _hidden(job)
    first, lines = (1, file_lines) if file_lines else (job.place.line, _own_lines(job, wanted))
    return replace(
        check,
        place=job.place,
        findings=findings,
        lines={
            str(number): lines[number - first]
            for number in sorted(wanted)
            if first <= number < first + len(lines)
        },
    )


def _own_lines(job: JobSpec, wanted: Set[int]) -> Sequence[str]:
    """Those of the job's source, as far as the columns of their file."""
    lines = _clean_lines(job.source) if wanted else []
    if lines and job.place is not None and job.place.column > 1:
        lines[0] = " " * (job.place.column - 1) + lines[0]
    return lines


def _hidden(job: JobSpec) -> Set[int]:
    """In YAML a value may stand apart from the name that makes it a secret, so lines with a secret
    item on them are left out."""
    if job.reader not in _YAML:
        return frozenset()
    return {item.place.line for item in job.items if item.place is not None and MARK in item.value}


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
