"""Nodes, and the devices that DRA drivers publish for them, as the API sends them."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.objects.base import Amount, ObjectMeta, Wire
from advisor.objects.pod import TolerationWire


class OwnedStatus(Wire, frozen=True, kw_only=True):
    """The status fields that one manager set: a condition is the key `k:{"type":"Ready"}`."""

    conditions: dict[str, dict[str, object] | None] | None = msgspec.field(
        default=None, name="f:conditions"
    )


class OwnedFields(Wire, frozen=True, kw_only=True):
    """The fields that one manager set."""

    status: OwnedStatus | None = msgspec.field(default=None, name="f:status")


class ManagedFields(Wire, frozen=True, kw_only=True):
    """One entry of managedFields: who set which fields, and when by the API server's clock."""

    time: str | None = None
    fields: OwnedFields | None = msgspec.field(default=None, name="fieldsV1")


class NodeMeta(ObjectMeta, frozen=True, kw_only=True):
    """A node's metadata with its managedFields."""

    managed_fields: list[ManagedFields | None] | None = None


class TaintWire(Wire, frozen=True, kw_only=True):
    """A taint of a node."""

    key: str | None = None
    value: str | None = None
    effect: str | None = None


class NodeSpec(Wire, frozen=True, kw_only=True):
    """The part of a node that an administrator sets."""

    unschedulable: bool | None = None
    taints: list[TaintWire | None] | None = None


class Condition(Wire, frozen=True, kw_only=True):
    """A condition; `status` is True, False or Unknown."""

    type: str | None = None
    status: str | None = None
    last_heartbeat_time: str | None = None


class Address(Wire, frozen=True, kw_only=True):
    """An address of a node."""

    type: str | None = None
    address: str | None = None


class NodeInfo(Wire, frozen=True, kw_only=True):
    """What the kubelet says of its machine."""

    architecture: str | None = None
    operating_system: str | None = None
    os_image: str | None = None
    kernel_version: str | None = None
    container_runtime_version: str | None = None
    kubelet_version: str | None = None


class ContainerImage(Wire, frozen=True, kw_only=True):
    """An image on a node; `names` may be null."""

    names: list[str | None] | None = None
    size_bytes: int | None = None


class NodeStatus(Wire, frozen=True, kw_only=True):
    """The part of a node that the kubelet reports."""

    capacity: dict[str, Amount | None] | None = None
    allocatable: dict[str, Amount | None] | None = None
    conditions: list[Condition | None] | None = None
    addresses: list[Address | None] | None = None
    node_info: NodeInfo | None = None
    images: list[ContainerImage | None] | None = None


class SchedulingWire(Wire, frozen=True, kw_only=True):
    """Where the pods of a runtime class may go."""

    node_selector: dict[str, str | None] | None = None
    tolerations: list[TolerationWire | None] | None = None


class OverheadWire(Wire, frozen=True, kw_only=True):
    """What a runtime takes for itself beside each pod."""

    pod_fixed: dict[str, Amount | None] | None = None


class RuntimeClassWire(Wire, frozen=True, kw_only=True):
    """A runtime class."""

    metadata: ObjectMeta | None = None
    scheduling: SchedulingWire | None = None
    overhead: OverheadWire | None = None


class NodeWire(Wire, frozen=True, kw_only=True):
    """A node."""

    metadata: NodeMeta | None = None
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class CelSelector(Wire, frozen=True, kw_only=True):
    """A CEL expression that picks devices."""

    expression: str | None = None


class DeviceSelector(Wire, frozen=True, kw_only=True):
    """One selector of a device class."""

    cel: CelSelector | None = None


class DeviceClassSpec(Wire, frozen=True, kw_only=True):
    """What a device class selects."""

    selectors: list[DeviceSelector | None] | None = None
    extended_resource_name: str | None = None


class DeviceClassWire(Wire, frozen=True, kw_only=True):
    """A device class."""

    metadata: ObjectMeta | None = None
    spec: DeviceClassSpec | None = None


class DeviceFacts(Wire, frozen=True, kw_only=True):
    """Attributes and capacity: beside the name since v1beta2, under `basic` before."""

    attributes: dict[str, dict[str, Any] | None] | None = None
    capacity: dict[str, Any] | None = None
    consumes_counters: list[Any] | None = None


class DeviceWire(DeviceFacts, frozen=True, kw_only=True):
    """A device of a slice."""

    name: str | None = None
    basic: DeviceFacts | None = None


class PoolWire(Wire, frozen=True, kw_only=True):
    """The pool a slice belongs to."""

    name: str | None = None
    generation: int | None = None
    resource_slice_count: int | None = None


class SliceSpec(Wire, frozen=True, kw_only=True):
    """What a driver published."""

    driver: str | None = None
    pool: PoolWire | None = None
    node_name: str | None = None
    all_nodes: bool | None = None
    devices: list[DeviceWire | None] | None = None


class SliceWire(Wire, frozen=True, kw_only=True):
    """A resource slice."""

    metadata: ObjectMeta | None = None
    spec: SliceSpec | None = None
