"""The table of accelerators (`rules/catalog/accelerators.yaml`), its shape and its look-ups; and
the CUDA version that a node's driver serves (`rules/catalog/cuda_drivers.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

import msgspec

from advisor.configuration.settings import AcceleratorOverride
from advisor.facts.quantity import whole_number

Kind = Literal[
    "whole", "mig-single", "mig-mixed", "time-sliced", "mps", "shared", "partition", "dra"
]
SharingWord = Literal["none", "time-sliced", "mps"]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A resource that is an accelerator; the keys are explained in the file itself."""

    match: str
    vendor: str
    kind: Kind
    sharing: Literal["labels", "renamed", "never"]
    split: Kind | None = None


class DriverEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A DRA driver whose devices are accelerators; `partition` is the kind of a part of a card."""

    match: str
    vendor: str
    whole_types: tuple[str, ...] = ()
    partition: Kind = "partition"


class OwnEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A resource as the user knows it; None where it is no accelerator."""

    match: str
    entry: Entry | None = None


class Vendor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The labels of one vendor; `hardware` patterns are `label` or `label=value`."""

    product: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    sharing: tuple[str, ...] = ()
    partition: tuple[str, ...] = ()
    whole_partitions: tuple[str, ...] = ()
    driver: tuple[str, ...] = ()
    discovery: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    shared_suffix: str = ""
    split_product: str = ""
    sharing_words: dict[str, SharingWord] = {}
    hardware: tuple[str, ...] = ()


class AcceleratorCatalog(
    msgspec.Struct, frozen=True, kw_only=True, eq=False, forbid_unknown_fields=True
):
    """The whole table. It is compared by identity, so that look-ups in it can be cached. `own` is
    what the user added, stronger than the rest."""

    resources: tuple[Entry, ...]
    monitoring: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    by_extender: dict[str, tuple[str, ...]] = {}
    not_accelerators: tuple[str, ...] = ()
    own: tuple[OwnEntry, ...] = ()
    drivers: tuple[DriverEntry, ...] = ()
    not_accelerator_drivers: tuple[str, ...] = ()
    vendors: dict[str, Vendor] = {}


ResourceClass = Entry | Literal["monitoring", "amount", "other", "unclassified"]


def any_match(patterns: tuple[str, ...], name: str) -> bool:
    """Whether one of the shell patterns matches the whole name."""
    return any(_matches(name, pattern) for pattern in patterns)


def _matches(name: str, pattern: str) -> bool:
    """The plain patterns, which are most, need no regular expression."""
    start = pattern.removesuffix("*")
    if any(sign in start for sign in "*?["):
        return fnmatchcase(name, pattern)
    return name == pattern if start == pattern else name.startswith(start)


def with_own(
    catalog: AcceleratorCatalog, own: Mapping[str, AcceleratorOverride]
) -> AcceleratorCatalog:
    """The table with what the user says of resources, by pattern; the vendor of one that names none
    is that of the table's resources of the same domain."""
    if not own:
        return catalog
    domains = {entry.match.partition("/")[0]: entry.vendor for entry in catalog.resources}
    entries = tuple(
        OwnEntry(
            match=pattern,
            entry=None
            if stated.kind == "none"
            else Entry(
                match=pattern,
                vendor=stated.vendor or domains.get(pattern.partition("/")[0], ""),
                kind=stated.kind,
                sharing="never",
            ),
        )
        for pattern, stated in own.items()
    )
    return msgspec.structs.replace(catalog, own=entries)


@lru_cache(maxsize=4096)
def resource_class(catalog: AcceleratorCatalog, resource: str) -> ResourceClass:
    """What the table says of an extended resource; `other` is known to be no accelerator.

    A name without a domain is one of Kubernetes' own (cpu, hugepages) and so `other`.
    """
    for own in catalog.own:
        if _matches(resource, own.match):
            return own.entry or "other"
    if "/" not in resource or any_match(catalog.not_accelerators, resource):
        return "other"
    if any_match(catalog.monitoring, resource):
        return "monitoring"
    if any(
        any_match(names, resource) for names in (catalog.amounts, *catalog.by_extender.values())
    ):
        return "amount"
    classes = (entry for entry in catalog.resources if _matches(resource, entry.match))
    return next(classes, "unclassified")


@lru_cache(maxsize=512)
def driver_class(
    catalog: AcceleratorCatalog, driver: str
) -> DriverEntry | Literal["other", "unclassified"]:
    """What the table says of a DRA driver."""
    if any_match(catalog.not_accelerator_drivers, driver):
        return "other"
    classes = (entry for entry in catalog.drivers if _matches(driver, entry.match))
    return next(classes, "unclassified")


@lru_cache(maxsize=8192)
def _hardware_rules(catalog: AcceleratorCatalog, label: str) -> tuple[tuple[str, str], ...]:
    """(vendor, value pattern) of every hardware pattern that this label's name matches."""
    rules = []
    for name, vendor in catalog.vendors.items():
        for pattern in vendor.hardware:
            label_pattern, _, value_pattern = pattern.partition("=")
            if _matches(label, label_pattern):
                rules.append((name, value_pattern or "*"))
    return tuple(rules)


def hardware_vendors(catalog: AcceleratorCatalog, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Vendors whose accelerators the labels show to be built in, whatever is advertised."""
    vendors = {
        vendor
        for label, value in labels.items()
        if value != "false"
        for vendor, pattern in _hardware_rules(catalog, label)
        if _matches(value, pattern)
    }
    return tuple(sorted(vendors))


def first_label(labels: Mapping[str, str], names: tuple[str, ...], resource: str = "") -> str:
    """The value of the first of these labels that is there, or empty.

    `a+b` joins the values of several labels with dots and needs all of them.
    """
    for name in names:
        parts = [labels.get(part) for part in name.replace("{resource}", resource).split("+")]
        if all(parts):
            return ".".join(part for part in parts if part)
    return ""


def first_number(
    labels: Mapping[str, str], names: tuple[str, ...], resource: str = ""
) -> int | None:
    """The same as a whole number; None when there is none or it is no number."""
    text = first_label(labels, names, resource)
    return whole_number(text)


CudaVersion = tuple[int, ...]

_MAJOR = "nvidia.com/cuda.runtime.major"
_MINOR = "nvidia.com/cuda.runtime.minor"
_FULL = "nvidia.com/cuda.runtime-version.full"


class DriverBranch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One driver branch and the newest CUDA it serves; `source` is a key of the table's."""

    branch: int
    cuda: str
    source: str


class CudaCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All branches; `sources` give the address behind each source's name."""

    sources: dict[str, str]
    drivers: tuple[DriverBranch, ...]


def driver_cuda(labels: Mapping[str, str], driver: str, catalog: CudaCatalog) -> CudaVersion | None:
    """What feature discovery states, else what the driver's branch serves; None for a branch that
    is newer than the table too."""
    stated = labels.get(_FULL) or f"{labels.get(_MAJOR, '')}.{labels.get(_MINOR, '')}"
    if (version := parse_version(stated)) is not None:
        return version[:2]
    branch = parse_version(driver)
    if branch is None or branch[0] > max(entry.branch for entry in catalog.drivers):
        return None
    served = [entry for entry in catalog.drivers if entry.branch <= branch[0]]
    best = max(served, key=lambda entry: entry.branch, default=None)
    return parse_version(best.cuda) if best is not None else None


def parse_version(text: str) -> CudaVersion | None:
    """`12.4.1` as (12, 4, 1); None for anything else."""
    numbers = [whole_number(part) for part in text.split(".")]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None
