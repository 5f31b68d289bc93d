"""GitHub-flavoured markdown for a wiki or a pull request."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from advisor.judging.assessment import Assessment
from advisor.output import job_view, markdown_text, wording
from advisor.output.cheat_sheet import cheat_sheet, glossary
from advisor.output.flow import flows
from advisor.output.html_text import moment
from advisor.output.job_view import arrange_jobs
from advisor.output.options import RenderOptions
from advisor.output.overview import PENDING, arrange, pending
from advisor.output.plan_view import arrange_plan
from advisor.output.session import arrange_session

_FOLDER = "markdown"
_LISTED = 200
_JOBS = 60


def render(assessment: Assessment, options: RenderOptions) -> str:
    """No raw HTML; what must be done is a task list; long lists of what is in order are bounded."""
    view = arrange(assessment, options)
    plan = arrange_plan(view.assessment)
    text = (
        environment()
        .get_template("report.md.j2")
        .render(
            view=view,
            audit=view.assessment,
            plan=plan,
            job_views=arrange_jobs(plan.plan) if plan is not None else (),
            session=arrange_session(view, plan),
            sheet=cheat_sheet(),
            terms=glossary(),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


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
        some=wording.some,
        plural=wording.plural,
        amount=wording.amount,
        size=wording.size,
        holds=wording.holds,
        cores=wording.cores,
        eligible=wording.eligible,
        origin=wording.origin,
        rests_on=wording.rests_on,
        not_read=wording.not_read,
        accelerator=wording.accelerator,
        node_states=wording.node_states,
        node_role=wording.node_role,
        pending=pending,
        fence=markdown_text.fence,
        choices=markdown_text.choices,
        flows=flows,
    )
    made.globals.update(
        OUTCOME_LABELS=wording.OUTCOME_LABELS,
        OUTCOME_MEANINGS=wording.OUTCOME_MEANINGS,
        SEVERITY_LABELS=wording.SEVERITY_LABELS,
        PENDING=PENDING,
        LISTED=_LISTED,
        JOBS=_JOBS,
        TARGET_NAMES=job_view.TARGET_NAMES,
        FATE_LABELS=job_view.FATE_LABELS,
    )
    return made
