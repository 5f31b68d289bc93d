"""The check report itself, for programs; its schema is `reports/schema/check.schema.json`."""

from __future__ import annotations

import msgspec

from advisor.facts.record import Record
from advisor.findings.finding import SEVERITIES
from advisor.judging.check_report import CheckReport
from advisor.output.options import RenderOptions

_JOBS = '\n  "jobs": ['
"""Where the jobs go: a line that begins so is nowhere else, since texts have no line ends."""


def render(report: CheckReport, options: RenderOptions) -> str:
    """Keys sorted, indented by two, with a newline at the end."""
    shown = SEVERITIES[: SEVERITIES.index(options.min_severity) + 1]
    if len(shown) < len(SEVERITIES):
        report = msgspec.structs.replace(
            report,
            jobs=tuple(
                msgspec.structs.replace(
                    one, findings=tuple(f for f in one.findings if f.severity in shown)
                )
                for one in report.jobs
            ),
        )
    return _text(report)


def _text(report: CheckReport) -> str:
    """Job after job goes to the end of one text: to have the whole of it in several forms at once
    would be most of a large run's memory."""
    before, jobs, after = _formatted(msgspec.structs.replace(report, jobs=())).partition(_JOBS)
    text = before + jobs
    for number, job in enumerate(report.jobs):
        text += (",\n    " if number else "\n    ") + _formatted(job).replace("\n", "\n    ")
    text += ("\n  " if report.jobs else "") + after + "\n"
    return text


def _formatted(record: Record) -> str:
    return msgspec.json.format(msgspec.json.encode(record, order="sorted"), indent=2).decode()
