"""Positions in manifests, and lines of YAML, for those jobs only of which something is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from msgspec.structs import replace

from advisor.checking.placing import clean_lines, job_file, placed
from advisor.errors import InputError
from advisor.jobs.spec import JobSpec
from advisor.judging.check_report import VERDICTS, CheckReport, JobCheck
from advisor.readers.result import ReadResult
from advisor.readers.text import read_text

_READER = "manifest"


def located(result: ReadResult) -> ReadResult:
    """What was read, with positions for the jobs of manifests."""
    found = {job.id: job for job, _ in _located(job for job in result.jobs if _is_open(job))}
    return replace(result, jobs=tuple(found.get(job.id, job) for job in result.jobs))


def located_commented(result: ReadResult) -> tuple[JobSpec, ...]:
    """The jobs that were read; those of manifests with comments that suppress have positions."""
    if not result.ignores:
        return result.jobs
    wanted = [job for job in result.jobs if _is_open(job) and job_file(job) in result.ignores]
    found = {job.id: job for job, _ in _located(wanted)}
    return tuple(found.get(job.id, job) for job in result.jobs)


def with_manifest_places(
    report: CheckReport, jobs: Sequence[JobSpec], most: int | None
) -> CheckReport:
    """The report with positions in manifests, and with the lines of files that a reader keeps no
    text of, for at most `most` jobs that have findings."""
    open_jobs = {job.id: job for job in jobs if _is_open(job)}
    wanted = [one for one in report.jobs if one.id in open_jobs and _says(one)]
    if most is not None and len(wanted) > most:
        wanted = sorted(wanted, key=lambda one: VERDICTS.index(one.verdict))[:most]
    checks = {one.id: one for one in wanted}
    for _, found in groupby(
        _located(open_jobs[one.id] for one in wanted), lambda located: job_file(located[0])
    ):
        lines: list[str] = []
        for job, text in found:
            lines = lines or clean_lines(text)
            checks[job.id] = placed(checks[job.id], job, lines)
    return replace(report, jobs=tuple(checks.get(check.id, check) for check in report.jobs))


def _is_open(job: JobSpec) -> bool:
    return (job.place is None and job.reader == _READER) or (
        job.place is not None and not job.source
    )


def _says(check: JobCheck) -> bool:
    return any(finding.status != "ok" for finding in check.findings)


def _located(jobs: Iterable[JobSpec]) -> Iterable[tuple[JobSpec, str]]:
    """Each job with its positions and the text of its file, as long as that can still be read."""
    for file, found in _by_file(jobs).items():
        from advisor.readers.manifest.places import with_places

        try:
            text = read_text(file, most=_MOST)
            if text is None:
                continue
            unplaced = [job for job in found if job.place is None]
            placed_jobs = with_places(unplaced, text.text, file) if unplaced else ()
            kept = (job for job in found if job.place is not None)
            yield from ((job, text.text) for job in (*placed_jobs, *kept))
        except InputError:
            continue


_MOST = 10 * 2**20


def _by_file(jobs: Iterable[JobSpec]) -> Mapping[str, list[JobSpec]]:
    grouped: dict[str, list[JobSpec]] = {}
    for job in jobs:
        grouped.setdefault(job_file(job), []).append(job)
    return grouped
