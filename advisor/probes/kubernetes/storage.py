"""Storage classes, drivers, volumes and claims, with secrets taken out of their options."""

from __future__ import annotations

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
from advisor.objects.amounts import amount
from advisor.objects.base import ObjectMeta, present, without_nulls
from advisor.objects.selectors import label_selector, node_selector_terms, topology_terms
from advisor.probes.kubernetes.redaction import Redactor
from advisor.probes.kubernetes.volume_sources import volume_source
from advisor.probes.kubernetes.wire.storage import (
    ClaimReference,
    ClaimResources,
    ClaimSpec,
    ClaimStatus,
    ClaimWire,
    CsiDriverWire,
    CsiNodeWire,
    Phase,
    ProfileStatus,
    StorageClassWire,
    StorageProfileWire,
    VolumeSpec,
    VolumeWire,
)

_DEFAULT_MARKS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_LEGACY_CLASS = "volume.beta.kubernetes.io/storage-class"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"


def storage_class(wire: StorageClassWire, redactor: Redactor) -> StorageClass:
    """A storage class."""
    meta = wire.metadata or ObjectMeta()
    name, annotations = meta.name or "", meta.annotations or {}
    place = f"cluster.storage_classes[{name}]"
    return StorageClass(
        name=name,
        provisioner=wire.provisioner or "",
        parameters=redactor.options(f"{place}.parameters", wire.parameters),
        reclaim_policy=wire.reclaim_policy or "Delete",
        binding_mode=wire.volume_binding_mode or "Immediate",
        allow_expansion=bool(wire.allow_volume_expansion),
        mount_options=redactor.words(f"{place}.mount_options", wire.mount_options),
        default=any(annotations.get(mark) == "true" for mark in _DEFAULT_MARKS),
        topologies=topology_terms(wire.allowed_topologies),
    )


def storage_profile(wire: StorageProfileWire) -> StorageProfile:
    """What KubeVirt found a class can do."""
    meta, status = wire.metadata or ObjectMeta(), wire.status or ProfileStatus()
    pairs = (
        (mode, one.volume_mode or "Filesystem")
        for one in present(status.claim_property_sets)
        for mode in present(one.access_modes)
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
    """The drivers of a node."""
    meta = wire.metadata or ObjectMeta()
    drivers = present(wire.spec.drivers) if wire.spec else []
    return CsiNode(name=meta.name or "", drivers=tuple(one.name for one in drivers if one.name))


def persistent_volume(wire: VolumeWire, redactor: Redactor) -> PersistentVolume:
    """A persistent volume with its source."""
    meta, status = wire.metadata or ObjectMeta(), wire.status or Phase()
    spec = msgspec.convert(wire.spec or {}, VolumeSpec)
    name, claim = meta.name or "", spec.claim_ref or ClaimReference()
    place = f"cluster.persistent_volumes[{name}]"
    source: dict[str, Any] = volume_source(wire.spec or {})
    source["attributes"] = redactor.options(f"{place}.attributes", source.get("attributes"))
    required = spec.node_affinity.required if spec.node_affinity else None
    return PersistentVolume(
        name=name,
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
        mount_options=redactor.words(f"{place}.mount_options", spec.mount_options),
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
