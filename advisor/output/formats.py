"""The formats of audits, checks and differences by name, each imported when first used; and what
may differ between two renderings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from advisor.errors import InputError, suggestion
from advisor.facts.record import Record
from advisor.findings.finding import SEVERITIES, Severity
from advisor.judging.assessment import Assessment

if TYPE_CHECKING:
    from advisor.judging.check_report import CheckReport
    from advisor.judging.difference import Difference


class RenderOptions(Record, frozen=True, kw_only=True):
    """`color` allows escape sequences, `width` is the terminal's in columns.

    Findings below `min_severity` are left out of every format, and counted. `verbose` lifts the
    bounds of the terminal, `full` those of a summary in markdown. `report` names the file that
    holds what a bounded list leaves out, `command` is what was run, without its outputs.
    """

    color: bool = False
    width: int = 100
    min_severity: Severity = "info"
    verbose: bool = False
    full: bool = False
    report: str = ""
    command: str = "advisor audit"


def select(assessment: Assessment, min_severity: Severity) -> tuple[Assessment, int]:
    """The assessment without findings below `min_severity`, and how many those were.

    Decisions, verdicts and what was not assessed are never filtered.
    """
    shown = SEVERITIES[: SEVERITIES.index(min_severity) + 1]
    kept = tuple(finding for finding in assessment.findings if finding.severity in shown)
    hidden = len(assessment.findings) - len(kept)
    return (msgspec.structs.replace(assessment, findings=kept) if hidden else assessment), hidden


Format = Callable[[Assessment, RenderOptions], str]
CheckFormat = Callable[["CheckReport", RenderOptions], str]
DiffFormat = Callable[["Difference", RenderOptions], str]


def _from_module(module: str, function: str = "render") -> Callable[[Any, RenderOptions], str]:
    def render(report: Any, options: RenderOptions) -> str:
        text: str = getattr(import_module(module), function)(report, options)
        return text

    return render


_AnyFormat = TypeVar("_AnyFormat")


def format_of(name: str, formats: Mapping[str, _AnyFormat]) -> _AnyFormat:
    """The format of that name; InputError where there is none."""
    if name not in formats:
        raise InputError(f"there is no format '{name}'{suggestion(name, formats)}")
    return formats[name]


FORMATS: dict[str, Format] = {
    "terminal": _from_module("advisor.output.terminal"),
    "concise": _from_module("advisor.output.concise"),
    "html": _from_module("advisor.output.html"),
    "markdown": _from_module("advisor.output.markdown"),
    "json": _from_module("advisor.output.json"),
    "sarif": _from_module("advisor.output.sarif"),
    "junit": _from_module("advisor.output.junit"),
}
WITHOUT_COMMANDS = frozenset({"terminal", "concise", "sarif", "junit"})
"""Those that show nothing of what a job becomes, and so need an audit without translations."""
CHECK_FORMATS: dict[str, CheckFormat] = {
    "terminal": _from_module("advisor.output.check_terminal"),
    "concise": _from_module("advisor.output.concise", "render_check"),
    "html": _from_module("advisor.output.html", "render_check"),
    "markdown": _from_module("advisor.output.markdown", "render_check"),
    "json": _from_module("advisor.output.json", "render_check"),
    "sarif": _from_module("advisor.output.sarif", "render_check"),
    "junit": _from_module("advisor.output.junit", "render_check"),
}
DIFF_FORMATS: dict[str, DiffFormat] = {
    "terminal": _from_module("advisor.output.diff_terminal"),
    "html": _from_module("advisor.output.html", "render_diff"),
    "markdown": _from_module("advisor.output.markdown", "render_diff"),
    "json": _from_module("advisor.output.json", "render_diff"),
}
