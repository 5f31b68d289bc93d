"""Findings that were there before: only new ones count."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from advisor.errors import InputError
from advisor.files import input_name, read_bytes
from advisor.findings.finding import Finding
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport

REASON = "in the baseline"
_ALREADY = ("finding", "suppressed")


class _Known(msgspec.Struct, kw_only=True):
    fingerprint: str = ""
    status: str = ""


class _Job(msgspec.Struct, kw_only=True):
    findings: list[_Known] = []


class _Report(msgspec.Struct, kw_only=True):
    """Of an audit, or of a check, whose findings stand in its jobs."""

    findings: list[_Known] | None = None
    surroundings: list[_Known] = []
    jobs: list[_Job] | None = None
    schema: int

    def __post_init__(self) -> None:
        if self.findings is None and self.jobs is None:
            raise ValueError("it holds no findings")


def load_baseline(path: str) -> frozenset[str]:
    """The fingerprints of what an earlier JSON report found; InputError when it is none."""
    name = input_name(path)
    try:
        report = msgspec.json.decode(read_bytes(path), type=_Report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"not a JSON report of advisor: {error}",
            where=name,
            remedy="make one with: advisor audit --format json=FILE",
        ) from None
    of_jobs = (finding for job in report.jobs or () for finding in job.findings)
    known = (*(report.findings or ()), *report.surroundings, *of_jobs)
    return frozenset(one.fingerprint for one in known if one.fingerprint and one.status in _ALREADY)


def apply_baseline(assessment: Assessment, known: frozenset[str]) -> Assessment:
    """The assessment with every known finding suppressed; unknowns stay, they were never judged."""
    findings = tuple(_suppressed(finding, known) for finding in assessment.findings)
    return replace(assessment, findings=findings)


def apply_check_baseline(report: CheckReport, known: frozenset[str]) -> CheckReport:
    """The same for a check; verdicts stay, since a known finding hinders a job all the same."""
    if not known:
        return report
    jobs = tuple(
        replace(job, findings=tuple(_suppressed(finding, known) for finding in job.findings))
        for job in report.jobs
    )
    around = tuple(_suppressed(finding, known) for finding in report.surroundings)
    return replace(report, jobs=jobs, surroundings=around)


def _suppressed(finding: Finding, known: frozenset[str]) -> Finding:
    if finding.status != "finding" or finding.fingerprint not in known:
        return finding
    return replace(finding, status="suppressed", reason=REASON)
