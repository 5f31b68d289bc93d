"""What was not assessed: each gap once, and those of one reason in many places as one."""

from __future__ import annotations

import pytest

from advisor.findings.finding import Finding, Gap, Subject
from advisor.judging.assessment import NotAssessed
from advisor.judging.coverage import not_assessed


def _finding(number: int, rule: str = "DAT003") -> Finding:
    gap = Gap(
        fact="use.location",
        probe="storage",
        reason="no such claim exists",
        settle=f"kubectl get pvc d-{number:02d}",
    )
    return Finding(
        rule=rule,
        severity="warning",
        status="unknown",
        subject=Subject(scope="data", id=f"data:{number}", label=f"claim d-{number:02d}"),
        message="",
        gaps=(gap,),
    )


def _row(settle: str, *subjects: str, rules: tuple[str, ...] = ("DAT003",)) -> NotAssessed:
    return NotAssessed(
        fact="use.location",
        probe="storage",
        reason="no such claim exists",
        settle=settle,
        rules=rules,
        subjects=subjects,
    )


@pytest.mark.parametrize("count", [1, 20])
def test_few_are_told_one_by_one(count: int) -> None:
    found = not_assessed([_finding(number) for number in range(count)], ())
    assert found == tuple(
        _row(f"kubectl get pvc d-{number:02d}", f"claim d-{number:02d}") for number in range(count)
    )


def test_many_are_told_as_one_that_names_them_all() -> None:
    findings = [*map(_finding, reversed(range(21))), _finding(20, "DAT025")]
    assert not_assessed(findings, ()) == (
        _row(
            "kubectl get pvc d-00, and so for 20 more",
            *(f"claim d-{number:02d}" for number in range(21)),
            rules=("DAT003", "DAT025"),
        ),
    )


def test_another_reason_stands_apart() -> None:
    other = Gap(fact="data.size", probe="docker", reason="nothing measured it")
    odd = Finding(
        rule="DAT012",
        severity="info",
        status="unknown",
        subject=Subject(scope="data", id="data:x", label="x"),
        message="",
        gaps=(other,),
    )
    found = not_assessed([*map(_finding, range(30)), odd], ())
    assert [(one.fact, len(one.subjects), one.settle) for one in found] == [
        ("use.location", 30, "kubectl get pvc d-00, and so for 29 more"),
        ("data.size", 1, ""),
    ]
