"""What may differ between two renderings of one assessment, and which findings are shown."""

from __future__ import annotations

import msgspec

from advisor.facts.record import Record
from advisor.findings.finding import SEVERITIES, Severity
from advisor.judging.assessment import Assessment


class RenderOptions(Record, frozen=True, kw_only=True):
    """`color` allows escape sequences, `width` is the terminal's in columns.

    Findings below `min_severity` are left out of every format, and counted. `verbose` lifts the
    bounds of the terminal, `full` those of a summary in markdown. `report` names the file that
    holds what a bounded list leaves out.
    """

    color: bool = False
    width: int = 100
    min_severity: Severity = "info"
    verbose: bool = False
    full: bool = False
    report: str = ""


def select(assessment: Assessment, min_severity: Severity) -> tuple[Assessment, int]:
    """The assessment without findings below `min_severity`, and how many those were.

    Decisions, verdicts and what was not assessed are never filtered.
    """
    shown = SEVERITIES[: SEVERITIES.index(min_severity) + 1]
    kept = tuple(finding for finding in assessment.findings if finding.severity in shown)
    hidden = len(assessment.findings) - len(kept)
    return (msgspec.structs.replace(assessment, findings=kept) if hidden else assessment), hidden
