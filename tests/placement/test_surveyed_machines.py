"""Where the data of a hostPath is, once the nodes have said what holds it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from advisor import api
from advisor.facts.cluster import NodeImage
from advisor.facts.host import (
    Container,
    Filesystem,
    Machine,
    Mount,
    MountedFilesystem,
    Reached,
    SurveyedImage,
)
from advisor.facts.workload import PodVolume
from advisor.placement.machines import MachineTable, SurveyedMachines
from advisor.views.data_view import data_views
from tests.placement.samples import cluster, host, node, placement, snapshot, workload

ROOT = MountedFilesystem(number="1", parent="0", mount_point="/", type="ext4", device="/dev/sda1")
XFS = MountedFilesystem(number="2", parent="1", mount_point="/raid", type="xfs", device="/dev/md0")
NFS = MountedFilesystem(
    number="2", parent="1", mount_point="/raid", type="nfs4", device="filer:/export"
)
ODD = MountedFilesystem(number="2", parent="1", mount_point="/raid", type="fuse.novel")
NODES = (node("a", gpus=1), node("b", gpus=1))
IN_POD = workload(volumes=(PodVolume(name="d", kind="hostPath", source="/raid/data"),))


def machine(name: str, *mounts: MountedFilesystem, **fields: Any) -> Machine:
    return Machine(name=name, node=name, mounts=(ROOT, *mounts) if mounts else None, **fields)


def located(*machines: Machine) -> tuple[str, bool, str, str]:
    """(place, presumed, evidence, reason of the gap) of the only use of /raid/data."""
    of = snapshot(cluster(*NODES, workloads=(IN_POD,)), machines=machines)
    (view,) = [
        one for one in data_views(placement(of), ()) if one.subject.id == "data:path:/raid/data"
    ]
    (use,) = view.uses
    evidence = next((one.value for one in use.evidence if "location" in one.fact), "")
    reason = next((gap.reason for gap in use.gaps if gap.fact == "use.location"), "")
    return use.facts["location"], use.facts["presumed"], evidence, reason


NOT_READ = "not read; findmnt -T /raid/data on a, b would settle it"


@pytest.mark.parametrize(
    ("machines", "expected"),
    [
        ((), ("on-machine", True, NOT_READ, "")),
        (
            (machine("a", XFS), machine("b", XFS)),
            ("on-machine", False, "xfs /dev/md0: local on every eligible node", ""),
        ),
        (
            (machine("a", NFS), machine("b", NFS)),
            ("outside", False, "nfs4 filer:/export: network on every eligible node", ""),
        ),
        (
            (machine("a", XFS), machine("b", NFS)),
            ("unknown", False, "", "a network filesystem on b, local on a"),
        ),
        (
            (machine("a", NFS),),
            ("unknown", False, "", "a network filesystem on a, not known or local on the others"),
        ),
        ((machine("a", XFS),), ("on-machine", True, NOT_READ, "")),
        ((machine("a"), machine("b")), ("on-machine", True, NOT_READ, "")),
        (
            (machine("a", ODD), machine("b", ODD)),
            ("unknown", False, "", "filesystem type fuse.novel is not in the catalogue"),
        ),
        ((machine("x", NFS), machine("y", NFS)), ("on-machine", True, NOT_READ, "")),
    ],
)
def test_a_host_path_is_where_the_nodes_say(
    machines: tuple[Machine, ...], expected: tuple[str, bool, str, str]
) -> None:
    assert located(*machines) == expected


def test_a_host_that_is_a_node_by_its_name_speaks_for_it_unless_its_pod_did() -> None:
    by_hand = (Machine(name="a.lab", mounts=(ROOT, NFS)), Machine(name="b", mounts=(ROOT, NFS)))
    assert located(*by_hand)[0] == "outside"
    assert located(*by_hand, machine("a", XFS))[3] == "a network filesystem on b, local on a"


def test_a_docker_host_whose_engine_serves_no_mount_table() -> None:
    mount = Mount(kind="bind", source="/raid/data", target="/data")
    container = Container(id="c", name="c", image="x:1", mounts=(mount,))
    of = snapshot(None, host("h", container), machines=(Machine(name="h", mounts=(ROOT, NFS)),))
    (view,) = data_views(placement(of), ())
    assert view.facts["filesystems"] == ["nfs4"]
    assert [use.facts["location"] for use in view.uses] == ["outside"]


@pytest.mark.parametrize(
    ("path", "mount_point"),
    [
        ("/raid/x", "/raid"),
        ("/data", "/raid"),
        ("/data/set/1", "/raid"),
        ("/home/ann", "/"),
        ("/below/here", "/raid"),
        ("/up", "/"),
        ("/circle/x", None),
        ("/datas", "/"),
    ],
)
def test_links_near_the_top_are_followed(path: str, mount_point: str | None) -> None:
    links = {
        "/data": "raid/data",
        "/below": "/srv/below",
        "/srv/below": "../data",
        "/up": "../../home",
        "/circle": "/circle2",
        "/circle2": "/circle",
    }
    found = MachineTable(machine("a", XFS, links=links)).find(path)
    assert (found.mount_point if found is not None else None) == mount_point


def test_relative_paths_are_nowhere() -> None:
    known = SurveyedMachines((machine("a", XFS),), (node("a"),))
    assert known.on_node("a", "raid") is None
    assert known.on_node("a", "/raid") == Filesystem(
        mount_point="/raid", type="xfs", device="/dev/md0"
    )


def test_the_driver_that_a_node_states_counts_where_no_label_does() -> None:
    def served(*machines: Machine) -> object:
        return placement(snapshot(cluster(*NODES), machines=machines)).cuda("a")

    assert served() is None
    assert served(Machine(name="a", node="a", driver="550.54.15")) == (12, 4)
    assert served(Machine(name="a", node="a", driver="550.54.15", cuda="12.6")) == (12, 6)


@pytest.mark.parametrize(
    ("driver", "cuda"),
    [
        ("580.95.05", (13, 0)),
        ("585.10", (13, 0)),
        ("590.44.01", (13, 1)),
        ("595.71.05", (13, 2)),
        ("610.43.02", (13, 3)),
        ("615.20", (13, 4)),
        ("620.10", None),
    ],
)
def test_a_driver_that_is_newer_than_the_table_serves_nobody_knows_what(
    driver: str, cuda: object
) -> None:
    said = Machine(name="a", node="a", driver=driver)
    assert placement(snapshot(cluster(*NODES), machines=(said,))).cuda("a") == cuda


def judged(*machines: Machine, **fields: Any) -> dict[str, str]:
    """Messages of the rules about what nodes say of themselves, by rule."""
    of = snapshot(cluster(*NODES, **fields), machines=machines)
    findings = api.audit(of).findings
    return {
        one.rule: one.message
        for one in findings
        if one.rule in ("PRE022", "PRE023") and one.status == "finding"
    }


def test_what_a_node_does_not_reach_and_how_full_its_image_disk_is() -> None:
    full = replace(ROOT, size=1000 * 2**30, available=50 * 2**30)
    reached = (
        Reached(target="reg.example:443", resolved=False, connected=False),
        Reached(target="10.0.0.9:2049", resolved=True, connected=True),
        Reached(target="10.0.0.9:5000", resolved=True),
    )
    said = Machine(
        name="a", node="a", mounts=(full,), image_folder="/var/lib/containerd", reached=reached
    )
    assert judged(said) == {
        "PRE022": "a does not reach reg.example:443 (its name is not known there).",
        "PRE023": "a has 50.0 GiB of 1000.0 GiB free where its container runtime keeps images.",
    }
    assert judged() == {}


def test_images_that_a_kubelet_does_not_list_are_on_the_node_all_the_same() -> None:
    listed = NodeImage(names=("docker.io/library/a:1",), nodes=("a",))
    images = (
        SurveyedImage(names=("docker.io/library/a:1",)),
        SurveyedImage(names=("docker.io/lab/train:3",), size=7),
    )
    of = snapshot(
        cluster(node("a", gpus=1), node_images=(listed,)),
        machines=(Machine(name="a", node="a", images=images),),
    )
    held = {
        entry.label: [(one.machines, one.size) for one in entry.holdings]
        for entry in placement(of).images.entries.values()
    }
    assert held == {
        "docker.io/library/a:1": [(("a",), None)],
        "docker.io/lab/train:3": [(("a",), 7)],
    }
