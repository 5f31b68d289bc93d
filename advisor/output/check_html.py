"""A check as one HTML file that opens anywhere: style inside, no script, everything escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

from advisor.errors import one_line
from advisor.judging.check_report import CheckReport
from advisor.output import check_view
from advisor.output.check_view import Spot
from advisor.output.html import asset, digest, environment
from advisor.output.options import RenderOptions


def render(report: CheckReport, options: RenderOptions) -> str:
    """Its policy allows the style inside it and nothing else."""
    made = environment()
    made.filters.update(
        **check_view.FILTERS,
        before=lambda spot: spot.text[: spot.caret],
        at=_word,
        after=lambda spot: spot.text[spot.caret + len(_word(spot)) :],
        lines=_lines,
    )
    made.globals.update(TARGET_NAMES=check_view.TARGET_NAMES, TONES=check_view.VERDICT_TONES)
    style = asset("report.css") + asset("check.css")
    return made.get_template("check.html.j2").render(
        report=report,
        tally=check_view.tally(report),
        against=check_view.checked_against(report),
        least=options.min_severity,
        style=style,
        policy=f"default-src 'none'; style-src '{digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    )


def _word(spot: Spot) -> str:
    """What stands at the caret, up to the next space."""
    return spot.text[spot.caret :].split(" ", 1)[0]


def _lines(text: str) -> Markup:
    """Several lines kept as lines, each with its odd characters made visible."""
    return escape("\n").join(escape(one_line(line)) for line in text.splitlines())
