"""The `node` variable."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class AcceleratorFacts(ViewFacts, frozen=True, kw_only=True):
    """One accelerator resource of a node.

    resource: `nvidia.com/gpu`, or the DRA driver's name; vendor: of the catalogue
    kind: `whole`, `mig-single`, `mig-mixed`, `time-sliced`, `mps`, `shared`, `partition`, `dra`,
    `unclassified`; never add amounts of different kinds
    capacity, allocatable: advertised amounts; physical: cards in the machine, where a label says so
    replicas: how many times each device is advertised
    product: as labelled; peers: the usual capacity of nodes with the same product and resource
    """

    resource: str
    vendor: str
    kind: str
    capacity: int
    allocatable: int
    physical: int | None = None
    replicas: int | None = None
    product: str | None = None
    peers: int | None = None


class NodeFacts(ViewFacts, frozen=True, kw_only=True):
    """One node.

    ready: the Ready condition; unschedulable: cordoned; control_plane: has that role
    gpu_node: advertises an accelerator of the catalogue by capacity or through DRA
    hardware: vendors whose accelerators the node's labels show to be built in (`nvidia`, `amd`...)
    accelerators: see AcceleratorFacts, catalogue ones; unclassified: extended resources the
    catalogue does not know; monitoring: resources that only count for monitoring
    taints: `key=value:effect` that keep pods away, `node.kubernetes.io/*` left out
    untolerated: those no known GPU job tolerates
    feature_discovery: whether feature-discovery labels (product, memory) are there
    driver: GPU driver version from labels, null where no label states it
    sharing_labels: whether labels state a sharing strategy
    """

    name: str
    ready: bool | UnsetType = UNSET
    unschedulable: bool
    control_plane: bool
    gpu_node: bool
    architecture: str | UnsetType = UNSET
    hardware: tuple[str, ...] = ()
    accelerators: tuple[AcceleratorFacts, ...] = ()
    unclassified: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    taints: tuple[str, ...] = ()
    untolerated: tuple[str, ...] | UnsetType = UNSET
    feature_discovery: bool
    driver: str | None = None
    sharing_labels: bool = False
    labels: dict[str, str] = {}
    runtime: str | UnsetType = UNSET
    images_listed: int = 0
