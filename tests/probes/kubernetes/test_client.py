from __future__ import annotations

import pytest

from advisor.probes.kubernetes.client import Client, ReadError
from advisor.probes.kubernetes.transport import Answer, TransportError
from tests.fakes.kubernetes_api import (
    NOTHING_WRONG,
    FakeKubernetesApi,
    Fault,
    Pauses,
    answer,
    refusal,
)

TIMED_OUT = TransportError("it did not answer in time")


def read(*faults: Fault) -> tuple[str, str, list[float], int]:
    """Kind and reason of what one read came to, the pauses, and the number of requests."""
    api, pauses = FakeKubernetesApi(faults={"/version": [*faults]}), Pauses()
    client = Client(api, pause=pauses)
    try:
        client.get("/version")
    except ReadError as error:
        return error.kind, error.reason, pauses.seconds, len(api.requests)
    return "read", "", pauses.seconds, len(api.requests)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ([NOTHING_WRONG], ("read", "", [], 1)),
        ([refusal(401, "Unauthorized")], ("unauthorized", "Unauthorized", [], 1)),
        ([refusal(403, "nodes is forbidden")], ("denied", "nodes is forbidden", [], 1)),
        ([answer(404, b"404 page not found")], ("absent", "the server answered 404", [], 1)),
        ([answer(405, b"no")], ("absent", "the server answered 405", [], 1)),
        ([answer(408, b""), NOTHING_WRONG], ("read", "", [0.5], 2)),
        ([answer(502, b""), NOTHING_WRONG], ("read", "", [0.5], 2)),
        ([refusal(429, "wait", **{"retry-after": "30"}), NOTHING_WRONG], ("read", "", [30], 2)),
        ([refusal(500, "etcd"), NOTHING_WRONG], ("read", "", [0.5], 2)),
        ([refusal(503, "etcd")], ("server", "etcd", [0.5, 1.0, 2.0], 4)),
        ([answer(504, b"<html>")], ("server", "the server answered 504", [0.5, 1.0, 2.0], 4)),
        ([refusal(429, "slow down", **{"retry-after": "7"}), NOTHING_WRONG], ("read", "", [7], 2)),
        (
            [refusal(429, "slow down", **{"retry-after": "3600"})],
            ("server", "too many requests: slow down", [], 1),
        ),
        ([TIMED_OUT], ("unreachable", "it did not answer in time", [0.5], 2)),
        ([TIMED_OUT, NOTHING_WRONG], ("read", "", [0.5], 2)),
        ([refusal(403, "a\x1b[2J\nb")], ("denied", "a\\x1b[2J\\nb", [], 1)),
        (
            [answer(302, b"", location="https://login.example")],
            ("server", "the server answered 302", [], 1),
        ),
    ],
)
def test_a_fault_is_repeated_where_that_can_help(
    faults: list[Fault], expected: tuple[str, str, list[float], int]
) -> None:
    assert read(*faults) == expected


def test_a_server_that_answered_before_is_tried_more_often_and_once_when_lost() -> None:
    api, pauses = FakeKubernetesApi(faults={"/version": [NOTHING_WRONG, TIMED_OUT]}), Pauses()
    client = Client(api, pause=pauses)
    client.get("/version")
    for _ in range(2):
        with pytest.raises(ReadError, match="did not answer"):
            client.get("/version")
    assert (pauses.seconds, len(api.requests)) == ([0.5, 1.0, 2.0], 6)


def test_all_waiting_for_a_server_has_one_budget() -> None:
    busy = refusal(429, "slow down", **{"retry-after": "20"})
    api, pauses = FakeKubernetesApi(faults={f"/{name}": [busy] for name in "abc"}), Pauses()
    client = Client(api, pause=pauses)
    for name in "abc":
        with pytest.raises(ReadError, match="too many requests"):
            client.get(f"/{name}")
    assert pauses.seconds == [20.0, 20.0, 20.0]


def test_a_long_reason_is_cut() -> None:
    with pytest.raises(ReadError) as caught:
        Client(FakeKubernetesApi(faults={"/x": [refusal(403, "m" * 5000)]}), pause=Pauses()).get(
            "/x"
        )
    assert caught.value.reason == "m" * 300


def test_an_answer_without_headers_is_fine() -> None:
    assert Answer(status=200, body=b"").headers == {}
