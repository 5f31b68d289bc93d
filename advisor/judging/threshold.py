"""From an assessment to an exit code."""

from __future__ import annotations

from typing import Literal

from advisor.errors import ExitCode
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


def exit_code(assessment: Assessment, fail_on: FailOn = "error") -> ExitCode:
    """INCOMPLETE over FINDINGS over OK.

    Incomplete is an audit whose probe failed, whatever `fail_on`, and for `unknown` also one in
    which anything could not be established.
    """
    if assessment.state == "incomplete" or (fail_on == "unknown" and has_unknowns(assessment)):
        return ExitCode.INCOMPLETE
    failing = _FAILING[fail_on]
    found = any(f.status == "finding" and f.severity in failing for f in assessment.findings)
    return ExitCode.FINDINGS if found else ExitCode.OK


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
    found = any(finding.status == "finding" and finding.severity in failing for finding in findings)
    return ExitCode.FINDINGS if found else ExitCode.OK


def diff_exit_code(difference: Difference, fail_on: FailOn = "error") -> ExitCode:
    """INCOMPLETE where the later one is, and for `unknown` also where something became unknown;
    FINDINGS for new ones, and for those that were less severe before."""
    became_unknown = any(thing.after == "unknown" for thing in difference.things) or any(
        one.after in ("unknown", "broken") for one in difference.changed
    )
    if difference.new.state == "incomplete" or (fail_on == "unknown" and became_unknown):
        return ExitCode.INCOMPLETE
    failing = _FAILING[fail_on]
    worse = {one.after for one in difference.changed if one.before not in failing}
    found = failing & ({finding.severity for finding in difference.added} | worse)
    return ExitCode.FINDINGS if found else ExitCode.OK


def has_unknowns(assessment: Assessment) -> bool:
    """Whether any verdict, image, data path or rule came out unknown, or a rule broke."""
    outcomes = {verdict.outcome for verdict in assessment.verdicts}
    outcomes |= {thing.outcome for thing in (*assessment.images, *assessment.data)}
    return (
        bool(assessment.not_assessed)
        or "unknown" in outcomes
        or any(finding.status in ("unknown", "error") for finding in assessment.findings)
    )
