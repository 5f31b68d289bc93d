"""Launches over several machines among the jobs that were read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.jobs.launch import launched
from advisor.jobs.spec import JobSpec

_MANIFEST = "manifest"


def as_distributed(job: JobSpec) -> JobSpec:
    """The job; one that starts a part of a launch over several machines is the whole of it. What a
    manifest says stays: its pods have names in the cluster."""
    if job.run is None or job.run.distributed or job.reader == _MANIFEST or job.launch:
        return job
    found = launched(job.run)
    return job if found is None else replace(job, run=found[0], launch=found[1])


def together(jobs: Sequence[JobSpec]) -> tuple[list[JobSpec], list[str]]:
    """The jobs, where the containers of one launch are one, and a note on each of the others."""
    kept: list[JobSpec] = []
    notes: list[str] = []
    first: dict[str, int] = {}
    ranks: dict[str, set[int]] = {}
    for job in jobs:
        launch = job.launch
        if launch is None or launch.rank is None:
            kept.append(job)
            continue
        known = ranks.setdefault(launch.key, set())
        if launch.key not in first or launch.rank in known:
            first[launch.key], known_here = len(kept), {launch.rank}
            ranks[launch.key] = known_here
            kept.append(job)
            continue
        known.add(launch.rank)
        at = first[launch.key]
        other = _where(kept[at])
        notes.append(f"{_where(job)}: of the same launch as {other}: one distributed job")
        if launch.rank < min(known - {launch.rank}):
            kept[at] = job
    return kept, notes


def _where(job: JobSpec) -> str:
    place = job.place
    return f"{place.file}:{place.line}:{place.column}" if place else job.label
