"""Names under the registry: valid, and never one for two contents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.image_reference import parse_reference
from advisor.planning.names import TargetName, Wish, target_names

REGISTRY = "registry.example:5000/lab"
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


LATEST = "latest tells no version, so its content's id serves as tag"


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("train", "train:sha-aaaaaaaaaaaa", LATEST),
        ("train:latest", "train:sha-aaaaaaaaaaaa", LATEST),
        ("team/train:v1", "team/train:v1", ""),
        ("localhost:5000/etl:3", "etl:3", ""),
        ("docker.io/library/x:1", "library/x:1", ""),
        (f"{REGISTRY}/team/x:1", "team/x:1", ""),
        (f"x@{B}", "x:sha-bbbbbbbbbbbb", "it has no tag, so its digest serves as one"),
        (B, "untagged:bbbbbbbbbbbb", "it has no name, so its id serves as one"),
        (
            "../Team X/$(y):a b",
            "team-x/y:a-b",
            "its name is no valid reference, so it was made one",
        ),
        ("---", "image:sha-aaaaaaaaaaaa", "its name is no valid reference, so it was made one"),
    ],
)
def test_the_structure_is_kept(name: str, target: str, reason: str) -> None:
    expected = TargetName(f"{REGISTRY}/{target}", reason)
    assert target_names([Wish(A, name, ("dgx",))], REGISTRY) == {A: expected}


def test_one_name_for_two_contents_becomes_two() -> None:
    wishes = [Wish(A, "train:dev", ("dgx-1",)), Wish(B, "train:dev", ("ws-7", "ws-8"))]
    apart = "the same name stands for other content on {}, so each got a tag of its own"
    assert target_names(wishes, REGISTRY) == {
        A: TargetName(f"{REGISTRY}/train:dev-dgx-1", apart.format("ws-7, ws-8")),
        B: TargetName(f"{REGISTRY}/train:dev-bbbbbbbbbbbb", apart.format("dgx-1")),
    }


def test_a_name_made_to_tell_apart_takes_nobody_elses() -> None:
    wishes = [
        Wish(A, "train:dev", ("ws",)),
        Wish(B, "localhost/train:dev", ("dgx",)),
        Wish(C, "train:dev-ws", ("x",)),
    ]
    names = {key: target.name for key, target in target_names(wishes, REGISTRY).items()}
    assert names == {
        A: f"{REGISTRY}/train:dev-aaaaaaaaaaaa",
        B: f"{REGISTRY}/train:dev-dgx",
        C: f"{REGISTRY}/train:dev-ws",
    }


NAMES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["a:1", "a:1-h", "x/a:1", "localhost/a:1", "A:1", "a" * 300, "a:" + "1" * 128]),
)
HOSTS = st.lists(st.sampled_from(["h", "h2", "h.lab", "--"]), max_size=3)
WISHES = st.lists(
    st.builds(Wish, st.uuids().map(lambda one: f"sha256:{one.hex * 2}"), NAMES, HOSTS), max_size=8
)


@given(WISHES)
def test_every_content_gets_a_valid_name_of_its_own(wishes: list[Wish]) -> None:
    names = [target.name for target in target_names(wishes, REGISTRY).values()]
    assert len(set(names)) == len(names) == len(wishes)
    for name in names:
        reference = parse_reference(name)
        assert (reference.registry, reference.digest) == ("registry.example:5000", "")
        assert len(name.rpartition(":")[0]) <= 255


@given(WISHES, st.randoms(use_true_random=False))
def test_the_order_of_the_wishes_changes_nothing(wishes: list[Wish], random: object) -> None:
    shuffled = list(wishes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert target_names(shuffled, REGISTRY) == target_names(wishes, REGISTRY)
