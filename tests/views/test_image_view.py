"""What a registry's answer says of an image, as rules see it."""

from __future__ import annotations

from typing import Any

from advisor.facts.registry import RegistryImage
from advisor.facts.snapshot import Snapshot
from advisor.rulebook.view import View
from advisor.views.image_view import image_views
from tests.placement.samples import host, image, scene, snapshot

NAME = "r.example/a:1"
CONTENT = "sha256:" + "a" * 64


def view(**answer: Any) -> View:
    """Of an image for amd64 with CONTENT on host `h`; without an answer nobody asked."""
    registries = (RegistryImage(reference=NAME, **answer),) if answer else ()
    of: Snapshot = snapshot(
        None, host("h", images=(image(NAME, content="a"),)), registries=registries
    )
    (found,) = image_views(scene(of), ())
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
