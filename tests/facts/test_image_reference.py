"""Image references: Docker's own spellings, and what they have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.image_reference import ImageReference, is_image_id, parse_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4

PARSED = {
    "ubuntu": ImageReference(repository="ubuntu"),
    "ubuntu:22.04": ImageReference(repository="ubuntu", tag="22.04"),
    "lab/train:3": ImageReference(repository="lab/train", tag="3"),
    "localhost/train": ImageReference(registry="localhost", repository="train"),
    "localhost:5000/a/b:1": ImageReference(registry="localhost:5000", repository="a/b", tag="1"),
    "nvcr.io/nvidia/pytorch:19.12-py3": ImageReference(
        registry="nvcr.io", repository="nvidia/pytorch", tag="19.12-py3"
    ),
    f"nvcr.io/a@{DIGEST}": ImageReference(registry="nvcr.io", repository="a", digest=DIGEST),
    f"a:1@{DIGEST}": ImageReference(repository="a", tag="1", digest=DIGEST),
    "index.docker.io/library/x": ImageReference(registry="docker.io", repository="library/x"),
    "[::1]:5000/x": ImageReference(registry="[::1]:5000", repository="x"),
}
KEYS = {
    "ubuntu": "docker.io/library/ubuntu:latest",
    "docker.io/library/ubuntu:latest": "docker.io/library/ubuntu:latest",
    "lab/train": "docker.io/lab/train:latest",
    f"lab/train@{DIGEST}": f"docker.io/lab/train@{DIGEST}",
    "nvcr.io/a:1": "nvcr.io/a:1",
}


@pytest.mark.parametrize(("text", "parsed"), PARSED.items())
def test_parts(text: str, parsed: ImageReference) -> None:
    assert parse_reference(text) == parsed


@pytest.mark.parametrize(("text", "key"), KEYS.items())
def test_spellings_of_one_image_share_a_key(text: str, key: str) -> None:
    assert parse_reference(text).key == key


@pytest.mark.parametrize(
    "text",
    ["", "UPPER/x/Y", "a b", "a:", "a:b c", "-a", "a//b", "a@sha256:12", DIGEST, "a:1\n", ":1"],
)
def test_what_docker_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an? |an image id|must be lowercase"):
        parse_reference(text)


@pytest.mark.parametrize(
    ("registry", "loopback"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("127.9.9.9", True),
        ("[::1]:5000", True),
        ("localhost.example", False),
        ("nvcr.io", False),
    ],
)
def test_loopback(registry: str, loopback: bool) -> None:
    assert parse_reference(f"{registry}/a").loopback is loopback


NAME = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+)*", fullmatch=True)


@given(NAME, st.sampled_from(["", "nvcr.io/", "localhost:5000/"]), st.sampled_from(["", ":v1"]))
def test_a_key_is_its_own_key(name: str, registry: str, tag: str) -> None:
    key = parse_reference(f"{registry}{name}{tag}").key
    assert parse_reference(key).key == key


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = parse_reference(text)
    except ValueError:
        return
    assert parse_reference(parsed.key).name == parsed.name


def test_capital_letters_have_docker_s_reason() -> None:
    with pytest.raises(ValueError, match="a repository's name must be lowercase: 'Team/Fit:1'"):
        parse_reference("Team/Fit:1")


def test_ids_long_and_short() -> None:
    texts = ["9f2c81d0ab34", "sha256:" + "a" * 64, "a" * 64, "9f2c81d0ab3", "fit", "9f2c81d0ab34:1"]
    assert [is_image_id(text) for text in texts] == [True, True, True, False, False, False]
