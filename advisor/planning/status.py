"""What of a plan is done, by what was seen later (of which an assessment keeps what this needs);
the one count for every command that gives it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from advisor.facts.host import HostImage
from advisor.facts.image_reference import is_image_id
from advisor.facts.quantity import some
from advisor.facts.record import Record
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.facts.storage import Claim
from advisor.placement.image_inventory import image_key, reference_of
from advisor.planning.plan import DataPlan, ImagePlan, JobPlan, Plan, Wave

BOUND = "Bound"


class Seen(Record, frozen=True, kw_only=True):
    """`digests` are, by the id of an image's content, the references by digest under which an
    engine knows it; `hosts` gives the image store of each machine whose images were listed, empty
    where it is not known.

    `claims` gives the phase by a claim's name (of several the bound one's), `workloads` are names;
    None when they were not read. `copies` is for what only the scripts of a plan know: by
    `copy_key`, when a place, or a node's image, was found to be the same in both places.
    """

    registries: tuple[RegistryImage, ...] = ()
    digests: dict[str, tuple[str, ...]] = {}
    hosts: dict[str, str] = {}
    claims: dict[str, str] | None = None
    workloads: tuple[str, ...] | None = None
    copies: dict[str, str] = {}


def seen_in(snapshot: Snapshot) -> Seen:
    """What all hosts, the cluster and the registries' answers show."""
    cluster = snapshot.cluster
    claims = cluster.claims if cluster is not None else None
    workloads = cluster.workloads if cluster is not None else None
    images = [image for host in snapshot.hosts for image in host.images or ()]
    return Seen(
        registries=snapshot.registries,
        digests=dict(_digests(images)),
        hosts={
            host.name: host.image_store or "" for host in snapshot.hosts if host.images is not None
        },
        claims=None if claims is None else _phases(claims),
        workloads=None
        if workloads is None
        else tuple(sorted({workload.name for workload in workloads})),
    )


def copy_key(identity: str) -> str:
    """The name under which a script notes that what has this id in the plan is copied."""
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def full_id(content: str) -> str:
    """An image's id as registries spell it (podman leaves `sha256:` out); empty for other text."""
    if not is_image_id(content):
        return ""
    return content if content.startswith("sha256:") else f"sha256:{content}"


def _digests(images: Iterable[HostImage]) -> Iterator[tuple[str, tuple[str, ...]]]:
    digests: dict[str, set[str]] = {}
    for image in images:
        named = {
            f"{reference.name}@{reference.digest}"
            for reference in filter(None, map(reference_of, image.digests))
        }
        if named:
            digests.setdefault(image.id, set()).update(named)
    return ((content, tuple(sorted(digests[content]))) for content in sorted(digests))


def _phases(claims: Iterable[Claim]) -> dict[str, str]:
    phases: dict[str, str] = {}
    for claim in sorted(claims, key=lambda claim: (claim.name, claim.namespace)):
        if phases.get(claim.name) != BOUND:
            phases[claim.name] = claim.phase
    return phases


STATES: tuple[State, ...] = ("open", "unknown", "done")
Topic = Literal["secret", "image", "data", "job"]

State = Literal["done", "open", "unknown"]
Judged = tuple[State, str]
_OF_CLUSTER = "workload:"


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
        image.id: _step("image", image.id, image.target or image.label, now.image(image))
        for image in plan.images
        if image.action == "hold" or image.action.startswith("push") or image.runtime
    }
    data = {
        step.id: _step("data", step.id, step.label, now.place(step))
        for step in plan.data
        if step.action == "copy"
    }
    moving = {key for wave in plan.waves for key in wave.jobs}
    jobs = {
        job.id: _step("job", job.id, job.label, now.job(job))
        for job in plan.jobs
        if job.id in moving
    }
    secret = plan.pull_secret
    first = [_step("secret", "secret", secret.name, now.secret())] if plan.gives_pull_secret else []
    staying = _staying_images(plan)
    steps = (*first, *images.values(), *data.values(), *jobs.values())
    states = Counter(step.state for step in steps)
    return PlanProgress(
        done=states["done"],
        open=states["open"],
        unknown=states["unknown"],
        steps=steps,
        waves=tuple(
            _wave(wave, (*wave.images, *staying[wave.number]), images, data, jobs)
            for wave in plan.waves
        ),
    )


