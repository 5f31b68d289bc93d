"""Storage classes, drivers, volumes and claims as the API sends them and as facts, with secrets
taken out of their options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from advisor.facts.storage import (
    Claim,
    CsiDriver,
    CsiNode,
    PersistentVolume,
    StorageClass,
    StorageProfile,
)
from advisor.objects.base import Amount, ObjectMeta, Wire, amount, present, without_nulls
from advisor.objects.pod import (
    SelectorWire,
    TopologyTermWire,
    label_selector,
    node_selector_terms,
    topology_terms,
)


class StorageClassWire(Wire, frozen=True, kw_only=True):
    """A storage class."""

    metadata: ObjectMeta | None = None
    provisioner: str | None = None
    parameters: dict[str, str | None] | None = None
    reclaim_policy: str | None = None
    volume_binding_mode: str | None = None
    allow_volume_expansion: bool | None = None
    mount_options: list[str | None] | None = None
    allowed_topologies: list[TopologyTermWire | None] | None = None


class PropertySet(Wire, frozen=True, kw_only=True):
    """The access modes that a class offers with one volume mode."""

    access_modes: list[str | None] | None = None
    volume_mode: str | None = None


class ProfileStatus(Wire, frozen=True, kw_only=True):
    """What KubeVirt knows of a storage class."""

    storage_class: str | None = None
    claim_property_sets: list[PropertySet | None] | None = None


class StorageProfileWire(Wire, frozen=True, kw_only=True):
    """A KubeVirt storage profile."""

    metadata: ObjectMeta | None = None
    status: ProfileStatus | None = None


class CsiDriverSpec(Wire, frozen=True, kw_only=True):
    """What a CSI driver declares."""

    attach_required: bool | None = None


class CsiDriverWire(Wire, frozen=True, kw_only=True):
    """A CSI driver."""

    metadata: ObjectMeta | None = None
    spec: CsiDriverSpec | None = None


class CsiNodeAmounts(Wire, frozen=True, kw_only=True):
    """How many volumes of a driver a node attaches at most; null without a limit."""

    count: int | None = None


class CsiNodeDriver(Wire, frozen=True, kw_only=True):
    """A driver on a node."""

    name: str | None = None
    allocatable: CsiNodeAmounts | None = None


class CsiNodeSpec(Wire, frozen=True, kw_only=True):
    """The drivers of a node; null on real clusters."""

    drivers: list[CsiNodeDriver | None] | None = None


class CsiNodeWire(Wire, frozen=True, kw_only=True):
    """A CSI node."""

    metadata: ObjectMeta | None = None
    spec: CsiNodeSpec | None = None


class ClaimReference(Wire, frozen=True, kw_only=True):
    """The claim that holds a volume."""

    namespace: str | None = None
    name: str | None = None


class VolumeAffinity(Wire, frozen=True, kw_only=True):
    """Which nodes can reach a volume."""

    required: SelectorWire | None = None


class VolumeSpec(Wire, frozen=True, kw_only=True):
    """The common part of a volume's spec; its source is read apart."""

    capacity: dict[str, Amount | None] | None = None
    access_modes: list[str | None] | None = None
    volume_mode: str | None = None
    storage_class_name: str | None = None
    persistent_volume_reclaim_policy: str | None = None
    claim_ref: ClaimReference | None = None
    node_affinity: VolumeAffinity | None = None
    mount_options: list[str | None] | None = None


class Phase(Wire, frozen=True, kw_only=True):
    """The phase of a volume."""

    phase: str | None = None


class VolumeWire(Wire, frozen=True, kw_only=True):
    """A persistent volume; its spec stays a map since its kind is the name of a field."""

    metadata: ObjectMeta | None = None
    spec: dict[str, Any] | None = None
    status: Phase | None = None


class ClaimResources(Wire, frozen=True, kw_only=True):
    """What a claim asks for."""

    requests: dict[str, Amount | None] | None = None


