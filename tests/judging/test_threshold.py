from __future__ import annotations

from typing import Any

import pytest

from advisor.errors import ExitCode
from advisor.findings.finding import Finding, Severity, Status, Subject
from advisor.judging.assessment import Assessment, Verdict
from advisor.judging.threshold import FAIL_ON, FailOn, exit_code

OK, FINDINGS, INCOMPLETE = ExitCode.OK, ExitCode.FINDINGS, ExitCode.INCOMPLETE
UNKNOWN = Verdict(topic="image", outcome="unknown", sentence="?", why="?")


def _finding(severity: Severity, status: Status = "finding") -> Finding:
    subject = Subject(scope="image", id="image:a", label="a")
    return Finding(rule="A", severity=severity, status=status, subject=subject, message="m")


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, (OK, OK, OK, OK)),
        ({"findings": (_finding("info"),)}, (OK, OK, OK, OK)),
        ({"findings": (_finding("warning"),)}, (OK, FINDINGS, FINDINGS, OK)),
        ({"findings": (_finding("error"),)}, (FINDINGS, FINDINGS, FINDINGS, OK)),
        ({"findings": (_finding("error", "suppressed"),)}, (OK, OK, OK, OK)),
        ({"findings": (_finding("error", "unknown"),)}, (OK, OK, INCOMPLETE, OK)),
        ({"findings": (_finding("error", "error"),)}, (OK, OK, INCOMPLETE, OK)),
        ({"verdicts": (UNKNOWN,)}, (OK, OK, INCOMPLETE, OK)),
        (
            {"verdicts": (UNKNOWN,), "findings": (_finding("error"),)},
            (FINDINGS, FINDINGS, INCOMPLETE, OK),
        ),
        ({"state": "incomplete", "findings": (_finding("error"),)}, (INCOMPLETE,) * 4),
    ],
)
def test_the_exit_code_of_each_threshold(
    facts: dict[str, Any], codes: tuple[ExitCode, ...]
) -> None:
    assessment = Assessment(advisor="0", taken="t", target="x", **facts)
    levels: tuple[FailOn, ...] = ("error", "warning", "unknown", "never")
    assert tuple(exit_code(assessment, level) for level in levels) == codes
    assert levels == FAIL_ON
