"""The whole plan from what placement knows and what was decided; and who moves when: one job as a
pilot, then owner by owner, each with what must be there first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from advisor.configuration.settings import Settings
from advisor.facts.image_reference import parse_reference
from advisor.facts.quantity import plural
from advisor.findings.finding import Finding
from advisor.jobs.translation import Situation
from advisor.placement.placement import Placement
from advisor.planning.capacity import plan_capacity
from advisor.planning.data_plan import plan_data
from advisor.planning.image_content import Decisions
from advisor.planning.image_plan import HOLDS_BACK, plan_images
from advisor.planning.job_plan import JobPlanner
from advisor.planning.names import LONGEST
from advisor.planning.plan import (
    PLACEHOLDER_REGISTRY,
    DataPlan,
    ImagePlan,
    JobPlan,
    Plan,
    PullSecret,
    Wave,
)
from advisor.planning.questions import plan_questions
from advisor.writers.names import object_name

_PROJECT_LABEL = "runai/queue"
"""Run:ai puts it on the namespace of a project."""


def make_plan(
    placement: Placement,
    decisions: Decisions,
    findings: Iterable[Finding],
    settings: Settings,
    given: Situation | None = None,
    *,
    translate: bool = True,
) -> Plan:
    """A pure function of its arguments; `decisions` are the assessment's by subject id, `given` is
    what is known of the Run:ai release that jobs go to. An image is held back by what is found in
    it, unless the finding is suppressed. Without `translate` no job has commands."""
    registry = settings.registry or PLACEHOLDER_REGISTRY
    held = {
        finding.subject.id: finding.message
        for finding in findings
        if finding.rule in HOLDS_BACK and finding.status == "finding"
    }
    images = plan_images(placement, decisions, registry, held)
    data = plan_data(placement, decisions)
    images_by_id = {image.id: image for image in images.images}
    data_by_id = {place.id: place for place in data.data}
    situation = given or Situation(target="kubernetes")
    planner = JobPlanner(
        placement, images_by_id, data_by_id, settings.registry, situation if translate else None
    )
    jobs = tuple(
        planner.plan(job, images.of_job.get(job.id, ()), data.of_job.get(job.id, ()))
        for job in sorted(placement.jobs, key=lambda step: step.id)
    )
    questions, concerned = plan_questions(images.images, images.commits, data.data, jobs, decisions)
    pull_secret = _plan_pull_secret(placement, registry)
    moves = Moves(
        images=images_by_id,
        data=data_by_id,
        jobs=jobs,
        concerned=concerned,
        pull_secret=pull_secret,
        bandwidth=settings.bandwidth,
    )
    return Plan(
        registry=registry,
        bandwidth=settings.bandwidth,
        images=images.images,
        commits=images.commits,
        pull_secret=pull_secret,
        data=data.data,
        jobs=jobs,
        capacity=plan_capacity(placement),
        waves=plan_waves(moves),
        questions=questions,
    )


def _plan_pull_secret(placement: Placement, registry: str) -> PullSecret:
    """The plan for `registry`; what nobody asked the registry stays unknown."""
    host = registry.partition("/")[0]
    name = f"{object_name(f'pull-{host}', longest=LONGEST)}"
    command = (
        f"kubectl -n NAMESPACE create secret generic {name}"
        " --type=kubernetes.io/dockerconfigjson"
        " --from-file=.dockerconfigjson=LOGIN.json"
    )
    needed, reason = _needed(placement, host)
    if registry == PLACEHOLDER_REGISTRY:
        reason = "No registry was named yet."
    return PullSecret(
        needed=needed,
        reason=reason,
        name=name,
        command=command,
        namespaces=() if needed == "no" else _lacking(placement),
    )


def _needed(placement: Placement, host: str) -> tuple[Literal["yes", "no", "unknown"], str]:
    answers = [
        registry
        for registry in placement.snapshot.registries
        if _host_of(registry.reference) == host
    ]
    if any(answer.status == "denied" or answer.anonymous is False for answer in answers):
        return "yes", f"{host} does not let everybody read."
    if any(answer.status == "verified" and answer.anonymous for answer in answers):
        return "no", f"{host} lets everybody read what it was asked for."
    if answers:
        return "unknown", f"What {host} answered does not tell whether it lets everybody read."
    return "unknown", f"{host} was not asked whether it lets everybody read."


def _host_of(reference: str) -> str:
    try:
        return parse_reference(reference).host
    except ValueError:
        return ""


def _lacking(placement: Placement) -> tuple[str, ...] | None:
    """Namespaces where jobs run or will, without a pull secret of their own anywhere."""
    cluster = placement.cluster
    if cluster.service_accounts is None or cluster.namespaces is None:
        return None
    served = {account.namespace for account in cluster.service_accounts if account.pull_secrets}
    served |= {job.namespace for job in placement.jobs if job.namespace and job.pull_secrets}
    wanted = {job.namespace for job in placement.jobs if job.namespace}
    wanted |= {
        namespace.name for namespace in cluster.namespaces if _PROJECT_LABEL in namespace.labels
    }
    return tuple(sorted(wanted - served))


_MOVES = frozenset({"push", "push-from-node", "copy"})
_OPEN = _MOVES | {"hold"}
_BITS = 8
_MEGA = 1_000_000
NOBODY = "an unknown owner"


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that waves are made from; `concerned` has the ids of images, places and jobs by
    the question that they wait for."""

    images: Mapping[str, ImagePlan]
    data: Mapping[str, DataPlan]
    jobs: Sequence[JobPlan]
    concerned: Mapping[str, frozenset[str]]
    pull_secret: PullSecret
    bandwidth: int


