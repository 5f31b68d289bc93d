"""Where an image is, for each kind of evidence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.facts.cluster import NodeImage
from advisor.facts.host import Container, DockerHost
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.placement.image_inventory import contents, held_by, image_key
from advisor.placement.image_location import Location, locate_image
from tests.placement.samples import cluster, host, image, node, placement, snapshot, workload

HEX = "ab" * 32
NVCR = f"nvcr.io/nvidia/pytorch@sha256:{HEX}"
OTHER = "sha256:" + "cd" * 32
HUB = f"pytorch/pytorch@sha256:{HEX}"


def container(name: str, of: str, content: str = "a") -> Container:
    return Container(id=name, name=name, image=of, image_id="sha256:" + content * 64)


def locate(of: Snapshot, name: str, *, unread: tuple[str, ...] = ()) -> dict[str, str]:
    """Place by the label of each use, `-` without one."""
    placed = placement(of)
    entry = placed.images.entries[image_key(name)]
    return {
        job.label if job else "-": locate_image(entry, job=job, images_unread=unread).place
        for job in entry.jobs or [None]  # type: ignore[list-item]
    }


class Case(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    of: Snapshot
    image: str
    places: dict[str, str]


def on_host(name: str, of: str, store: str, *digests: str, uses: bool = True) -> DockerHost:
    containers = (container("c", of),) if uses else ()
    return host(name, *containers, images=(image(of, digests=digests),), image_store=store)


def in_cluster(of: str, *names: str, **fields: Any) -> Snapshot:
    """A workload that runs `of`, and one node that lists an image with the names."""
    images = (NodeImage(names=names, nodes=("a",)),) if names else ()
    job = workload(image=of, **fields)
    return snapshot(cluster(node("a", gpus=1), node_images=images, workloads=(job,)))


JOB = "Job team/train"
C = "c on h"
CASES = (
    Case(
        name="pulled in the classic store",
        of=snapshot(None, on_host("h", "nvcr.io/nvidia/pytorch:1", "classic", NVCR)),
        image="nvcr.io/nvidia/pytorch:1",
        places={C: "registry-claimed"},
    ),
    Case(
        name="pulled from Docker Hub in the classic store",
        of=snapshot(None, on_host("h", "pytorch/pytorch:1", "classic", HUB)),
        image="pytorch/pytorch:1",
        places={C: "registry-claimed"},
    ),
    Case(
        name="never pulled or pushed in the classic store, whatever the name says",
        of=snapshot(None, on_host("h", "nvcr.io/mine:1", "classic")),
        image="nvcr.io/mine:1",
        places={C: "local-only"},
    ),
    Case(
        name="another name of pulled content",
        of=snapshot(None, on_host("h", "mine:1", "classic", NVCR)),
        image="mine:1",
        places={C: "registry-claimed"},
    ),
    Case(
        name="a digest in the name that nobody lists, under a tag that a node has",
        of=in_cluster(f"nvcr.io/x:1@{OTHER}", f"nvcr.io/x@sha256:{HEX}", "nvcr.io/x:1"),
        image=f"nvcr.io/x@{OTHER}",
        places={JOB: "registry-claimed"},
    ),
    Case(
        name="pull policy Never beside the digest of a registry",
        of=in_cluster("nvcr.io/x:1", f"nvcr.io/x@sha256:{HEX}", "nvcr.io/x:1", pull_policy="Never"),
        image="nvcr.io/x:1",
        places={JOB: "registry-claimed"},
    ),
    Case(
        name="a name that an import makes up is no repository's",
        of=in_cluster("mine:1", f"docker.io/library/import-2026-01-31@{OTHER}", "mine:1"),
        image="mine:1",
        places={JOB: "local-only"},
    ),
    Case(
        name="nor is one that a load makes up",
        of=in_cluster("lab/mine:1", f"overlayfs@{OTHER}", "lab/mine:1"),
        image="lab/mine:1",
        places={JOB: "local-only"},
    ),
    Case(
        name="a Hub digest proves nothing in containerd's store",
        of=snapshot(None, on_host("h", "mine:1", "containerd", f"mine@sha256:{HEX}")),
        image="mine:1",
        places={C: "unknown"},
    ),
    Case(
        name="a Hub digest proves nothing in podman",
        of=snapshot(None, on_host("h", "lab/mine:1", "podman", f"docker.io/lab/mine@sha256:{HEX}")),
        image="lab/mine:1",
        places={C: "unknown"},
    ),
    Case(
        name="a digest of a registry host counts in podman",
        of=snapshot(None, on_host("h", "nvcr.io/nvidia/pytorch:1", "podman", NVCR)),
        image="nvcr.io/nvidia/pytorch:1",
        places={C: "registry-claimed"},
    ),
    Case(
        name="podman's localhost is local",
        of=snapshot(None, on_host("h", "localhost/x:1", "podman", f"localhost/x@sha256:{HEX}")),
        image="localhost/x:1",
        places={C: "local-only"},
    ),
    Case(
        name="a loopback registry is another place on each machine",
        of=snapshot(
            None, on_host("h", "127.0.0.1:5000/x:1", "classic", f"127.0.0.1:5000/x@sha256:{HEX}")
        ),
        image="127.0.0.1:5000/x:1",
        places={C: "local-only"},
    ),
    Case(
        name="unused and undigested",
        of=snapshot(None, on_host("h", "old:1", "classic", uses=False)),
        image="old:1",
        places={"-": "local-only"},
    ),
    Case(
        name="a job names a registry and nobody lists the image",
        of=in_cluster("registry.example/x:1"),
        image="registry.example/x:1",
        places={JOB: "registry-claimed"},
    ),
    Case(
        name="a job names Docker Hub in full",
        of=in_cluster("docker.io/pytorch/pytorch:2"),
        image="pytorch/pytorch:2",
        places={JOB: "registry-claimed"},
    ),
    Case(
        name="a short name nobody lists",
        of=in_cluster("train:1"),
        image="train:1",
        places={JOB: "unknown"},
    ),
    Case(
        name="a node pulled it from Hub",
        of=in_cluster("pytorch/pytorch:2", f"docker.io/{HUB}", "docker.io/pytorch/pytorch:2"),
        image="pytorch/pytorch:2",
        places={JOB: "registry-claimed"},
    ),
    Case(
        name="a one-word name on a node may be a local build",
        of=in_cluster(
            "train:1", f"docker.io/library/train@sha256:{HEX}", "docker.io/library/train:1"
        ),
        image="train:1",
        places={JOB: "unknown"},
    ),
    Case(
        name="a node lists it without a digest",
        of=in_cluster("train:1", "docker.io/library/train:1"),
        image="train:1",
        places={JOB: "local-only"},
    ),
    Case(
        name="nodes list it without a digest under a registry's name, and no job uses it",
        of=snapshot(
            cluster(node("a"), node_images=(NodeImage(names=("quay.io/x:1",), nodes=("a",)),))
        ),
        image="quay.io/x:1",
        places={"-": "unknown"},
    ),
    Case(
        name="pull policy Never",
        of=in_cluster("nvcr.io/x:1", pull_policy="Never"),
        image="nvcr.io/x:1",
        places={JOB: "local-only"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_place(case: Case) -> None:
    assert locate(case.of, case.image) == case.places


@pytest.mark.parametrize(
    ("status", "place"),
    [
        ("verified", "registry-verified"),
        ("missing", "local-only"),
        ("denied", "local-only"),
        ("unreachable", "local-only"),
    ],
)
def test_a_registry_that_was_asked(status: str, place: str) -> None:
    answer = msgspec.convert({"reference": "nvcr.io/mine:1", "status": status}, RegistryImage)
    of = snapshot(None, on_host("h", "nvcr.io/mine:1", "classic"), registries=(answer,))
    assert locate(of, "nvcr.io/mine:1") == {C: place}


@pytest.mark.parametrize(
    ("status", "place"),
    [("verified", "registry-verified"), ("missing", "unknown"), ("denied", "registry-claimed")],
)
def test_a_registry_that_was_asked_for_what_nobody_lists(status: str, place: str) -> None:
    answer = msgspec.convert({"reference": "nvcr.io/x:1", "status": status}, RegistryImage)
    of = msgspec.structs.replace(in_cluster("nvcr.io/x:1"), registries=(answer,))
    assert locate(of, "nvcr.io/x:1") == {JOB: place}


def test_a_name_in_the_registry_that_means_other_content_than_a_host_has() -> None:
    own, other = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    for holds, lacks, place in (
        ((own,), (), "registry-verified"),
        ((), (own,), "local-only"),
        ((other,), (), "registry-verified"),
    ):
        answer = RegistryImage(reference="nvcr.io/x:1", status="verified", holds=holds, lacks=lacks)
        of = snapshot(None, on_host("h", "nvcr.io/x:1", "classic"), registries=(answer,))
        assert locate(of, "nvcr.io/x:1") == {C: place}


def test_a_job_of_the_cluster_runs_what_the_registry_has() -> None:
    answer = RegistryImage(
        reference="nvcr.io/x:1", status="verified", lacks=("sha256:" + "a" * 64,)
    )
    of = in_cluster("nvcr.io/x:1")
    of = msgspec.structs.replace(of, hosts=on_host_only("h", "nvcr.io/x:1"), registries=(answer,))
    assert locate(of, "nvcr.io/x:1") == {JOB: "registry-verified"}


def on_host_only(name: str, of: str) -> tuple[DockerHost, ...]:
    return (on_host(name, of, "classic", uses=False),)


def test_content_of_another_name_is_found_under_the_name_that_the_registry_has() -> None:
    held = msgspec.structs.replace(
        image("mine:1", digests=(f"registry.lab/x@sha256:{HEX}",)),
        tags=("mine:1", "registry.lab/x:9"),
    )
    of = snapshot(None, host("h", container("c", "mine:1"), images=(held,)))
    by_tag, by_digest = "registry.lab/x:9", f"registry.lab/x@sha256:{HEX}"
    for answers, expected in (
        ({}, ("registry-claimed", by_tag)),
        ({by_tag: "verified"}, ("registry-verified", by_tag)),
        ({by_tag: "missing"}, ("registry-claimed", by_digest)),
        ({by_tag: "missing", by_digest: "missing"}, ("unknown", "")),
        ({"mine:1": "missing"}, ("registry-claimed", by_tag)),
        ({"mine:1": "verified"}, ("registry-verified", "")),
    ):
        told = [{"reference": name, "status": status} for name, status in answers.items()]
        registries = msgspec.convert(told, tuple[RegistryImage, ...])
        placed = placement(msgspec.structs.replace(of, registries=registries))
        entry = placed.images.entries[image_key("mine:1")]
        found = locate_image(entry, job=entry.jobs[0], images_unread=())
        assert (found.place, found.registry_name) == expected, answers


def test_a_digest_stands_for_its_content_whatever_tag_is_before_it() -> None:
    first, second = f"localhost:5000/y@sha256:{HEX}", f"localhost:5000/y@{OTHER}"
    jobs = (
        workload("first", image=f"localhost:5000/y:1@sha256:{HEX}"),
        workload("second", image=f"localhost:5000/y:2@{OTHER}"),
        workload("by-tag", image="localhost:5000/y:1"),
    )
    images = (
        NodeImage(names=(first, "localhost:5000/y:1"), nodes=("a",)),
        NodeImage(names=(second, "localhost:5000/y:1"), nodes=("b",)),
    )
    for order in (jobs, jobs[::-1]):
        of = snapshot(cluster(node("a"), node("b"), node_images=images, workloads=order))
        assert {
            job.label: (image_key(entry.label), held_by(entry.holdings))
            for entry in placement(of).images.entries.values()
            for job in entry.jobs
        } == {
            "Job team/first": (first, ("a",)),
            "Job team/second": (second, ("b",)),
            "Job team/by-tag": ("localhost:5000/y:1", ("a", "b")),
        }


def test_a_loopback_registry_that_was_asked_here_is_another_one_there() -> None:
    answer = RegistryImage(reference="localhost:5000/x:1", status="verified")
    of = snapshot(None, on_host("h", "localhost:5000/x:1", "classic"), registries=(answer,))
    assert locate(of, "localhost:5000/x:1") == {C: "local-only"}


def test_two_hosts_with_different_content_are_judged_apart() -> None:
    pulled = host(
        "one",
        container("c", "x.io/a:1", "a"),
        images=(image("x.io/a:1", content="a", digests=(f"x.io/a@sha256:{HEX}",)),),
    )
    built = host("two", container("c", "x.io/a:1", "b"), images=(image("x.io/a:1", content="b"),))
    of = snapshot(None, pulled, built)
    assert locate(of, "x.io/a:1") == {"c on one": "registry-claimed", "c on two": "local-only"}
    entry = placement(of).images.entries["x.io/a:1"]
    assert contents(entry) == {"sha256:" + "a" * 64: ["one"], "sha256:" + "b" * 64: ["two"]}


def test_a_gap_names_the_machine_whose_images_were_not_listed() -> None:
    of = snapshot(None, host("h", container("c", "mine:1"), images=None))
    entry = placement(of).images.entries["docker.io/library/mine:1"]
    found: Location = locate_image(entry, job=entry.jobs[0], images_unread=("h",))
    assert (found.place, [gap.reason for gap in found.gaps], found.gaps[0].settle) == (
        "unknown",
        ["images could not be listed on h"],
        "docker manifest inspect mine:1",
    )


def test_remains_of_builds_are_left_out_unless_used() -> None:
    nameless = msgspec.structs.replace(image("x:1", content="c"), tags=())
    unused = placement(snapshot(None, host("h", images=(nameless,)))).images
    used = placement(
        snapshot(None, host("h", container("c", "sha256:" + "c" * 64, "c"), images=(nameless,)))
    ).images
    assert (unused.unnamed_unused, list(unused.entries)) == (1, [])
    assert (used.unnamed_unused, list(used.entries)) == (0, ["c" * 64])


def test_a_container_runs_its_own_copy_of_a_name_that_moved() -> None:
    """The host has two images that were called the same; the container runs the first."""
    pulled = image("x.io/a:1", content="a", digests=(f"x.io/a@sha256:{HEX}",))
    built = image("x.io/a:1", content="b")
    for content, place in (("a", "registry-claimed"), ("b", "local-only")):
        of = snapshot(None, host("h", container("c", "x.io/a:1", content), images=(pulled, built)))
        assert locate(of, "x.io/a:1") == {C: place}
