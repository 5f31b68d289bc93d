"""A difference as one HTML file: style inside, no script, nothing loaded."""

from __future__ import annotations

from advisor.judging.difference import Difference
from advisor.output import diff_view
from advisor.output.diff_view import arrange_diff
from advisor.output.html import asset, digest, environment
from advisor.output.options import RenderOptions


def render(difference: Difference, options: RenderOptions) -> str:
    """Its policy allows the style inside it and nothing else."""
    made = environment()
    made.filters.update(diff_view.FILTERS)
    made.globals.update(TURN_TITLES=diff_view.TURN_TITLES, TURN_TONES=diff_view.TURN_TONES)
    style = asset("report.css")
    return made.get_template("diff.html.j2").render(
        view=arrange_diff(difference, options),
        difference=difference,
        style=style,
        policy=f"default-src 'none'; style-src '{digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    )