def plan_waves(moves: Moves) -> tuple[Wave, ...]:
    """The pilot, the owners (those with least to move first), and what no known job uses."""
    affected = [job for job in moves.jobs if job.host or _things(job, moves)]
    pilot = choose_pilot(affected, moves)
    groups: dict[str, list[JobPlan]] = defaultdict(list)
    for job in affected:
        if job is not pilot:
            groups[job.owner or job.namespace].append(job)
    builder = _Builder(moves)
    if pilot is not None:
        builder.add("pilot", f"Pilot: {pilot.label}", pilot.owner, [pilot])
    for owner in sorted(groups, key=lambda name: (not name, _weight(groups[name], moves), name)):
        title = f"Jobs of {owner}" if owner else f"Jobs of {NOBODY}"
        builder.add("owner", title, owner, groups[owner])
    builder.add_rest()
    return tuple(builder.waves)


def choose_pilot(jobs: Iterable[JobPlan], moves: Moves) -> JobPlan | None:
    """The job that shows most at least cost: it ends by itself and takes nothing of the machine's
    own; it moves an image, has data on the network or moves it, and takes a GPU. Of equals one with
    few questions, with an owner, and the least to send."""
    return min(
        (job for job in jobs if job.host),
        key=lambda job: (
            bool(job.standing),
            any(moves.data[key].action == "leave" for key in job.data),
            any(moves.images[key].action == "hold" for key in job.images),
            -_exercised(job, moves),
            _open_questions(job, moves),
            not job.owner,
            _weight([job], moves),
            job.gpus or 0,
            job.id,
        ),
        default=None,
    )


def _exercised(job: JobPlan, moves: Moves) -> int:
    image = any(moves.images[key].action in _MOVES for key in job.images)
    data = any(moves.data[key].action in ("copy", "use") for key in job.data)
    return image + data + (job.gpus != 0)


def _open_questions(job: JobPlan, moves: Moves) -> int:
    things = {job.id, *job.images, *job.data}
    return sum(1 for concerned in moves.concerned.values() if things & concerned)


def _things(job: JobPlan, moves: Moves) -> bool:
    return any(moves.images[key].action in _MOVES for key in job.images) or any(
        moves.data[key].action in _MOVES for key in job.data
    )


def _weight(jobs: Sequence[JobPlan], moves: Moves) -> int:
    images = {key for job in jobs for key in job.images}
    data = {key for job in jobs for key in job.data}
    sizes = [moves.images[key].push_bytes for key in images if moves.images[key].action in _MOVES]
    sizes += [moves.data[key].size for key in data if moves.data[key].action in _MOVES]
    return sum(size or 0 for size in sizes)


