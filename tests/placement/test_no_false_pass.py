"""Slips that would turn a move into a pass, or one machine's word into another's: one at a time."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from advisor.facts.cluster import NodeImage
from advisor.facts.host import Container, Filesystem, Mount
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.findings.finding import Gap
from advisor.placement.eligibility import Eligibility, combine
from advisor.placement.image_inventory import image_key
from advisor.placement.image_location import Location, locate_image
from advisor.placement.node_index import NodeIndex, Requirement, certain
from advisor.views.data_view import data_views
from tests.placement.samples import cluster, host, image, node, placement, snapshot, workload

HEX = "ab" * 32
GAP = Gap(fact="use.nodes", probe="kubernetes", reason="not read", settle="kubectl get nodes")


def combined(*requirements: Requirement, proof: frozenset[str] = frozenset()) -> Eligibility:
    nodes = (node("a"), node("b"), node("c"), node("cordoned", unschedulable=True))
    return combine(NodeIndex(nodes), requirements, proof)


def test_only_a_node_that_is_eligible_for_certain_is_ready() -> None:
    ab, abc = frozenset("ab"), frozenset("abc")
    perhaps = Requirement(words="a label", sure=frozenset("a"), possible=ab, today=abc, gap=GAP)
    assert combined(certain("Linux", abc), perhaps) == Eligibility(
        nodes=("a",), maybe=("b",), ready=("a",), gaps=(GAP,)
    )


def test_two_nodes_for_certain_are_counted_whatever_else_may_be() -> None:
    names = ("a", "b", "c")
    for sure in range(4):
        found = Eligibility(nodes=names[:sure], maybe=("d",))
        assert found.count == (sure if sure >= 2 else None)
        assert Eligibility(nodes=names[:sure]).count == sure


def test_a_running_pod_proves_its_node_but_not_that_it_takes_another_today() -> None:
    none: frozenset[str] = frozenset()
    proof = frozenset({"b", "cordoned"})
    found = combined(certain("a label", none), proof=proof)
    assert found == Eligibility(nodes=("b", "cordoned"), ready=("b",))


def test_a_requirement_that_only_today_is_not_met_leaves_the_node_eligible() -> None:
    both = frozenset("ab")
    full = Requirement(words="room", sure=both, possible=both, today=frozenset("b"))
    assert combined(full) == Eligibility(nodes=("a", "b"), ready=("b",))


def located(of: Snapshot, name: str) -> Location:
    entry = placement(of).images.entries[image_key(name)]
    job = entry.jobs[0] if entry.jobs else None
    return locate_image(entry, job=job, images_unread=())


def said(location: Location) -> tuple[str, tuple[tuple[str, str], ...]]:
    return location.place, tuple((one.fact, one.value) for one in location.evidence)


@pytest.mark.parametrize("policy", ["", "Never"])
def test_the_registrys_no_comes_before_the_pull_policy(policy: str) -> None:
    job = workload(image="nvcr.io/x:1", pull_policy=policy)
    no = (RegistryImage(reference="nvcr.io/x:1", status="missing"),)
    on_node = (NodeImage(names=(f"nvcr.io/x@sha256:{HEX}", "nvcr.io/x:1"), nodes=("a",)),)
    listed = snapshot(
        cluster(node("a", gpus=1), node_images=on_node, workloads=(job,)), registries=no
    )
    assert said(located(listed, "nvcr.io/x:1")) == (
        "local-only",
        (("use.location (asked)", "missing: nvcr.io/x:1"),),
    )
    unlisted = snapshot(cluster(node("a", gpus=1), workloads=(job,)), registries=no)
    assert said(located(unlisted, "nvcr.io/x:1")) == ("unknown", ())


@pytest.mark.parametrize(
    "registry", ["localhost:5000", "127.0.0.1:5000", "localhost", "[::1]:5000"]
)
@pytest.mark.parametrize("store", ["classic", "containerd", "podman"])
def test_a_digest_of_a_registry_on_the_machine_itself_shows_nothing(
    registry: str, store: str
) -> None:
    held = image("mine:1", digests=(f"{registry}/mine@sha256:{HEX}",))
    runs = Container(id="c", name="c", image="mine:1", image_id=held.id)
    of = snapshot(None, host("h", runs, images=(held,), image_store=store))
    assert located(of, "mine:1").place in ("local-only", "unknown")
    assert located(of, "mine:1").registry_name == ""


def test_what_nodes_list_is_no_other_content_than_the_registry_has() -> None:
    """A node's id names the manifest of its own architecture: the registry has an index of them."""
    digest = f"sha256:{HEX}"
    listed = NodeImage(names=(f"nvcr.io/x@{digest}", "nvcr.io/x:1"), nodes=("a", "b"))
    answer = RegistryImage(reference="nvcr.io/x:1", status="verified", lacks=(digest,))
    of = snapshot(cluster(node("a", gpus=1), node_images=(listed,)), registries=(answer,))
    assert said(located(of, "nvcr.io/x:1")) == (
        "registry-verified",
        (("use.location (asked)", "nvcr.io/x:1"),),
    )
    own = image("nvcr.io/x:1", content="c", digests=(f"nvcr.io/x@{digest}",))
    built = msgspec.structs.replace(of, hosts=(host("h", images=(own,)),))
    assert said(located(built, "nvcr.io/x:1")) == (
        "local-only",
        (("use.location (asked)", "other content: nvcr.io/x:1"),),
    )


