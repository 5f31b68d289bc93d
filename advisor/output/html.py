"""Assessments, checks and differences as one HTML file each that opens anywhere: style and script
inside, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, meta
from markupsafe import Markup, escape

from advisor.errors import one_line
from advisor.facts.record import Record
from advisor.findings.finding import Decision
from advisor.judging.assessment import Assessment, RequirementState, Thing
from advisor.judging.check_report import CheckReport
from advisor.judging.difference import Difference
from advisor.output import (
    check_view,
    diff_view,
    html_text,
    picture,
    plan_view,
    wording,
)
from advisor.output.check_view import Spot
from advisor.output.data_steps import short_hash
from advisor.output.diff_view import arrange_diff
from advisor.output.formats import RenderOptions
from advisor.output.overview import Overview
from advisor.output.picture import flows
from advisor.output.plan_view import PlanView
from advisor.output.remedies import (
    Facets,
    anchor,
    arrange_facets,
    attributes,
    finding_attributes,
    push_blocks,
    share_findings,
    share_things,
)
from advisor.output.session import FATE_LABELS, FATE_TONES, Session, arrange_report

_FOLDER = "html"
_LOADER = PackageLoader("advisor_reports", _FOLDER)
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
    made = templates()
    pending, seen = [_REPORT, *(f"{name}.html.j2" for name in VIEW_TITLES)], set()
    while pending:
        name = pending.pop()
        seen.add(name)
        made.get_template(name)
        source = _LOADER.get_source(made, name)[0]
        named = meta.find_referenced_templates(made.parse(source))
        pending += [name for name in named if name and name not in seen]


def render(assessment: Assessment, options: RenderOptions) -> str:
    """Works without its script; the policy in it allows that script and style and nothing else."""
    names = arrange_report(assessment, options)
    view, plan, jobs, session = (names[name] for name in ("view", "plan", "job_views", "session"))
    style = asset("report.css") + asset("views.css")
    script = asset("report.js") + asset("session.js")
    # How many of what Run:ai needs in any case is met, not met, unknown.
    table = view.assessment.readiness
    rows = table.requirements if table is not None else ()
    return (
        templates()
        .get_template(_REPORT)
        .render(
            names,
            way_back=_way_back(plan),
            job_anchors={job.job.id: f"job-{short_hash(job.job.id)}" for job in jobs[:_JOBS]},
            anchors=_anchors(plan, session),
            facets=arrange_facets(view.assessment),
            usage=picture.usage(view.assessment.plan),
            holdings=picture.holdings(view),
            states=Counter(row.state for row in rows if row.needed),
            ready=_ready(view.assessment),
            shown=bounds(view),
            view_names=_OWNERS_VIEWS if view.assessment.owner else tuple(VIEW_TITLES),
            view_counts=_counts(view, plan, len(jobs)),
            key=short_hash(f"{assessment.target}\n{assessment.taken}\n{assessment.owner}"),
            style=style,
            early=_EARLY,
            script=script,
            policy=policy(style, _EARLY, script),
        )
    )


def render_check(report: CheckReport, options: RenderOptions) -> str:
    """Its policy allows the style inside it and no script."""
    style = asset("report.css") + asset("check.css")
    return (
        templates()
        .get_template("check.html.j2")
        .render(
            report=report,
            tally=check_view.tally(report),
            against=check_view.checked_against(report),
            least=options.min_severity,
            style=style,
            policy=policy(style),
        )
    )


def render_diff(difference: Difference, options: RenderOptions) -> str:
    """Its policy allows the style inside it and no script."""
    style = asset("report.css")
    return (
        templates()
        .get_template("diff.html.j2")
        .render(
            view=arrange_diff(difference, options),
            difference=difference,
            style=style,
            policy=policy(style),
        )
    )


def _counts(view: Overview, plan: PlanView | None, jobs: int) -> dict[str, int]:
    return {
        "plan": plan.total if plan is not None else 0,
        "jobs": jobs,
        "things": sum(topic.total for topic in view.topics),
        "findings": sum(group.count for group in view.severities),
    }


def _ready(audit: Assessment) -> RequirementState:
    """The worst state of what Run:ai needs in any case."""
    rows = audit.readiness.requirements if audit.readiness is not None else ()
    states = {row.state for row in rows if row.needed}
    worst: tuple[RequirementState, ...] = ("not met", "unknown", "by hand")
    return next((state for state in worst if state in states), "met")


def _anchors(plan: PlanView | None, session: Session) -> set[str]:
    """The parts of the page that an entry of the agenda can lead to."""
    anchors = {"overview", "findings", "not-assessed", "jobs", "plan"}
    anchors |= {"before-after", "capacity"} if plan is not None else set()
    anchors |= {"questions"} if session.questions else set()
    return anchors | ({"wave-1"} if plan is not None and plan.waves else set())


def _way_back(plan: PlanView | None) -> str:
    """The way back that most waves share."""
    waves = plan.waves if plan is not None else ()
    return " ".join(dict.fromkeys(wave.wave.way_back for wave in waves if wave.wave.way_back))


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
def templates() -> Environment:
    """Kept with what it has compiled; nobody adds names to it."""
    return environment()


def environment() -> Environment:
    """Templates where an unset name is an error and every value printed is made inert."""
    made = Environment(
        loader=_LOADER,
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
        attributes=attributes,
        uses=fold_uses,
        flows=flows,
        question_key=plan_view.question_key,
        **wording.FILTERS,
        rows=picture.rows,
        drawn_nodes=picture.drawn_nodes,
        segments=picture.segments,
        stretches=picture.stretches,
        anchor=anchor,
        finding_attributes=finding_attributes,
        shown_at=Facets.shown_at,
        share_things=share_things,
        share_findings=share_findings,
        push_blocks=push_blocks,
        gap_key=lambda gap: short_hash(gap.fact),
        **check_view.FILTERS,
        before=lambda spot: spot.text[: spot.caret],
        at=_word,
        after=lambda spot: spot.text[spot.caret + len(_word(spot)) :],
        plain_lines=_plain_lines,
        **diff_view.FILTERS,
    )
    made.tests["web_link"] = html_text.web_link
    made.globals.update(
        **wording.LABELS,
        HOSTS_DRAWN=picture.HOSTS_DRAWN,
        READY_LABELS=wording.READY_LABELS,
        VIEW_TITLES=VIEW_TITLES,
        FATE_LABELS=FATE_LABELS,
        FATE_TONES=FATE_TONES,
        VERDICT_TONES=check_view.VERDICT_TONES,
        TURN_TITLES=diff_view.TURN_TITLES,
        TURN_TONES=diff_view.TURN_TONES,
    )
    return made


def asset(name: str) -> str:
    """The text of a file that goes into the report."""
    return files("advisor_reports").joinpath(_FOLDER, name).read_text(encoding="utf-8")


def policy(style: str, *scripts: str) -> str:
    """Allows this style and these scripts, by their digests."""

    def allowed(*texts: str) -> str:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    script_rule = f" script-src {allowed(*scripts)};" if scripts else ""
    return (
        f"default-src 'none'; style-src {allowed(style)};{script_rule} "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _word(spot: Spot) -> str:
    """The word at the caret, up to the next space."""
    return spot.text[spot.caret :].split(" ", 1)[0]


def _plain_lines(text: str) -> Markup:
    """Several lines kept as lines, each with its odd characters made visible."""
    return escape("\n").join(escape(one_line(line)) for line in text.splitlines())


class _Uses(Record, frozen=True, kw_only=True):
    """Uses that are decided alike for the same reasons; `decision` is the first one's.

    `names` are the jobs with their owners, empty where no known job uses the thing."""

    decision: Decision
    names: tuple[str, ...]


def fold_uses(thing: Thing) -> tuple[_Uses, ...]:
    """In the order in which the grounds are first met."""
    groups: dict[object, list[Decision]] = {}
    for decision in thing.decisions:
        key = (
            decision.outcome,
            decision.rule,
            decision.location,
            decision.count,
            decision.ready,
            decision.nodes,
        )
        groups.setdefault((key, decision.evidence, decision.gaps), []).append(decision)
    return tuple(
        _Uses(
            decision=group[0],
            names=tuple(
                (f"{use.use} ({use.owner})" if use.owner else use.use) for use in group if use.use
            ),
        )
        for group in groups.values()
    )
