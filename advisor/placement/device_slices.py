"""Accelerators that DRA drivers publish in ResourceSlices instead of node resources, and the CEL
expressions by which claims and classes select among them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from advisor.catalogs.accelerators import AcceleratorCatalog, DriverEntry, Kind, driver_class
from advisor.facts.cluster import Device, DeviceClass, ResourceSlice
from advisor.facts.quantity import parse_quantity
from advisor.facts.record import Record
from advisor.rulebook.expression import Environment, Expression, ExpressionError

_DOMAIN = re.compile(r"\b(?:attributes|capacity)\s*\[\s*(?:\"([^\"]*)\"|'([^']*)')\s*\]")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$")
_LONGEST = 10_240
"""Characters of an expression that the API server takes."""


class DeviceSelectors:
    """Evaluates selectors over devices, each once over devices that are equal to it."""

    def __init__(self) -> None:
        self._compiled = lru_cache(maxsize=1024)(self._compile)
        self._environment: Environment | None = None

    def hold(self, text: str, driver: str, device: Device) -> bool | None:
        """Whether the selector is true of the device; None where that cannot be told: it does not
        compile here, or needs what the device does not have, on which the scheduler gives up."""
        expression = self._compiled(text)
        if expression is None or self._environment is None:
            return None
        facts = {"device": _facts(text, driver, device)}
        answer = expression.evaluate(self._environment.activation(facts))
        return answer if isinstance(answer, bool) else None

    def _compile(self, text: str) -> Expression | None:
        if self._environment is None:
            self._environment = Environment(("device",), optional=True, functions=_functions())
        try:
            return self._environment.compile(text) if len(text) <= _LONGEST else None
        except ExpressionError:
            return None


def _facts(text: str, driver: str, device: Device) -> dict[str, Any]:
    """The device as selectors see it; a domain that it has nothing of is an empty map."""
    domains = {quoted or other for quoted, other in _DOMAIN.findall(text)} | {driver}
    versions = {name: _semver(value) for name, value in device.versions.items()}
    capacity = {name: _quantity(value) for name, value in device.capacity.items()}
    return {
        "driver": driver,
        "attributes": _by_domain({**device.attributes, **versions}, domains),
        "capacity": _by_domain(capacity, domains),
        "allowMultipleAllocations": device.shared,
    }


def _by_domain(values: Mapping[str, Any], domains: set[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {domain: {} for domain in domains}
    for name, value in values.items():
        domain, _, short = name.rpartition("/")
        found.setdefault(domain, {})[short] = value
    return found


def _quantity(text: str) -> float:
    return float(parse_quantity(text))


def _semver(text: str) -> list[str]:
    """Parts that compare as the version does: numbers padded, a pre-release before its release."""
    match = _VERSION.match(text)
    if match is None:
        raise ValueError(f"not a semantic version: {text[:80]!r}")
    *numbers, extra = match.groups()
    parts = [_padded(part) for part in (extra or "").split(".")]
    return [_padded(number) for number in numbers] + (["0", *parts] if extra else ["1"])


def _padded(part: str) -> str:
    """A number sorts below a word, and by its value."""
    return f"0{part:0>20}" if part.isdigit() else f"1{part}"


def _functions() -> list[Any]:
    """Kubernetes' quantities (here doubles) and semantic versions (here lists of their parts)."""
    kinds = {"quantity": cel.Type.DOUBLE, "semver": cel.Type.LIST}
    parsers = {"quantity": (_quantity, _is_quantity), "semver": (_semver, _is_semver)}
    comparisons = {
        "compareTo": (cel.Type.INT, lambda left, other: (left > other) - (left < other)),
        "isGreaterThan": (cel.Type.BOOL, lambda left, other: left > other),
        "isLessThan": (cel.Type.BOOL, lambda left, other: left < other),
    }
    made = []
    for name, (parse, tell) in parsers.items():
        asked = f"is{name.capitalize()}"
        made += [
            cel.FunctionDecl(name, [_overload(name, kinds[name], [cel.Type.STRING], parse)]),
            cel.FunctionDecl(asked, [_overload(asked, cel.Type.BOOL, [cel.Type.STRING], tell)]),
        ]
    for name, (gives, compare) in comparisons.items():
        overloads = [
            _overload(f"{kind}_{name}", gives, [type_, type_], compare)
            for kind, type_ in kinds.items()
        ]
        made.append(cel.FunctionDecl(name, overloads))
    return made


def _overload(name: str, gives: Any, takes: list[Any], does: Any) -> Any:
    """Two parameters: the first is what the function is a member of."""
    return cel.Overload(
        f"device_{name}",
        return_type=gives,
        parameters=takes,
        is_member=len(takes) > 1,
        impl=does,
    )


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except ValueError:
        return False
    return True


def _is_semver(text: str) -> bool:
    return _VERSION.match(text) is not None


CLASS_RESOURCE_PREFIX = "deviceclass.resource.kubernetes.io/"
"""A plain request for this prefix and a DeviceClass name is served through DRA."""

_DRIVER = re.compile(r"device\.driver\s*==\s*['\"]([^'\"]+)['\"]")
_TYPE = re.compile(r"device\.attributes\[['\"][^'\"]+['\"]\]\.type\s*==\s*['\"]([^'\"]+)['\"]")


