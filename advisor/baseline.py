"""Findings that were there before: only new ones count."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from advisor.errors import InputError
from advisor.files import input_name, read_bytes
from advisor.judging.assessment import Assessment
from advisor.rulebook.finding import Finding

REASON = "in the baseline"


class _Known(msgspec.Struct, kw_only=True):
    fingerprint: str = ""
    status: str = ""


class _Report(msgspec.Struct, kw_only=True):
    findings: list[_Known]


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
    known = (f for f in report.findings if f.fingerprint and f.status in ("finding", "suppressed"))
    return frozenset(finding.fingerprint for finding in known)


def apply_baseline(assessment: Assessment, known: frozenset[str]) -> Assessment:
    """The assessment with every known finding suppressed; unknowns stay, they were never judged."""
    findings = tuple(_suppressed(finding, known) for finding in assessment.findings)
    return replace(assessment, findings=findings)


def _suppressed(finding: Finding, known: frozenset[str]) -> Finding:
    if finding.status != "finding" or finding.fingerprint not in known:
        return finding
    return replace(finding, status="suppressed", reason=REASON)
