"""What of a plan is done, by what a later snapshot shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from advisor.facts.record import Record
from advisor.facts.registry import RegistryImage
from advisor.facts.snapshot import Snapshot
from advisor.placement.image_inventory import image_key, reference_of
from advisor.planning.plan import DataPlan, ImagePlan, JobPlan, Plan

State = Literal["done", "open", "unknown"]
STATES: tuple[State, ...] = ("open", "unknown", "done")


class Progress(Record, frozen=True, kw_only=True):
    """One thing of the plan. `why` says what the state rests on, or what would settle it."""

    id: str
    topic: Literal["image", "data", "job"]
    label: str
    state: State
    why: str


def plan_progress(plan: Plan, later: Snapshot) -> tuple[Progress, ...]:
    """Each image to push, place to move and job to start, in the plan's order."""
    seen = _Seen(later)
    return (
        *(_image(image, seen) for image in plan.images if image.action.startswith("push")),
        *(_place(place, later) for place in plan.copied),
        *_jobs(plan.jobs, later),
    )


class _Seen:
    """Registry answers by name; by content and repository, the digests that engines list."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.answers = {image_key(one.reference): one for one in snapshot.registries}
        self.digests: dict[tuple[str, str], set[str]] = defaultdict(set)
        for host in snapshot.hosts:
            for image in host.images or ():
                for reference in filter(None, map(reference_of, image.digests)):
                    self.digests[image.id, reference.name].add(reference.digest)
        self.machines_read = any(host.images is not None for host in snapshot.hosts)


def _image(image: ImagePlan, seen: _Seen) -> Progress:
    state, why = _image_state(image, seen)
    return Progress(id=image.id, topic="image", label=image.target, state=state, why=why)


def _image_state(image: ImagePlan, seen: _Seen) -> tuple[State, str]:
    """The registry's word first; a repository digest proves a push in docker's classic store."""
    target = reference_of(image.target)
    digests = seen.digests.get((image.content, target.name), set()) if target else set()
    answer = seen.answers.get(image_key(image.target))
    if answer is not None:
        return _answered(answer, digests)
    if digests:
        return "done", "its host knows it under a digest of the registry"
    if seen.machines_read:
        return "open", "no host that was read knows it under a digest of the registry"
    return "unknown", "no registry was asked and no host was read"


def _answered(answer: RegistryImage, digests: set[str]) -> tuple[State, str]:
    if answer.status == "missing":
        return "open", "the registry does not have it"
    if answer.status != "verified":
        return "unknown", f"the registry answered: {answer.status}"
    if digests & {answer.digest, *answer.holds}:
        return "done", "the registry has it"
    if digests & set(answer.lacks):
        return "open", "the registry has other content under this name"
    return "unknown", "the registry has the name; no host that was read says with which content"


def _place(place: DataPlan, later: Snapshot) -> Progress:
    state, why = _claim_state(place, later)
    return Progress(id=place.id, topic="data", label=place.label, state=state, why=why)


def _claim_state(place: DataPlan, later: Snapshot) -> tuple[State, str]:
    """A claim that is there may still be empty: only the copy's own check can say it is done."""
    claims = later.cluster.claims if later.cluster is not None else None
    if claims is None:
        return "unknown", "claims were not read"
    name = place.claim.name if place.claim is not None else ""
    found = [claim for claim in claims if claim.name == name]
    if not found:
        return "open", f"there is no claim {name}"
    if any(claim.phase == "Bound" for claim in found):
        return (
            "unknown",
            f"the claim {name} is bound; its copy script says with --verify if all is there",
        )
    return "open", f"the claim {name} is not bound"


def _jobs(jobs: Iterable[JobPlan], later: Snapshot) -> Iterator[Progress]:
    workloads = later.cluster.workloads if later.cluster is not None else None
    names = {workload.name for workload in workloads or ()}
    for job in jobs:
        if not job.host:
            continue
        wanted = _object_names(job)
        if workloads is None:
            state, why = _UNREAD
        elif wanted & names:
            state, why = "done", f"the cluster has {min(wanted & names)}"
        else:
            state, why = "open", "the cluster has no job of that name"
        yield Progress(id=job.id, topic="job", label=job.label, state=state, why=why)


_UNREAD: tuple[State, str] = ("unknown", "jobs of the cluster were not read")


def _object_names(job: JobPlan) -> set[str]:
    """What its manifest calls it; a job made with runai has the same name."""
    return {
        str(document.get("metadata", {}).get("name", ""))
        for command in job.commands
        for document in command.documents
    } - {""}