class PublishedDevices(Record, frozen=True, kw_only=True):
    """What one driver publishes for one node.

    `count`, of cards, is None when it cannot be told: slices of the newest generation are missing,
    or devices draw on shared counters and none of them stands for a whole card. `parts` are those
    of cards, of the kind `partition`. `requests` pairs the resource
    names that plain requests may use with how many devices each can get (None: not known).
    `placed` is false for a pool that is bound to some nodes, without saying here which.
    """

    driver: str
    vendor: str = ""
    count: int | None = None
    parts: int = 0
    partition: Kind = "partition"
    profiles: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    requests: tuple[tuple[str, int | None], ...] = ()
    placed: bool = True


def reaches(resource_slice: ResourceSlice, node: str) -> bool:
    """Whether the slice's devices may be used on the node; an unplaced pool may be anywhere."""
    return resource_slice.node in ("", node)


def newest(slices: Iterable[ResourceSlice]) -> tuple[list[ResourceSlice], bool]:
    """Slices of each pool's newest generation, and whether every pool has all of its slices."""
    pools: dict[tuple[str, str], list[ResourceSlice]] = defaultdict(list)
    for resource_slice in slices:
        pools[resource_slice.driver, resource_slice.pool].append(resource_slice)
    kept: list[ResourceSlice] = []
    complete = True
    for pool in pools.values():
        generation = max(part.generation for part in pool)
        current = [part for part in pool if part.generation == generation]
        complete = complete and len(current) == max(part.slice_count for part in current)
        kept.extend(current)
    return kept, complete


def count_cards(devices: Sequence[Device], whole_types: tuple[str, ...]) -> int | None:
    """How many cards the devices are: a part of a card is none. None where only parts are listed
    that draw on the same counters, since nothing says of how many cards they are."""
    cards = [device for device in devices if _is_card(device, whole_types)]
    sharing = any(device.shares_counters for device in devices)
    return None if sharing and not cards else len(cards)


def count_parts(devices: Sequence[Device], whole_types: tuple[str, ...]) -> int:
    """How many parts of cards can be had at one time: those that draw on counters with others are
    what a card could be cut into, and are not counted."""
    parts = [device for device in devices if not _is_card(device, whole_types)]
    return sum(not device.shares_counters for device in parts)


def _is_card(device: Device, whole_types: tuple[str, ...]) -> bool:
    """By its type; a device of no type is a card unless it draws on counters with others."""
    if device.type and whole_types:
        return device.type in whole_types
    return not device.shares_counters


def published(
    node: str,
    slices: Sequence[ResourceSlice],
    classes: Sequence[DeviceClass] | None,
    catalog: AcceleratorCatalog,
) -> tuple[PublishedDevices, ...]:
    """What each driver publishes for the node; drivers that publish other things are left out.

    A driver the catalogue does not know has no vendor.
    """
    by_driver: dict[str, list[ResourceSlice]] = defaultdict(list)
    for resource_slice in slices:
        if (
            reaches(resource_slice, node)
            and driver_class(catalog, resource_slice.driver) != "other"
        ):
            by_driver[resource_slice.driver].append(resource_slice)
    return tuple(
        _published_by(driver, parts, classes or (), catalog)
        for driver, parts in sorted(by_driver.items())
    )


def _published_by(
    driver: str,
    slices: Sequence[ResourceSlice],
    classes: Sequence[DeviceClass],
    catalog: AcceleratorCatalog,
) -> PublishedDevices:
    entry = driver_class(catalog, driver)
    known = entry if isinstance(entry, DriverEntry) else None
    whole_types = known.whole_types if known else ()
    current, complete = newest(slices)
    placed = all(part.node or part.all_nodes for part in current)
    devices = [device for part in current for device in part.devices]
    countable = complete and placed
    return PublishedDevices(
        driver=driver,
        vendor=known.vendor if known else "",
        count=count_cards(devices, whole_types) if countable else None,
        parts=count_parts(devices, whole_types) if countable else 0,
        partition=known.partition if known else "partition",
        profiles=tuple(sorted({device.profile for device in devices if device.profile})),
        products=tuple(sorted({device.product for device in devices if device.product})),
        requests=_requests(driver, devices if countable else None, classes, whole_types),
        placed=placed,
    )


def _requests(
    driver: str,
    devices: Sequence[Device] | None,
    classes: Sequence[DeviceClass],
    whole_types: tuple[str, ...],
) -> tuple[tuple[str, int | None], ...]:
    requests: list[tuple[str, int | None]] = []
    for device_class in classes:
        drivers = _DRIVER.findall(" ".join(device_class.selectors))
        if device_class.selectors and drivers != [driver]:
            continue
        amount = None if devices is None else _selected(device_class, devices, whole_types)
        names = (device_class.extended_resource, CLASS_RESOURCE_PREFIX + device_class.name)
        requests.extend((name, amount) for name in names if name)
    return tuple(requests)


def _selected(
    device_class: DeviceClass, devices: Sequence[Device], whole_types: tuple[str, ...]
) -> int | None:
    """How many devices the class may hand out; None when a selector says more than is read here."""
    rest = _TYPE.sub("", _DRIVER.sub("", " ".join(device_class.selectors)))
    if rest.replace("&&", "").strip(" ()\n"):
        return None
    types = set(_TYPE.findall(" ".join(device_class.selectors)))
    chosen = [device for device in devices if not types or device.type in types]
    cards = count_cards(chosen, whole_types)
    return None if cards is None else cards + count_parts(chosen, whole_types)