class ClaimSpec(Wire, frozen=True, kw_only=True):
    """What a claim's author wrote, and the volume it got."""

    storage_class_name: str | None = None
    volume_name: str | None = None
    access_modes: list[str | None] | None = None
    volume_mode: str | None = None
    resources: ClaimResources | None = None
    selector: dict[str, Any] | None = None


class ClaimStatus(Wire, frozen=True, kw_only=True):
    """The status of a claim: its phase and what it got."""

    phase: str | None = None
    capacity: dict[str, Amount | None] | None = None


class ClaimWire(Wire, frozen=True, kw_only=True):
    """A persistent volume claim."""

    metadata: ObjectMeta | None = None
    spec: ClaimSpec | None = None
    status: ClaimStatus | None = None


_DEFAULT_MARKS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_LEGACY_CLASS = "volume.beta.kubernetes.io/storage-class"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"

_Body = dict[str, Any]


def storage_class(wire: StorageClassWire) -> StorageClass:
    """A storage class."""
    meta = wire.metadata or ObjectMeta()
    annotations = meta.annotations or {}
    return StorageClass(
        name=meta.name or "",
        provisioner=wire.provisioner or "",
        parameters=without_nulls(wire.parameters),
        reclaim_policy=wire.reclaim_policy or "Delete",
        binding_mode=wire.volume_binding_mode or "Immediate",
        allow_expansion=bool(wire.allow_volume_expansion),
        mount_options=tuple(present(wire.mount_options)),
        default=any(annotations.get(mark) == "true" for mark in _DEFAULT_MARKS),
        topologies=topology_terms(wire.allowed_topologies),
    )


def storage_profile(wire: StorageProfileWire) -> StorageProfile:
    """What KubeVirt found a class can do."""
    meta, status = wire.metadata or ObjectMeta(), wire.status or ProfileStatus()
    pairs = (
        (mode, properties.volume_mode or "Filesystem")
        for properties in present(status.claim_property_sets)
        for mode in present(properties.access_modes)
    )
    return StorageProfile(
        storage_class=status.storage_class or meta.name or "", claim_properties=tuple(pairs)
    )


def csi_driver(wire: CsiDriverWire) -> CsiDriver:
    """A CSI driver."""
    meta = wire.metadata or ObjectMeta()
    return CsiDriver(
        name=meta.name or "", attach_required=wire.spec.attach_required if wire.spec else None
    )


def csi_node(wire: CsiNodeWire) -> CsiNode:
    """The drivers of a node, and their limits."""
    meta = wire.metadata or ObjectMeta()
    drivers = present(wire.spec.drivers) if wire.spec else []
    limits = {driver.name: driver.allocatable.count for driver in drivers if driver.allocatable}
    return CsiNode(
        name=meta.name or "",
        drivers=tuple(driver.name for driver in drivers if driver.name),
        limits={name: most for name, most in limits.items() if name and most is not None},
    )


def persistent_volume(wire: VolumeWire) -> PersistentVolume:
    """A persistent volume with its source."""
    meta, status = wire.metadata or ObjectMeta(), wire.status or Phase()
    spec = msgspec.convert(wire.spec or {}, VolumeSpec)
    claim = spec.claim_ref or ClaimReference()
    source: dict[str, Any] = _volume_source(wire.spec or {})
    source["attributes"] = without_nulls(source.get("attributes"))
    required = spec.node_affinity.required if spec.node_affinity else None
    return PersistentVolume(
        name=meta.name or "",
        capacity=amount(spec.capacity, "storage"),
        access_modes=tuple(present(spec.access_modes)),
        volume_mode=spec.volume_mode or "Filesystem",
        storage_class=spec.storage_class_name or _legacy_class(meta) or "",
        reclaim_policy=spec.persistent_volume_reclaim_policy or "",
        phase=status.phase or "",
        claim_namespace=claim.namespace or "",
        claim_name=claim.name or "",
        node_affinity=node_selector_terms(required),
        labels=without_nulls(meta.labels),
        mount_options=tuple(present(spec.mount_options)),
        **source,
    )


