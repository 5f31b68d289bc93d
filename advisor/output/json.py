"""Assessments, checks and differences for programs; their schemas are in `reports/schema/`."""

from __future__ import annotations

import msgspec

from advisor.findings.finding import SEVERITIES
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport
from advisor.judging.difference import Difference
from advisor.output.check_record import Writing
from advisor.output.options import RenderOptions, select

_JOBS = '\n  "jobs": ['
"""Where the jobs go: a line that begins so is nowhere else, since texts have no line ends."""


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Keys sorted, indented by two, with a newline at the end."""
    selected, _ = select(assessment, options.min_severity)
    text = msgspec.json.encode(selected, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """Keys sorted, indented by two, with a line for each job and a newline at the end.

    Job after job is written: to have all of a large run in several forms at once would be most of
    its memory.
    """
    shown = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    writing = Writing(report, shown)
    encoder = msgspec.json.Encoder(order="sorted")
    jobs = ",\n    ".join(encoder.encode(job).decode() for job in writing.jobs())
    rest = msgspec.json.format(encoder.encode(writing.rest()), indent=2).decode()
    before, marker, after = rest.partition(_JOBS)
    return f"{before}{marker}\n    {jobs}\n  {after}\n" if jobs else f"{rest}\n"


def render_diff(difference: Difference, options: RenderOptions) -> str:  # noqa: ARG001
    """Everything, whatever the severity; keys sorted, with a newline at the end."""
    text = msgspec.json.encode(difference, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"
