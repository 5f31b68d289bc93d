"""Which nodes have the devices that the DRA claims of a job select, as the scheduler allocates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice, product

import msgspec
from msgspec.structs import replace

from advisor.facts.cluster import (
    Cluster,
    Device,
    DeviceClaim,
    DeviceConstraint,
    DeviceRequest,
    DeviceWish,
    ResourceSlice,
)
from advisor.findings.finding import Gap
from advisor.jobs.spec import AcceleratorNeed
from advisor.placement.device_slices import DeviceSelectors, newest
from advisor.placement.node_index import (
    Names,
    NodeIndex,
    Requirement,
    certain,
    nodes_of_terms,
    tolerated,
)

_MOST_DEVICES = 32
"""Of one claim; the API server takes no allocation with more."""
_MOST_TRIALS = 256
"""Combinations of alternatives, and of values that devices must share, that are tried."""


class _Offered(msgspec.Struct, frozen=True, eq=False):
    """A device with its driver; itself alone is equal to it."""

    driver: str
    device: Device


class _Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a claim with one of its wishes chosen."""

    claim: int
    request: str
    wish: DeviceWish
    admin: bool


class _TooManyError(Exception):
    """Too many combinations to try."""


class ClaimFit:
    """The claims, classes and devices of a cluster, as the scheduler looks at them. A node counts
    as empty: devices that are allocated today are there."""

    def __init__(self, cluster: Cluster, index: NodeIndex) -> None:
        self._index = index
        self._claims = {
            f"{claim.kind} {claim.namespace}/{claim.name}": claim
            for claim in (*(cluster.device_claims or ()), *(cluster.device_claim_templates or ()))
        }
        self._read = None not in (cluster.device_claims, cluster.device_claim_templates)
        self._slices = cluster.resource_slices
        self._classes = (
            {device_class.name: device_class for device_class in cluster.device_classes}
            if cluster.device_classes is not None
            else None
        )
        self._selectors = DeviceSelectors()
        self._chosen = lru_cache(maxsize=65536)(self._is_chosen)
        self.served = lru_cache(maxsize=None)(self._nodes_serving)
        self.of = lru_cache(maxsize=None)(self._requirement)
        self._taken = lru_cache(maxsize=None)(self._devices_taken)

    def _requirement(self, needs: tuple[AcceleratorNeed, ...]) -> Requirement:
        """What the claims, or templates of claims, ask of a node: by what stands with the job where
        that says so, else by the objects of the cluster."""
        words = "devices for " + ", ".join(need.claim for need in needs)
        found = {need.claim: self._claim(need) for need in needs}
        missing = [name for name, claim in found.items() if claim is None]
        if self._slices is None or self._classes is None or missing:
            reason = (
                f"{missing[0]} is neither in the cluster nor in a file that was read"
                if missing and self._read
                else "device claims, classes and slices could not be listed"
            )
            return self._open(words, frozenset(), self._index.everything, reason)
        claims = tuple(claim for claim in found.values() if claim is not None)
        wished = [wish for claim in claims for request in claim.requests for wish in request.wishes]
        unknown = sorted({wish.device_class for wish in wished} - self._classes.keys())
        if unknown:
            return certain(f"device class {unknown[0]}, which is not there", frozenset())
        # Claims that ask for the same are answered once, whatever they are called.
        nameless = tuple(replace(claim, kind="", namespace="", name="") for claim in claims)
        sure, possible = self.served(nameless)
        reason = "not every selector, device or pool of its claims can be judged"
        return self._open(words, sure, possible | self._index.open_amounts, reason)

    def _claim(self, need: AcceleratorNeed) -> DeviceClaim | None:
        return need.stated or self._claims.get(need.claim)

    def asked(self, need: AcceleratorNeed) -> tuple[str, int] | None:
        """The driver whose devices a claim takes, and how many; None where that cannot be told."""
        claim = self._claim(need)
        return self._taken(claim.requests) if claim is not None else None

    def _devices_taken(self, requests: tuple[DeviceRequest, ...]) -> tuple[str, int] | None:
        taken: dict[str, int] = defaultdict(int)
        for request in requests:
            wish = request.wishes[0]
            if len(request.wishes) > 1 or wish.count is None or request.admin or wish.amounts:
                return None
            if wish.device_class not in (self._classes or {}):
                return None
            everywhere = (offer for offered in self._pools[0].values() for offer in offered)
            drivers = {offer.driver for offer in everywhere if self._chosen(wish, offer)}
            if len(drivers) != 1:
                return None
            taken[drivers.pop()] += wish.count
        return taken.popitem() if len(taken) == 1 else None

    def _nodes_serving(self, claims: tuple[DeviceClaim, ...]) -> tuple[Names, Names]:
        """The nodes that serve all of the claims at once for certain, and those that may."""
        answers = {name: self._fits(name, claims) for name in self._index.nodes}
        return (
            frozenset(name for name, answer in answers.items() if answer),
            frozenset(name for name, answer in answers.items() if answer is not False),
        )

    def _open(self, words: str, sure: Names, possible: Names, reason: str) -> Requirement:
        gap = Gap(
            fact="use.eligible",
            probe="kubernetes",
            reason=reason,
            settle="kubectl get resourceclaims,resourceclaimtemplates,deviceclasses,resourceslices"
            " -A -o yaml",
        )
        return Requirement(
            words=words,
            sure=sure,
            possible=possible,
            today=sure,
            gap=gap if possible - sure else None,
        )

    @cached_property
    def _pools(self) -> tuple[Mapping[str, list[_Offered]], Names]:
        """The devices of each node, and the nodes whose pools have slices that are missing."""
        devices: dict[str, list[_Offered]] = defaultdict(list)
        lacking: set[str] = set()
        pools: dict[tuple[str, str], list[ResourceSlice]] = defaultdict(list)
        for piece in self._slices or ():
            pools[piece.driver, piece.pool].append(piece)
        for slices in pools.values():
            current, complete = newest(slices)
            for piece in current:
                shared = self._reached(piece)
                if not complete:
                    lacking |= shared or self._index.everything
                for device in piece.devices:
                    offered = _Offered(piece.driver, device)
                    for name in shared or self._reached(device):
                        devices[name].append(offered)
        return devices, frozenset(lacking)

    def _reached(self, placed: ResourceSlice | Device) -> Names:
        """The nodes that may use it; none where each of its devices says that by itself."""
        if placed.all_nodes:
            return self._index.everything
        if placed.node_selector:
            return nodes_of_terms(self._index, placed.node_selector)
        return frozenset({placed.node}) & self._index.everything

    def _fits(self, node: str, claims: Sequence[DeviceClaim]) -> bool | None:
        """Whether the node's devices serve all claims of a pod at once."""
        devices, lacking = self._pools
        offered, incomplete = devices.get(node, []), node in lacking
        requests = [(at, request) for at, claim in enumerate(claims) for request in claim.requests]
        choices = product(*(request.wishes for _, request in requests))
        first = tuple(request.wishes[0] for _, request in requests)
        # Behind a first wish that cannot be had, the scheduler (1.34) loses count of devices that
        # are all wanted, or have something in common.
        told_apart = not any(claim.constraints for claim in claims) and not any(
            wish.count is None for _, request in requests for wish in request.wishes[1:]
        )
        answers: set[bool | None] = set()
        for wishes in islice(choices, _MOST_TRIALS):
            slots = [
                _Slot(claim=at, request=request.name, wish=wish, admin=request.admin)
                for (at, request), wish in zip(requests, wishes, strict=True)
            ]
            served = self._serve(offered, slots, claims, incomplete)
            if wishes != first and not told_apart:
                served = None
            if served:
                return True
            answers.add(served)
        return None if None in answers or next(choices, None) else False

    def _serve(
        self,
        offered: Sequence[_Offered],
        slots: Sequence[_Slot],
        claims: Sequence[DeviceClaim],
        incomplete: bool,
    ) -> bool | None:
        """The answer that holds whether or not what cannot be told of a device is so."""
        try:
            if any(slot.wish.amounts for slot in slots):
                return None if self._allocated(offered, slots, claims, likely=True) else False
            several = sum(slot.wish.count or 2 for slot in slots) > 1
            plain = [offer for offer in offered if not (several and _has_parts(offer.device))]
            if not incomplete and self._allocated(plain, slots, claims, likely=False):
                return True
            may = incomplete or self._allocated(offered, slots, claims, likely=True)
            return None if may else False
        except _TooManyError:
            return None

    def _allocated(
        self,
        offered: Sequence[_Offered],
        slots: Sequence[_Slot],
        claims: Sequence[DeviceClaim],
        *,
        likely: bool,
    ) -> bool:
        """Whether each slot gets its devices. `likely`: a device of which it cannot be told whether
        it is selected is."""
        wanted = (True, None) if likely else (True,)
        selected = [
            [at for at, offer in enumerate(offered) if self._chosen(slot.wish, offer) in wanted]
            for slot in slots
        ]
        constraints = [
            (at, constraint) for at, claim in enumerate(claims) for constraint in claim.constraints
        ]
        if any(not constraint.attribute for _, constraint in constraints) and not likely:
            return False
        bound = [
            (
                constraint,
                [
                    n
                    for n, slot in enumerate(slots)
                    if slot.claim == at and _binds(constraint, slot)
                ],
            )
            for at, constraint in constraints
            if constraint.attribute
        ]
        values = [
            dict.fromkeys(
                _value(offered[at].device, constraint) for n in numbers for at in selected[n]
            )
            for constraint, numbers in bound
        ]
        for tried, chosen in enumerate(product(*values)):
            if tried == _MOST_TRIALS:
                raise _TooManyError
            if None in chosen:  # Devices without the attribute have nothing in common.
                continue
            left = [list(devices) for devices in selected]
            for (constraint, numbers), value in zip(bound, chosen, strict=True):
                for n in numbers:
                    left[n] = [
                        at for at in left[n] if _value(offered[at].device, constraint) == value
                    ]
            if _each_served(slots, selected, left):
                return True
        return False

    def _is_chosen(self, wish: DeviceWish, offered: _Offered) -> bool | None:
        """Whether all selectors, of the class and of the wish, are true of a device."""
        known = (self._classes or {})[wish.device_class]
        taints = [
            taint for taint in offered.device.taints if not tolerated(taint, wish.tolerations)
        ]
        answers = {
            self._selectors.hold(text, offered.driver, offered.device)
            for text in (*known.selectors, *wish.selectors)
        }
        if False in answers:
            return False
        return None if None in answers or taints else True


