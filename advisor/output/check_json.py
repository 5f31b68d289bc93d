"""The check report itself, for programs; its schema is `reports/schema/check.schema.json`."""

from __future__ import annotations

import msgspec

from advisor.findings.finding import SEVERITIES
from advisor.judging.check_report import CheckReport
from advisor.output.check_record import Writing
from advisor.output.options import RenderOptions

_JOBS = '\n  "jobs": ['
"""Where the jobs go: a line that begins so is nowhere else, since texts have no line ends."""


def render(report: CheckReport, options: RenderOptions) -> str:
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
