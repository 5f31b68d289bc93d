"""A workload of a cluster, read as a job."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from advisor.facts.storage import Claim
from advisor.facts.workload import (
    PodTemplate,
    PodVolume,
    RunningPods,
    Workload,
)
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec, MountKind

_ORDINARY = frozenset({"cpu", "memory", "ephemeral-storage", "storage", "pods"})
_VOLUME_KINDS: dict[str, MountKind] = {
    "hostPath": "hostPath",
    "persistentVolumeClaim": "claim",
    "nfs": "nfs",
    "volumeClaimTemplate": "claim-template",
    "ephemeral": "ephemeral",
    "csi": "inline-csi",
    "flexVolume": "flex-volume",
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
_CLAIM_KINDS = {False: "ResourceClaim", True: "ResourceClaimTemplate"}
_ENDED = frozenset({"Succeeded", "Failed"})
IGNORE_ANNOTATION = "advisor/ignore"


def workload_job(
    workload: Workload,
    *,
    service_account_secrets: tuple[str, ...] = (),
    default_requests: Mapping[str, int] = MappingProxyType({}),
) -> JobSpec:
    """The job that `workload` is; the secrets of its service account count as named by it, and the
    `default_requests` of its namespace as asked for by each container that states none."""
    template = _with_defaults(workload.template, default_requests)
    requests = _pod_requests(template)
    name = f"{workload.namespace}/{workload.name}"
    role = f" ({workload.role})" if workload.role else ""
    return JobSpec(
        id=f"workload:{workload.kind}/{name}{f'/{workload.role}' if workload.role else ''}",
        label=f"{workload.kind} {name}{role}",
        kind=workload.kind,
        namespace=workload.namespace,
        owner=workload_owner(workload),
        images=(*_images(workload, template), *_mounted_images(template)),
        mounts=_mounts(workload, template),
        resources=requests,
        accelerators=_accelerators(template, requests, workload.namespace),
        node_name=template.node_name,
        node_selector=template.node_selector,
        node_affinity=template.node_affinity,
        tolerations=template.tolerations,
        pull_secrets=(*template.pull_secrets, *service_account_secrets),
        replicas=_replicas(workload),
        stopped=_is_over(workload),
        nodes=workload.nodes,
        running=tuple(_by_reference(pods, template) for pods in workload.running),
        claims=tuple(
            f"{workload.namespace}/{volume.source}"
            for volume in template.volumes
            if volume.kind == "persistentVolumeClaim"
        ),
        own_claims=tuple(_own_claims(workload, template)),
        runtime_class=template.runtime_class,
        overhead=template.overhead,
        topology_keys=template.topology_keys,
        ignores=parse_ignores(workload.annotations.get(IGNORE_ANNOTATION, "")),
    )


def _with_defaults(template: PodTemplate, requests: Mapping[str, int]) -> PodTemplate:
    """What admission makes of the template; nothing new for pods, which were admitted already."""
    if not requests:
        return template
    containers = tuple(
        replace(container, requests={**requests, **container.limits, **container.requests})
        for container in template.containers
    )
    return replace(template, containers=containers)


def _images(workload: Workload, template: PodTemplate) -> Iterable[JobImage]:
    for container in template.containers:
        if container.image:
            yield JobImage(
                reference=container.image,
                pull_policy=container.pull_policy,
                image_id=_running_content(workload, container.name),
            )


def _mounted_images(template: PodTemplate) -> Iterable[JobImage]:
    """Images that are volumes are pulled like those of containers."""
    for volume in template.volumes:
        if volume.kind == "image" and volume.source:
            yield JobImage(reference=volume.source, pull_policy=volume.type)


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


def _running_content(workload: Workload, container: str) -> str:
    """The digest of what all of its running pods have for a container; empty when they differ."""
    digests = {pods.images.get(container, "").rpartition("@")[2] for pods in workload.running}
    return digests.pop() if len(digests) == 1 else ""


def _by_reference(pods: RunningPods, template: PodTemplate) -> RunningPods:
    """What runs by the image that the template names; containers that were added are left out."""
    names = {container.name: container.image for container in template.containers}
    images = {names[name]: content for name, content in pods.images.items() if name in names}
    return replace(pods, images=images)


def _own_claims(workload: Workload, template: PodTemplate) -> Iterable[Claim]:
    """What is made for each pod; of a StatefulSet the names go on with the number of the pod."""
    for volume in template.volumes:
        if volume.claim is not None:
            numbered = volume.kind == "volumeClaimTemplate"
            name = f"{volume.name}-{workload.name}" if numbered else ""
            yield replace(volume.claim, namespace=workload.namespace, name=name)


def _pod_requests(template: PodTemplate) -> dict[str, int]:
    """What one pod reserves, by the scheduler's rule: the sum of its containers and sidecars, or
    the largest of its init containers with the sidecars before it if that is more; what the pod
    states itself in place of that. A limit stands for a missing request."""
    running: Counter[str] = Counter()
    sidecars: Counter[str] = Counter()
    starting: Counter[str] = Counter()
    for container in template.containers:
        requests = Counter({**container.limits, **container.requests})
        if container.sidecar:
            sidecars.update(requests)
        elif container.init:
            starting |= sidecars + requests
        else:
            running.update(requests)
    running.update(sidecars)
    reserved = running | starting
    for name, amount in template.limits.items():
        reserved.setdefault(name, amount)
    return {**dict(sorted(reserved.items())), **template.requests}


def _accelerators(
    template: PodTemplate, requests: dict[str, int], namespace: str
) -> tuple[AcceleratorNeed, ...]:
    """Extended resources, a GPU that can be shared, one need of unknown size for each DRA claim."""
    extended = tuple(
        AcceleratorNeed(count=amount, resource=name, how="resource request")
        for name, amount in requests.items()
        if amount and is_extended(name)
    )
    claims = tuple(
        AcceleratorNeed(
            count=None,
            how=f"resource claim {claim}",
            claim=f"{_CLAIM_KINDS[claim in template.claim_templates]} {namespace}/{claim}",
        )
        for claim in template.resource_claims
    )
    needs = extended + claims
    if share := template.gpu_share:
        needs += (AcceleratorNeed(count=1, vendor="nvidia", how=f"annotation {share}", part=True),)
    return needs


def is_extended(resource: str) -> bool:
    """Whether a resource is neither Kubernetes' own nor huge pages."""
    return resource not in _ORDINARY and not resource.startswith("hugepages-")