def _has_parts(device: Device) -> bool:
    """Whether taking it may leave less of another device, or of itself."""
    return device.shares_counters or device.shared


def _binds(constraint: DeviceConstraint, slot: _Slot) -> bool:
    return not constraint.requests or slot.request in {
        name.partition("/")[0] for name in constraint.requests
    }


def _value(device: Device, constraint: DeviceConstraint) -> object:
    name = constraint.attribute
    return device.attributes.get(name, device.versions.get(name))


def _each_served(
    slots: Sequence[_Slot], selected: Sequence[list[int]], left: Sequence[list[int]]
) -> bool:
    """Whether the devices that are left suffice. A request for all takes every selected device, so
    none of them may be left out or be another's."""
    taken: set[int] = set()
    asked: dict[int, int] = defaultdict(int)
    wants: list[list[int]] = []
    for n, slot in enumerate(slots):
        count = len(selected[n]) if slot.wish.count is None else slot.wish.count
        asked[slot.claim] += count
        if slot.wish.count is None and not slot.admin:
            if not left[n] or len(left[n]) < len(selected[n]) or taken & set(left[n]):
                return False
            taken |= set(left[n])
        elif len(left[n]) < max(count, 1):
            return False
        elif not slot.admin:
            wants += [left[n]] * count
    free = [[at for at in devices if at not in taken] for devices in wants]
    return max(asked.values(), default=0) <= _MOST_DEVICES and _matched(free)


def _matched(wants: Sequence[Sequence[int]]) -> bool:
    """Whether each can have one of those that it lists, and no two the same."""
    owner: dict[int, int] = {}

    def place(number: int, seen: set[int]) -> bool:
        for at in wants[number]:
            if at not in seen:
                seen.add(at)
                if at not in owner or place(owner[at], seen):
                    owner[at] = number
                    return True
        return False

    return all(place(number, set()) for number in range(len(wants)))
