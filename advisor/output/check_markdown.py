"""A check as GitHub-flavoured markdown, for a comment on a pull request."""

from __future__ import annotations

import re

from advisor.errors import one_line
from advisor.findings.finding import Severity
from advisor.jobs.translation import Translation
from advisor.judging.check_report import CheckReport, JobCheck
from advisor.output import check_view
from advisor.output.check_view import Spot
from advisor.output.markdown import environment
from advisor.output.markdown_text import Markdown
from advisor.output.options import RenderOptions


def render(report: CheckReport, options: RenderOptions) -> str:
    """What has to be done is a task list; commands stand in fenced blocks and can be copied."""
    made = environment()
    made.filters.update(
        where=check_view.where,
        counts=check_view.counts,
        spots=_spots,
        of_status=check_view.of_status,
        open_facts=check_view.open_facts,
        not_carried=check_view.not_carried,
        still_missing=check_view.still_missing,
        entry_name=check_view.entry_name,
        fenced=_fenced,
        fenced_text=_fenced_text,
    )
    made.globals.update(TARGET_NAMES=check_view.TARGET_NAMES)
    text = made.get_template("check.md.j2").render(
        report=report,
        tally=check_view.tally(report),
        against=check_view.checked_against(report),
        least=options.min_severity,
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _spots(check: JobCheck, least: Severity) -> tuple[Spot, ...]:
    return check_view.spots(check, check_view.shown_findings(check, least))


def _fenced(spot: Spot) -> Markdown:
    """The source line with a caret below the column."""
    indent = " " * len(one_line(spot.text[: spot.caret]))
    return _block(f"{one_line(spot.text)}\n{indent}^", "text")


def _fenced_text(translation: Translation) -> Markdown:
    """The command with its steps; a manifest apart from them, since a shell that gets both would
    take its lines for commands."""
    if translation.target != "kubernetes":
        return _block("\n".join((*translation.before, translation.text)), "bash")
    manifest = _block(translation.text, "yaml")
    if not translation.before:
        return manifest
    return Markdown(_block("\n".join(translation.before), "bash") + "\n\n" + manifest)


def _block(text: str, language: str) -> Markdown:
    """A fence longer than any run of backticks in the text."""
    shown = "\n".join(one_line(line) for line in text.strip("\n").split("\n"))
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown(f"{fence}{language}\n{shown}\n{fence}")
