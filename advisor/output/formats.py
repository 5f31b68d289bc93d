"""The formats by name; a format's module is imported when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from advisor.judging.assessment import Assessment
from advisor.output.options import RenderOptions

Format = Callable[[Assessment, RenderOptions], str]


def _from_module(module: str) -> Format:
    def render(assessment: Assessment, options: RenderOptions) -> str:
        text: str = import_module(module).render(assessment, options)
        return text

    return render


FORMATS: dict[str, Format] = {
    "terminal": _from_module("advisor.output.terminal"),
    "html": _from_module("advisor.output.html"),
    "markdown": _from_module("advisor.output.markdown"),
    "json": _from_module("advisor.output.json"),
}
