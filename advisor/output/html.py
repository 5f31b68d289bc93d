"""One file that opens anywhere: style and script inside, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, meta

from advisor.facts.record import Record
from advisor.judging.assessment import Assessment
from advisor.output import facets, html_text, job_view, picture, plan_view, wording
from advisor.output.cheat_sheet import cheat_sheet, glossary
from advisor.output.facets import arrange_facets
from advisor.output.flow import flows
from advisor.output.job_view import arrange_jobs
from advisor.output.options import RenderOptions
from advisor.output.overview import PENDING, Overview, arrange, top_rules
from advisor.output.plan_step import short_hash
from advisor.output.plan_view import arrange_plan
from advisor.output.session import arrange_session
from advisor.output.uses import fold_uses

_FOLDER = "html"
_REPORT = "report.html.j2"
_TOP = 6
_JOBS = 120
_FINDINGS = 1000
_NAMES = 4000
_USES = 3000
_SAID = 200


def compile_templates() -> None:
    """Compile every template now, for a caller who waits for something else meanwhile."""
    made = report_environment()
    pending, seen = [_REPORT], set()
    while pending:
        name = pending.pop()
        seen.add(name)
        made.get_template(name)
        source = loader().get_source(made, name)[0]
        named = meta.find_referenced_templates(made.parse(source))
        pending += [one for one in named if one and one not in seen]


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Works without its script; the policy in it allows that script and style and nothing else."""
    view = arrange(assessment, options)
    plan = arrange_plan(view.assessment)
    jobs = arrange_jobs(plan.plan) if plan is not None else ()
    session = arrange_session(view, plan)
    style = asset("report.css") + asset("plan.css")
    script = asset("report.js") + asset("session.js")
    return (
        report_environment()
        .get_template(_REPORT)
        .render(
            view=view,
            audit=view.assessment,
            top=top_rules(view, _TOP),
            pending=PENDING,
            plan=plan,
            job_views=jobs,
            job_numbers={one.job.id: one.number for one in jobs[:_JOBS]},
            session=session,
            question_numbers=session.numbers(),
            sheet=cheat_sheet(),
            terms=glossary(),
            facets=arrange_facets(view.assessment),
            usage=picture.usage(view.assessment.plan),
            shown=bounds(view),
            key=short_hash(f"{assessment.target}\n{assessment.taken}\n{assessment.owner}"),
            style=style,
            script=script,
            policy=_policy(style, script),
        )
    )


class Bounds(Record, frozen=True, kw_only=True):
    """How much of long lists is in the file: findings of one rule in full and by name, uses of one
    thing, things in order with what is said of them, and steps, jobs, and an owner's questions."""

    findings: int
    names: int
    uses: int
    said: int
    steps: int = 400
    jobs: int = _JOBS
    questions: int = 60


def bounds(view: Overview) -> Bounds:
    """Everything for a site of some hundred things; for a large one its share of a fixed sum."""
    things = sum(len(group.things) for topic in view.topics for group in topic.groups)
    rules = sum(len(group.rules) for group in view.severities) + len(view.unknown)
    return Bounds(
        findings=max(min(200, _FINDINGS // max(rules, 1)), 10),
        names=max(min(1000, _NAMES // max(rules, 1)), 50),
        uses=max(min(20, _USES // max(things, 1)), 1),
        said=_SAID,
    )


@lru_cache(maxsize=1)
def loader() -> PackageLoader:
    """The templates that ship with advisor."""
    return PackageLoader("advisor_reports", _FOLDER)


@lru_cache(maxsize=1)
def report_environment() -> Environment:
    """That of the report alone, with what it has compiled; nobody else adds names to it."""
    return environment()


def environment() -> Environment:
    """Templates where an unset name is an error and every value printed is made inert."""
    made = Environment(
        loader=loader(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=html_text.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        prose=html_text.prose,
        flags=html_text.flags,
        moment=html_text.moment,
        lines=html_text.lines,
        attributes=facets.attributes,
        area_of=facets.area_of,
        uses=fold_uses,
        flows=flows,
        question_key=plan_view.question_key,
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
        rows=picture.rows,
        drawn_nodes=picture.drawn_nodes,
        segments=picture.segments,
    )
    made.tests["web_link"] = html_text.web_link
    made.globals.update(
        OUTCOME_LABELS=wording.OUTCOME_LABELS,
        OUTCOME_MEANINGS=wording.OUTCOME_MEANINGS,
        SEVERITY_LABELS=wording.SEVERITY_LABELS,
        HOSTS_DRAWN=picture.HOSTS_DRAWN,
        AREAS=facets.AREAS,
        TARGET_NAMES=job_view.TARGET_NAMES,
        FATE_LABELS=job_view.FATE_LABELS,
        FATE_TONES=job_view.FATE_TONES,
    )
    return made


def asset(name: str) -> str:
    """The text of a file that goes into the report."""
    return files("advisor_reports").joinpath(_FOLDER, name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """What a content policy allows the text by."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"
