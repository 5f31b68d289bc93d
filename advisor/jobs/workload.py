"""A workload of a cluster, read as a job."""

from __future__ import annotations

import json
from collections.abc import Iterable

from advisor.facts.workload import PodContainer, PodTemplate, PodVolume, Workload
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec, MountKind

_ORDINARY = frozenset({"cpu", "memory", "ephemeral-storage", "storage", "pods"})
_VOLUME_KINDS: dict[str, MountKind] = {
    "hostPath": "hostPath",
    "persistentVolumeClaim": "claim",
    "nfs": "nfs",
    **dict.fromkeys(
        (
            "cephfs",
            "glusterfs",
            "azureFile",
            "quobyte",
            "iscsi",
            "rbd",
            "fc",
            "awsElasticBlockStore",
            "gcePersistentDisk",
            "azureDisk",
            "cinder",
            "vsphereVolume",
            "portworxVolume",
            "storageos",
            "scaleIO",
        ),
        "network-volume",
    ),
}
"""Pod volumes that hold data; the others are scratch space or configuration."""
_ENDED = frozenset({"Succeeded", "Failed"})
IGNORE_ANNOTATION = "advisor/ignore"


def workload_job(workload: Workload, *, service_account_secrets: tuple[str, ...] = ()) -> JobSpec:
    """The job that `workload` is; the secrets of its service account count as named by it."""
    template = workload.template
    requests = _pod_requests(template)
    name = f"{workload.namespace}/{workload.name}"
    role = f" ({workload.role})" if workload.role else ""
    return JobSpec(
        id=f"workload:{workload.kind}/{name}{f'/{workload.role}' if workload.role else ''}",
        label=f"{workload.kind} {name}{role}",
        kind=workload.kind,
        namespace=workload.namespace,
        owner=workload_owner(workload),
        images=tuple(
            JobImage(reference=container.image, pull_policy=container.pull_policy)
            for container in template.containers
            if container.image
        ),
        mounts=_mounts(workload.namespace, template),
        resources=requests,
        accelerators=_accelerators(template, requests),
        node_name=template.node_name,
        node_selector=template.node_selector,
        node_affinity=template.node_affinity,
        tolerations=template.tolerations,
        pull_secrets=(*template.pull_secrets, *service_account_secrets),
        replicas=_replicas(workload),
        stopped=_is_over(workload),
        nodes=workload.nodes,
        ignores=parse_ignores(workload.annotations.get(IGNORE_ANNOTATION, "")),
    )


def workload_owner(workload: Workload) -> str:
    """Who the workload belongs to, by the labels and annotations that say so; else empty."""
    for key in ("user", "owner", "runai/user", "created-by", "app.kubernetes.io/managed-for"):
        if value := workload.labels.get(key) or workload.annotations.get(key):
            return value
    return ""


def parse_ignores(text: str) -> tuple[tuple[str, str], ...]:
    """(rule id, reason) pairs of an ignore annotation: `IMG001: reason; DAT006: reason`."""
    pairs = []
    for part in text.split(";"):
        rule, _, reason = part.partition(":")
        if rule.strip():
            pairs.append((rule.strip(), reason.strip()))
    return tuple(pairs)


def _replicas(workload: Workload) -> int:
    if workload.replicas is not None:
        return workload.replicas
    return sum(workload.phases.values()) or 1


def _is_over(workload: Workload) -> bool:
    """Suspended, or all of its pods have ended."""
    return workload.suspended or (bool(workload.phases) and workload.phases.keys() <= _ENDED)


def _pod_requests(template: PodTemplate) -> dict[str, int]:
    """One pod's requests: the sum of its containers, or its largest init container if that is more
    (the scheduler's rule); a limit stands for a missing request."""
    running: dict[str, int] = {}
    starting: dict[str, int] = {}
    for container in template.containers:
        for name, amount in ({**container.limits, **container.requests}).items():
            if container.init:
                starting[name] = max(starting.get(name, 0), amount)
            else:
                running[name] = running.get(name, 0) + amount
    names = running.keys() | starting.keys()
    return {name: max(running.get(name, 0), starting.get(name, 0)) for name in sorted(names)}


def _accelerators(template: PodTemplate, requests: dict[str, int]) -> tuple[AcceleratorNeed, ...]:
    """Extended resources, and one need of unknown size for each DRA claim."""
    extended = tuple(
        AcceleratorNeed(count=amount, resource=name, how="resource request")
        for name, amount in requests.items()
        if amount and is_extended(name)
    )
    claims = tuple(
        AcceleratorNeed(count=None, how=f"resource claim {claim}")
        for claim in template.resource_claims
    )
    return extended + claims


def is_extended(resource: str) -> bool:
    """Whether a resource is neither Kubernetes' own nor huge pages."""
    return resource not in _ORDINARY and not resource.startswith("hugepages-")


def _mounts(namespace: str, template: PodTemplate) -> tuple[JobMount, ...]:
    volumes = {volume.name: volume for volume in template.volumes}
    found: dict[tuple[str, str], JobMount] = {}
    for container in template.containers:
        for job_mount in _container_mounts(namespace, container, volumes):
            found.setdefault((job_mount.source, job_mount.target), job_mount)
    return tuple(found.values())


def _container_mounts(
    namespace: str, container: PodContainer, volumes: dict[str, PodVolume]
) -> Iterable[JobMount]:
    for mount in container.mounts:
        volume = volumes.get(mount.volume)
        kind = _VOLUME_KINDS.get(volume.kind) if volume else None
        if volume is None or kind is None:
            continue
        source = f"{namespace}/{volume.source}" if kind == "claim" else volume.source
        yield JobMount(
            kind=kind,
            source=source or json.dumps(volume.name),
            target=mount.path,
            read_only=mount.read_only or volume.read_only,
            kind_detail=volume.type if kind == "hostPath" else volume.kind,
        )
