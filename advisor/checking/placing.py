"""A job's findings at their lines of the source."""

from __future__ import annotations

from collections.abc import Sequence, Set

from msgspec.structs import replace

from advisor.checking.flag_places import FindingPlaces
from advisor.facts.secrecy import MARK, redact_text
from advisor.jobs.spec import JobSpec
from advisor.judging.check_report import JobCheck

_YAML = frozenset({"manifest", "compose"})


def job_file(job: JobSpec) -> str:
    """The file a job stands in; one whose position nobody looked up yet has it in its id."""
    if job.place is not None:
        return job.place.file
    return job.id.partition(":")[2].rpartition(":")[0] if job.reader in _YAML else ""


def clean_lines(text: str) -> list[str]:
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
    lines = clean_lines(job.source) if wanted else []
    if lines and job.place is not None and job.place.column > 1:
        lines[0] = " " * (job.place.column - 1) + lines[0]
    return lines


def _hidden(job: JobSpec) -> Set[int]:
    """In YAML a value may stand apart from the name that makes it a secret, so lines with a secret
    item on them are left out."""
    if job.reader not in _YAML:
        return frozenset()
    return {item.place.line for item in job.items if item.place is not None and MARK in item.value}
