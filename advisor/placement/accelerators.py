"""What accelerators a node has, told from its resources, labels and ResourceSlices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from advisor.catalogs.accelerators import (
    AcceleratorCatalog,
    Entry,
    Kind,
    Vendor,
    any_match,
    first_label,
    first_number,
    hardware_vendors,
    resource_class,
)
from advisor.facts.cluster import DeviceClass, Node, ResourceSlice
from advisor.facts.record import Record
from advisor.placement.device_slices import PublishedDevices, published

Sharing = Literal["none", "stated", "contradicted", "unstated"]
_STRATEGIES: dict[str, Kind] = {"time-sliced": "time-sliced", "mps": "mps"}


class Accelerator(Record, frozen=True, kw_only=True):
    """One accelerator resource of a node; amounts of different resources are never added up.

    `kind` is None when nothing says what one unit is, or labels and amounts disagree; `sharing`
    says which of the two. `profile` names the slice of a split card (`1g.5gb`, `cpx_nps4`); a
    shared slice has the kind of its sharing and a profile. `physical` is the number of cards by
    label; `replicas` how often each is advertised, None where the amounts do not bear it out.
    `capacity` and `allocatable` are None only for DRA devices that cannot be counted. `requests`
    pairs the names a device that is served `by_dra` can be asked for by with the amount of each.
    """

    resource: str
    vendor: str
    kind: Kind | None = None
    sharing: Sharing = "none"
    capacity: int | None = None
    allocatable: int | None = None
    product: str = ""
    profile: str = ""
    physical: int | None = None
    replicas: int | None = None
    requests: tuple[tuple[str, int | None], ...] = ()
    by_dra: bool = False

    def offered(self, resource: str) -> int | None:
        """By capacity, how many a request for the resource could get; None when not known."""
        if resource == self.resource:
            return self.capacity
        return dict(self.requests).get(resource, 0)


class NodeAccelerators(Record, frozen=True, kw_only=True):
    """Everything about the accelerators of one node.

    `zeroed` are accelerator resources the node lists with nothing in them. `amounts` are shares of
    memory or compute, `monitoring` twins that give no device. `hardware` are vendors whose devices
    its labels show. `slices_known` is false when ResourceSlices could not be read or an unplaced
    pool may reach the node: what is not listed here may then still be there.
    """

    node: str
    accelerators: tuple[Accelerator, ...] = ()
    unclassified: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    zeroed: tuple[str, ...] = ()
    hardware: tuple[str, ...] = ()
    discovery: bool = False
    driver: str = ""
    machine: str = ""
    sharing_labels: bool = False
    slices_known: bool = True
    linux: bool = True


def accelerators(
    node: Node,
    slices: Sequence[ResourceSlice] | None,
    classes: Sequence[DeviceClass] | None,
    catalog: AcceleratorCatalog,
) -> NodeAccelerators:
    """Tells apart what the node advertises. For many nodes use `node_accelerators`."""
    groups = _by_class(node, catalog)
    devices = published(node.name, slices or (), classes, catalog)
    placed = [item for item in devices if item.placed]
    entries = [
        *(_advertised(node, name, entry, catalog) for name, entry in groups.accelerators),
        *(accelerator for item in placed if item.vendor for accelerator in _from_slices(item)),
    ]
    unknown_drivers = [f"{item.driver} (DRA)" for item in placed if not item.vendor]
    names = [entry.vendor for entry in entries] or list(hardware_vendors(catalog, node.labels))
    vendors = [catalog.vendors[name] for name in dict.fromkeys(names) if name in catalog.vendors]
    return NodeAccelerators(
        node=node.name,
        accelerators=tuple(entries),
        unclassified=(*groups.unclassified, *unknown_drivers),
        monitoring=groups.monitoring,
        amounts=groups.amounts,
        zeroed=groups.zeroed,
        hardware=hardware_vendors(catalog, node.labels),
        discovery=any(first_label(node.labels, vendor.discovery) for vendor in vendors),
        driver=_first(node, [vendor.driver for vendor in vendors]),
        machine=_first(node, [vendor.machine for vendor in vendors]),
        sharing_labels=any(_sharing_labels(node, entry, catalog) for entry in entries),
        slices_known=slices is not None and len(placed) == len(devices),
        linux=node.operating_system in ("", "linux"),
    )


def node_accelerators(
    nodes: Sequence[Node],
    slices: Sequence[ResourceSlice] | None,
    classes: Sequence[DeviceClass] | None,
    catalog: AcceleratorCatalog,
) -> dict[str, NodeAccelerators]:
    """`accelerators` of every node by name, each looking only at the slices that may reach it."""
    if slices is None:
        return {node.name: accelerators(node, None, classes, catalog) for node in nodes}
    by_node: dict[str, list[ResourceSlice]] = defaultdict(list)
    for resource_slice in slices:
        by_node[resource_slice.node].append(resource_slice)
    return {
        node.name: accelerators(node, by_node[node.name] + by_node[""], classes, catalog)
        for node in nodes
    }


def is_gpu_node(found: NodeAccelerators) -> bool | None:
    """Whether the node advertises an accelerator of the catalogue, by capacity, and runs Linux.

    None when that cannot be told: it only has resources the catalogue does not know or shares
    without a number, or its ResourceSlices could not be read.
    """
    if found.accelerators or not found.linux:
        return found.linux
    undecided = found.unclassified or found.amounts or not found.slices_known
    return None if undecided else False


def undecided_reasons(found: NodeAccelerators) -> Iterable[str]:
    """What could not be read or is not known of a node, in words."""
    if found.unclassified:
        yield f"the accelerator catalogue does not know {', '.join(found.unclassified)}"
    if found.amounts:
        yield f"{', '.join(found.amounts)} are shares, and nothing says of how many devices"
    if not found.slices_known:
        yield "devices served by dynamic resource allocation could not be listed in full"
    for accelerator in found.accelerators:
        if accelerator.capacity is None:
            yield f"the devices that {accelerator.resource} publishes cannot be counted"
        elif accelerator.kind is None:
            yield f"labels and amounts of {accelerator.resource} do not tell what one unit is"


class _Groups(Record, frozen=True, kw_only=True):
    accelerators: tuple[tuple[str, Entry], ...] = ()
    unclassified: tuple[str, ...] = ()
    monitoring: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    zeroed: tuple[str, ...] = ()


def _by_class(node: Node, catalog: AcceleratorCatalog) -> _Groups:
    named: dict[str, list[str]] = defaultdict(list)
    known: list[tuple[str, Entry]] = []
    for name in sorted({*node.capacity, *node.allocatable}):
        known_class = resource_class(catalog, name)
        # A zero is what a plugin leaves behind after it renamed or split its devices.
        empty = not node.capacity.get(name) and not node.allocatable.get(name)
        if isinstance(known_class, Entry) and not empty:
            known.append((name, known_class))
        elif isinstance(known_class, Entry):
            named["zeroed"].append(name)
        elif not empty:
            named[known_class].append(name)
    return _Groups(
        accelerators=tuple(known),
        unclassified=tuple(named["unclassified"]),
        monitoring=tuple(named["monitoring"]),
        amounts=tuple(named["amount"]),
        zeroed=tuple(named["zeroed"]),
    )


def _advertised(
    node: Node, resource: str, entry: Entry, catalog: AcceleratorCatalog
) -> Accelerator:
    vendor = catalog.vendors.get(entry.vendor, Vendor())
    base = resource.removesuffix(".shared")
    labels = UnitLabels.of(node.labels, vendor, entry, base)
    capacity = max(node.capacity.get(resource, 0), node.allocatable.get(resource, 0))
    profile = labels.profile if entry.split else profile_of(base, entry.kind)
    sharing, shared_kind = sharing_of(entry, labels, capacity)
    return Accelerator(
        resource=resource,
        vendor=entry.vendor,
        kind=kind_of(entry, labels, sharing, shared_kind),
        sharing=sharing,
        capacity=capacity,
        allocatable=node.allocatable.get(resource, 0),
        product=labels.product,
        profile=profile,
        physical=None if profile else labels.count,
        replicas=replicas_of(labels, sharing, capacity),
    )


def _from_slices(devices: PublishedDevices) -> Iterable[Accelerator]:
    """Cards, and parts of cards where there are any."""
    product = devices.products[0] if len(devices.products) == 1 else ""
    cards = devices.count != 0
    if cards:
        yield Accelerator(
            resource=devices.driver,
            vendor=devices.vendor,
            kind="dra",
            capacity=devices.count,
            allocatable=devices.count,
            product=product,
            requests=devices.requests,
            by_dra=True,
        )
    if devices.parts:
        yield Accelerator(
            resource=devices.driver,
            vendor=devices.vendor,
            kind=devices.partition,
            capacity=devices.parts,
            allocatable=devices.parts,
            product=product,
            profile=devices.profiles[0] if len(devices.profiles) == 1 else "",
            requests=() if cards else devices.requests,
            by_dra=True,
        )


def _first(node: Node, alternatives: Sequence[tuple[str, ...]]) -> str:
    return next((text for names in alternatives if (text := first_label(node.labels, names))), "")


def _sharing_labels(node: Node, entry: Accelerator, catalog: AcceleratorCatalog) -> bool:
    vendor = catalog.vendors.get(entry.vendor, Vendor())
    base = entry.resource.removesuffix(".shared")
    return bool(first_label(node.labels, vendor.sharing, base))


class UnitLabels(Record, frozen=True, kw_only=True):
    """What the labels state of one resource; empty or None where they are silent.

    `unsplit` when a partition label says so; `counts_units` is false where the count is of cards
    that a partition label shows to be split further.
    """

    product: str = ""
    profile: str = ""
    count: int | None = None
    replicas: int | None = None
    strategy: str = ""
    suffixed: bool = False
    unsplit: bool = False
    counts_units: bool = True

    @classmethod
    def of(cls, labels: Mapping[str, str], vendor: Vendor, entry: Entry, base: str) -> UnitLabels:
        """`base` is the resource's name without a `.shared` suffix."""
        product = first_label(labels, vendor.product, base)
        partition = first_label(labels, vendor.partition)
        split = re.search(vendor.split_product, product) if vendor.split_product else None
        unsplit = any_match(vendor.whole_partitions, partition)
        strategy = first_label(labels, vendor.sharing, base)
        return cls(
            product=product,
            profile=split.group(1) if split else ("" if unsplit else partition),
            count=first_number(labels, _count_labels(vendor, entry), base),
            replicas=first_number(labels, vendor.replicas, base),
            strategy=vendor.sharing_words.get(strategy, strategy),
            suffixed=bool(vendor.shared_suffix) and product.endswith(vendor.shared_suffix),
            unsplit=unsplit,
            counts_units=not partition,
        )


