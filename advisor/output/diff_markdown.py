"""A difference as markdown, for the comment under a pull request or a wiki."""

from __future__ import annotations

import re

from advisor.judging.difference import Difference
from advisor.output import diff_view
from advisor.output.diff_view import arrange_diff
from advisor.output.markdown import environment
from advisor.output.options import RenderOptions


def render(difference: Difference, options: RenderOptions) -> str:
    """No raw HTML; what is done in a wave is ticked."""
    made = environment()
    made.filters.update(
        side=diff_view.side,
        verdict_line=diff_view.verdict_line,
        outcomes=diff_view.outcomes,
        progress_line=diff_view.progress_line,
    )
    made.globals.update(TURN_TITLES=diff_view.TURN_TITLES)
    view = arrange_diff(difference, options)
    text = made.get_template("diff.md.j2").render(view=view, difference=difference)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
