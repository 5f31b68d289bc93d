"""Dynamic resource allocation (resource.k8s.io) as its versions send it."""

from __future__ import annotations

from typing import Any

from advisor.objects.base import ObjectMeta, Wire


class CelSelector(Wire, frozen=True, kw_only=True):
    """An expression over a device."""

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
