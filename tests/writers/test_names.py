"""Names of objects."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.jobs.word import Expansion, joined, word
from advisor.writers.names import job_name, name_word, object_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("train", "train"),
        ("My_Train.1", "my-train-1"),
        ("2nd", "job-2nd"),
        ("", "job"),
        ("---", "job"),
        ("Ünï", "n"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert object_name(text) == name


@given(st.text(max_size=100))
def test_every_name_is_a_dns_1035_label(text: str) -> None:
    assert re.fullmatch(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?", object_name(text))


def test_a_taken_name_gets_another() -> None:
    assert object_name("a.b", taken={"a-b"}) != "a-b"
    assert object_name("a" * 70) != object_name("a" * 71)


def test_words() -> None:
    user = Expansion(source="$USER", kind="variable", name="USER", quoted=True)
    assert name_word(joined(("Train_", user))) == joined(("train-", user))
    assert name_word(joined((user, "_x"))) == joined(("job-", user, "-x"))
    assert job_name(None, word("nvcr.io/nvidia/pytorch:24.07-py3")) == word("pytorch")
