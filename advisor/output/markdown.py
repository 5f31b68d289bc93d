"""Assessments, checks and differences as GitHub-flavoured markdown, for a wiki or a request."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from advisor.errors import one_line
from advisor.jobs.translation import Translation
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport
from advisor.judging.difference import Difference
from advisor.output import check_view, diff_view, job_view, markdown_text, wording
from advisor.output.cheat_sheet import cheat_sheet, glossary
from advisor.output.check_view import Spot
from advisor.output.diff_view import arrange_diff
from advisor.output.flow import flows
from advisor.output.headline import headline, reasons
from advisor.output.html_text import moment
from advisor.output.job_view import arrange_jobs
from advisor.output.markdown_text import Markdown
from advisor.output.options import RenderOptions
from advisor.output.overview import PENDING, arrange, pending, top_rules
from advisor.output.plan_view import arrange_plan, work_of
from advisor.output.remedies import push_blocks
from advisor.output.session import arrange_session

_FOLDER = "markdown"
_LISTED = 200
_JOBS = 60
_ROWS = (40, 15, 5, 1)
"""Lists of a summary get shorter until it is short enough."""
_LONGEST = 65_536
"""Characters that GitHub and GitLab take in a comment."""


def render(assessment: Assessment, options: RenderOptions) -> str:
    """A summary that fits a wiki page or a comment; everything with `options.full`. No raw HTML."""
    if options.full:
        return _draw("report.md.j2", assessment, options)
    for rows in _ROWS:
        text = _draw("summary.md.j2", assessment, options, rows)
        if len(text) < _LONGEST:
            return text
    return _cut(text)


def _draw(template: str, assessment: Assessment, options: RenderOptions, rows: int = 0) -> str:
    """`rows` bounds every list of a summary."""
    view = arrange(assessment, options)
    plan = arrange_plan(view.assessment)
    text = (
        environment()
        .get_template(template)
        .render(
            view=view,
            audit=view.assessment,
            headline=headline(view),
            reasons=reasons(view),
            top=top_rules(view),
            plan=plan,
            work=work_of(plan),
            blocks=push_blocks(plan),
            job_views=arrange_jobs(plan.plan) if plan is not None else (),
            session=arrange_session(view, plan),
            sheet=cheat_sheet(),
            terms=glossary(),
            rows=rows,
            owner_jobs=max(rows // 8, 1),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _cut(text: str) -> str:
    """Names of thousands of characters: whole lines as far as they fit, no block left open."""
    kept = text[: _LONGEST - 200].rpartition("\n")[0]
    fences = re.findall(r"^(?:`{3,}|~{3,})", kept, re.MULTILINE)
    closed = f"\n{fences[-1]}" if len(fences) % 2 else ""
    return f"{kept}{closed}\n\nCut here: the names are too long. `--full` has the rest.\n"


def environment() -> Environment:
    """Templates where every value printed is inert unless a filter made it markdown on purpose."""
    made = Environment(  # noqa: S701 - the text is markdown; `finalize` escapes it
        loader=PackageLoader("advisor_reports", _FOLDER),
        undefined=StrictUndefined,
        finalize=markdown_text.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        code=markdown_text.code,
        codes=markdown_text.codes,
        prose=markdown_text.prose,
        link=markdown_text.link,
        moment=moment,
        **wording.FILTERS,
        pending=pending,
        fence=markdown_text.fence,
        choices=markdown_text.choices,
        flows=flows,
    )
    made.globals.update(
        **wording.LABELS,
        PENDING=PENDING,
        LISTED=_LISTED,
        JOBS=_JOBS,
        TARGET_NAMES=job_view.TARGET_NAMES,
        FATE_LABELS=job_view.FATE_LABELS,
    )
    return made


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """What has to be done is a task list; commands stand in fenced blocks and can be copied."""
    made = environment()
    made.filters.update(
        **check_view.FILTERS,
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


def render_diff(difference: Difference, options: RenderOptions) -> str:
    """No raw HTML; what is done in a wave is ticked."""
    made = environment()
    made.filters.update(diff_view.FILTERS)
    made.globals.update(TURN_TITLES=diff_view.TURN_TITLES)
    view = arrange_diff(difference, options)
    text = made.get_template("diff.md.j2").render(view=view, difference=difference)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