FILESYSTEMS = {
    "local": Filesystem(mount_point="/raid", type="xfs", device="/dev/md0"),
    "network": Filesystem(mount_point="/raid", type="nfs4", device="filer:/export"),
    "novel": Filesystem(mount_point="/raid", type="fuse.novel"),
    "unread": None,
}


def bound(name: str, filesystem: Filesystem | None) -> Container:
    mount = Mount(kind="bind", source="/raid/data", target="/data", filesystem=filesystem)
    return Container(id=name, name=name, image="x:1", mounts=(mount,))


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(FILESYSTEMS, 2)))
def test_each_host_is_judged_by_its_own_mount_table(first: str, second: str) -> None:
    places = {
        "local": ("on-machine", False),
        "network": ("outside", False),
        "novel": ("unknown", False),
        "unread": ("on-machine", True),
    }
    hosts = [
        host(name, bound("c", FILESYSTEMS[kind])) for name, kind in (("h1", first), ("h2", second))
    ]
    found = uses(snapshot(None, *hosts))
    assert found == {"c on h1": places[first], "c on h2": places[second]}


@pytest.mark.parametrize(("first", "second"), list(itertools.product(FILESYSTEMS, repeat=2)))
def test_a_path_that_nobody_in_particular_uses_is_outside_only_where_it_is_so_everywhere(
    first: str, second: str
) -> None:
    """Two containers that are gone left a path which is local on one host: it is not outside."""
    hosts = [
        host(name, bound("c", FILESYSTEMS[kind])) for name, kind in (("h1", first), ("h2", second))
    ]
    placed = placement(snapshot(None, *hosts))
    placed.data.entries["path:/raid/data"].uses.clear()
    (view,) = [one for one in data_views(placed, ()) if one.subject.id == "data:path:/raid/data"]
    (use,) = view.uses
    kinds = {first, second}
    if "local" in kinds or kinds == {"unread"}:
        expected = "on-machine"
    else:
        expected = "outside" if kinds == {"network"} else "unknown"
    assert use.facts["location"] == expected


def uses(of: Snapshot) -> dict[str, Any]:
    (view,) = [
        one for one in data_views(placement(of), ()) if one.subject.id == "data:path:/raid/data"
    ]
    return {use.label: (use.facts["location"], use.facts["presumed"]) for use in view.uses}
