"""Devices that DRA drivers publish, and the classes that claims ask for."""

from __future__ import annotations

from typing import Any

from advisor.facts.cluster import (
    Device,
    DeviceClass,
    ResourceSlice,
    Taint,
)
from advisor.objects.base import ObjectMeta, Wire, present, size
from advisor.objects.device_claims import DeviceSelector, selectors
from advisor.objects.pod import SelectorWire, node_selector_terms
from advisor.probes.kubernetes.nodes import TaintWire

_PRODUCT_ATTRIBUTES = ("productName", "model", "product")
_PROFILE_ATTRIBUTES = ("profile", "partitionProfile")
_MEMORY_CAPACITIES = ("memory", "vram")


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
    taints: list[TaintWire | None] | None = None
    allow_multiple_allocations: bool | None = None
    node_name: str | None = None
    node_selector: SelectorWire | None = None
    all_nodes: bool | None = None


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
    node_selector: SelectorWire | None = None
    all_nodes: bool | None = None
    per_device_node_selection: bool | None = None
    devices: list[DeviceWire | None] | None = None


class SliceWire(Wire, frozen=True, kw_only=True):
    """A resource slice."""

    metadata: ObjectMeta | None = None
    spec: SliceSpec | None = None


def device_class(wire: DeviceClassWire) -> DeviceClass:
    """A device class."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or DeviceClassSpec()
    return DeviceClass(
        name=meta.name or "",
        extended_resource=spec.extended_resource_name or "",
        selectors=selectors(spec.selectors),
    )


def resource_slice(wire: SliceWire) -> ResourceSlice:
    """A resource slice with its devices."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or SliceSpec()
    pool = spec.pool or PoolWire()
    return ResourceSlice(
        name=meta.name or "",
        driver=spec.driver or "",
        pool=pool.name or "",
        generation=pool.generation or 0,
        slice_count=pool.resource_slice_count or 0,
        node=spec.node_name or "",
        all_nodes=bool(spec.all_nodes),
        node_selector=node_selector_terms(spec.node_selector),
        devices=tuple(_device(device, spec.driver or "") for device in present(spec.devices)),
    )


def _device(wire: DeviceWire, driver: str) -> Device:
    facts: DeviceFacts = wire.basic or wire
    boxes = {_qualified(name, driver): box or {} for name, box in (facts.attributes or {}).items()}
    attributes = {_short(name): _value(box) for name, box in boxes.items()}
    capacity = {
        _qualified(name, driver): _stated(box) for name, box in (facts.capacity or {}).items()
    }
    amounts = {_short(name): size(amount) for name, amount in capacity.items()}
    return Device(
        name=wire.name or "",
        type=attributes.get("type", ""),
        product=_first(attributes, _PRODUCT_ATTRIBUTES, ""),
        profile=_first(attributes, _PROFILE_ATTRIBUTES, ""),
        memory=_first(amounts, _MEMORY_CAPACITIES, None),
        shares_counters=bool(facts.consumes_counters),
        attributes={
            name: value
            for name, box in boxes.items()
            for kind, value in box.items()
            if kind != "version" and isinstance(value, str | int)
        },
        versions={name: str(box["version"]) for name, box in boxes.items() if box.get("version")},
        capacity=capacity,
        taints=tuple(
            Taint(key=taint.key or "", effect=taint.effect or "", value=taint.value or "")
            for taint in present(facts.taints)
        ),
        shared=bool(facts.allow_multiple_allocations),
        node=facts.node_name or "",
        all_nodes=bool(facts.all_nodes),
        node_selector=node_selector_terms(facts.node_selector),
    )


def _qualified(name: str, driver: str) -> str:
    """An attribute without a domain is of the driver's."""
    return name if "/" in name else f"{driver}/{name}"


def _short(name: str) -> str:
    """An attribute's name without the domain it may be qualified with."""
    return name.rpartition("/")[2]


def _value(box: dict[str, Any] | None) -> str:
    """An attribute is a map of one entry, whose key is its type."""
    values = [value for value in (box or {}).values() if isinstance(value, str)]
    return values[0] if values else ""


def _stated(box: Any) -> str:
    """`{"value": "80Gi"}` since v1beta1, a bare quantity before."""
    value = box.get("value") if isinstance(box, dict) else box
    return "" if value is None else str(value)


def _first(values: dict[str, Any], names: tuple[str, ...], default: Any) -> Any:
    return next((values[name] for name in names if values.get(name)), default)