def _mounts(workload: Workload, template: PodTemplate) -> tuple[JobMount, ...]:
    volumes = {volume.name: volume for volume in template.volumes}
    mounts: dict[tuple[str, str], JobMount] = {}
    for container in template.containers:
        for mount in container.mounts:
            volume = volumes.get(mount.volume)
            kind = _VOLUME_KINDS.get(volume.kind) if volume else None
            if volume is not None and kind is not None:
                own = f"{workload.namespace}/{volume.name}"
                sources = {
                    "claim": f"{workload.namespace}/{volume.source}",
                    "claim-template": f"{own}-{workload.name}",
                    "ephemeral": f"{own} of {workload.name}",
                    "inline-csi": volume.type or f"{own} of {workload.name}",
                    "flex-volume": f"{own} of {workload.name}",
                }
                job_mount = JobMount(
                    kind=kind,
                    source=sources.get(kind, volume.source) or json.dumps(volume.name),
                    target=mount.path,
                    read_only=mount.read_only or volume.read_only,
                    kind_detail=_detail(volume),
                )
                mounts.setdefault((job_mount.source, job_mount.target), job_mount)
    return tuple(mounts.values())


def _detail(volume: PodVolume) -> str:
    if volume.kind == "hostPath":
        return volume.type
    return volume.source if volume.kind in ("csi", "flexVolume") else volume.kind
