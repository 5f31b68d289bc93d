"""The plan as steps that a person ticks off, wave by wave."""

from __future__ import annotations

from advisor.facts.record import Record
from advisor.judging.assessment import Assessment
from advisor.output.plan_step import Step, short_hash
from advisor.output.plan_steps import PlanSteps
from advisor.output.wording import plural
from advisor.planning.plan import PLACEHOLDER_REGISTRY, Plan, Question, Wave
from advisor.planning.plan_items import JobPlan

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class WaveView(Record, frozen=True, kw_only=True):
    """A wave with its steps in order; `time` is a rough one, empty where nothing is sent."""

    wave: Wave
    jobs: tuple[JobPlan, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    time: str


class PlanView(Record, frozen=True, kw_only=True):
    """`first` are steps before any wave. `named` is false while no registry was given."""

    plan: Plan
    named: bool
    first: tuple[Step, ...]
    waves: tuple[WaveView, ...]
    total: int


def arrange_plan(audit: Assessment) -> PlanView | None:
    """None where the assessment has no plan or there is nothing in it."""
    plan = audit.plan
    if plan is None or not (plan.images or plan.data or plan.jobs):
        return None
    maker = PlanSteps(plan, {host.name: host.engine for host in audit.hosts})
    first = tuple(maker.before())
    jobs = {job.id: job for job in plan.jobs}
    questions = {question.id: question for question in plan.questions}
    waves = tuple(
        WaveView(
            wave=wave,
            jobs=tuple(jobs[key] for key in wave.jobs if key in jobs),
            steps=tuple(maker.wave(wave)),
            questions=tuple(questions[key] for key in wave.questions if key in questions),
            time=duration(wave.seconds),
        )
        for wave in plan.waves
    )
    return PlanView(
        plan=plan,
        named=plan.registry != PLACEHOLDER_REGISTRY,
        first=first,
        waves=waves,
        total=len(first) + sum(len(wave.steps) for wave in waves),
    )


def duration(seconds: int) -> str:
    """The time in its largest unit, rounded up: `3 hours`; empty for none."""
    for unit, length in _UNITS:
        if seconds > length or unit == "second":
            return plural(-(-seconds // length), unit) if seconds else ""
    return ""


def question_key(question: Question) -> str:
    """The same for the same question in every report, whatever its number is."""
    return short_hash("\n".join((question.owner, question.text, *question.about)))
