"""What one unit of an accelerator resource is, as labels and amounts tell together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from advisor.catalogs.accelerators import (
    Entry,
    Kind,
    Vendor,
    any_match,
    first_label,
    first_number,
)
from advisor.facts.record import Record

Sharing = Literal["none", "stated", "contradicted", "unstated"]
_STRATEGIES: dict[str, Kind] = {"time-sliced": "time-sliced", "mps": "mps"}


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
