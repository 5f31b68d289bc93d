from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.probes.kubernetes.streams import NotSliceableError, slices

TRICKY = st.sampled_from(
    ["a", '},{"metadata":{', "]}", '"items":[', "\\", '"', "é", "\n", '{"metadata":{"name":"x"}}']
)
OBJECTS = st.lists(
    st.fixed_dictionaries(
        {"metadata": st.dictionaries(TRICKY, TRICKY, max_size=2), "spec": st.lists(TRICKY)}
    ),
    max_size=6,
)


def body(objects: Any, end: str = "\n") -> bytes:
    document = {"kind": "PodList", "metadata": {"resourceVersion": "7"}, "items": objects}
    return json.dumps(document, separators=(",", ":")).encode() + end.encode()


def cut(data: bytes, part: int, size: int) -> list[Any]:
    parts = [data[start : start + part] for start in range(0, len(data), part)]
    return [
        one for page in slices(parts, "PodList", size=size) for one in json.loads(page)["items"]
    ]


@given(OBJECTS, st.integers(1, 200), st.integers(1, 300))
def test_slices_hold_every_object_once_wherever_the_parts_end(
    objects: list[Any], part: int, size: int
) -> None:
    assert cut(body(objects), part, size) == objects


@given(OBJECTS, st.integers(1, 50))
def test_a_list_that_ends_early_is_never_taken_for_a_whole_one(
    objects: list[Any], missing: int
) -> None:
    with pytest.raises((NotSliceableError, json.JSONDecodeError)):
        cut(body(objects, end="")[:-missing], 64, 128)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b'{"items":null}',
        b"x" * 100_000,
        b'{"kind":"NodeList","items":[]}',
        b'{"items":[]}',
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(NotSliceableError, match="there is no list of objects in it"):
        list(slices([data], "PodList"))


def test_an_object_without_an_end_is_given_up() -> None:
    blanks = (b" " * (1 << 20) for _ in range(1000))
    head = b'{"kind":"PodList","metadata":{},"items":['
    with pytest.raises(NotSliceableError, match="one of its objects has no end"):
        list(slices(chain([head], blanks), "PodList"))
    assert len(list(blanks)) > 900
