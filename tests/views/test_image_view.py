"""What a registry's answer says of an image, as rules see it."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.configuration.settings import Assumption, Settings
from advisor.facts.cluster import Cluster
from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.jobs.spec import JobImage, JobSpec
from advisor.rulebook.loaded import View
from advisor.views.image_view import image_views, job_image_views
from tests.placement.samples import (
    cluster,
    host,
    image,
    node,
    placement,
    snapshot,
    without,
    workload,
)

NAME = "r.example/a:1"
CONTENT = "sha256:" + "a" * 64


def view(**answer: Any) -> View:
    """Of an image for amd64 with CONTENT on host `h`; without an answer nobody asked."""
    registries = (RegistryImage(reference=NAME, **answer),) if answer else ()
    of: Snapshot = snapshot(
        None, host("h", images=(image(NAME, content="a"),)), registries=registries
    )
    (found,) = image_views(placement(of), ())
    return found


def facts(**answer: Any) -> dict[str, Any]:
    """Those that a registry has a say in; absent ones are left out."""
    names = ("registry_status", "anonymous", "architectures", "other_content")
    return {name: value for name, value in view(**answer).facts.items() if name in names}


def reason(fact: str, **answer: Any) -> str:
    return next(gap.reason for gap in view(**answer).gaps if gap.fact == f"image.{fact}")


def test_nobody_asked() -> None:
    assert facts() == {"architectures": ["amd64"]}
    assert reason("other_content") == reason("registry_status") == "no registry was asked"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("localhost:5000/etl:3", "copy it to a registry that all nodes reach"),
        ("127.0.0.1/etl:3", "copy it to a registry that all nodes reach"),
        ("r.example/etl:3", "the same command with --check-registry"),
    ],
)
def test_a_registry_that_is_another_one_on_each_node_is_not_to_be_asked(
    name: str, told: str
) -> None:
    of = snapshot(None, host("h", images=(image(name, content="a"),)))
    (found,) = image_views(placement(of), ())
    asked = {"image.registry_status", "image.anonymous", "image.other_content"}
    assert {gap.settle for gap in found.gaps if gap.fact in asked} == {told}


def test_the_registry_has_it_for_more_processors_than_the_copy() -> None:
    both = ("amd64", "arm64")
    assert facts(status="verified", anonymous=True, architectures=both, holds=(CONTENT,)) == {
        "registry_status": "verified",
        "anonymous": True,
        "architectures": list(both),
        "other_content": [],
    }


def test_the_architectures_of_other_content_do_not_count() -> None:
    assert facts(status="verified", architectures=("arm64",), lacks=(CONTENT,)) == {
        "registry_status": "verified",
        "architectures": ["amd64"],
        "other_content": ["h"],
    }


def test_what_was_not_compared_is_unknown() -> None:
    assert facts(status="verified") == {"registry_status": "verified", "architectures": ["amd64"]}
    assert reason("other_content", status="verified") == (
        "the registry's content could not be compared with that of the machines"
    )


def test_a_registry_that_could_not_be_asked_says_why() -> None:
    answer = {"status": "unreachable", "reason": "no answer within 10 s"}
    assert reason("anonymous", **answer) == (
        "the registry answered: unreachable (no answer within 10 s)"
    )


NEVER = workload(image=NAME, pull_policy="Never")


def use_of(of: Snapshot, settings: Settings | None = None) -> tuple[object, list[str]]:
    """`on_eligible` (None where it is not known) of the one use of NAME, and why."""
    (found,) = image_views(placement(of, settings), ())
    (use,) = found.uses
    gaps = [gap.reason for gap in use.gaps if gap.fact == "use.on_eligible"]
    return use.facts.get("on_eligible"), gaps


def one_node(images: int = 0) -> Cluster:
    return cluster(node("a", gpus=1, image_count=images), workloads=(NEVER,))


def test_a_node_that_lists_its_images_does_not_have_others() -> None:
    assert use_of(snapshot(one_node())) == (False, [])


def test_an_assumed_node_may_have_every_image() -> None:
    of = snapshot(cluster(workloads=(NEVER,)))
    assert use_of(of, Settings(assume=Assumption(gpu_nodes=1))) == (
        None,
        ["assumed-gpu-1 is assumed, so nobody can list its images"],
    )


def test_a_node_whose_images_were_not_read_may_have_every_image() -> None:
    of = snapshot(without(one_node(), "node_images"))
    assert use_of(of) == (None, ["the images of a could not be listed"])


def test_a_node_whose_list_was_cut_may_have_every_image() -> None:
    assert use_of(snapshot(one_node(50))) == (None, ["a lists 50 images, and may have more"])


def test_what_another_machine_has_is_there_and_not_on_the_assumed_node() -> None:
    job = workload(image=NAME)
    hosts = (host("h", images=(image(NAME, content="a"),)), host("i"))
    of = snapshot(cluster(workloads=(job,)), *hosts)
    assert use_of(of, Settings(assume=Assumption(gpu_nodes=1))) == (False, [])


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("$IMAGE", {}),
        ("ghcr.io/${ORG}/a:1", {"registry": "ghcr.io", "tag": "1"}),
        ("lab/a:${TAG:-1}", {"registry": None}),
        ("$HOST/a", {"tag": None}),
        ("lab:5000/$(whoami)/a:1", {"registry": "lab:5000", "tag": "1"}),
    ],
)
def test_what_waits_for_a_variable_is_not_known(name: str, stated: dict[str, Any]) -> None:
    job = JobSpec(id="j", label="j", kind="docker run", images=(JobImage(reference=name),))
    (found,) = job_image_views(placement(snapshot(None)), job, ())
    known = {fact: found.facts[fact] for fact in ("registry", "tag") if fact in found.facts}
    assert known == stated
