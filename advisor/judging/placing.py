"""A job's findings at their lines of the source."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from advisor.facts.secrecy import MARK, redact_text
from advisor.jobs.spec import JobSpec
from advisor.judging.check_report import JobCheck
from advisor.judging.flag_places import FindingPlaces

_YAML = frozenset({"manifest", "compose"})


def job_file(job: JobSpec) -> str:
    """The file a job stands in; one whose position nobody looked up yet has it in its id."""
    if job.place is not None:
        return job.place.file
    return job.id.partition(":")[2].rpartition(":")[0] if job.reader in _YAML else ""


def placed(check: JobCheck, job: JobSpec, text: str = "") -> JobCheck:
    """The check with the places of its findings and their lines; unchanged without positions.

    `text` is the whole file; without it the job's own source is used, which begins at its place.
    """
    if job.place is None:
        return check
    places = FindingPlaces(job)
    findings = tuple(replace(one, place=places.of(one)) for one in check.findings)
    wanted = {one.place.line for one in findings if one.place is not None}
    lines = _lines(job, text) if wanted else {}
    return replace(
        check,
        place=job.place,
        findings=findings,
        lines={str(number): lines[number] for number in sorted(wanted) if number in lines},
    )


def _lines(job: JobSpec, text: str) -> Mapping[int, str]:
    """Lines by number, secrets taken out. In YAML a value may stand apart from the name that makes
    it a secret, so lines with a secret item on them are left out."""
    assert job.place is not None
    first = 1 if text else job.place.line
    clean = redact_text(text or job.source)[0].splitlines()
    if clean and not text and job.place.column > 1:
        clean[0] = " " * (job.place.column - 1) + clean[0]
    hidden = {
        item.place.line for item in job.items if item.place is not None and MARK in item.value
    }
    secret = hidden if job.reader in _YAML else set()
    return {number: line for number, line in enumerate(clean, start=first) if number not in secret}