def _count_labels(vendor: Vendor, entry: Entry) -> tuple[str, ...]:
    """A count of cards says nothing of slices that have their own resource."""
    if entry.kind != "mig-mixed":
        return vendor.count
    return tuple(name for name in vendor.count if "{resource}" in name)


def profile_of(base: str, kind: Kind) -> str:
    """The slice that a resource of split cards is named for."""
    unit = base.partition("/")[2]
    return unit.removeprefix("mig-") if kind in ("mig-mixed", "partition") else ""


def sharing_of(entry: Entry, labels: UnitLabels, capacity: int) -> tuple[Sharing, Kind | None]:
    """How the resource is shared, and the kind that makes it."""
    if entry.sharing == "never":
        return "none", None
    if labels.strategy not in ("", "none"):
        return "stated", _STRATEGIES.get(labels.strategy, "shared")
    if entry.sharing == "renamed" or labels.suffixed or (labels.replicas or 0) > 1:
        return "stated", "shared"
    if labels.count is not None and labels.counts_units:
        return ("none" if capacity <= labels.count else "contradicted"), None
    return ("none" if labels.strategy == "none" or labels.count is not None else "unstated"), None


def kind_of(
    entry: Entry, labels: UnitLabels, sharing: Sharing, shared_kind: Kind | None
) -> Kind | None:
    """The kind of one unit; None when that is not settled."""
    if sharing == "stated":
        return shared_kind
    if sharing == "contradicted":
        return None
    if entry.split and labels.profile:
        return entry.split
    doubtful = sharing == "unstated" or (entry.split == "partition" and not labels.product)
    return None if doubtful and entry.kind == "whole" and not labels.unsplit else entry.kind


def replicas_of(labels: UnitLabels, sharing: Sharing, capacity: int) -> int | None:
    """The replicas label, unless the amount advertised does not bear it out."""
    if sharing != "stated" or labels.replicas is None or labels.count is None:
        return None
    return labels.replicas if capacity == labels.count * labels.replicas else None
