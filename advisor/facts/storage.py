"""What the Kubernetes API says of storage."""

from __future__ import annotations

from advisor.facts.record import Record


class NodeSelectorRequirement(Record, frozen=True, kw_only=True):
    """One expression of a node selector; `field` is true for matchFields."""

    key: str
    operator: str
    values: tuple[str, ...] = ()
    field: bool = False


NodeSelectorTerms = tuple[tuple[NodeSelectorRequirement, ...], ...]
"""Terms are alternatives (any may match); requirements within a term must all match."""


class StorageClass(Record, frozen=True, kw_only=True):
    """A storage class. `default` only when the annotation is exactly "true"; `topologies` are the
    nodes for which it makes volumes (none stated: all)."""

    name: str
    provisioner: str
    parameters: dict[str, str] = {}
    reclaim_policy: str = "Delete"
    binding_mode: str = "Immediate"
    allow_expansion: bool = False
    mount_options: tuple[str, ...] = ()
    default: bool = False
    topologies: NodeSelectorTerms = ()


class StorageProfile(Record, frozen=True, kw_only=True):
    """KubeVirt's statement of what a class can do: (access mode, volume mode) pairs."""

    storage_class: str
    claim_properties: tuple[tuple[str, str], ...] = ()


class CsiDriver(Record, frozen=True, kw_only=True):
    """A registered CSI driver."""

    name: str
    attach_required: bool | None = None


class CsiNode(Record, frozen=True, kw_only=True):
    """The CSI drivers a node has; `limits` say how many volumes of a driver it attaches at most."""

    name: str
    drivers: tuple[str, ...] = ()
    limits: dict[str, int] = {}


class PersistentVolume(Record, frozen=True, kw_only=True):
    """A persistent volume. `source_kind` is its volume source (`nfs`, `csi`, `local`...).

    `source` is the location inside that kind: `server:/export` for nfs, the path for hostPath and
    local, the volume handle for csi (with `driver`); `attributes` are a csi volume's attributes.
    `labels` may place it in a zone, and claims select volumes by them.
    """

    name: str
    source_kind: str
    source: str = ""
    driver: str = ""
    attributes: dict[str, str] = {}
    filesystem_type: str = ""
    capacity: int | None = None
    access_modes: tuple[str, ...] = ()
    volume_mode: str = "Filesystem"
    storage_class: str = ""
    reclaim_policy: str = ""
    phase: str = ""
    claim_namespace: str = ""
    claim_name: str = ""
    node_affinity: NodeSelectorTerms = ()
    labels: dict[str, str] = {}
    mount_options: tuple[str, ...] = ()


class Claim(Record, frozen=True, kw_only=True):
    """A persistent volume claim. `storage_class` is None when it names none (the default);
    `selector` narrows down which existing volume it takes."""

    namespace: str
    name: str
    storage_class: str | None = None
    volume: str = ""
    access_modes: tuple[str, ...] = ()
    volume_mode: str = "Filesystem"
    requested: int | None = None
    capacity: int | None = None
    phase: str = ""
    selected_node: str = ""
    selector: tuple[NodeSelectorRequirement, ...] = ()
