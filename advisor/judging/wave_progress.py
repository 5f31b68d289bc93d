"""How far the waves of an earlier plan are, by what a later assessment says of their things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor.facts.record import Record
from advisor.judging.assessment import Assessment
from advisor.planning.plan import DataPlan, ImagePlan, JobPlan, Wave
from advisor.planning.status import State
from advisor.rulebook.finding import Outcome

_SETTLED: frozenset[Outcome] = frozenset({"ok"})


class StepState(Record, frozen=True, kw_only=True):
    """One image, place or job of a wave; `unknown` where nothing in the later one tells."""

    topic: str
    label: str
    state: State


class WaveProgress(Record, frozen=True, kw_only=True):
    """A wave with its steps, and how many of them are done and not known."""

    number: int
    title: str
    done: int
    unknown: int
    total: int
    steps: tuple[StepState, ...] = ()


def wave_progress(old: Assessment, new: Assessment) -> tuple[WaveProgress, ...]:
    """Of the waves of the old plan; empty when either has no plan."""
    if old.plan is None or new.plan is None:
        return ()
    seen = _Later(new)
    images = {image.id: image for image in old.plan.images}
    data = {place.id: place for place in old.plan.data}
    jobs = {job.id: job for job in old.plan.jobs}
    return tuple(
        _progress(
            wave,
            [
                *seen.images(images[key] for key in wave.images if key in images),
                *seen.places(data[key] for key in wave.data if key in data),
                *seen.jobs(jobs[key] for key in wave.jobs if key in jobs),
            ],
        )
        for wave in old.plan.waves
    )


def _progress(wave: Wave, steps: list[StepState]) -> WaveProgress:
    states = [step.state for step in steps]
    return WaveProgress(
        number=wave.number,
        title=wave.title,
        done=states.count("done"),
        unknown=states.count("unknown"),
        total=len(states),
        steps=tuple(steps),
    )


class _Later:
    """What the later assessment says, by subject and by name."""

    def __init__(self, audit: Assessment) -> None:
        assert audit.plan is not None
        things = (*audit.images, *audit.data)
        self._outcomes = {thing.subject.id: thing.outcome for thing in things}
        self._in_registry = {
            name
            for image in audit.plan.images
            if image.action == "use"
            for name in (image.label, image.target, *image.names)
        }
        self._cluster = bool(audit.nodes) and not audit.assumed
        self._workloads = {
            parts[2]
            for job in audit.plan.jobs
            if job.id.startswith("workload:") and len(parts := job.id.split("/")) > 2
        }

    def images(self, images: Iterable[ImagePlan]) -> Iterator[StepState]:
        """Done when a registry has it under its target name, or all of its names are fine."""
        for image in images:
            state = "done" if image.target in self._in_registry else self._state(image.subjects)
            yield StepState(topic="image", label=image.target or image.label, state=state)

    def places(self, places: Iterable[DataPlan]) -> Iterator[StepState]:
        """Done when every use of it is outside the machines."""
        for place in places:
            yield StepState(topic="data", label=place.label, state=self._state(place.subjects))

    def jobs(self, jobs: Iterable[JobPlan]) -> Iterator[StepState]:
        """Done when the cluster has a job of the name that its manifest gives it."""
        for job in jobs:
            names = {
                str(document.get("metadata", {}).get("name", ""))
                for command in job.commands
                for document in command.documents
            } - {""}
            yield StepState(topic="job", label=job.label, state=self._job_state(names))

    def _job_state(self, names: set[str]) -> State:
        if names & self._workloads:
            return "done"
        return "open" if names and self._cluster else "unknown"

    def _state(self, subjects: tuple[str, ...]) -> State:
        found = [self._outcomes.get(subject) for subject in subjects]
        if any(outcome not in (*_SETTLED, "unknown", None) for outcome in found):
            return "open"
        return "done" if found and all(outcome in _SETTLED for outcome in found) else "unknown"
