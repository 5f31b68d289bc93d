"""What is asked for at once against what is there."""

from __future__ import annotations

import msgspec

from advisor.facts.cluster import (
    Device,
    DeviceClaim,
    DeviceClass,
    DeviceRequest,
    DeviceWish,
    ResourceSlice,
)
from advisor.facts.host import GpuRequest
from advisor.facts.workload import Workload
from advisor.planning.plan import CapacityRow, NodeRow, ProductSupply
from tests.placement.samples import cluster, host, node, snapshot, workload
from tests.planning.samples import container, image, plan

X = image("lab/x:1", "a")
GPU = "nvidia.com/gpu"
DRA = "gpu.nvidia.com"
PRODUCT = {"nvidia.com/gpu.product": "A100", "nvidia.com/gpu.count": "4"}


def gpus(name: str, count: int | None) -> object:
    return container(name, X, gpu=GpuRequest(how="--gpus", count=count))


def test_products_nodes_the_largest_and_the_queue() -> None:
    nodes = (
        node("a", gpus=4, labels=PRODUCT),
        node("b", gpus=2, labels={**PRODUCT, "nvidia.com/gpu.count": "2"}),
    )
    running = msgspec.structs.replace(workload("now"), replicas=2, nodes={"a": 2})
    jobs = (gpus("big", 8), gpus("four", 4), gpus("one", 1), gpus("open", None))
    of = snapshot(cluster(*nodes, workloads=(running,)), host("dgx", *jobs, images=(X,)))  # type: ignore[arg-type]
    found = plan(of).capacity
    assert found.rows == (
        CapacityRow(
            resource=GPU,
            kind="whole",
            asked=15,
            asked_now=2,
            jobs=5,
            uncounted=("open on dgx",),
            there=6,
            allocatable=6,
            products=(
                ProductSupply(
                    product="A100",
                    nodes=2,
                    capacity=6,
                    allocatable=6,
                    largest=4,
                    largest_node="a",
                ),
            ),
            fits=False,
            largest_job="big on dgx",
            largest_ask=8,
            largest_node="a",
            largest_there=4,
            too_large=("big on dgx",),
            queue=("four on dgx",),
        ),
    )
    row = {"resource": GPU, "kind": "whole", "product": "A100"}
    assert found.nodes == (
        NodeRow(node="a", capacity=4, allocatable=4, in_use=2, **row),  # type: ignore[arg-type]
        NodeRow(node="b", capacity=2, allocatable=2, **row),  # type: ignore[arg-type]
    )


def test_kinds_are_never_added() -> None:
    slices = {"devices": {"nvidia.com/mig-1g.5gb": 7}}
    rows = plan(snapshot(cluster(node("a", gpus=4), node("b", **slices)))).capacity.rows
    assert [(row.resource, row.kind, row.there) for row in rows] == [
        (GPU, "whole", 4),
        ("nvidia.com/mig-1g.5gb", "mig-mixed", 7),
    ]


def test_without_nodes_nothing_is_said_to_fit() -> None:
    unread = msgspec.structs.replace(cluster(), nodes=None)
    found = plan(snapshot(unread, host("dgx", gpus("one", 1), images=(X,)))).capacity  # type: ignore[arg-type]
    assert (found.known, [(row.there, row.fits) for row in found.rows]) == (False, [(None, None)])


def test_an_assumed_cluster_is_reckoned_with() -> None:
    found = plan(snapshot(None, host("dgx", gpus("nine", 9), gpus("one", 1), images=(X,)))).capacity  # type: ignore[arg-type]
    (row,) = found.rows
    assert (found.assumed, row.there, row.fits, row.too_large) == (
        True,
        8,
        False,
        ("nine on dgx",),
    )


def test_what_does_not_run_is_counted_apart() -> None:
    jobs = [
        container(name, X, gpu=GpuRequest(how="--gpus", count=count), state=state)
        for name, count, state in (
            ("runs", 2, "running"),
            ("rests", 1, "paused"),
            ("told", 1, ""),
            ("ended", 5, "exited"),
            ("made", None, "created"),
        )
    ]
    ended = msgspec.structs.replace(workload("done"), phases={"Succeeded": 3})
    waiting = msgspec.structs.replace(workload("later"), suspended=True, replicas=2)
    now = msgspec.structs.replace(workload("now"), phases={"Running": 1, "Succeeded": 1})
    nodes = (node("a", gpus=4), node("b", gpus=4))
    of = snapshot(cluster(*nodes, workloads=(ended, waiting, now)), host("dgx", *jobs, images=(X,)))
    (row,) = plan(of).capacity.rows
    assert (row.asked, row.asked_now, row.jobs, row.uncounted, row.fits) == (6, 2, 4, (), True)
    assert (row.stopped, row.stopped_jobs) == (
        10,
        ("Job team/done", "Job team/later", "ended on dgx", "made on dgx"),
    )
    assert (row.largest_job, row.too_large) == ("ended on dgx", ("ended on dgx",))


def test_devices_of_claims_count_once_for_all_that_share_them() -> None:
    devices = tuple(Device(name=f"gpu-{at}", type="gpu") for at in range(4))
    slices = ResourceSlice(
        name="a", driver=DRA, pool="a", generation=1, slice_count=1, node="a", devices=devices
    )
    wish = DeviceWish(device_class="gpu", count=2)

    def claim(kind: str, name: str, *wishes: DeviceWish) -> DeviceClaim:
        request = DeviceRequest(name="r", wishes=wishes or (wish,))
        return DeviceClaim(kind=kind, namespace="team", name=name, requests=(request,))

    def asking(name: str, claimed: str, template: str = "") -> Workload:
        names = {"resource_claims": (claimed,), "claim_templates": (template,) if template else ()}
        made = workload(name, requests={}, **names)
        return msgspec.structs.replace(made, replicas=3)

    of = cluster(
        node("a"),
        resource_slices=(slices,),
        device_classes=(DeviceClass(name="gpu", selectors=(f"device.driver == '{DRA}'",)),),
        device_claims=(
            claim("ResourceClaim", "shared"),
            claim("ResourceClaim", "either", wish, msgspec.structs.replace(wish, count=1)),
        ),
        device_claim_templates=(claim("ResourceClaimTemplate", "each"),),
        workloads=(
            asking("one", "shared"),
            asking("two", "shared"),
            asking("three", "each", "each"),
            asking("four", "either"),
            msgspec.structs.replace(
                workload("half", requests={}, gpu_share="gpu-fraction=0.5"), replicas=9
            ),
        ),
    )
    found = plan(snapshot(of)).capacity
    assert [(row.resource, row.kind, row.asked, row.there, row.fits) for row in found.rows] == [
        (DRA, "dra", 2 + 3 * 2, 4, False)
    ]
    assert found.notes == (
        "asks through resource claims, whose devices cannot be told: 1",
        "asks for a part of a device, which are not added up: 1",
    )
