"""The texts that the formats must give for the samples, kept as files."""

from __future__ import annotations

from pathlib import Path

from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport
from advisor.judging.difference import Difference
from advisor.output.formats import CHECK_FORMATS, DIFF_FORMATS, FORMATS, RenderOptions
from advisor.output.json import SCHEMAS, schema_text
from tests.output.check_sample import CHECK, NOTHING
from tests.output.diff_sample import DIFF, SAME
from tests.output.sample import EMPTY, SAMPLE

FOLDER = Path(__file__).parent / "golden"
SCHEMA_FOLDER = Path(__file__).parents[2] / "reports" / "schema"

CASES: dict[str, tuple[str, Assessment, RenderOptions]] = {
    "sample.txt": ("terminal", SAMPLE, RenderOptions(report="report.html")),
    "sample.color.txt": ("terminal", SAMPLE, RenderOptions(color=True, width=80)),
    "sample.html": ("html", SAMPLE, RenderOptions()),
    "sample.md": ("markdown", SAMPLE, RenderOptions()),
    "sample.full.md": ("markdown", SAMPLE, RenderOptions(full=True)),
    "sample.json": ("json", SAMPLE, RenderOptions()),
    "sample.errors.md": ("markdown", SAMPLE, RenderOptions(min_severity="error")),
    "empty.txt": ("terminal", EMPTY, RenderOptions()),
    "empty.html": ("html", EMPTY, RenderOptions()),
    "empty.md": ("markdown", EMPTY, RenderOptions()),
    "empty.json": ("json", EMPTY, RenderOptions()),
    "sample.sarif": ("sarif", SAMPLE, RenderOptions()),
    "empty.sarif": ("sarif", EMPTY, RenderOptions()),
    "sample.junit.xml": ("junit", SAMPLE, RenderOptions()),
    "empty.junit.xml": ("junit", EMPTY, RenderOptions()),
    "sample.concise": ("concise", SAMPLE, RenderOptions()),
    "empty.concise": ("concise", EMPTY, RenderOptions()),
}
CHECK_CASES: dict[str, tuple[str, CheckReport, RenderOptions]] = {
    "check.txt": ("terminal", CHECK, RenderOptions()),
    "check.color.txt": ("terminal", CHECK, RenderOptions(color=True, width=80)),
    "check.html": ("html", CHECK, RenderOptions()),
    "check.md": ("markdown", CHECK, RenderOptions()),
    "check.json": ("json", CHECK, RenderOptions()),
    "check.sarif": ("sarif", CHECK, RenderOptions()),
    "check.junit.xml": ("junit", CHECK, RenderOptions()),
    "check.concise": ("concise", CHECK, RenderOptions()),
    "check.errors.concise": ("concise", CHECK, RenderOptions(min_severity="error")),
    "check.errors.txt": ("terminal", CHECK, RenderOptions(min_severity="error")),
    "nothing.txt": ("terminal", NOTHING, RenderOptions()),
    "nothing.html": ("html", NOTHING, RenderOptions()),
    "nothing.md": ("markdown", NOTHING, RenderOptions()),
    "nothing.json": ("json", NOTHING, RenderOptions()),
    "nothing.sarif": ("sarif", NOTHING, RenderOptions()),
    "nothing.junit.xml": ("junit", NOTHING, RenderOptions()),
    "nothing.concise": ("concise", NOTHING, RenderOptions()),
}
DIFF_CASES: dict[str, tuple[str, Difference, RenderOptions]] = {
    "diff.txt": ("terminal", DIFF, RenderOptions()),
    "diff.html": ("html", DIFF, RenderOptions()),
    "diff.md": ("markdown", DIFF, RenderOptions()),
    "diff.json": ("json", DIFF, RenderOptions()),
    "same.txt": ("terminal", SAME, RenderOptions()),
    "same.html": ("html", SAME, RenderOptions()),
    "same.md": ("markdown", SAME, RenderOptions()),
}
NAMES = (*CASES, *CHECK_CASES, *DIFF_CASES)


def render(name: str) -> str:
    """The text a golden file has to hold."""
    if name in CHECK_CASES:
        format_name, report, options = CHECK_CASES[name]
        return CHECK_FORMATS[format_name](report, options)
    if name in DIFF_CASES:
        format_name, difference, options = DIFF_CASES[name]
        return DIFF_FORMATS[format_name](difference, options)
    format_name, assessment, options = CASES[name]
    return FORMATS[format_name](assessment, options)


def refresh() -> None:
    """Writes every golden file and published schema anew; the diff is for a person to review."""
    for name in NAMES:
        (FOLDER / name).write_text(render(name), encoding="utf-8")
    for name in SCHEMAS:
        (SCHEMA_FOLDER / name).write_text(schema_text(name), encoding="utf-8")
