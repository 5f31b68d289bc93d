"""Where the devices of a DRA claim can be had."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from advisor.facts.cluster import (
    Cluster,
    Device,
    DeviceClaim,
    DeviceClass,
    DeviceConstraint,
    DeviceRequest,
    DeviceWish,
    ResourceSlice,
    Taint,
)
from advisor.facts.storage import NodeSelectorRequirement
from advisor.facts.workload import Toleration
from advisor.jobs.spec import AcceleratorNeed
from advisor.placement.claim_fit import ClaimFit
from advisor.placement.device_slices import DeviceSelectors
from advisor.placement.node_index import NodeIndex
from tests.placement.samples import node

DRIVER = "gpu.example.com"
ROOT = "resource.kubernetes.io/pcieRoot"


def card(at: int, product: str = "big", **changes: Any) -> Device:
    attributes = {f"{DRIVER}/product": product, f"{DRIVER}/index": at, ROOT: f"pci{at // 2}"}
    return Device(
        name=f"gpu-{at}",
        attributes=attributes,
        versions={f"{DRIVER}/driverVersion": "570.86.15"},
        capacity={f"{DRIVER}/memory": "80Gi"},
        **changes,
    )


def on(name: str, *devices: Device, **changes: Any) -> ResourceSlice:
    stated = {"node": name, "pool": name, "generation": 1, "slice_count": 1, **changes}
    return ResourceSlice(name=f"{name}-gpu", driver=DRIVER, devices=devices, **stated)


SLICES = (on("a", *map(card, range(4))), on("b", card(0), card(1, "small")))
CLASSES = (
    DeviceClass(name="gpu", selectors=(f"device.driver == '{DRIVER}'",)),
    DeviceClass(name="nic", selectors=("device.driver == 'nic.example.com'",)),
)
BIG = f"device.attributes['{DRIVER}'].product == 'big'"


def wants(count: int | None = 1, *selectors: str, **changes: Any) -> DeviceRequest:
    wish = DeviceWish(device_class="gpu", selectors=selectors, count=count, **changes)
    return DeviceRequest(name="r", wishes=(wish,))


def claim(*requests: DeviceRequest, same: str | None = None) -> DeviceClaim:
    named = tuple(replace(one, name=f"r{at}") for at, one in enumerate(requests))
    constraints = () if same is None else (DeviceConstraint(attribute=same),)
    return DeviceClaim(
        kind="ResourceClaim", namespace="team", name="x", requests=named, constraints=constraints
    )


def named(name: str, stated: DeviceClaim | None = None) -> AcceleratorNeed:
    return AcceleratorNeed(count=None, claim=name, stated=stated)


def fit(asked: DeviceClaim, **changes: Any) -> tuple[list[str], list[str], str]:
    """Who serves it, who may, and why that is open."""
    facts: dict[str, Any] = {
        "resource_slices": SLICES,
        "device_classes": CLASSES,
        "device_claims": (asked,),
        "device_claim_templates": (),
        **changes,
    }
    index = NodeIndex((node("a"), node("b"), node("c")))
    found = ClaimFit(Cluster(context="lab", **facts), index).of((named("ResourceClaim team/x"),))
    open_ = found.gap.reason if found.gap else ""
    return sorted(found.sure), sorted(found.possible - found.sure), open_


OPEN = "not every selector, device or pool of its claims can be judged"


@pytest.mark.parametrize(
    ("asked", "sure"),
    [
        (claim(wants()), ["a", "b"]),
        (claim(wants(2)), ["a", "b"]),
        (claim(wants(3)), ["a"]),
        (claim(wants(5)), []),
        (claim(wants(2, BIG)), ["a"]),
        (claim(wants(1, BIG), wants(1)), ["a", "b"]),
        (claim(wants(1), wants(1, BIG), wants(1)), ["a"]),
        (claim(wants(None)), ["a", "b"]),
        (claim(wants(None), wants(1)), []),
        (claim(wants(None, BIG), wants(1)), ["b"]),
        (claim(wants(2), same=f"{DRIVER}/product"), ["a"]),
        (claim(wants(3), same=ROOT), []),
        (claim(wants(2), same=ROOT), ["a", "b"]),
        (claim(wants(None), same=f"{DRIVER}/product"), ["a"]),
        (claim(wants(2), same=f"{DRIVER}/absent"), []),
        (claim(DeviceRequest(name="r", wishes=(DeviceWish(device_class="nic"),))), []),
        (
            claim(
                DeviceRequest(
                    name="r",
                    wishes=(DeviceWish(device_class="nic"), DeviceWish(device_class="gpu")),
                )
            ),
            ["a", "b"],
        ),
        (claim(replace(wants(2), admin=True), wants(2)), ["a", "b"]),
    ],
)
def test_devices_that_a_claim_asks_for(asked: DeviceClaim, sure: list[str]) -> None:
    assert fit(asked) == (sure, [], "")


def test_a_class_that_is_not_there_keeps_its_pods_from_every_node() -> None:
    absent = DeviceRequest(name="r", wishes=(DeviceWish(device_class="absent"),))
    assert fit(claim(absent)) == ([], [], "")


UNREAD = "device claims, classes and slices could not be listed"


@pytest.mark.parametrize(
    ("changes", "sure", "may", "reason"),
    [
        ({"resource_slices": None}, [], ["a", "b", "c"], UNREAD),
        ({"device_classes": None}, [], ["a", "b", "c"], UNREAD),
        ({"device_claims": None}, [], ["a", "b", "c"], UNREAD),
        (
            {"device_claims": ()},
            [],
            ["a", "b", "c"],
            "ResourceClaim team/x is neither in the cluster nor in a file that was read",
        ),
        ({"resource_slices": (on("a", card(0), slice_count=2),)}, [], ["a"], OPEN),
        (
            {"resource_slices": (on("a", card(0, taints=(Taint(key="k", effect="NoSchedule"),))),)},
            [],
            ["a"],
            OPEN,
        ),
        ({"resource_slices": (on("", card(0), all_nodes=True),)}, ["a", "b", "c"], [], ""),
        (
            {
                "resource_slices": (
                    on(
                        "",
                        card(0),
                        node_selector=(
                            (
                                NodeSelectorRequirement(
                                    key="kubernetes.io/hostname", operator="In", values=("b",)
                                ),
                            ),
                        ),
                    ),
                )
            },
            ["b"],
            [],
            "",
        ),
        ({"resource_slices": (on("", card(0, node="c")),)}, ["c"], [], ""),
    ],
)
def test_what_was_not_read_and_pools_of_many_nodes(
    changes: dict[str, Any], sure: list[str], may: list[str], reason: str
) -> None:
    asked = claim(wants())
    assert fit(asked, **changes) == (sure, may, reason)


def test_what_is_true_of_no_device_for_certain_is_open() -> None:
    counters = (on("a", card(0, shares_counters=True), card(1, shares_counters=True)),)
    assert fit(claim(wants(1)), resource_slices=counters) == (["a"], [], "")
    assert fit(claim(wants(2)), resource_slices=counters) == ([], ["a"], OPEN)
    assert fit(claim(wants(1, "device.attributes['x'].y == 1"))) == ([], ["a", "b"], OPEN)
    assert fit(claim(wants(1, amounts=True))) == ([], ["a", "b"], OPEN)
    tainted = (on("a", card(0, taints=(Taint(key="k", effect="NoSchedule"),))),)
    tolerant = wants(1, tolerations=(Toleration(key="k", operator="Exists"),))
    assert fit(claim(tolerant), resource_slices=tainted) == (["a"], [], "")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("device.driver == 'gpu.example.com'", True),
        (f"device.attributes['{DRIVER}'].product.startsWith('b')", True),
        (f"device.attributes['{DRIVER}'].index > 0", False),
        (f"device.capacity['{DRIVER}'].memory.compareTo(quantity('40Gi')) >= 0", True),
        (f"device.capacity['{DRIVER}'].memory.isLessThan(quantity('40Gi'))", False),
        (f"device.attributes['{DRIVER}'].driverVersion.isGreaterThan(semver('570.9.0'))", True),
        (
            f"device.attributes['{DRIVER}'].driverVersion.compareTo(semver('570.86.15-rc.1'))>0",
            True,
        ),
        (f"device.attributes['{DRIVER}'].driverVersion == semver('570.86.15')", True),
        ("device.attributes['other.example.com'].?tier.orValue('none') == 'none'", True),
        ("'tier' in device.attributes['other.example.com']", False),
        ("cel.bind(own, device.attributes['gpu.example.com'], own.index == 0)", True),
        ("isQuantity('1Gi') && !isQuantity('many') && isSemver('1.2.3') && !isSemver('1')", True),
        ("device.attributes['other.example.com'].tier == 'a'", None),
        (f"device.attributes['{DRIVER}'].index.compareTo(quantity('1')) > 0", None),
        (f"device.capacity['{DRIVER}'].memory.compareTo(quantity('many')) > 0", None),
        ("device.attributes[", None),
        ("device.unknown()", None),
        ("true || " * 2000 + "true", None),
    ],
)
def test_expressions_that_select_devices(text: str, answer: bool | None) -> None:
    assert DeviceSelectors().hold(text, DRIVER, card(0)) is answer


def test_templates_of_equal_content_are_answered_once() -> None:
    templates = tuple(
        replace(claim(wants(2, BIG)), kind="ResourceClaimTemplate", name=f"x{at}")
        for at in range(50)
    )
    cluster = Cluster(
        context="lab",
        resource_slices=SLICES,
        device_classes=CLASSES,
        device_claims=(),
        device_claim_templates=templates,
    )
    fits = ClaimFit(cluster, NodeIndex((node("a"), node("b"))))
    found = [fits.of((named(f"ResourceClaimTemplate team/x{at}"),)).sure for at in range(50)]
    assert set(found) == {frozenset({"a"})}
    assert fits.served.cache_info().misses == 1
