"""From an assessment to an exit code; with a baseline only what was not there before counts."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

from advisor.errors import ExitCode, InputError
from advisor.files import input_name, read_bytes
from advisor.findings.finding import Finding
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport
from advisor.judging.difference import Difference

FailOn = Literal["error", "warning", "unknown", "never"]

_FAILING: dict[str, frozenset[str]] = {
    "error": frozenset({"error"}),
    "warning": frozenset({"error", "warning"}),
    "unknown": frozenset({"error", "warning"}),
    "never": frozenset(),
}
FAIL_ON: tuple[str, ...] = tuple(_FAILING)

REASON = "in the baseline"
_ALREADY = ("finding", "suppressed")


def exit_code(assessment: Assessment, fail_on: FailOn = "error") -> ExitCode:
    """INCOMPLETE over FINDINGS over OK.

    Incomplete is an audit whose probe failed, whatever `fail_on`, and for `unknown` also one in
    which anything could not be established.
    """
    if assessment.state == "incomplete" or (fail_on == "unknown" and has_unknowns(assessment)):
        return ExitCode.INCOMPLETE
    failing = _FAILING[fail_on]
    fails = any(f.status == "finding" and f.severity in failing for f in assessment.findings)
    return ExitCode.FINDINGS if fails else ExitCode.OK


def check_exit_code(report: CheckReport, fail_on: FailOn = "error") -> ExitCode:
    """USAGE where an input could not be read, then as for an audit; a job whose verdict is not
    known counts for `unknown`."""
    if report.problems:
        return ExitCode.USAGE
    verdicts = {job.verdict for job in report.jobs}
    if report.state == "incomplete" or (fail_on == "unknown" and "unknown" in verdicts):
        return ExitCode.INCOMPLETE
    failing = _FAILING[fail_on]
    findings = (*report.surroundings, *(finding for job in report.jobs for finding in job.findings))
    fails = any(finding.status == "finding" and finding.severity in failing for finding in findings)
    return ExitCode.FINDINGS if fails else ExitCode.OK


def diff_exit_code(difference: Difference, fail_on: FailOn = "error") -> ExitCode:
    """INCOMPLETE where the later one is, and for `unknown` also where something became unknown;
    FINDINGS for new ones, and for those that were less severe before."""
    became_unknown = any(thing.after == "unknown" for thing in difference.things) or any(
        change.after in ("unknown", "broken") for change in difference.changed
    )
    if difference.new.state == "incomplete" or (fail_on == "unknown" and became_unknown):
        return ExitCode.INCOMPLETE
    failing = _FAILING[fail_on]
    worse = {change.after for change in difference.changed if change.before not in failing}
    severities = failing & ({finding.severity for finding in difference.added} | worse)
    return ExitCode.FINDINGS if severities else ExitCode.OK


def has_unknowns(assessment: Assessment) -> bool:
    """Whether any verdict, image, data path or rule came out unknown, or a rule broke."""
    outcomes = {verdict.outcome for verdict in assessment.verdicts}
    outcomes |= {thing.outcome for thing in (*assessment.images, *assessment.data)}
    return (
        bool(assessment.not_assessed)
        or "unknown" in outcomes
        or any(finding.status in ("unknown", "error") for finding in assessment.findings)
    )


class _Known(msgspec.Struct, kw_only=True):
    fingerprint: str = ""
    status: str = ""


class _Job(msgspec.Struct, kw_only=True):
    findings: list[_Known] = []


class _Report(msgspec.Struct, kw_only=True):
    """The JSON of an audit, or of a check, whose findings stand in its jobs."""

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
    return frozenset(
        finding.fingerprint
        for finding in known
        if finding.fingerprint and finding.status in _ALREADY
    )


def apply_baseline(assessment: Assessment, known: frozenset[str]) -> Assessment:
    """The assessment with every known finding suppressed; unknowns stay, they were never judged."""
    findings = tuple(_suppressed(finding, known) for finding in assessment.findings)
    return replace(assessment, findings=findings)


def apply_check_baseline(report: CheckReport, known: frozenset[str]) -> CheckReport:
    """The report with every known finding suppressed; verdicts stay, since a known finding
    hinders a job all the same."""
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
