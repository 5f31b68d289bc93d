"""A job's findings at their lines of the source: of flags, of manifests, of YAML elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import groupby

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.facts.secrecy import MARK, redact_text
from advisor.facts.secret_shapes import may_hold_secret
from advisor.findings.finding import Finding, Place
from advisor.jobs.ledger import Item, Part
from advisor.jobs.spec import JobSpec
from advisor.judging.check_report import VERDICTS, CheckReport, JobCheck
from advisor.readers.result import ReadResult
from advisor.readers.text import read_text

_READER = "manifest"

_YAML = frozenset({"manifest", "compose"})

_PARTS: Mapping[str, tuple[str, ...]] = {
    "job.accelerators": ("gpus", "extended"),
    "job.accelerators_fit": ("gpus", "extended"),
    "job.gpu_all": ("gpus",),
    "job.gpu_devices": ("gpus",),
    "job.gpu_forms": ("gpus",),
    "job.gpu_portion": ("gpus",),
    "job.gpu_memory": ("gpus",),
    "job.cpu_fits": ("cpu_limit", "cpu_request"),
    "job.memory_fits": ("memory_limit", "memory_request"),
    "job.shared_memory": ("shared_memory",),
    "job.large_shared_memory": ("shared_memory",),
    "job.privileged": ("privileged",),
    "job.host_network": ("host_network",),
    "job.host_pid": ("host_pid",),
    "job.host_ipc": ("host_ipc",),
    "job.runtime_sockets": ("mounts",),
    "job.capabilities": ("capabilities_added",),
    "job.security_options": ("security_options",),
    "job.sysctls": ("sysctls",),
    "job.devices": ("devices",),
    "job.restart": ("restart",),
    "job.interactive": ("interactive", "terminal"),
    "job.ports": ("ports",),
    "job.bad_name": ("name",),
    "job.ulimits": ("ulimits",),
    "job.secrets": ("environment",),
    "job.tied_to": ("link", "volumes_from", "network", "networks"),
    "job.networks": ("network", "networks"),
    "job.machine_addresses": ("environment", "arguments", "entrypoint"),
    "job.numeric_user": ("user",),
}
"""The parts of a run (see jobs/ledger.py) that a fact rests on."""

_NAMED = frozenset({"job.lost.name", "job.open.name"})
"""Facts that name flags as they were written."""

_BETWEEN_WORDS = re.compile(r"[\s:,=]+")


def located(result: ReadResult, texts: Mapping[str, str] | None = None) -> ReadResult:
    """What was read, with positions for the jobs of manifests. `texts` as of
    `with_manifest_places`."""
    wanted = [job for job in result.jobs if _is_open(job)]
    by_id = {job.id: job for job, _ in _located(wanted, texts)}
    return replace(result, jobs=tuple(by_id.get(job.id, job) for job in result.jobs))


def located_commented(
    result: ReadResult, texts: Mapping[str, str] | None = None
) -> tuple[JobSpec, ...]:
    """The jobs that were read; those of manifests with comments that suppress have positions.
    `texts` as of `with_manifest_places`."""
    if not result.ignores:
        return result.jobs
    wanted = [job for job in result.jobs if _is_open(job) and job_file(job) in result.ignores]
    by_id = {job.id: job for job, _ in _located(wanted, texts)}
    return tuple(by_id.get(job.id, job) for job in result.jobs)


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
    wanted = [
        check
        for check in report.jobs
        if check.id in open_jobs and any(finding.status != "ok" for finding in check.findings)
    ]
    if most is not None and len(wanted) > most:
        wanted = sorted(wanted, key=lambda check: VERDICTS.index(check.verdict))[:most]
    checks = {check.id: check for check in wanted}
    for _, of_file in groupby(
        _located((open_jobs[check.id] for check in wanted), texts),
        lambda located: job_file(located[0]),
    ):
        lines: list[str] = []
        for job, text in of_file:
            lines = lines or _clean_lines(text)
            checks[job.id] = placed(checks[job.id], job, lines)
    return replace(report, jobs=tuple(checks.get(check.id, check) for check in report.jobs))


def _is_open(job: JobSpec) -> bool:
    return (job.place is None and job.reader == _READER) or (
        job.place is not None and not job.source
    )


def _located(
    jobs: Iterable[JobSpec], texts: Mapping[str, str] | None = None
) -> Iterable[tuple[JobSpec, str]]:
    """Each job with its positions and the text of its file, as long as that can still be read."""
    for file, of_file in _by_file(jobs).items():
        from advisor.readers.manifest.objects import with_places

        try:
            text = _text(file) if texts is None else texts.get(file)
            if text is None:
                continue
            unplaced = [job for job in of_file if job.place is None]
            placed_jobs = with_places(unplaced, text, file) if unplaced else ()
            kept = (job for job in of_file if job.place is not None)
            yield from ((job, text) for job in (*placed_jobs, *kept))
        except InputError:
            continue


def _text(file: str) -> str | None:
    text = read_text(file, most=_MOST)
    return text.text if text is not None else None


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
    return (redact_text(text)[0] if may_hold_secret(text) else text).splitlines()


def placed(check: JobCheck, job: JobSpec, file_lines: Sequence[str] = ()) -> JobCheck:
    """The check with the places of its findings and their lines; unchanged without positions.

    `file_lines` are those of the whole file (see `clean_lines`); without them the job's own source
    is used, which begins at its place.
    """
    if job.place is None:
        return check
    places = FindingPlaces(job)
    findings = tuple(
        finding if finding.place is not None else replace(finding, place=places.of(finding))
        for finding in check.findings
    )
    wanted = {finding.place.line for finding in findings if finding.place is not None} - _hidden(
        job
    )
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
    """The lines of the job's source, the first moved to its column in the file."""
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
    """Finds the line of a job's source that a finding is about."""

    def __init__(self, job: JobSpec) -> None:
        self._job = job
        self._by_attribute: dict[str, list[tuple[Part, Item]]] = {}
        for item in job.items:
            for part in item.sets if item.place is not None else ():
                self._by_attribute.setdefault(part[0], []).append((part, item))

    def of(self, finding: Finding) -> Place | None:
        """The place of a flag or field; that of the job where none says it."""
        subject = finding.subject
        if subject.scope == "image":
            item = self._stating(("image",))
        elif subject.scope == "data":
            item = self._mounting(subject.id.removeprefix("data:"))
        else:
            item = self._evident(finding) if subject.scope == "job" else None
        return item.place if item is not None else self._job.place

    def _mounting(self, data: str) -> Item | None:
        """The item that mounts a path, volume, claim or export."""
        kind, _, source = data.partition(":")
        names = (source, source.partition("/")[2]) if kind == "volume" else (source,)
        items = [self._by_source[name] for name in names if name in self._by_source]
        return min(items, key=lambda numbered: numbered[0])[1] if items else None

    @cached_property
    def _by_source(self) -> Mapping[str, tuple[int, Item]]:
        """For each source of a mount the first item that mounts it, with its number."""
        by_target: dict[str, tuple[int, Item]] = {}
        for number, (part, item) in enumerate(self._by_attribute.get("mounts", ())):
            by_target.setdefault(part[-1], (number, item))
        by_source: dict[str, tuple[int, Item]] = {}
        for mount in self._job.mounts:
            if mount.target in by_target:
                numbered = by_target[mount.target]
                earlier = by_source.get(mount.source, numbered)
                by_source[mount.source] = min(earlier, numbered, key=lambda entry: entry[0])
        return by_source

    def _evident(self, finding: Finding) -> Item | None:
        """The flag or field that the finding is about."""
        for evidence in finding.evidence:
            if evidence.fact in _NAMED:
                return self._written(evidence.value.partition(", ")[0])
            if evidence.fact.endswith(("_fit", "_fits")) and evidence.value == "true":
                continue
            item = self._stating(_PARTS.get(evidence.fact, ()), evidence.value)
            if item is not None:
                return item
        return None

    def _stating(self, attributes: Iterable[str], value: str = "") -> Item | None:
        """The item that sets one of the attributes: one that `value` mentions, else the first."""
        pairs = [pair for name in attributes for pair in self._by_attribute.get(name, ())]
        words = {word for word in _BETWEEN_WORDS.split(value) if word}
        for part, item in pairs:
            if words & {part[-1], *_BETWEEN_WORDS.split(item.value)}:
                return item
        return pairs[0][1] if pairs else None

    def _written(self, name: str) -> Item | None:
        items = (item for item in self._job.items if name in (item.written, item.name))
        return next((item for item in items if item.place is not None), None)
