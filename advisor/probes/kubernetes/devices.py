"""Dynamic resource allocation: device classes and resource slices of any served version."""

from __future__ import annotations

from typing import Any

from advisor.facts.node import Device, DeviceClass, ResourceSlice
from advisor.objects.amounts import size
from advisor.objects.base import ObjectMeta, present
from advisor.probes.kubernetes.wire.device import (
    DeviceClassSpec,
    DeviceClassWire,
    DeviceFacts,
    DeviceWire,
    PoolWire,
    SliceSpec,
    SliceWire,
)

_PRODUCT_ATTRIBUTES = ("productName", "model", "product")
_PROFILE_ATTRIBUTES = ("profile", "partitionProfile")
_MEMORY_CAPACITIES = ("memory", "vram")


def device_class(wire: DeviceClassWire) -> DeviceClass:
    """A device class."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or DeviceClassSpec()
    expressions = (one.cel.expression for one in present(spec.selectors) if one.cel)
    return DeviceClass(
        name=meta.name or "",
        extended_resource=spec.extended_resource_name or "",
        selectors=tuple(one for one in expressions if one),
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
        devices=tuple(_device(one) for one in present(spec.devices)),
    )


def _device(wire: DeviceWire) -> Device:
    facts: DeviceFacts = wire.basic or wire
    attributes = {_short(name): _value(box) for name, box in (facts.attributes or {}).items()}
    capacity = {_short(name): _amount(box) for name, box in (facts.capacity or {}).items()}
    return Device(
        name=wire.name or "",
        type=attributes.get("type", ""),
        product=_first(attributes, _PRODUCT_ATTRIBUTES, ""),
        profile=_first(attributes, _PROFILE_ATTRIBUTES, ""),
        memory=_first(capacity, _MEMORY_CAPACITIES, None),
        shares_counters=bool(facts.consumes_counters),
    )


def _short(name: str) -> str:
    """An attribute's name without the domain it may be qualified with."""
    return name.rpartition("/")[2]


def _value(box: dict[str, Any] | None) -> str:
    """An attribute is a map of one entry, whose key is its type."""
    values = [value for value in (box or {}).values() if isinstance(value, str)]
    return values[0] if values else ""


def _amount(box: Any) -> int | None:
    """`{"value": "80Gi"}` since v1beta1, a bare quantity before."""
    return size(box.get("value") if isinstance(box, dict) else box)


def _first(values: dict[str, Any], names: tuple[str, ...], default: Any) -> Any:
    return next((values[name] for name in names if values.get(name)), default)
