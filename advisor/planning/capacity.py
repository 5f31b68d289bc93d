"""Accelerators asked for at once against those that are there; kinds are never added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from advisor.catalogs.accelerators import resource_class
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.placement.accelerators import Accelerator
from advisor.placement.placement import Placement
from advisor.planning.plan import Capacity, CapacityRow, NodeRow, ProductSupply

_UNKNOWN_KIND = "kind unknown"
_WHOLE = "whole"


class _Key(NamedTuple):
    resource: str
    kind: str


class _Ask(NamedTuple):
    job: JobSpec
    amount: int | None
    copies: int


class _Offer(NamedTuple):
    node: str
    accelerator: Accelerator


def plan_capacity(placement: Placement) -> Capacity:
    """Every kind that is there or asked for. A job counts with all its pods at once, one that does
    not run apart from the others."""
    offers = _offers(placement)
    asks, notes = _asks(placement, offers)
    keys = sorted({*offers, *asks})
    in_use = _in_use(placement)
    return Capacity(
        known=placement.index is not None,
        assumed=bool(placement.assumed),
        rows=tuple(_row(placement, key, offers.get(key, ()), asks.get(key, ())) for key in keys),
        nodes=tuple(_node_row(offer, key, in_use) for key in keys for offer in offers.get(key, ())),
        notes=notes,
    )


def accelerator_needs(job: JobSpec, placement: Placement) -> tuple[AcceleratorNeed, ...]:
    """What the job asks for without devices that are known to be no accelerators."""
    catalog = placement.catalogs.accelerators
    return tuple(
        need
        for need in job.accelerators
        if not need.resource or resource_class(catalog, need.resource) != "other"
    )


def _offers(placement: Placement) -> dict[_Key, list[_Offer]]:
    offers: dict[_Key, list[_Offer]] = defaultdict(list)
    for node in placement.nodes:
        for accelerator in placement.accelerators[node.name].accelerators:
            key = _Key(accelerator.resource, accelerator.kind or _UNKNOWN_KIND)
            offers[key].append(_Offer(node.name, accelerator))
    return offers


def _asks(
    placement: Placement, offers: Mapping[_Key, Sequence[_Offer]]
) -> tuple[dict[_Key, list[_Ask]], tuple[str, ...]]:
    asks: dict[_Key, list[_Ask]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    shared: set[str] = set()
    choose = _Chooser(offers)
    for job in placement.jobs:
        for need in accelerator_needs(job, placement):
            copies = max(job.replicas, 0)
            if need.part:
                left_out["for a part of a device, which are not added up"] += 1
                continue
            if need.claim.startswith("ResourceClaim "):
                copies = int(need.claim not in shared)
                shared.add(need.claim)
            claimed = placement.claimed(need) if need.claim else None
            if need.claim and claimed is None:
                left_out["through resource claims, whose devices cannot be told"] += 1
                continue
            resource, count = claimed or (need.resource, need.count)
            key = choose.key(replace(need, resource=resource))
            asks[key].append(_Ask(job, count, copies))
    return asks, tuple(f"asks {what}: {count}" for what, count in left_out.items())


class _Chooser:
    """Which kind a need is counted under: its resource's only kind, or the vendor's whole cards."""

    def __init__(self, offers: Mapping[_Key, Sequence[_Offer]]) -> None:
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._of_vendor: dict[str, set[_Key]] = defaultdict(set)
        for key, group in offers.items():
            self._kinds[key.resource].add(key.kind)
            for offer in group:
                self._of_vendor[offer.accelerator.vendor].add(key)

    def key(self, need: AcceleratorNeed) -> _Key:
        """A resource with several kinds, or a vendor with none, is a row of its own."""
        if need.resource:
            kinds = self._kinds[need.resource]
            kind = next(iter(kinds)) if len(kinds) == 1 else "any kind" if kinds else "not there"
            return _Key(need.resource, kind)
        keys = self._of_vendor[need.vendor]
        whole = [key for key in keys if key.kind == _WHOLE]
        chosen = whole if len(whole) == 1 else list(keys) if len(keys) == 1 else []
        if chosen:
            return chosen[0]
        return _Key(f"{need.vendor or 'any'} GPU", "any kind" if keys else "not there")


def _row(
    placement: Placement, key: _Key, offers: Sequence[_Offer], asks: Sequence[_Ask]
) -> CapacityRow:
    counted = [ask for ask in asks if ask.amount is not None]
    running = [ask for ask in asks if not ask.job.stopped]
    asked = _total(running)
    there = _sum(offer.accelerator.capacity for offer in offers)
    open_ended = placement.index is not None and bool(placement.index.open_devices)
    unknown = placement.index is None or key.kind in ("any kind", _UNKNOWN_KIND) or open_ended
    largest = max(counted, key=lambda ask: (ask.amount or 0, ask.job.id), default=None)
    top = max(offers, key=lambda offer: (offer.accelerator.capacity or 0, offer.node), default=None)
    most = top.accelerator.capacity if top is not None else (None if unknown else 0)
    uncounted = tuple(sorted(ask.job.label for ask in running if ask.amount is None))
    return CapacityRow(
        resource=key.resource,
        kind=key.kind,
        asked=asked,
        asked_now=_total(ask for ask in running if not ask.job.host),
        jobs=len(running),
        uncounted=uncounted,
        stopped=_total(ask for ask in asks if ask.job.stopped),
        stopped_jobs=tuple(sorted(ask.job.label for ask in asks if ask.job.stopped)),
        there=None if unknown and not offers else there,
        allocatable=_sum(offer.accelerator.allocatable for offer in offers),
        products=tuple(_products(offers)),
        fits=_fits(asked, there, not uncounted, unknown=unknown),
        largest_job=largest.job.label if largest is not None else "",
        largest_ask=largest.amount if largest is not None else None,
        largest_node=top.node if top is not None else "",
        largest_there=most,
        too_large=() if unknown else _too_large(counted, most),
        queue=() if unknown or there is None else _queue(running, there, most or 0),
    )


def _total(asks: Iterable[_Ask]) -> int:
    """The sum of the numbers that are known."""
    return sum((ask.amount or 0) * ask.copies for ask in asks)


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = list(amounts)
    return None if None in known else sum(amount or 0 for amount in known)


def _fits(asked: int, there: int | None, complete: bool, *, unknown: bool) -> bool | None:
    if unknown or there is None:
        return None
    if asked > there:
        return False
    return True if complete else None


def _products(offers: Sequence[_Offer]) -> Iterable[ProductSupply]:
    by_product: dict[str, list[_Offer]] = defaultdict(list)
    for offer in offers:
        by_product[offer.accelerator.product].append(offer)
    for product in sorted(by_product):
        group = by_product[product]
        top = max(group, key=lambda offer: (offer.accelerator.capacity or 0, offer.node))
        yield ProductSupply(
            product=product,
            nodes=len(group),
            capacity=_sum(offer.accelerator.capacity for offer in group),
            allocatable=_sum(offer.accelerator.allocatable for offer in group),
            largest=top.accelerator.capacity,
            largest_node=top.node,
        )


def _too_large(asks: Sequence[_Ask], most: int | None) -> tuple[str, ...]:
    if most is None:
        return ()
    return tuple(sorted({ask.job.label for ask in asks if (ask.amount or 0) > most}))


def _queue(asks: Sequence[_Ask], there: int, most: int) -> tuple[str, ...]:
    """Jobs in the cluster have their devices; then the rest, smaller ones first, while any fit."""
    left, waiting = there, []
    for ask in sorted(
        asks, key=lambda demand: (bool(demand.job.host), demand.amount or 0, demand.job.label)
    ):
        wanted = (ask.amount or 0) * ask.copies
        if (ask.amount or 0) > most:
            continue
        if wanted > left:
            waiting.append(ask.job.label)
        else:
            left -= wanted
    return tuple(waiting)


def _in_use(placement: Placement) -> Mapping[tuple[str, str], int]:
    """By node and resource, what the pods of known jobs that are placed there ask for."""
    in_use: dict[tuple[str, str], int] = defaultdict(int)
    for job in placement.jobs:
        for need in accelerator_needs(job, placement):
            for node, pods in job.nodes.items() if need.resource and need.count else ():
                in_use[node, need.resource] += pods * (need.count or 0)
    return in_use


def _node_row(offer: _Offer, key: _Key, in_use: Mapping[tuple[str, str], int]) -> NodeRow:
    accelerator = offer.accelerator
    return NodeRow(
        node=offer.node,
        resource=key.resource,
        kind=key.kind,
        product=accelerator.product,
        capacity=accelerator.capacity,
        allocatable=accelerator.allocatable,
        in_use=in_use.get((offer.node, key.resource), 0),
    )
