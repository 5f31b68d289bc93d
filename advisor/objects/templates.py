"""Pod specs turned into the record of what the scheduler looks at and what a job needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from advisor.facts.secrecy import redact_image
from advisor.facts.storage import Claim, NodeSelectorTerms
from advisor.facts.workload import PodContainer, PodTemplate, PodVolume, Toleration, VolumeMount
from advisor.objects.base import amounts, inner, present, size, without_nulls
from advisor.objects.pod import (
    ContainerWire,
    NamedWire,
    PodSpecWire,
    ResourceClaimWire,
    ResourcesWire,
    SecurityWire,
    TolerationWire,
    label_selector,
    node_selector_terms,
)

_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105


def pod_template(
    spec: PodSpecWire,
    *,
    authored: bool,
    daemon: bool = False,
    claims: list[dict[str, Any]] | None = None,
    annotations: Mapping[str, Any] | None = None,
) -> PodTemplate:
    """The template of a spec.

    `authored`: its node name is its author's; in a pod it is the scheduler's and left out.
    `daemon`: a DaemonSet's pod, whose affinity to its own node was added by the controller.
    `claims`: what a StatefulSet makes for each of its pods. `annotations` are those of the pods.
    """
    resources = spec.resources or ResourcesWire()
    return PodTemplate(
        containers=_containers(spec),
        volumes=(*pod_volumes(spec.volumes), *_claim_volumes(claims)),
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
        resource_claims=tuple(_claim(claim) for claim in present(spec.resource_claims)),
        claim_templates=tuple(
            claim.resource_claim_template_name
            for claim in present(spec.resource_claims)
            if claim.resource_claim_template_name
        ),
        requests=amounts(resources.requests),
        limits=amounts(resources.limits),
        overhead=amounts(spec.overhead),
        topology_keys=_topology_keys(spec),
        gpu_share=gpu_share(annotations),
    )


GPU_SHARES = ("gpu-fraction", "gpu-memory")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)


def gpu_share(annotations: Mapping[str, Any] | None) -> str:
    """The part of a GPU that Run:ai and KAI read there, as `gpu-fraction=0.5`; empty: none."""
    stated = {key: str((annotations or {}).get(key)) for key in GPU_SHARES}
    amounts = {key: text for key, text in stated.items() if _NUMBER.fullmatch(text)}
    return next((f"{key}={text}" for key, text in amounts.items() if float(text)), "")


def _containers(spec: PodSpecWire) -> tuple[PodContainer, ...]:
    user = spec.security_context.run_as_user if spec.security_context else None
    return (
        *(_container(container, user, init=True) for container in present(spec.init_containers)),
        *(_container(container, user, init=False) for container in present(spec.containers)),
    )


def _container(wire: ContainerWire, pod_user: int | None, *, init: bool) -> PodContainer:
    resources = wire.resources or ResourcesWire()
    security = wire.security_context or SecurityWire()
    user = security.run_as_user
    mounts = (
        VolumeMount(
            volume=mount.name or "",
            path=mount.mount_path or "",
            read_only=bool(mount.read_only),
            sub_path=mount.sub_path or "",
        )
        for mount in present(wire.volume_mounts)
        if not _is_added_by_the_server(mount.name or "")
    )
    devices = (
        VolumeMount(volume=device.name or "", path=device.device_path or "")
        for device in present(wire.volume_devices)
    )
    return PodContainer(
        name=wire.name or "",
        image=redact_image(wire.image or ""),
        pull_policy=wire.image_pull_policy or "",
        init=init,
        sidecar=init and wire.restart_policy == "Always",
        requests=amounts(resources.requests),
        limits=amounts(resources.limits),
        variables=_names(wire.env),
        mounts=(*mounts, *devices),
        privileged=bool(security.privileged),
        run_as_user=pod_user if user is None else user,
        claims=_names(resources.claims),
    )


def _names(wires: list[NamedWire | None] | None) -> tuple[str, ...]:
    return tuple(wire.name for wire in present(wires) if wire.name)


def _affinity(spec: PodSpecWire, *, daemon: bool) -> NodeSelectorTerms:
    node_affinity = spec.affinity.node_affinity if spec.affinity else None
    terms = node_selector_terms(node_affinity.required if node_affinity else None)
    if not daemon:
        return terms
    authored = (
        tuple(
            requirement
            for requirement in term
            if not (requirement.field and requirement.key == "metadata.name")
        )
        for term in terms
    )
    return tuple(dict.fromkeys(term for term in authored if term))


def _topology_keys(spec: PodSpecWire) -> tuple[str, ...]:
    """The scheduler leaves out nodes without the label, whatever pods are there."""
    affinity = spec.affinity.pod_affinity if spec.affinity else None
    together = present(affinity.required) if affinity else []
    apart = present(spec.topology_spread_constraints)
    hard = [
        *together,
        *(spread for spread in apart if spread.when_unsatisfiable == "DoNotSchedule"),
    ]
    return tuple(sorted({spread.topology_key for spread in hard if spread.topology_key}))


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


def pod_volumes(stated: list[dict[str, Any] | None] | None) -> tuple[PodVolume, ...]:
    """Every volume but the token that the API server adds to each pod."""
    volumes = (_volume(volume) for volume in stated or () if isinstance(volume, dict))
    return tuple(volume for volume in volumes if not volume.name.startswith(_TOKEN_VOLUME))


def _is_added_by_the_server(volume: str) -> bool:
    """Whether a mount refers to the token volume that `pod_volumes` leaves out."""
    return volume.startswith(_TOKEN_VOLUME)


def _claim_volumes(stated: Any) -> tuple[PodVolume, ...]:
    """The claims that a StatefulSet makes for each pod, as volumes that its containers mount."""
    templates = [volume for volume in stated or () if isinstance(volume, dict)]
    return tuple(
        PodVolume(
            name=_text(inner(template, "metadata"), "name"),
            kind="volumeClaimTemplate",
            claim=_pod_claim(inner(template, "spec")),
        )
        for template in templates
    )


def _volume(stated: dict[str, Any]) -> PodVolume:
    name = _text(stated, "name")
    kinds = [kind for kind, body in stated.items() if kind != "name" and isinstance(body, dict)]
    if not kinds:
        return PodVolume(name=name, kind="emptyDir")
    body = stated[kinds[0]]
    facts = _KINDS.get(kinds[0], _no_place)(body)
    read_only = body.get("readOnly") is True
    return PodVolume(name=name, kind=kinds[0], read_only=read_only, **facts)


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _no_place(body: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {}


def _field(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {"source": _text(body, key)}


def _host_path(body: dict[str, Any]) -> dict[str, Any]:
    return {"source": _text(body, "path"), "type": _text(body, "type")}


def _nfs(body: dict[str, Any]) -> dict[str, Any]:
    return {"source": f"{_text(body, 'server')}:{_text(body, 'path')}"}


def _empty_dir(body: dict[str, Any]) -> dict[str, Any]:
    return {"type": _text(body, "medium"), "size": size(body.get("sizeLimit"))}


def _ephemeral(body: dict[str, Any]) -> dict[str, Any]:
    return {"claim": _pod_claim(inner(inner(body, "volumeClaimTemplate"), "spec"))}


def _pod_claim(spec: dict[str, Any]) -> Claim:
    """A claim that is made for each pod; its name and namespace are the pod's to give."""
    stated = spec.get("storageClassName")
    modes = spec.get("accessModes")
    return Claim(
        namespace="",
        name="",
        storage_class=stated if isinstance(stated, str) else None,
        access_modes=tuple(mode for mode in modes or () if isinstance(mode, str))
        if isinstance(modes, list)
        else (),
        volume_mode=_text(spec, "volumeMode") or "Filesystem",
        requested=size(inner(inner(spec, "resources"), "requests").get("storage")),
        selector=label_selector(spec.get("selector")),
    )


