"""The one filter that all formats share."""

from __future__ import annotations

import msgspec

from advisor.findings.finding import SEVERITIES, Severity
from advisor.judging.assessment import Assessment


def select(assessment: Assessment, min_severity: Severity) -> tuple[Assessment, int]:
    """The assessment without findings below `min_severity`, and how many those were.

    Decisions, verdicts and what was not assessed are never filtered.
    """
    shown = SEVERITIES[: SEVERITIES.index(min_severity) + 1]
    kept = tuple(finding for finding in assessment.findings if finding.severity in shown)
    hidden = len(assessment.findings) - len(kept)
    return (msgspec.structs.replace(assessment, findings=kept) if hidden else assessment), hidden
