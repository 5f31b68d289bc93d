from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.objects.base import ListMeta
from advisor.probes.kubernetes.paging import Dropped, Lister, NotSliceableError, slices
from advisor.probes.kubernetes.storage import CsiNodeWire
from advisor.probes.kubernetes.transport import Client, ReadError, TransportError
from tests.fakes.kubernetes_api import NOTHING_WRONG, FakeKubernetesApi, Fault, Json, Pauses, answer

PATH = "/apis/storage.k8s.io/v1/csinodes"
FIVE = [{"metadata": {"name": f"n{number}"}} for number in range(5)]


class Names:
    """A sink that keeps names, and stops after `most` of them."""

    def __init__(self, most: int = 1000) -> None:
        self.names: list[str] = []
        self.remaining: list[int | None] = []
        self._most = most

    def add(self, items: list[CsiNodeWire], meta: ListMeta) -> bool:
        self.names += [(one.metadata.name if one.metadata else None) or "?" for one in items]
        self.remaining.append(meta.remaining_item_count)
        return len(self.names) < self._most


def read(
    objects: list[Any], *faults: Fault, page: int = 2, most: int = 1000
) -> tuple[Names, tuple[Dropped, ...], FakeKubernetesApi]:
    api = FakeKubernetesApi({PATH: objects}, faults={PATH: [*faults]}, page=page)
    client = Client(api, pause=Pauses())
    listing = Lister(CsiNodeWire, limit=500).read(client, PATH, lambda: Names(most))
    return listing.sink, listing.dropped, api


def expired(token: str = "") -> Fault:
    return answer(410, {"message": "too old", "metadata": {"continue": token}})


def test_pages_are_followed_to_the_end() -> None:
    sink, dropped, api = read(FIVE)
    assert (sink.names, sink.remaining, dropped) == (
        ["n0", "n1", "n2", "n3", "n4"],
        [3, 1, None],
        (),
    )
    assert [request.query for request in api.requests] == [
        {"limit": "500"},
        {"limit": "500", "continue": "2"},
        {"limit": "500", "continue": "4"},
    ]


def test_a_sink_may_stop_the_reading() -> None:
    assert read(FIVE, most=3)[0].names == ["n0", "n1", "n2", "n3"]


def test_an_expired_token_is_replaced_by_the_one_the_server_offers() -> None:
    sink, _, api = read(FIVE, NOTHING_WRONG, expired("2"), NOTHING_WRONG)
    assert sink.names == ["n0", "n1", "n2", "n3", "n4"]
    assert [request.query.get("continue") for request in api.requests] == [None, "2", "2", "4"]


def test_an_expired_token_without_an_offer_restarts_the_list_once() -> None:
    sink, _, api = read(FIVE, NOTHING_WRONG, expired(), NOTHING_WRONG)
    assert sink.names == ["n0", "n1", "n2", "n3", "n4"]
    assert [request.query.get("continue") for request in api.requests] == [
        None,
        "2",
        None,
        "2",
        "4",
    ]


def test_a_list_that_keeps_expiring_is_given_up() -> None:
    with pytest.raises(ReadError, match="too old"):
        read(FIVE, expired())


DEEP = b'{"items":[{"metadata":' + b'{"a":' * 100_000


@pytest.mark.parametrize(
    "body", [b'{"items":[{"metadata":{"na', b"", b"<html>", b"[]", b"\xff{}", DEEP]
)
def test_a_body_that_is_no_list_is_asked_for_once_more(body: bytes) -> None:
    assert read(FIVE, answer(200, body or b" "), NOTHING_WRONG)[0].names == [
        "n0",
        "n1",
        "n2",
        "n3",
        "n4",
    ]
    with pytest.raises(ReadError, match="the answer is not a list of the API"):
        read(FIVE, answer(200, body or b" "))


def test_a_connection_that_breaks_within_a_list_is_tried_again() -> None:
    broken = TransportError("the connection broke within an answer")
    assert read(FIVE, NOTHING_WRONG, broken, broken, NOTHING_WRONG)[0].names == [
        "n0",
        "n1",
        "n2",
        "n3",
        "n4",
    ]


def test_the_same_page_offered_for_ever_ends_the_list() -> None:
    page: Json = {"kind": "CSINodeList", "metadata": {"continue": "2"}, "items": []}
    with pytest.raises(ReadError, match="the same page again and again"):
        read(FIVE, answer(200, page))


def test_nulls_are_taken_everywhere_but_for_an_object_and_its_name() -> None:
    objects = [
        None,
        {},
        {"metadata": None, "spec": None},
        {"metadata": {"name": "a"}, "spec": None},
        {"metadata": {"name": "b"}, "spec": {"drivers": None}},
        {"metadata": {"name": "c"}, "spec": {"drivers": [None, {"name": None}]}},
    ]
    assert read(objects, page=9)[0].names == ["a", "b", "c"]
    body: Json = {"kind": "CSINodeList", "metadata": None, "items": None}
    assert read([], answer(200, body))[0].names == []


def test_one_malformed_object_costs_no_other() -> None:
    objects = [
        {"metadata": {"name": "good"}},
        {"metadata": {"name": "bad"}, "spec": [1]},
        {"metadata": {"name": 7}},
        8,
        {"metadata": {"name": "last"}},
    ]
    sink, dropped, _ = read(objects, page=9)
    assert sink.names == ["good", "last"]
    assert dropped == (
        Dropped(name="bad", reason="Expected `object | null`, got `array` - at `$.spec`"),
        Dropped(name="(no name)", reason="Expected `str | null`, got `int` - at `$.metadata.name`"),
        Dropped(name="(no name)", reason="Expected `object | null`, got `int`"),
    )


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