_STORES = ("bucketName", "bucket", "containerName", "shareName")
"""Attributes by which drivers that name no server are told the store that a volume shows."""


def _csi(body: dict[str, Any]) -> dict[str, Any]:
    driver, attributes = _text(body, "driver"), inner(body, "volumeAttributes")
    server, share = _text(attributes, "server"), _text(attributes, "share")
    store = next(filter(None, (_text(attributes, name) for name in _STORES)), "")
    names = (
        f"{server}:{share}" if server else "",
        _text(attributes, "source"),
        f"{driver}:{store}" if store else "",
    )
    return {"source": driver, "type": next(filter(None, names), "")}


def _image(body: dict[str, Any]) -> dict[str, Any]:
    return {"source": redact_image(_text(body, "reference")), "type": _text(body, "pullPolicy")}


def _cephfs(body: dict[str, Any]) -> dict[str, Any]:
    monitors = [monitor for monitor in body.get("monitors") or () if isinstance(monitor, str)]
    return {"source": f"{','.join(monitors)}:{_text(body, 'path') or '/'}"}


_KINDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "hostPath": _host_path,
    "nfs": _nfs,
    "emptyDir": _empty_dir,
    "ephemeral": _ephemeral,
    "cephfs": _cephfs,
    "persistentVolumeClaim": _field("claimName"),
    "csi": _csi,
    "flexVolume": _field("driver"),
    "glusterfs": _field("path"),
    "image": _image,
    "azureFile": _field("shareName"),
    "azureDisk": _field("diskURI"),
    "awsElasticBlockStore": _field("volumeID"),
    "gcePersistentDisk": _field("pdName"),
    "cinder": _field("volumeID"),
    "configMap": _field("name"),
}
