"""The formats by name, of audits, checks and differences; each is imported when first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from advisor.judging.assessment import Assessment
from advisor.output.options import RenderOptions

if TYPE_CHECKING:
    from advisor.judging.check_report import CheckReport
    from advisor.judging.difference import Difference

Format = Callable[[Assessment, RenderOptions], str]
CheckFormat = Callable[["CheckReport", RenderOptions], str]
DiffFormat = Callable[["Difference", RenderOptions], str]


def _from_module(module: str, function: str = "render") -> Callable[[Any, RenderOptions], str]:
    def render(report: Any, options: RenderOptions) -> str:
        text: str = getattr(import_module(module), function)(report, options)
        return text

    return render


FORMATS: dict[str, Format] = {
    "terminal": _from_module("advisor.output.terminal"),
    "concise": _from_module("advisor.output.concise"),
    "html": _from_module("advisor.output.html"),
    "markdown": _from_module("advisor.output.markdown"),
    "json": _from_module("advisor.output.json"),
    "sarif": _from_module("advisor.output.sarif"),
    "junit": _from_module("advisor.output.junit"),
}
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
