"""A difference for programs; its schema is `reports/schema/difference.schema.json`."""

from __future__ import annotations

import msgspec

from advisor.judging.difference import Difference
from advisor.output.options import RenderOptions


def render(difference: Difference, options: RenderOptions) -> str:  # noqa: ARG001
    """Everything, whatever the severity; keys sorted, with a newline at the end."""
    text = msgspec.json.encode(difference, order="sorted")
    return msgspec.json.format(text, indent=2).decode() + "\n"
