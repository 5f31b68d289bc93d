"""One file that opens anywhere: style and script inside, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, meta

from advisor.facts.record import Record
from advisor.findings.finding import Decision
from advisor.judging.assessment import Assessment, RequirementState, Thing
from advisor.output import facets, html_text, job_view, picture, plan_view, wording
from advisor.output.cheat_sheet import cheat_sheet, glossary
from advisor.output.facets import arrange_facets
from advisor.output.flow import flows
from advisor.output.headline import headline, reasons
from advisor.output.job_view import arrange_jobs
from advisor.output.options import RenderOptions
from advisor.output.overview import Overview, arrange, top_rules
from advisor.output.plan_step import short_hash
from advisor.output.plan_view import PlanView, arrange_plan, work_of
from advisor.output.remedies import push_blocks, share_findings, share_things
from advisor.output.session import Session, arrange_session

_FOLDER = "html"
_REPORT = "report.html.j2"
_EARLY = 'document.documentElement.className = "js";'
"""Before anything is drawn: with a script only one view shows."""
VIEW_TITLES = {
    "overview": "Overview",
    "plan": "Plan",
    "jobs": "Jobs",
    "things": "Images & data",
    "findings": "Findings",
}
_OWNERS_VIEWS = ("overview", "jobs", "plan", "things", "findings")
_JOBS = 120
_FINDINGS = 1000
_NAMES = 4000
_USES = 3000
_SAID = 200


def compile_templates() -> None:
    """Compile every template now, for a caller who waits for something else meanwhile."""
    made = report_environment()
    pending, seen = [_REPORT, *(f"{name}.html.j2" for name in VIEW_TITLES)], set()
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
    style = asset("report.css") + asset("views.css")
    script = asset("report.js") + asset("session.js")
    return (
        report_environment()
        .get_template(_REPORT)
        .render(
            view=view,
            audit=view.assessment,
            headline=headline(view),
            reasons=reasons(view),
            top=top_rules(view),
            plan=plan,
            work=work_of(plan),
            way_back=_way_back(plan),
            job_views=jobs,
            job_anchors={one.job.id: f"job-{short_hash(one.job.id)}" for one in jobs[:_JOBS]},
            session=session,
            anchors=_anchors(plan, session),
            sheet=cheat_sheet(),
            terms=glossary(),
            facets=arrange_facets(view.assessment),
            usage=picture.usage(view.assessment.plan),
            holdings=picture.holdings(view),
            states=_states(view.assessment),
            ready=_ready(view.assessment),
            shown=bounds(view),
            view_names=_OWNERS_VIEWS if view.assessment.owner else tuple(VIEW_TITLES),
            view_counts=_counts(view, plan, len(jobs)),
            key=short_hash(f"{assessment.target}\n{assessment.taken}\n{assessment.owner}"),
            style=style,
            early=_EARLY,
            script=script,
            policy=_policy(style, _EARLY, script),
        )
    )


def _counts(view: Overview, plan: PlanView | None, jobs: int) -> dict[str, int]:
    return {
        "plan": plan.total if plan is not None else 0,
        "jobs": jobs,
        "things": sum(topic.total for topic in view.topics),
        "findings": sum(group.count for group in view.severities),
    }


def _states(audit: Assessment) -> dict[str, int]:
    """How many of what Run:ai needs in any case is met, not met, unknown."""
    table = audit.readiness
    rows = table.requirements if table is not None else ()
    return Counter(row.state for row in rows if row.needed)


def _ready(audit: Assessment) -> RequirementState:
    """The worst state of what Run:ai needs in any case."""
    rows = audit.readiness.requirements if audit.readiness is not None else ()
    states = {row.state for row in rows if row.needed}
    worst: tuple[RequirementState, ...] = ("not met", "unknown")
    return next((state for state in worst if state in states), "met")


def _anchors(plan: PlanView | None, session: Session) -> set[str]:
    """Where an entry of the agenda can lead."""
    found = {"overview", "findings", "not-assessed", "jobs", "plan"}
    found |= {"before-after", "capacity"} if plan is not None else set()
    found |= {"questions"} if session.questions else set()
    return found | ({"wave-1"} if plan is not None and plan.waves else set())


def _way_back(plan: PlanView | None) -> str:
    """Waves mostly share it."""
    waves = plan.waves if plan is not None else ()
    return " ".join(dict.fromkeys(one.wave.way_back for one in waves if one.wave.way_back))


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
        uses=fold_uses,
        flows=flows,
        question_key=plan_view.question_key,
        **wording.FILTERS,
        rows=picture.rows,
        drawn_nodes=picture.drawn_nodes,
        segments=picture.segments,
        stretches=picture.stretches,
        anchor=facets.anchor,
        finding_attributes=facets.finding_attributes,
        shown_at=facets.Facets.shown_at,
        share_things=share_things,
        share_findings=share_findings,
        push_blocks=push_blocks,
        gap_key=lambda gap: short_hash(gap.fact),
    )
    made.tests["web_link"] = html_text.web_link
    made.globals.update(
        **wording.LABELS,
        HOSTS_DRAWN=picture.HOSTS_DRAWN,
        READY_LABELS=wording.READY_LABELS,
        VIEW_TITLES=VIEW_TITLES,
        TARGET_NAMES=job_view.TARGET_NAMES,
        FATE_LABELS=job_view.FATE_LABELS,
        FATE_TONES=job_view.FATE_TONES,
    )
    return made


def asset(name: str) -> str:
    """The text of a file that goes into the report."""
    return files("advisor_reports").joinpath(_FOLDER, name).read_text(encoding="utf-8")


def _policy(style: str, *scripts: str) -> str:
    allowed = " ".join(f"'{digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src {allowed}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """What a content policy allows the text by."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


class _Uses(Record, frozen=True, kw_only=True):
    """Uses that are decided alike for the same reasons; `decision` is the first one's.

    `names` are the jobs with their owners, empty where no known job uses the thing."""

    decision: Decision
    names: tuple[str, ...]


def fold_uses(thing: Thing) -> tuple[_Uses, ...]:
    """In the order in which the grounds are first met."""
    groups: dict[object, list[Decision]] = {}
    for one in thing.decisions:
        key = (one.outcome, one.rule, one.location, one.count, one.ready, one.nodes)
        groups.setdefault((key, one.evidence, one.gaps), []).append(one)
    return tuple(
        _Uses(
            decision=group[0],
            names=tuple(
                (f"{one.use} ({one.owner})" if one.owner else one.use) for one in group if one.use
            ),
        )
        for group in groups.values()
    )