class _Builder:
    """Gives every image and place to the first wave that needs it."""

    def __init__(self, moves: Moves) -> None:
        self.waves: list[Wave] = []
        self._moves = moves
        self._brought: set[str] = set()
        self._asked_about: set[str] = set()

    def add(
        self,
        kind: Literal["pilot", "owner", "rest"],
        title: str,
        owner: str,
        jobs: Sequence[JobPlan],
    ) -> None:
        """Add a wave with these jobs."""
        images = self._bring(self._moves.images, (key for job in jobs for key in job.images))
        data = self._bring(self._moves.data, (key for job in jobs for key in job.data))
        self._append(kind, title, owner, jobs, images, data)

    def add_rest(self) -> None:
        """Add a wave for what moves though no known job uses it."""
        images = self._bring(self._moves.images, self._moves.images)
        data = self._bring(self._moves.data, self._moves.data)
        if images or data:
            self._append("rest", "What no known job uses", "", (), images, data)

    def _bring(
        self, things: Mapping[str, ImagePlan] | Mapping[str, DataPlan], keys: Iterable[str]
    ) -> list[str]:
        new = [
            key
            for key in dict.fromkeys(keys)
            if things[key].action in _OPEN and key not in self._brought
        ]
        self._brought.update(new)
        return new

    def _append(
        self,
        kind: Literal["pilot", "owner", "rest"],
        title: str,
        owner: str,
        jobs: Sequence[JobPlan],
        images: Sequence[str],
        data: Sequence[str],
    ) -> None:
        pushed = [key for key in images if self._moves.images[key].action in _MOVES]
        sizes = [self._moves.images[key].push_bytes for key in pushed]
        sizes += [self._moves.data[key].size for key in data if not self._moves.data[key].inside]
        known = sum(size or 0 for size in sizes)
        self.waves.append(
            Wave(
                number=len(self.waves) + 1,
                title=title,
                kind=kind,
                owner=owner,
                jobs=tuple(job.id for job in jobs),
                images=tuple(sorted(images, key=self._push_order)),
                data=tuple(data),
                prerequisites=tuple(self._prerequisites(kind, images, data, jobs)),
                questions=tuple(self._questions([*images, *data], jobs)),
                bytes=known,
                unknown_sizes=sum(1 for size in sizes if size is None),
                seconds=-(-known * _BITS // (self._moves.bandwidth * _MEGA)),
                way_back=_way_back(jobs),
            )
        )

    def _push_order(self, key: str) -> tuple[bool, int]:
        order = self._moves.images[key].order
        return order is None, order or 0

    def _prerequisites(
        self, kind: str, images: Sequence[str], data: Sequence[str], jobs: Sequence[JobPlan]
    ) -> Iterable[str]:
        variables = sum(1 for job in jobs if job.variables)
        held = [key for key in images if self._moves.images[key].action == "hold"]
        images = [key for key in images if key not in held]
        if held:
            yield f"{plural(len(held), 'image')} looked at for secrets, and pushed by a new plan"
        if kind != "pilot" and self.waves and self.waves[0].kind == "pilot":
            yield "the pilot has run"
        if images:
            yield f"{plural(len(images), 'image')} pushed"
            if self._moves.pull_secret.needed != "no":
                yield "a pull secret in the namespace, if the registry asks for one"
        used = {key for job in jobs for key in job.images}
        handed = sum(1 for key in used if self._moves.images[key].runtime)
        if handed:
            yield f"{plural(handed, 'image')} given to the container runtime of the node"
        if data:
            yield f"{plural(len(data), 'place')} of data copied and verified"
        if variables:
            yield f"the variables of {plural(variables, 'container')} in Secrets"
        if any(
            (claim := self._moves.data[key].claim) is not None and not claim.storage_class
            for key in data
        ):
            yield "a storage class that many nodes can mount"

    def _questions(self, brought: Sequence[str], jobs: Sequence[JobPlan]) -> Iterable[str]:
        """Those about what the wave brings, about its jobs, and about what these use: each thing
        is asked about in the first wave that needs it."""
        used = (key for job in jobs for key in (job.id, *job.images, *job.data))
        things = {*brought, *used} - self._asked_about
        self._asked_about |= things
        return (key for key, concerned in self._moves.concerned.items() if things & concerned)


def _way_back(jobs: Sequence[JobPlan]) -> str:
    """Nothing is deleted on the old machines, so going back is starting what was there."""
    if not any(job.host for job in jobs):
        return "Nothing on the old machines is changed or deleted."
    return (
        "Delete the job in the cluster and start its container again where it was: its image and"
        " data are still there. Copy back what the job wrote to the new place in the meantime."
    )
