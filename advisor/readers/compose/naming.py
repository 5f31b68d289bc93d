"""Services that have one name, told apart: no two objects have the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from advisor.jobs.spec import JobSpec
from advisor.jobs.word import word

Told = tuple[tuple[JobSpec, ...], tuple[str, ...]]


def told_apart(jobs: Sequence[JobSpec]) -> Told:
    """The jobs, those of one name under their services' names, each name that others call with the
    first that has it; and a sentence on each name that the first alone kept."""
    names = Counter(_name(job) for job in jobs)
    holders: dict[str, str] = {}
    notes: dict[str, str] = {}
    apart: list[JobSpec] = []
    for job in jobs:
        assert job.run is not None  # a service always has one
        service = job.label.removeprefix("service ")
        for name in job.run.called:
            holder = holders.setdefault(name.lower(), service)
            if holder != service:
                notes[name] = _SHARED.format(name=name, first=holder, other=service)
        run = replace(
            job.run,
            name=word(service) if names[_name(job)] > 1 else job.run.name,
            called=tuple(name for name in job.run.called if holders[name.lower()] == service),
        )
        apart.append(replace(job, run=run))
    return tuple(apart), tuple(notes.values())


def _name(job: JobSpec) -> str:
    name = job.run.name if job.run is not None else None
    return name.text.lower() if name is not None else ""


_SHARED = (
    "{first} and {other} are both called {name}: its Service leads to {first}; switch one of them"
    " on, or leave one out"
)
