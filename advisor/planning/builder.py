"""The whole plan from what placement knows and what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from advisor.configuration.settings import Settings
from advisor.facts.image_reference import parse_reference
from advisor.findings.finding import Finding
from advisor.jobs.translation import Situation
from advisor.placement.placement import Placement
from advisor.planning.capacity import plan_capacity
from advisor.planning.data_plan import plan_data
from advisor.planning.image_content import Decisions
from advisor.planning.image_plan import plan_images
from advisor.planning.job_plan import JobPlanner
from advisor.planning.names import LONGEST
from advisor.planning.plan import PLACEHOLDER_REGISTRY, Plan, PullSecret
from advisor.planning.questions import plan_questions
from advisor.planning.waves import Moves, plan_waves
from advisor.writers.names import object_name

_PROJECT_LABEL = "runai/queue"
"""Run:ai puts it on the namespace of a project."""


_HOLDS_BACK = frozenset({"IMG022"})
"""Rules whose findings somebody has to look at before an image leaves its machine."""


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
        if finding.rule in _HOLDS_BACK and finding.status == "finding"
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
        for job in sorted(placement.jobs, key=lambda one: one.id)
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
    served = {one.namespace for one in cluster.service_accounts if one.pull_secrets}
    served |= {job.namespace for job in placement.jobs if job.namespace and job.pull_secrets}
    wanted = {job.namespace for job in placement.jobs if job.namespace}
    wanted |= {
        namespace.name for namespace in cluster.namespaces if _PROJECT_LABEL in namespace.labels
    }
    return tuple(sorted(wanted - served))
