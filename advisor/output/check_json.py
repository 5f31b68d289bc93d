"""The check report itself, for programs; its schema is `reports/schema/check.schema.json`."""

from __future__ import annotations

import msgspec

from advisor.judging.check_report import CheckReport
from advisor.output.options import RenderOptions
from advisor.rulebook.finding import SEVERITIES


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
    text = msgspec.json.encode(report, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"
