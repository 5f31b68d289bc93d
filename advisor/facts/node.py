"""What the Kubernetes API says of machines and their devices."""

from __future__ import annotations

from advisor.facts.record import Record


class Taint(Record, frozen=True, kw_only=True):
    """A node taint; `effect` is NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    effect: str
    value: str = ""


class Node(Record, frozen=True, kw_only=True):
    """A node as listed. `capacity` and `allocatable` as of `quantity.resources`.

    `ready` is None when the node carries no Ready condition. `image_count` is the length of
    `status.images` (the kubelet cuts that list, so absence from it proves nothing near the cut).
    `clock_offset` is by how many seconds its clock is ahead of the API server's, None where its
    last report does not tell.
    """

    name: str
    hostname: str = ""
    addresses: tuple[str, ...] = ()
    ready: bool | None = None
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    architecture: str = ""
    operating_system: str = ""
    os_image: str = ""
    kernel: str = ""
    container_runtime: str = ""
    kubelet: str = ""
    capacity: dict[str, int] = {}
    allocatable: dict[str, int] = {}
    pressures: tuple[str, ...] = ()
    image_count: int = 0
    clock_offset: int | None = None


class NodeImage(Record, frozen=True, kw_only=True):
    """One image as nodes list it: all its names, its size, and the nodes that list it."""

    names: tuple[str, ...]
    size: int | None = None
    nodes: tuple[str, ...] = ()


class DeviceClass(Record, frozen=True, kw_only=True):
    """A DRA DeviceClass; `extended_resource` serves plain requests such as nvidia.com/gpu."""

    name: str
    extended_resource: str = ""
    selectors: tuple[str, ...] = ()


class Device(Record, frozen=True, kw_only=True):
    """One device of a ResourceSlice. `product`, `type` and `profile` come from its attributes.

    `shares_counters` is true for a device that draws on shared counters (a card and its
    partitions are then several devices of the same hardware and must not be added up).
    """

    name: str
    type: str = ""
    product: str = ""
    profile: str = ""
    memory: int | None = None
    shares_counters: bool = False


class ResourceSlice(Record, frozen=True, kw_only=True):
    """A DRA ResourceSlice. `node` is empty when the pool is not bound to one node."""

    name: str
    driver: str
    pool: str
    generation: int
    slice_count: int
    node: str = ""
    all_nodes: bool = False
    devices: tuple[Device, ...] = ()
