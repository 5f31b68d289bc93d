"""What of a plan is done, by what was seen later; the one count for every command that gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from advisor.facts.record import Record
from advisor.planning.plan import Plan, Wave
from advisor.planning.seen import Seen
from advisor.planning.step_states import State, StepStates

STATES: tuple[State, ...] = ("open", "unknown", "done")
Topic = Literal["secret", "image", "data", "job"]


class StepProgress(Record, frozen=True, kw_only=True):
    """One step of the plan. `why` says what the state rests on, or what would settle it."""

    id: str
    topic: Topic
    label: str
    state: State
    why: str


class WaveProgress(Record, frozen=True, kw_only=True):
    """A wave with its steps, and how many of them are done and not known."""

    number: int
    title: str
    done: int
    unknown: int
    total: int
    steps: tuple[StepProgress, ...] = ()


class PlanProgress(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Every step once: the pull secret if there is one, then what the waves hold, topic by topic.
    `done`, `open` and `unknown` count them."""

    done: int
    open: int
    unknown: int
    steps: tuple[StepProgress, ...]
    waves: tuple[WaveProgress, ...]


def plan_progress(plan: Plan, later: Plan, seen: Seen) -> PlanProgress:
    """The steps of `plan` as they stand in a later assessment: its own plan, and what it saw.

    What was not read is unknown, and never done.
    """
    now = StepStates(plan, later, seen)
    images = {
        one.id: _step("image", one.id, one.target or one.label, now.image(one))
        for one in plan.images
        if one.action == "hold" or one.action.startswith("push")
    }
    data = {
        one.id: _step("data", one.id, one.label, now.place(one))
        for one in plan.data
        if one.action == "copy"
    }
    moving = {key for wave in plan.waves for key in wave.jobs}
    jobs = {
        one.id: _step("job", one.id, one.label, now.job(one))
        for one in plan.jobs
        if one.id in moving
    }
    secret = plan.pull_secret
    first = (
        [_step("secret", "secret", secret.name, now.secret())]
        if images and secret.needed != "no"
        else []
    )
    steps = (*first, *images.values(), *data.values(), *jobs.values())
    states = Counter(step.state for step in steps)
    return PlanProgress(
        done=states["done"],
        open=states["open"],
        unknown=states["unknown"],
        steps=steps,
        waves=tuple(_wave(wave, images, data, jobs) for wave in plan.waves),
    )


def _step(topic: Topic, key: str, label: str, judged: tuple[State, str]) -> StepProgress:
    state, why = judged
    return StepProgress(id=key, topic=topic, label=label, state=state, why=why)


def _wave(
    wave: Wave,
    images: Mapping[str, StepProgress],
    data: Mapping[str, StepProgress],
    jobs: Mapping[str, StepProgress],
) -> WaveProgress:
    steps = (
        *(images[key] for key in wave.images if key in images),
        *(data[key] for key in wave.data if key in data),
        *(jobs[key] for key in wave.jobs if key in jobs),
    )
    states = Counter(step.state for step in steps)
    return WaveProgress(
        number=wave.number,
        title=wave.title,
        done=states["done"],
        unknown=states["unknown"],
        total=len(steps),
        steps=steps,
    )


def listed(progress: Iterable[StepProgress], topic: Topic) -> tuple[StepProgress, ...]:
    """The steps of one topic, what is done last."""
    group = (one for one in progress if one.topic == topic)
    return tuple(sorted(group, key=lambda one: STATES.index(one.state)))
