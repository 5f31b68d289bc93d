"""The assessment itself, for programs; its schema is `reports/schema/assessment.schema.json`."""

from __future__ import annotations

import msgspec

from advisor.judging.assessment import Assessment
from advisor.output.options import RenderOptions
from advisor.output.selection import select


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Keys sorted, indented by two, with a newline at the end."""
    selected, _ = select(assessment, options.min_severity)
    text = msgspec.json.encode(selected, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"
