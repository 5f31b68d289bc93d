"""Which objects each read decodes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from advisor.facts.cluster import Device, DeviceClass, Namespace, ResourceSlice, ServiceAccount
from advisor.objects.base import Named, ObjectMeta, present, size, without_nulls
from advisor.objects.pod import ServiceAccountWire
from advisor.probes.kubernetes.admission import RECORDS
from advisor.probes.kubernetes.nodes import runtime_class
from advisor.probes.kubernetes.storage import (
    claim,
    csi_driver,
    csi_node,
    persistent_volume,
    storage_class,
    storage_profile,
)
from advisor.probes.kubernetes.wire.discovery import ClusterVersionStatus, ClusterVersionWire
from advisor.probes.kubernetes.wire.node import (
    DeviceClassSpec,
    DeviceClassWire,
    DeviceFacts,
    DeviceWire,
    PoolWire,
    RuntimeClassWire,
    SliceSpec,
    SliceWire,
)
from advisor.probes.kubernetes.wire.storage import (
    ClaimWire,
    CsiDriverWire,
    CsiNodeWire,
    StorageClassWire,
    StorageProfileWire,
    VolumeWire,
)

W = TypeVar("W")

_PRODUCT_ATTRIBUTES = ("productName", "model", "product")
_PROFILE_ATTRIBUTES = ("profile", "partitionProfile")
_MEMORY_CAPACITIES = ("memory", "vram")


def device_class(wire: DeviceClassWire) -> DeviceClass:
    """A device class."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or DeviceClassSpec()
    expressions = (selector.cel.expression for selector in present(spec.selectors) if selector.cel)
    return DeviceClass(
        name=meta.name or "",
        extended_resource=spec.extended_resource_name or "",
        selectors=tuple(expression for expression in expressions if expression),
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
        devices=tuple(_device(device) for device in present(spec.devices)),
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


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A wire type and the record made of it."""

    wire: type[Any]
    record: Callable[[Any], Any]


def _name(wire: Named) -> str:
    return (wire.metadata or ObjectMeta()).name or ""


def _namespace(wire: Named) -> Namespace:
    meta = wire.metadata or ObjectMeta()
    return Namespace(name=meta.name or "", labels=without_nulls(meta.labels))


def _openshift_version(wire: ClusterVersionWire) -> str:
    """The version that is installed, not the one that a running upgrade leads to."""
    history = present((wire.status or ClusterVersionStatus()).history)
    done = [update.version or "" for update in history if update.state == "Completed"]
    return done[0] if done else ""


def _service_account(wire: ServiceAccountWire) -> ServiceAccount:
    meta = wire.metadata or ObjectMeta()
    secrets = (secret.name for secret in present(wire.image_pull_secrets))
    return ServiceAccount(
        namespace=meta.namespace or "",
        name=meta.name or "",
        pull_secrets=tuple(name for name in secrets if name),
    )


SUBJECTS: dict[str, Subject] = {
    **{name: Subject(wire=wire, record=record) for name, (wire, record) in RECORDS.items()},
    "namespaces": Subject(wire=Named, record=_namespace),
    "persistentvolumes": Subject(wire=VolumeWire, record=persistent_volume),
    "persistentvolumeclaims": Subject(wire=ClaimWire, record=claim),
    "serviceaccounts": Subject(wire=ServiceAccountWire, record=_service_account),
    "storage.k8s.io/storageclasses": Subject(wire=StorageClassWire, record=storage_class),
    "storage.k8s.io/csidrivers": Subject(wire=CsiDriverWire, record=csi_driver),
    "storage.k8s.io/csinodes": Subject(wire=CsiNodeWire, record=csi_node),
    "gateway.networking.k8s.io/gatewayclasses": Subject(wire=Named, record=_name),
    "config.openshift.io/clusterversions": Subject(
        wire=ClusterVersionWire, record=_openshift_version
    ),
    "node.k8s.io/runtimeclasses": Subject(wire=RuntimeClassWire, record=runtime_class),
    "resource.k8s.io/deviceclasses": Subject(wire=DeviceClassWire, record=device_class),
    "resource.k8s.io/resourceslices": Subject(wire=SliceWire, record=resource_slice),
    "cdi.kubevirt.io/storageprofiles": Subject(wire=StorageProfileWire, record=storage_profile),
}
"""By the name of the read; nodes, pods and owners of pods have readers of their own."""
