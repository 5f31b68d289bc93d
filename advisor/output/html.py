"""One file that opens anywhere: style and script inside, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, meta
from markupsafe import Markup

from advisor.facts.record import Record
from advisor.findings.finding import Decision, Finding
from advisor.judging.assessment import Assessment, Thing
from advisor.output import html_text, job_view, picture, plan_view, wording
from advisor.output.cheat_sheet import cheat_sheet, glossary
from advisor.output.flow import flows
from advisor.output.job_view import arrange_jobs
from advisor.output.options import RenderOptions
from advisor.output.overview import PENDING, Overview, arrange, top_rules
from advisor.output.plan_step import short_hash
from advisor.output.plan_view import arrange_plan
from advisor.output.session import arrange_session

_FOLDER = "html"
_REPORT = "report.html.j2"
_TOP = 6
_JOBS = 120
_FINDINGS = 1000
_NAMES = 4000
_USES = 3000
_SAID = 200

_AREAS = {
    "image": "images",
    "data": "data",
    "gpu": "GPUs",
    "storage": "storage",
    "job": "jobs",
}
_AREA_OF_RULE = {"IMG": "image", "DAT": "data", "GPU": "gpu", "STO": "storage", "JOB": "job"}
_LISTED = 300


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
        attributes=attributes,
        area_of=area_of,
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
        AREAS=_AREAS,
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
        _Uses(decision=group[0], names=tuple(_name(one) for one in group if one.use))
        for group in groups.values()
    )


def _name(decision: Decision) -> str:
    return f"{decision.use} ({decision.owner})" if decision.owner else decision.use


class _Facets(Record, frozen=True, kw_only=True):
    """`owners` and `machines` by name with their number; `things` and `hosts` find them again."""

    owners: dict[str, int]
    machines: dict[str, int]
    things: dict[str, Thing]
    hosts: dict[str, str]

    def marks(self, owners: Iterable[str], machines: Iterable[str]) -> str:
        """`o1 o4 m0`: what of the lists belongs to an entry."""
        found = [f"o{self.owners[one]}" for one in dict.fromkeys(owners) if one in self.owners]
        found += [
            f"m{self.machines[one]}" for one in dict.fromkeys(machines) if one in self.machines
        ]
        return " ".join(found)

    def of_finding(self, finding: Finding) -> str:
        """Its owner and those of what it is about, and where that is."""
        thing = self.things.get(finding.subject.id)
        owners = [finding.owner, *(thing.owners if thing is not None else ())]
        machines = list(thing.machines) if thing is not None else [finding.subject.label]
        return self.marks(owners, [*machines, self.hosts.get(finding.subject.id, "")])

    def told(self, finding: Finding) -> str:
        """The part of the report that says the same with the same grounds; empty for none."""
        thing = self.things.get(finding.subject.id)
        if thing is None or thing.message != finding.message:
            return ""
        return f"{thing.topic}-{thing.outcome}"


def arrange_facets(audit: Assessment) -> _Facets:
    """The owners and machines that most of what has to be acted on belongs to, by name."""
    things = (*audit.images, *audit.data)
    owners: Counter[str] = Counter(finding.owner for finding in audit.findings)
    machines: Counter[str] = Counter({host.name: 1 for host in audit.hosts})
    for thing in things:
        owners.update(thing.owners)
        machines.update(thing.machines if thing.outcome in PENDING else ())
    jobs = audit.plan.jobs if audit.plan is not None else ()
    owners.update(job.owner for job in jobs)
    owners.pop("", None)
    return _Facets(
        owners=_numbered(owners),
        machines=_numbered(machines),
        things={thing.subject.id: thing for thing in things},
        hosts={job.id: job.host for job in jobs},
    )


def attributes(found: _Facets, owners: Iterable[str], machines: Iterable[str]) -> Markup:
    """The attribute by which a filter finds an entry; empty where nothing of the lists is its."""
    marks = found.marks(owners, machines)
    return Markup(' data-marks="{}"').format(marks) if marks else Markup("")


def area_of(rule: str) -> str:
    """The area of a built-in rule; empty for one of the user's own."""
    return _AREA_OF_RULE.get(rule[:3], "")


def _numbered(counts: Counter[str]) -> dict[str, int]:
    names = sorted(name for name, _ in counts.most_common(_LISTED))
    return {name: number for number, name in enumerate(names)}
