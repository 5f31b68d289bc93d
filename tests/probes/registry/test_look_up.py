"""What is learned of one image, told by a registry in memory."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from advisor.facts.image_reference import parse_reference
from advisor.facts.snapshot import RegistryImage
from advisor.probes.registry.access import Access
from advisor.probes.registry.credentials import Login
from advisor.probes.registry.look_up import FEW_PULLS, Clerk
from advisor.probes.registry.options import RegistryOptions
from advisor.probes.registry.pacing import Pacer
from advisor.probes.registry.questions import Copy, Question
from tests.fakes.registry import (
    MANIFEST,
    MemoryKeyring,
    MemorySender,
    RegistryTwin,
    Reply,
    digest_of,
    errors,
)

HOST = "r.example"
ANN = Login("ann", "secret")
OTHER = digest_of(b"other")


def look_up(
    twin: RegistryTwin,
    text: str = f"{HOST}/a/b:1",
    *copies: Copy,
    login: Login | None = None,
    counts_pulls: bool = False,
) -> dict[str, Any]:
    """The answer without its defaults."""
    twin.base = f"https://{HOST}"
    keyring = MemoryKeyring(**({HOST: login} if login else {}))
    pacer = Pacer(MemorySender(twin), counts_pulls=counts_pulls, sleep=lambda _: None)
    access = Access(HOST, twin.base, pacer, keyring, RegistryOptions())
    question = Question(text=text, reference=parse_reference(text), copies=copies)
    answer: RegistryImage = Clerk(access, pacer).look_up(question)
    found: dict[str, Any] = json.loads(msgspec.json.encode(answer))
    assert found.pop("reference") == text
    return found


def test_one_manifest_says_digest_and_its_config_the_architecture() -> None:
    twin = RegistryTwin()
    digest = twin.add_image("a/b", "1", "arm64")
    assert look_up(twin) == {
        "status": "verified",
        "digest": digest,
        "architectures": ["arm64"],
        "anonymous": True,
    }
    config = twin.config_digest("a/b", "1")
    assert twin.asked() == ["GET /v2/a/b/manifests/1", f"GET /v2/a/b/blobs/{config}"]


def test_an_index_says_all_architectures_and_costs_one_request() -> None:
    twin = RegistryTwin()
    digest = twin.add_index("a/b", "1", ("amd64", "arm64"))
    assert look_up(twin) == {
        "status": "verified",
        "digest": digest,
        "architectures": ["amd64", "arm64"],
        "anonymous": True,
    }
    assert twin.asked() == ["GET /v2/a/b/manifests/1"]


def test_a_config_that_a_machine_has_is_not_read() -> None:
    twin = RegistryTwin()
    twin.add_image("a/b", "1", "arm64")
    copy = Copy(config=twin.config_digest("a/b", "1"), architecture="arm64")
    assert look_up(twin, f"{HOST}/a/b:1", copy)["architectures"] == ["arm64"]
    assert twin.asked() == ["GET /v2/a/b/manifests/1"]


def test_a_digest_is_asked_for_as_it_is() -> None:
    twin = RegistryTwin()
    digest = twin.add_image("a/b", "1")
    assert look_up(twin, f"{HOST}/a/b@{digest}")["status"] == "verified"
    assert twin.asked()[0] == f"GET /v2/a/b/manifests/{digest}"


def test_an_artifact_without_a_platform_is_there_for_no_architecture() -> None:
    twin = RegistryTwin()
    twin.add_image("a/b", "1", "")
    found = look_up(twin)
    assert (found["status"], found.get("architectures")) == ("verified", None)


@pytest.mark.parametrize(
    ("auth", "public", "login", "status", "anonymous"),
    [
        ("none", (), None, "verified", True),
        ("none", (), ANN, "verified", True),
        ("basic", (), None, "denied", None),
        ("basic", (), ANN, "verified", False),
        ("basic", ("a/b",), ANN, "verified", True),
        ("basic", (), Login("ann", "wrong"), "denied", None),
        ("bearer", (), None, "denied", None),
        ("bearer", (), ANN, "verified", False),
        ("bearer", (), Login("", "", "identity"), "verified", False),
        ("bearer", ("a/b",), None, "verified", True),
        ("bearer", ("a/b",), ANN, "verified", True),
        ("bearer", (), Login("ann", "wrong"), "denied", None),
    ],
)
def test_a_stranger_is_tried_before_the_login(
    auth: str, public: tuple[str, ...], login: Login | None, status: str, anonymous: bool | None
) -> None:
    twin = RegistryTwin(auth, public)
    twin.add_image("a/b", "1")
    found = look_up(twin, login=login)
    assert (found["status"], found.get("anonymous")) == (status, anonymous)


@pytest.mark.parametrize(
    ("auth", "public", "login", "opaque", "code", "status"),
    [
        ("none", (), None, False, "MANIFEST_UNKNOWN", "missing"),
        ("none", (), None, False, "NAME_UNKNOWN", "missing"),
        ("basic", (), ANN, False, "NAME_UNKNOWN", "missing"),
        ("basic", ("a/b",), None, False, "MANIFEST_UNKNOWN", "denied"),
        ("bearer", ("a/b",), None, False, "MANIFEST_UNKNOWN", "missing"),
        ("bearer", ("a/b",), None, False, "NAME_UNKNOWN", "missing"),
        ("bearer", (), ANN, False, "NAME_UNKNOWN", "missing"),
        ("bearer", ("a/b",), None, True, "MANIFEST_UNKNOWN", "missing"),
        ("bearer", ("a/b",), None, True, "NAME_UNKNOWN", "denied"),
        ("bearer", ("a/b",), None, True, "NOT_FOUND", "denied"),
        ("bearer", ("a/b",), None, False, "DENIED", "denied"),
        ("bearer", ("a/b",), None, False, "SOMETHING", "unreachable"),
    ],
)
def test_not_found_counts_as_missing_only_when_we_may_see(
    auth: str, public: tuple[str, ...], login: Login | None, opaque: bool, code: str, status: str
) -> None:
    twin = RegistryTwin(auth, public)
    twin.opaque, twin.unknown = opaque, code
    assert look_up(twin, f"{HOST}/a/b:2", login=login)["status"] == status


def test_what_is_hidden_from_strangers_is_looked_for_with_the_login() -> None:
    twin = RegistryTwin("basic")
    digest = twin.add_image("a/b", "1")
    twin.script("GET", "/v2/a/b/manifests/1", errors(404, "NAME_UNKNOWN"))
    found = look_up(twin, login=ANN)
    assert (found["status"], found["digest"], found["anonymous"]) == ("verified", digest, False)


HTML = Reply(200, b"<!doctype html><p>Log in", {"Content-Type": "text/html"})
LIE = Reply(200, b'{"schemaVersion":2}', {"Docker-Content-Digest": OTHER, "Content-Type": MANIFEST})
ODD = {
    "html": (HTML, "it answers with a web page: no registry API there"),
    "html 404": (
        Reply(404, b"<html>"),
        "it answers 404 as no registry does: no registry API there",
    ),
    "a lie": (LIE, "it sends content that does not match its digest"),
    "empty": (Reply(200), "its answer is no manifest"),
    "other JSON": (Reply(200, b'{"hello": []}'), "its answer is no manifest"),
    "deep JSON": (Reply(200, b"[" * 100_000), "its answer is no manifest"),
    "a list": (Reply(200, b"[]"), "its answer is no manifest"),
    "odd status": (Reply(418), "it answers 418"),
    "odd digest": (
        Reply(200, b'{"schemaVersion":2}', {"Docker-Content-Digest": "md5:1"}),
        "it sends content that does not match its digest",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_unreachable_with_a_reason(name: str) -> None:
    reply, reason = ODD[name]
    twin = RegistryTwin()
    twin.script("GET", "/v2/a/b/manifests/1", reply)
    assert look_up(twin) == {"status": "unreachable", "reason": reason}


def test_a_body_that_is_not_what_its_digest_names_is_a_lie() -> None:
    twin = RegistryTwin()
    twin.script("GET", f"/v2/a/b/manifests/{OTHER}", Reply(200, b'{"schemaVersion":2}'))
    reason = "it sends content that does not match its digest"
    assert look_up(twin, f"{HOST}/a/b@{OTHER}") == {"status": "unreachable", "reason": reason}


def test_a_config_that_is_not_what_its_digest_names_is_a_lie() -> None:
    twin = RegistryTwin()
    twin.add_image("a/b", "1")
    path = f"/v2/a/b/blobs/{twin.config_digest('a/b', '1')}"
    twin.script("GET", path, Reply(200, b'{"architecture":"arm64"}'))
    assert look_up(twin)["reason"] == "it sends content that does not match its digest"


def test_a_manifest_of_version_1_names_its_architecture() -> None:
    twin = RegistryTwin()
    body = json.dumps({"schemaVersion": 1, "architecture": "amd64"}).encode()
    twin.script("GET", "/v2/a/b/manifests/1", Reply(200, body, {"Docker-Content-Digest": OTHER}))
    found = look_up(twin, f"{HOST}/a/b:1", Copy(config=digest_of(b"x")))
    assert found == {
        "status": "verified",
        "digest": OTHER,
        "architectures": ["amd64"],
        "anonymous": True,
    }


def test_where_pulls_are_counted_a_manifest_is_asked_about_before_it_is_read() -> None:
    twin = RegistryTwin()
    digest = twin.add_index("a/b", "1", ("amd64",))
    assert look_up(twin, counts_pulls=True)["architectures"] == ["amd64"]
    assert twin.asked() == ["HEAD /v2/a/b/manifests/1", f"GET /v2/a/b/manifests/{digest}"]


def test_the_last_pulls_are_left_to_the_user() -> None:
    twin = RegistryTwin()
    digest = twin.add_image("a/b", "1")
    headers = {
        "Content-Type": MANIFEST,
        "Docker-Content-Digest": digest,
        "ratelimit-remaining": "9;w=21600",
    }
    twin.script("HEAD", "/v2/a/b/manifests/1", Reply(200, b"", headers))
    assert look_up(twin, counts_pulls=True) == {
        "status": "verified",
        "digest": digest,
        "anonymous": True,
        "reason": FEW_PULLS,
    }
    assert twin.asked() == ["HEAD /v2/a/b/manifests/1"]


def test_a_registry_without_head_is_read() -> None:
    twin = RegistryTwin()
    digest = twin.add_image("a/b", "1")
    twin.script("HEAD", "/v2/a/b/manifests/1", Reply(405))
    assert look_up(twin, counts_pulls=True)["digest"] == digest


class TestCopies:
    """Contents that machines have under the name."""

    def compare(self, twin: RegistryTwin, *copies: Copy) -> tuple[list[str], list[str]]:
        found = look_up(twin, f"{HOST}/a/b:1", *copies)
        assert found["status"] == "verified"
        return found.get("holds", []), found.get("lacks", [])

    def test_by_its_config(self) -> None:
        twin = RegistryTwin()
        twin.add_image("a/b", "1")
        config = twin.config_digest("a/b", "1")
        assert self.compare(twin, Copy(config=config), Copy(config=OTHER)) == ([config], [OTHER])

    def test_by_its_manifest(self) -> None:
        twin = RegistryTwin()
        digest = twin.add_image("a/b", "1")
        assert self.compare(twin, Copy(manifests=(digest, OTHER))) == ([digest], [])

    def test_by_one_of_an_index(self) -> None:
        twin = RegistryTwin()
        digest = twin.add_index("a/b", "1", ("amd64", "arm64"))
        single = twin.add_image("a/b", "", "arm64")
        config = twin.config_digest("a/b", single)
        copies = (Copy(config=config), Copy(manifests=(single,)), Copy(manifests=(digest,)))
        assert self.compare(twin, *copies) == (sorted({config, single, digest}), [])
        assert self.compare(twin, Copy(config=OTHER)) == ([], [OTHER])

    def test_what_the_tag_named_before_it_moved_is_there_by_digest(self) -> None:
        twin = RegistryTwin()
        before = twin.add_image("a/b", "", "amd64", created="2020")
        twin.add_image("a/b", "1")
        copy = Copy(config=OTHER, manifests=(before,))
        assert self.compare(twin, copy) == ([before], [])
        assert f"HEAD /v2/a/b/manifests/{before}" in twin.asked()

    def test_what_cannot_be_compared_is_in_neither(self) -> None:
        twin = RegistryTwin()
        twin.add_index("a/b", "1", ("amd64",))
        inner = twin.add_image("a/b", "")
        twin.script("GET", f"/v2/a/b/manifests/{inner}", Reply(418))
        twin.script("HEAD", f"/v2/a/b/manifests/{OTHER}", Reply(418))
        copies = (Copy(config=digest_of(b"local")), Copy(manifests=(OTHER,)))
        assert self.compare(twin, *copies) == ([], [])