def claim(wire: ClaimWire) -> Claim:
    """A claim; a class named by the old annotation counts as named."""
    meta, status = wire.metadata or ObjectMeta(), wire.status or ClaimStatus()
    spec = wire.spec or ClaimSpec()
    stated = spec.storage_class_name
    return Claim(
        namespace=meta.namespace or "",
        name=meta.name or "",
        storage_class=_legacy_class(meta) if stated is None else stated,
        volume=spec.volume_name or "",
        access_modes=tuple(present(spec.access_modes)),
        volume_mode=spec.volume_mode or "Filesystem",
        requested=amount((spec.resources or ClaimResources()).requests, "storage"),
        capacity=amount(status.capacity, "storage"),
        phase=status.phase or "",
        selected_node=(meta.annotations or {}).get(_SELECTED_NODE) or "",
        selector=label_selector(spec.selector),
    )


def _legacy_class(meta: ObjectMeta) -> str | None:
    return (meta.annotations or {}).get(_LEGACY_CLASS)


def _volume_source(spec: _Body) -> dict[str, Any]:
    """Fields of PersistentVolume that say where its data is; kind `unknown` for none known."""
    for kind, read in _KINDS.items():
        body = spec.get(kind)
        if isinstance(body, dict):
            source = read(body)
            return {
                "source_kind": kind,
                "filesystem_type": _text(body, "fsType"),
                **{key: value for key, value in source.items() if value},
            }
    return {"source_kind": "unknown"}


def _text(body: _Body, key: str) -> str:
    """A string field, empty when it is absent, null or something else."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _path(body: _Body) -> dict[str, Any]:
    return {"source": _text(body, "path")}


def _nfs(body: _Body) -> dict[str, Any]:
    return {"source": f"{_text(body, 'server')}:{_text(body, 'path')}"}


def _csi(body: _Body) -> dict[str, Any]:
    stated = body.get("volumeAttributes")
    attributes = stated.items() if isinstance(stated, dict) else ()
    return {
        "source": _text(body, "volumeHandle"),
        "driver": _text(body, "driver"),
        "attributes": {key: value for key, value in attributes if isinstance(value, str)},
    }


def _cephfs(body: _Body) -> dict[str, Any]:
    monitors = [monitor for monitor in body.get("monitors") or () if isinstance(monitor, str)]
    return {"source": f"{','.join(monitors)}:{_text(body, 'path') or '/'}"}


def _glusterfs(body: _Body) -> dict[str, Any]:
    return {"source": f"{_text(body, 'endpoints')}:{_text(body, 'path')}"}


def _rbd(body: _Body) -> dict[str, Any]:
    return {"source": f"{_text(body, 'pool') or 'rbd'}/{_text(body, 'image')}"}


def _iscsi(body: _Body) -> dict[str, Any]:
    return {"source": f"{_text(body, 'targetPortal')}:{_text(body, 'iqn')}"}


def _flex(body: _Body) -> dict[str, Any]:
    return {"driver": _text(body, "driver")}


def _field(key: str) -> Callable[[_Body], dict[str, Any]]:
    return lambda body: {"source": _text(body, key)}


_KINDS: dict[str, Callable[[_Body], dict[str, Any]]] = {
    "csi": _csi,
    "nfs": _nfs,
    "local": _path,
    "hostPath": _path,
    "cephfs": _cephfs,
    "glusterfs": _glusterfs,
    "rbd": _rbd,
    "iscsi": _iscsi,
    "fc": _field("lun"),
    "flexVolume": _flex,
    "azureFile": _field("shareName"),
    "azureDisk": _field("diskURI"),
    "awsElasticBlockStore": _field("volumeID"),
    "gcePersistentDisk": _field("pdName"),
    "cinder": _field("volumeID"),
    "vsphereVolume": _field("volumePath"),
    "quobyte": _field("volume"),
    "storageos": _field("volumeName"),
    "scaleIO": _field("volumeName"),
    "portworxVolume": _field("volumeID"),
    "photonPersistentDisk": _field("pdID"),
    "flocker": _field("datasetName"),
}
