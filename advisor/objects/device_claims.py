"""DRA claims and their templates, as they are written: in a cluster or in a file."""

from __future__ import annotations

from typing import Any

from advisor.facts.cluster import DeviceClaim, DeviceConstraint, DeviceRequest, DeviceWish
from advisor.objects.base import ObjectMeta, Wire, present
from advisor.objects.pod import TolerationWire
from advisor.objects.templates import tolerations


class CelSelector(Wire, frozen=True, kw_only=True):
    """A CEL expression that picks devices."""

    expression: str | None = None


class DeviceSelector(Wire, frozen=True, kw_only=True):
    """One selector of a device class."""

    cel: CelSelector | None = None


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
        requests=tuple(_device_request(request) for request in present(devices.requests)),
        constraints=tuple(
            DeviceConstraint(
                attribute=constraint.match_attribute or "",
                requests=tuple(present(constraint.requests)),
            )
            for constraint in present(devices.constraints)
        ),
    )


def _device_request(wire: RequestWire) -> DeviceRequest:
    stated: WishWire = wire.exactly or wire
    wishes = present(wire.first_available) or [stated]
    return DeviceRequest(
        name=wire.name or "",
        wishes=tuple(_device_wish(wish) for wish in wishes),
        admin=bool(stated.admin_access),
    )


def _device_wish(wire: WishWire) -> DeviceWish:
    return DeviceWish(
        device_class=wire.device_class_name or "",
        selectors=selectors(wire.selectors),
        count=None if wire.allocation_mode == "All" else wire.count or 1,
        amounts=bool(wire.capacity),
        tolerations=tolerations(wire.tolerations),
    )


def selectors(wires: list[DeviceSelector | None] | None) -> tuple[str, ...]:
    """The CEL expressions that are there."""
    expressions = (selector.cel.expression for selector in present(wires) if selector.cel)
    return tuple(expression for expression in expressions if expression)
