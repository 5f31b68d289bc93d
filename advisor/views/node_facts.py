"""The `node` variable."""

from __future__ import annotations

from advisor.views.base import UNSET, UnsetType, ViewFacts


class AcceleratorFacts(ViewFacts, frozen=True, kw_only=True):
    """One accelerator resource of a node.

    resource: `nvidia.com/gpu`, or the DRA driver's name; vendor: of the catalogue
    kind: `whole`, `mig-single`, `mig-mixed`, `time-sliced`, `mps`, `shared`, `partition`, `dra`;
    absent when nothing says what one unit is; never add amounts of different kinds
    sharing: `none`, `stated`, `unstated` (no label says), `contradicted` (labels and amounts
    disagree); profile: the slice of a split card (`1g.5gb`), else null
    capacity, allocatable: advertised amounts, absent for DRA devices that cannot be counted;
    physical: cards in the machine, where a label says so
    replicas: how many times each device is advertised; absent where labels and amounts do not
    settle it
    product: as labelled; peers: the usual capacity of nodes with the same product and resource
    """

    resource: str
    vendor: str
    kind: str | UnsetType = UNSET
    sharing: str = "none"
    profile: str | None = None
    capacity: int | UnsetType = UNSET
    allocatable: int | UnsetType = UNSET
    physical: int | None = None
    replicas: int | UnsetType = UNSET
    product: str | None = None
    peers: int | None = None


class NodeFacts(ViewFacts, frozen=True, kw_only=True):
    """One node.

    ready: the Ready condition; unschedulable: cordoned; control_plane: has that role
    gpu_node: advertises an accelerator of the catalogue by capacity or through DRA; absent when it
    only has unclassified resources or its ResourceSlices could not be read
    dra_only: has accelerators, and each of them only through DRA
    hardware: vendors whose accelerators the node's labels show to be built in (`nvidia`, `amd`...)
    accelerators: see AcceleratorFacts, catalogue ones; unclassified: extended resources the
    catalogue does not know; monitoring: resources that only count for monitoring; zeroed:
    accelerator resources listed with nothing in them
    taints: `key=value:effect` that keep pods away, `node.kubernetes.io/*` left out
    untolerated: those no known GPU job tolerates
    feature_discovery: whether feature-discovery labels (product, memory) are there
    driver: GPU driver version from labels, else as the node said of itself; null where nobody did
    sharing_labels: whether labels state a sharing strategy
    surveyed: whether the node said anything of itself (`advisor nodes manifest`); what follows is
    null or empty without that. unreached: what it was told to reach and could not, in words
    image_size, image_available: bytes of the filesystem where its runtime keeps images
    infiniband: its ports, in words; control_groups: `1`, `2` or `hybrid`
    """

    name: str
    ready: bool | UnsetType = UNSET
    unschedulable: bool
    control_plane: bool
    gpu_node: bool | UnsetType = UNSET
    dra_only: bool = False
    architecture: str | UnsetType = UNSET
    hardware: tuple[str, ...] = ()
    accelerators: tuple[AcceleratorFacts, ...] = ()
    unclassified: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    zeroed: tuple[str, ...] = ()
    taints: tuple[str, ...] = ()
    untolerated: tuple[str, ...] | UnsetType = UNSET
    feature_discovery: bool
    driver: str | None = None
    sharing_labels: bool = False
    labels: dict[str, str] = {}
    runtime: str | UnsetType = UNSET
    images_listed: int = 0
    surveyed: bool = False
    unreached: tuple[str, ...] = ()
    image_size: int | None = None
    image_available: int | None = None
    infiniband: tuple[str, ...] = ()
    control_groups: str | None = None
