"""A report as a whole, with what the person who leads an onboarding session holds: an agenda, each
job before and after with every flag explained, and questions by owner."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from advisor.catalogs import load_catalog
from advisor.facts.quantity import plural, some
from advisor.facts.record import Record
from advisor.jobs.ledger import FATES, Fate
from advisor.jobs.translation import Target
from advisor.judging.assessment import Assessment
from advisor.output.formats import RenderOptions
from advisor.output.overview import Overview, arrange, headline, reasons, top_rules
from advisor.output.plan_view import PlanView, WaveView, arrange_plan, work_of
from advisor.output.wording import TARGET_NAMES
from advisor.planning.plan import (
    CapacityRow,
    FlagFate,
    JobCommand,
    JobFlag,
    JobPlan,
    Plan,
    Question,
)

FATE_LABELS: dict[Fate, str] = {
    "mapped": "same",
    "changed": "differs",
    "no-equivalent": "left out",
    "unresolved": "yours to give",
}
FATE_TONES: dict[Fate, str] = {
    "mapped": "ok",
    "changed": "move",
    "no-equivalent": "blocked",
    "unresolved": "unknown",
}
_ADDED = "added: "


class Reason(Record, frozen=True, kw_only=True):
    """Why, and for which targets; no target is named where it holds for all."""

    targets: tuple[Target, ...] = ()
    text: str


class FlagRow(Record, frozen=True, kw_only=True):
    """A flag of today, or something that was added for the cluster, with its fate in each form.

    `became` is in the order of TARGET_NAMES, None where that form says nothing of it."""

    flag: JobFlag
    added: str
    fate: Fate
    became: tuple[FlagFate | None, ...]
    reasons: tuple[Reason, ...]


class JobView(Record, frozen=True, kw_only=True):
    """A job with labels for the ids in it."""

    job: JobPlan
    number: int
    images: tuple[str, ...]
    data: tuple[str, ...]
    commands: tuple[JobCommand, ...]
    rows: tuple[FlagRow, ...]
    open: int


def arrange_jobs(plan: Plan) -> tuple[JobView, ...]:
    """Jobs that get a command or have to be edited, those on Docker hosts first."""
    images = {image.id: image.label for image in plan.images}
    data = {place.id: place.label for place in plan.data}
    concerned = [job for job in plan.jobs if job.commands or job.changes]
    ordered = sorted(concerned, key=lambda job: not job.commands)
    return tuple(_view(job, number, images, data) for number, job in enumerate(ordered, start=1))


def _view(job: JobPlan, number: int, images: dict[str, str], data: dict[str, str]) -> JobView:
    by_target = {command.target: command for command in job.commands}
    return JobView(
        job=job,
        number=number,
        images=tuple(images[key] for key in job.images if key in images),
        data=tuple(data[key] for key in job.data if key in data),
        commands=tuple(by_target[target] for target in TARGET_NAMES if target in by_target),
        rows=tuple(_row(flag) for flag in job.flags),
        open=sum(_worst(flag) != "mapped" for flag in job.flags),
    )


def _row(flag: JobFlag) -> FlagRow:
    by_target = {fate.target: fate for fate in flag.became}
    return FlagRow(
        flag=flag,
        added=flag.written.removeprefix(_ADDED) if flag.written.startswith(_ADDED) else "",
        fate=_worst(flag),
        became=tuple(by_target.get(target) for target in TARGET_NAMES),
        reasons=_reasons(flag),
    )


def _worst(flag: JobFlag) -> Fate:
    return min((fate.fate for fate in flag.became), key=FATES.index, default="mapped")


def _reasons(flag: JobFlag) -> tuple[Reason, ...]:
    texts: dict[str, list[Target]] = {}
    for fate in flag.became:
        texts.setdefault(fate.reason, []).append(fate.target)
    if len(texts) == 1:
        return tuple(Reason(text=text) for text in texts)
    return tuple(Reason(text=text, targets=tuple(targets)) for text, targets in texts.items())


_SLOWEST = 30


class AgendaItem(Record, frozen=True, kw_only=True):
    """`about` is what is talked about, `anchor` the part of the report that shows it."""

    minutes: int
    title: str
    about: str
    anchor: str


class OwnerQuestions(Record, frozen=True, kw_only=True):
    """Questions for one person; `owner` is empty for the administrators. `first` is the number of
    the first of them among all."""

    owner: str
    first: int
    questions: tuple[Question, ...]


class Session(Record, frozen=True, kw_only=True):
    """`people` are owners who should be there."""

    agenda: tuple[AgendaItem, ...]
    minutes: int
    people: tuple[str, ...]
    questions: tuple[OwnerQuestions, ...]

    def numbers(self) -> dict[str, int]:
        """The number of each question by its id."""
        return {
            question.id: number
            for group in self.questions
            for number, question in enumerate(group.questions, start=group.first)
        }


def arrange_report(assessment: Assessment, options: RenderOptions) -> dict[str, Any]:
    """What the templates of a whole report are given, in HTML as in markdown."""
    view = arrange(assessment, options)
    plan = arrange_plan(view.assessment)
    return {
        "view": view,
        "audit": view.assessment,
        "headline": headline(view),
        "reasons": reasons(view),
        "top": top_rules(view),
        "plan": plan,
        "work": work_of(plan),
        "job_views": arrange_jobs(plan.plan) if plan is not None else (),
        "session": arrange_session(view, plan),
        "sheet": cheat_sheet(),
        "terms": glossary(),
    }


def arrange_session(view: Overview, plan: PlanView | None) -> Session:
    """From what was found; a part with nothing to talk about is left out."""
    agenda = tuple(item for item in _agenda(view, plan) if item is not None)
    asked = plan.plan.questions if plan is not None else ()
    by_owner: dict[str, list[Question]] = {}
    for question in asked:
        by_owner.setdefault(question.owner, []).append(question)
    return Session(
        agenda=agenda,
        minutes=sum(item.minutes for item in agenda),
        people=tuple(sorted({job.owner for job in plan.plan.jobs if job.owner})) if plan else (),
        questions=tuple(_by_owner(by_owner)),
    )


def _by_owner(questions: dict[str, list[Question]]) -> Iterator[OwnerQuestions]:
    first = 1
    for owner, asked in sorted(questions.items()):
        yield OwnerQuestions(owner=owner, first=first, questions=tuple(asked))
        first += len(asked)


def _agenda(view: Overview, plan: PlanView | None) -> Iterator[AgendaItem | None]:
    yield AgendaItem(
        minutes=10,
        title="What was found",
        about=" ".join(topic.verdict.sentence for topic in view.topics),
        anchor="verdict",
    )
    yield _unknowns(view)
    if plan is None:
        return
    yield _questions(plan.plan.questions)
    yield _moves(plan)
    yield _capacity(plan.plan.capacity.rows)
    for wave in plan.waves[:1]:
        yield _first_wave(wave)
    yield AgendaItem(
        minutes=15,
        title="What I type now",
        about="Everybody finds their own jobs, then the commands beside docker's.",
        anchor="jobs",
    )
    yield _dates(plan)


def _unknowns(view: Overview) -> AgendaItem | None:
    missing = len(view.assessment.not_assessed)
    if not missing:
        return None
    return AgendaItem(
        minutes=5,
        title="What is not known",
        about=f"{plural(missing, 'fact')} could not be read; who can settle which?",
        anchor="not-assessed",
    )


def _questions(questions: tuple[Question, ...]) -> AgendaItem | None:
    if not questions:
        return None
    people = {question.owner or "the administrators" for question in questions}
    return AgendaItem(
        minutes=min(5 * (1 + len(questions) // 2), _SLOWEST),
        title="Questions to owners",
        about=f"{plural(len(questions), 'question')} to {some(sorted(people), 6)}.",
        anchor="questions",
    )


def _moves(plan: PlanView) -> AgendaItem | None:
    pushes = sum(image.action.startswith("push") for image in plan.plan.images)
    copies = len(plan.plan.copied)
    if not pushes and not copies:
        return None
    where = plan.plan.registry if plan.named else "a registry that has yet to be chosen"
    return AgendaItem(
        minutes=10,
        title="Where images and data go",
        about=f"{plural(pushes, 'image')} to {where}; {plural(copies, 'place')} of data to"
        " network storage.",
        anchor="before-after",
    )


def _capacity(rows: tuple[CapacityRow, ...]) -> AgendaItem | None:
    short = [row.resource for row in rows if row.fits is False]
    if not rows:
        return None
    about = (
        f"Not everything fits at once ({some(short, 3)}): who waits for whom?"
        if short
        else "What is asked for at once, and what is available."
    )
    return AgendaItem(minutes=5, title="How many GPUs", about=about, anchor="capacity")


def _first_wave(wave: WaveView) -> AgendaItem:
    return AgendaItem(
        minutes=15,
        title="The first job, together",
        about=f"{wave.wave.title}: {plural(len(wave.steps), 'step')}.",
        anchor=f"wave-{wave.wave.number}",
    )


def _dates(plan: PlanView) -> AgendaItem | None:
    later = plan.waves[1:]
    if not later:
        return None
    return AgendaItem(
        minutes=10,
        title="Dates",
        about=f"{plural(len(later), 'more wave')}: when, and who ticks what.",
        anchor="plan",
    )


class CommandRow(
    Record,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"runai_v1": "runai-v1", "runai_v2": "runai-v2"},
):
    """A docker command and any of the commands that do the same; () where there is none."""

    docker: str
    part: str
    runai_v1: tuple[str, ...]
    runai_v2: tuple[str, ...]
    kubectl: tuple[str, ...]
    note: str
    sources: tuple[str, ...]


class CommandPart(Record, frozen=True, kw_only=True):
    """Rows under one heading."""

    title: str
    rows: tuple[CommandRow, ...]


class CheatSheet(Record, frozen=True, kw_only=True):
    """`sources` says what the rows rest on."""

    parts: tuple[CommandPart, ...]
    sources: dict[str, str]


class Term(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word of the field in plain words."""

    term: str
    meaning: str


class _Commands(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sources: dict[str, str]
    commands: tuple[CommandRow, ...]


class _Glossary(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    terms: tuple[Term, ...]


@cache
def cheat_sheet() -> CheatSheet:
    """Every row, under its heading; raises RuleError when the table does not load."""
    table = load_catalog("command_equivalents", _Commands)
    return CheatSheet(
        parts=tuple(
            CommandPart(title=title, rows=tuple(rows))
            for title, rows in groupby(table.commands, key=lambda row: row.part)
        ),
        sources=table.sources,
    )


@cache
def glossary() -> tuple[Term, ...]:
    """Every term; raises RuleError when the table does not load."""
    return load_catalog("glossary", _Glossary).terms
