"""Pod specs turned into the record of what the scheduler looks at and what a job needs."""

from __future__ import annotations

from typing import Any

from advisor.facts.secrecy import redact_image
from advisor.facts.storage import NodeSelectorTerms
from advisor.facts.workload import PodContainer, PodTemplate, Toleration, VolumeMount
from advisor.objects.amounts import amounts
from advisor.objects.base import present, without_nulls
from advisor.objects.pod import (
    ContainerWire,
    NamedWire,
    PodSpecWire,
    ResourceClaimWire,
    ResourcesWire,
    SecurityWire,
    TolerationWire,
)
from advisor.objects.pod_volumes import claim_volumes, is_added_by_the_server, pod_volumes
from advisor.objects.selectors import node_selector_terms


def pod_template(
    spec: PodSpecWire,
    *,
    authored: bool,
    daemon: bool = False,
    claims: list[dict[str, Any]] | None = None,
) -> PodTemplate:
    """The template of a spec.

    `authored`: its node name is its author's; in a pod it is the scheduler's and left out.
    `daemon`: a DaemonSet's pod, whose affinity to its own node was added by the controller.
    `claims`: what a StatefulSet makes for each of its pods.
    """
    resources = spec.resources or ResourcesWire()
    return PodTemplate(
        containers=_containers(spec),
        volumes=(*pod_volumes(spec.volumes), *claim_volumes(claims)),
        node_name=(spec.node_name or "") if authored else "",
        node_selector=without_nulls(spec.node_selector),
        node_affinity=_affinity(spec, daemon=daemon),
        tolerations=tolerations(spec.tolerations),
        pull_secrets=_names(spec.image_pull_secrets),
        service_account=spec.service_account_name or "",
        runtime_class=spec.runtime_class_name or "",
        scheduler=spec.scheduler_name or "",
        host_network=bool(spec.host_network),
        host_pid=bool(spec.host_pid),
        host_ipc=bool(spec.host_ipc),
        restart_policy=spec.restart_policy or "",
        resource_claims=tuple(_claim(one) for one in present(spec.resource_claims)),
        requests=amounts(resources.requests),
        limits=amounts(resources.limits),
        overhead=amounts(spec.overhead),
        topology_keys=_topology_keys(spec),
    )


def _containers(spec: PodSpecWire) -> tuple[PodContainer, ...]:
    user = spec.security_context.run_as_user if spec.security_context else None
    return (
        *(_container(one, user, init=True) for one in present(spec.init_containers)),
        *(_container(one, user, init=False) for one in present(spec.containers)),
    )


def _container(wire: ContainerWire, pod_user: int | None, *, init: bool) -> PodContainer:
    resources = wire.resources or ResourcesWire()
    security = wire.security_context or SecurityWire()
    user = security.run_as_user
    return PodContainer(
        name=wire.name or "",
        image=redact_image(wire.image or ""),
        pull_policy=wire.image_pull_policy or "",
        init=init,
        sidecar=init and wire.restart_policy == "Always",
        requests=amounts(resources.requests),
        limits=amounts(resources.limits),
        variables=_names(wire.env),
        mounts=_mounts(wire),
        privileged=bool(security.privileged),
        run_as_user=pod_user if user is None else user,
        claims=_names(resources.claims),
    )


def _mounts(wire: ContainerWire) -> tuple[VolumeMount, ...]:
    mounts = (
        VolumeMount(
            volume=one.name or "",
            path=one.mount_path or "",
            read_only=bool(one.read_only),
            sub_path=one.sub_path or "",
        )
        for one in present(wire.volume_mounts)
        if not is_added_by_the_server(one.name or "")
    )
    devices = (
        VolumeMount(volume=one.name or "", path=one.device_path or "")
        for one in present(wire.volume_devices)
    )
    return (*mounts, *devices)


def _names(wires: list[NamedWire | None] | None) -> tuple[str, ...]:
    return tuple(one.name for one in present(wires) if one.name)


def _affinity(spec: PodSpecWire, *, daemon: bool) -> NodeSelectorTerms:
    node_affinity = spec.affinity.node_affinity if spec.affinity else None
    terms = node_selector_terms(node_affinity.required if node_affinity else None)
    if not daemon:
        return terms
    authored = (
        tuple(one for one in term if not (one.field and one.key == "metadata.name"))
        for term in terms
    )
    return tuple(dict.fromkeys(term for term in authored if term))


def _topology_keys(spec: PodSpecWire) -> tuple[str, ...]:
    """The scheduler leaves out nodes without the label, whatever pods are there."""
    affinity = spec.affinity.pod_affinity if spec.affinity else None
    together = present(affinity.required) if affinity else []
    apart = present(spec.topology_spread_constraints)
    hard = [*together, *(one for one in apart if one.when_unsatisfiable == "DoNotSchedule")]
    return tuple(sorted({one.topology_key for one in hard if one.topology_key}))


def tolerations(wires: list[TolerationWire | None] | None) -> tuple[Toleration, ...]:
    """Tolerations of a pod or of a runtime class."""
    return tuple(
        Toleration(
            key=wire.key or "",
            operator=wire.operator or "Equal",
            value=wire.value or "",
            effect=wire.effect or "",
        )
        for wire in present(wires)
    )


def _claim(wire: ResourceClaimWire) -> str:
    return wire.resource_claim_name or wire.resource_claim_template_name or wire.name or ""
