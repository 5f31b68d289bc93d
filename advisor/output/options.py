"""What may differ between two renderings of one assessment."""

from __future__ import annotations

from advisor.facts.record import Record
from advisor.findings.finding import Severity


class RenderOptions(Record, frozen=True, kw_only=True):
    """`color` allows escape sequences, `width` is the terminal's in columns.

    Findings below `min_severity` are left out of every format, and counted. `verbose` lifts the
    bounds of the terminal. `report` names the file that holds what a bounded list leaves out.
    """

    color: bool = False
    width: int = 100
    min_severity: Severity = "info"
    verbose: bool = False
    report: str = ""
