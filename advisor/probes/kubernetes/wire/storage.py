"""Storage objects as the API sends them."""

from __future__ import annotations

from typing import Any

from advisor.objects.base import Amount, ObjectMeta, Wire
from advisor.objects.pod import SelectorWire, TopologyTermWire


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
