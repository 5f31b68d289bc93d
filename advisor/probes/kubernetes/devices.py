"""Devices that DRA drivers publish, and the claims and classes that ask for them."""

from __future__ import annotations

from typing import Any

from advisor.facts.cluster import (
    Device,
    DeviceClaim,
    DeviceClass,
    DeviceConstraint,
    DeviceRequest,
    DeviceWish,
    ResourceSlice,
    Taint,
)
from advisor.objects.base import ObjectMeta, Wire, present, size
from advisor.objects.pod import SelectorWire, TolerationWire, node_selector_terms
from advisor.objects.templates import tolerations
from advisor.probes.kubernetes.nodes import TaintWire

_PRODUCT_ATTRIBUTES = ("productName", "model", "product")
_PROFILE_ATTRIBUTES = ("profile", "partitionProfile")
_MEMORY_CAPACITIES = ("memory", "vram")


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


class WishWire(Wire, frozen=True, kw_only=True):
    """Devices of a class that a claim asks for."""

    device_class_name: str | None = None
    selectors: list[DeviceSelector | None] | None = None
    allocation_mode: str | None = None
    count: int | None = None
    admin_access: bool | None = None
    tolerations: list[TolerationWire | None] | None = None
    capacity: dict[str, Any] | None = None


class RequestWire(WishWire, frozen=True, kw_only=True):
    """A request of a claim: the wish beside its name until v1beta1, under `exactly` since."""

    name: str | None = None
    exactly: WishWire | None = None
    first_available: list[WishWire | None] | None = None


class ConstraintWire(Wire, frozen=True, kw_only=True):
    """What devices of several requests have in common."""

    requests: list[str | None] | None = None
    match_attribute: str | None = None


class DevicesWire(Wire, frozen=True, kw_only=True):
    """The devices of a claim."""

    requests: list[RequestWire | None] | None = None
    constraints: list[ConstraintWire | None] | None = None


class DeviceClaimSpec(Wire, frozen=True, kw_only=True):
    """What a claim asks for; of a template, under another `spec`."""

    devices: DevicesWire | None = None
    spec: DeviceClaimSpec | None = None


class DeviceClaimWire(Wire, frozen=True, kw_only=True):
    """A ResourceClaim, or the template of one."""

    metadata: ObjectMeta | None = None
    spec: DeviceClaimSpec | None = None


def device_class(wire: DeviceClassWire) -> DeviceClass:
    """A device class."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or DeviceClassSpec()
    return DeviceClass(
        name=meta.name or "",
        extended_resource=spec.extended_resource_name or "",
        selectors=_expressions(spec.selectors),
    )


def _expressions(selectors: list[DeviceSelector | None] | None) -> tuple[str, ...]:
    expressions = (selector.cel.expression for selector in present(selectors) if selector.cel)
    return tuple(expression for expression in expressions if expression)


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
            Taint(key=one.key or "", effect=one.effect or "", value=one.value or "")
            for one in present(facts.taints)
        ),
        shared=bool(facts.allow_multiple_allocations),
        node=facts.node_name or "",
        all_nodes=bool(facts.all_nodes),
        node_selector=node_selector_terms(facts.node_selector),
    )


def device_claim(wire: DeviceClaimWire) -> DeviceClaim:
    """A ResourceClaim."""
    return _device_claim("ResourceClaim", wire.metadata, wire.spec or DeviceClaimSpec())


def device_claim_template(wire: DeviceClaimWire) -> DeviceClaim:
    """A ResourceClaimTemplate; what its claims ask for stands one `spec` deeper."""
    spec = (wire.spec and wire.spec.spec) or DeviceClaimSpec()
    return _device_claim("ResourceClaimTemplate", wire.metadata, spec)


def _device_claim(kind: str, meta: ObjectMeta | None, spec: DeviceClaimSpec) -> DeviceClaim:
    devices = spec.devices or DevicesWire()
    return DeviceClaim(
        kind=kind,
        namespace=(meta and meta.namespace) or "",
        name=(meta and meta.name) or "",
        requests=tuple(_device_request(one) for one in present(devices.requests)),
        constraints=tuple(
            DeviceConstraint(
                attribute=one.match_attribute or "", requests=tuple(present(one.requests))
            )
            for one in present(devices.constraints)
        ),
    )


def _device_request(wire: RequestWire) -> DeviceRequest:
    stated: WishWire = wire.exactly or wire
    wishes = present(wire.first_available) or [stated]
    return DeviceRequest(
        name=wire.name or "",
        wishes=tuple(_device_wish(one) for one in wishes),
        admin=bool(stated.admin_access),
    )


def _device_wish(wire: WishWire) -> DeviceWish:
    return DeviceWish(
        device_class=wire.device_class_name or "",
        selectors=_expressions(wire.selectors),
        count=None if wire.allocation_mode == "All" else wire.count or 1,
        amounts=bool(wire.capacity),
        tolerations=tolerations(wire.tolerations),
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