def _staying_images(plan: Plan) -> dict[int, list[str]]:
    """By wave the images that stay and are handed to a container runtime: each once, in the first
    wave with a job of it."""
    users = {job.id: job.images for job in plan.jobs}
    left = {image.id for image in plan.images if image.runtime}
    staying: dict[int, list[str]] = {}
    for wave in plan.waves:
        used = {key for job in wave.jobs for key in users.get(job, ())}
        staying[wave.number] = sorted(used & left)
        left -= used
    return staying


def _step(topic: Topic, key: str, label: str, judged: tuple[State, str]) -> StepProgress:
    state, why = judged
    return StepProgress(id=key, topic=topic, label=label, state=state, why=why)


def _wave(
    wave: Wave,
    image_ids: Iterable[str],
    images: Mapping[str, StepProgress],
    data: Mapping[str, StepProgress],
    jobs: Mapping[str, StepProgress],
) -> WaveProgress:
    steps = (
        *(images[key] for key in image_ids if key in images),
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
    group = (progress_ for progress_ in progress if progress_.topic == topic)
    return tuple(sorted(group, key=lambda entry: STATES.index(entry.state)))


class StepStates:
    """What a later assessment says of each step of an earlier plan, and what that rests on or would
    settle it."""

    def __init__(self, plan: Plan, later: Plan, seen: Seen) -> None:
        self._seen = seen
        self._there_before = {_object_name(job) for job in plan.jobs}
        self._wanted, self._secret = plan.pull_secret, later.pull_secret
        self._answers = {image_key(registry.reference): registry for registry in seen.registries}
        self._later = {image.id: image for image in later.images}
        self._in_registry = {
            image.id: image.target for image in later.images if image.action == "use"
        }
        self._outside = {step.id for step in later.data if step.action == "use"}
        self._jobs = {step.id: step for step in later.jobs}

    def secret(self) -> Judged:
        """Secrets are never read: that something names one is all that can be seen."""
        now, namespaces = self._secret, self._wanted.namespaces
        if now.needed == "no":
            return "done", "none is needed: everybody may read what the registry was asked for"
        if now.needed == "unknown":
            return "unknown", now.reason
        if now.namespaces is None:
            return "unknown", "service accounts and namespaces were not read"
        lacking = set(now.namespaces)
        if namespaces is not None:
            lacking &= set(namespaces)
        if lacking:
            return "open", f"no service account and no job names one in {some(sorted(lacking), 3)}"
        return "done", "service accounts or jobs name one in every namespace"

    def image(self, image: ImagePlan) -> Judged:
        """The registry's word first; a repository digest proves a push in docker's classic store,
        and what a plan of today would not push is in a registry."""
        digests = self._digests(image)
        if image.runtime:
            return self._in_runtime(image)
        answer = self._answers.get(image_key(image.target))
        if answer is not None:
            state, why = _answered(answer, {full_id(image.content), *digests} - {""})
            node = bool(image.source_node) and answer.status == "verified" and state != "done"
            return self._from_node(image) if node else (state, why)
        store = self._seen.hosts.get(image.source_host)
        if digests and store == "classic":
            return "done", "its host knows it under a digest of the registry"
        if image.id in self._in_registry:
            return "done", f"a registry has the same content as {self._in_registry[image.id]}"
        if digests:
            return "unknown", "its host gives digests without a push too: ask the registry"
        if store is not None:
            return "open", "its host knows it under no digest of the registry"
        return "unknown", "the registry was not asked, and its host was not read"

    def _in_runtime(self, image: ImagePlan) -> Judged:
        """An image that stays: kubelets have to have it, not docker alone."""
        now = self._later.get(image.id)
        if now is None or now.in_runtime is None:
            return "unknown", "what the node's container runtime has is not known: crictl images"
        if now.in_runtime:
            return "done", "the node lists it"
        return "open", f"{image.runtime} of the node does not have it"

    def _from_node(self, image: ImagePlan) -> Judged:
        """A node may name its content by an index of which it can push one image only."""
        verified = self._seen.copies.get(copy_key(image.id))
        if verified is not None:
            return "done", f"the registry has it: its script found the same content on {verified}"
        return (
            "unknown",
            "the registry has the name; its script says if it is what the node has",
        )

    def _digests(self, image: ImagePlan) -> set[str]:
        """Those of the content under the name that it is pushed to."""
        target = reference_of(image.target)
        known = self._seen.digests.get(image.content, ())
        parsed = [reference for reference in map(reference_of, known) if reference is not None]
        return {
            reference.digest
            for reference in parsed
            if target is not None and reference.name == target.name
        }

    def place(self, place: DataPlan) -> Judged:
        """A claim that is there may still be empty: only the copy's own check can say it is not."""
        if place.id in self._outside:
            return "done", "it is outside of the machines now"
        verified = self._seen.copies.get(copy_key(place.inside or place.id))
        claims, name = self._seen.claims, place.claim.name if place.claim is not None else ""
        if claims is None:
            return "unknown", f"{_verified_words(verified)}claims were not read"
        if name not in claims:
            return "open", f"there is no claim {name}"
        if claims[name] != BOUND:
            return "open", f"the claim {name} is not bound"
        if verified is not None:
            return "done", f"the claim {name} is bound, and its copy was complete on {verified}"
        return (
            "unknown",
            f"the claim {name} is bound; its copy script says with --verify if all is there",
        )

    def job(self, job: JobPlan) -> Judged:
        """A job of the cluster is done when nothing in it has to be changed; any other when the
        cluster has one of the name that its manifest gives it."""
        workloads = self._seen.workloads
        if workloads is None:
            return "unknown", "jobs of the cluster were not read"
        if job.id.startswith(_OF_CLUSTER):
            now = self._jobs.get(job.id)
            if now is None:
                return "unknown", "the cluster has no such job any more"
            if now.changes:
                return "open", f"still to be changed in it: {some(now.changes, 3)}"
            return "done", "nothing has to be changed in it any more"
        names = _object_names(job).intersection(workloads)
        if new := names - self._there_before:
            return "done", f"the cluster has {min(new)}"
        if names:
            return "unknown", f"the cluster had {min(names)} when the plan was made already"
        return "open", "the cluster has no job of that name"


def _answered(answer: RegistryImage, digests: set[str]) -> Judged:
    if answer.status == "missing":
        return "open", "the registry does not have it"
    if answer.status != "verified":
        why = f": {answer.reason}" if answer.reason else ""
        return "unknown", f"the registry answered: {answer.status}{why}"
    if digests & {answer.digest, *answer.holds}:
        return "done", "the registry has it"
    if digests & set(answer.lacks):
        return "open", "the registry has other content under this name"
    return "unknown", "the registry has the name; it is not known with which content"


def _verified_words(verified: str | None) -> str:
    return f"its copy was complete on {verified}; " if verified is not None else ""


def _object_name(job: JobPlan) -> str:
    """That of a job of the cluster, by its id; empty for any other."""
    parts = job.id.split("/") if job.id.startswith(_OF_CLUSTER) else []
    return parts[2] if len(parts) > 2 else ""


def _object_names(job: JobPlan) -> set[str]:
    """What its manifest calls it; a job made with runai has the same name."""
    return {
        str(document.get("metadata", {}).get("name", ""))
        for command in job.commands
        for document in command.documents
    } - {""}
