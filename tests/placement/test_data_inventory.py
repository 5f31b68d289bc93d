"""Which places hold data, who uses them, and how much there is over all machines."""

from __future__ import annotations

from typing import Any

from advisor.facts.host import Measurement, Volume
from advisor.jobs.spec import JobMount
from advisor.placement.data_inventory import DataCount, DataInventory, count_data
from tests.placement.samples import gpu_job, host, snapshot
from tests.planning.samples import bind, container, image

X = image("lab/x:1", "a")


def counted(path: str, **fields: Any) -> Measurement:
    return Measurement(path=path, **{"files": 1, "complete": True, **fields})


def count(key: str, *hosts: Any) -> DataCount:
    inventory = DataInventory(snapshot(None, *hosts), ())
    return count_data(inventory, inventory.entries[key])


def on(name: str, *measured: Measurement, **fields: Any) -> Any:
    return host(name, container("c", X, bind("/d")), measured=measured, **fields)


def test_the_same_path_on_two_machines_is_the_sum() -> None:
    machines = (
        on("a", counted("/d", size=10, allocated=20)),
        on("b", counted("/d", size=5, allocated=4, files=2)),
    )
    assert count("path:/d", *machines) == DataCount(size=15, files=3, needed=25)


def test_a_machine_that_did_not_count_makes_a_bound() -> None:
    machines = (
        on("a", counted("/d", size=10, allocated=20)),
        host("b", container("c", X, bind("/d"))),
    )
    assert count("path:/d", *machines) == DataCount(
        at_least=10, files=1, reason="not counted everywhere"
    )


def test_a_bound_says_why() -> None:
    late = counted("/d", size=10, allocated=20, complete=False, reason="time ran out after 5 s")
    gone = Measurement(path="/d", reason="it is not there")
    assert count("path:/d", on("a", late), on("b", gone)) == DataCount(
        at_least=10, files=1, reason="time ran out after 5 s; it is not there"
    )


def test_nothing_counted() -> None:
    gone = Measurement(path="/d", reason="it is not there")
    assert count("path:/d", on("a", gone)) == DataCount(reason="it is not there")
    assert count("path:/d", on("a")) == DataCount()


def test_one_machine_read_twice_counts_once() -> None:
    first = counted("/d", size=10, allocated=20, taken="2026-11-24T08:00:00Z")
    second = counted("/d", size=11, allocated=20, taken="2026-11-24T09:00:00Z")
    hosts = on("a", second), on("a", first)
    assert count("path:/d", *hosts) == DataCount(size=11, files=1, needed=20)


def test_a_volume_is_counted_at_its_mount_point_or_is_what_its_engine_says() -> None:
    volumes = (
        Volume(name="v", mount_point="/var/v/_data"),
        Volume(name="w", mount_point="/var/w/_data", size=7),
    )
    machine = on("a", counted("/var/v/_data", size=3, allocated=4096), volumes=volumes)
    assert count("volume:a/v", machine) == DataCount(size=3, files=1, needed=4096)
    assert count("volume:a/w", machine) == DataCount(size=7, needed=7)


def test_the_layer_of_a_container_is_as_its_engine_says() -> None:
    layered = container("c", X, layer_size=9, layer_paths=("/work",))
    assert count("layer:a/c", host("a", layered)) == DataCount(size=9, needed=9)


def of_job(*hosts: Any, **fields: Any) -> dict[str, tuple[str, list[str]]]:
    """By key: the label, and the targets at which the job mounts it."""
    job = gpu_job(**fields)
    entries = DataInventory(snapshot(None, *hosts), (job,)).of_job(job)
    return {one.key: (one.label, [use.mount.target for use in one.uses]) for one in entries}


def test_the_data_of_one_job_is_its_own_use_only() -> None:
    machine = host("a", container("c", X, bind("/d")))
    mounts = (
        JobMount(kind="bind", source="/d", target="/data"),
        JobMount(kind="bind", source="/d", target="/again"),
        JobMount(kind="claim", source="team/sets", target="/sets"),
    )
    assert of_job(machine, mounts=mounts) == {
        "path:/d": ("/d", ["/data", "/again"]),
        "claim:team/sets": ("claim team/sets", ["/sets"]),
    }


def test_a_named_volume_is_that_of_the_only_host_that_has_it() -> None:
    on_a = host("a", volumes=(Volume(name="sets"), Volume(name="both")))
    on_b = host("b", volumes=(Volume(name="both"),))
    mounts = tuple(
        JobMount(kind="named-volume", source=name, target=f"/{name}")
        for name in ("sets", "both", "none")
    )
    assert of_job(on_a, on_b, mounts=mounts) == {
        "volume:a/sets": ("named volume sets on a", ["/sets"]),
        "volume:/both": ("named volume both", ["/both"]),
        "volume:/none": ("named volume none", ["/none"]),
    }
