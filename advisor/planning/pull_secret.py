"""Whether pods need a secret to pull from the registry, and which namespaces lack one."""

from __future__ import annotations

from typing import Literal

from advisor.facts.image_reference import parse_reference
from advisor.placement.scene import Scene
from advisor.planning.object_name import LONGEST
from advisor.planning.plan import PLACEHOLDER_REGISTRY, PullSecret
from advisor.writers.names import object_name

PROJECT_LABEL = "runai/queue"
"""Run:ai puts it on the namespace of a project."""


def plan_pull_secret(scene: Scene, registry: str) -> PullSecret:
    """The plan for `registry`; what nobody asked the registry stays unknown."""
    host = registry.partition("/")[0]
    name = f"{object_name(f'pull-{host}', longest=LONGEST)}"
    command = (
        f"kubectl -n NAMESPACE create secret generic {name}"
        " --type=kubernetes.io/dockerconfigjson"
        " --from-file=.dockerconfigjson=LOGIN.json"
    )
    needed, reason = _needed(scene, host)
    if registry == PLACEHOLDER_REGISTRY:
        reason = "No registry was named yet."
    return PullSecret(
        needed=needed,
        reason=reason,
        name=name,
        command=command,
        namespaces=() if needed == "no" else _lacking(scene),
    )


def _needed(scene: Scene, host: str) -> tuple[Literal["yes", "no", "unknown"], str]:
    answers = [one for one in scene.snapshot.registries if _host_of(one.reference) == host]
    if any(one.status == "denied" or one.anonymous is False for one in answers):
        return "yes", f"{host} does not let everybody read."
    if any(one.status == "verified" and one.anonymous for one in answers):
        return "no", f"{host} lets everybody read what it was asked for."
    if answers:
        return "unknown", f"What {host} answered does not tell whether it lets everybody read."
    return "unknown", f"Nobody asked {host} whether it lets everybody read."


def _host_of(reference: str) -> str:
    try:
        return parse_reference(reference).host
    except ValueError:
        return ""


def _lacking(scene: Scene) -> tuple[str, ...] | None:
    """Namespaces where jobs run or will, without a pull secret of their own anywhere."""
    cluster = scene.cluster
    if cluster.service_accounts is None or cluster.namespaces is None:
        return None
    served = {one.namespace for one in cluster.service_accounts if one.pull_secrets}
    served |= {job.namespace for job in scene.jobs if job.namespace and job.pull_secrets}
    wanted = {job.namespace for job in scene.jobs if job.namespace}
    wanted |= {one.name for one in cluster.namespaces if PROJECT_LABEL in one.labels}
    return tuple(sorted(wanted - served))
