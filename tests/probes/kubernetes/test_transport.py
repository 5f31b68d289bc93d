"""Answers over a real socket, from servers that mean no good."""

from __future__ import annotations

import gzip

import pytest

from advisor.probes.kubernetes.credentials import Credentials
from advisor.probes.kubernetes.kubeconfig import Cluster, User
from advisor.probes.kubernetes.transport import (
    Answer,
    Client,
    PoolTransport,
    ReadError,
    Request,
    TransportError,
)
from tests.fakes.dripping import CLOSE, OK, dripping
from tests.fakes.kubernetes_api import (
    NOTHING_WRONG,
    FakeKubernetesApi,
    Fault,
    Pauses,
    answer,
    refusal,
)


def ask(address: str, token: str = "t0ps3cret", seconds: float = 60) -> Answer:
    credentials = Credentials(User(token=token), Cluster(server=address), secure=True, seconds=1)
    return PoolTransport(address, credentials, timeout=seconds).send(Request(path="/version"))


def test_an_answer_of_several_chunks_is_unpacked() -> None:
    body = gzip.compress(b'{"a": 1}')
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:])]
    head = OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with dripping(head, *chunks, b"0\r\n\r\n") as address:
        assert ask(f"http://{address}").body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("parts", "pause", "expected"),
    [
        ((OK + CLOSE, *([b" "] * 60)), 0.1, "its answer comes too slowly"),
        (
            (OK + b"Content-Length: 9\r\n\r\n", b"{"),
            0,
            "the connection broke within an answer",
        ),
        (
            (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"9\r\n{"),
            0,
            "the connection broke within an answer",
        ),
        (
            (OK + b"Content-Encoding: gzip\r\n" + CLOSE, b"no gzip"),
            0,
            "its answer is not packed as it says",
        ),
        ((b"SSH-2.0-OpenSSH\r\n",), 0, "it does not speak HTTP"),
    ],
)
def test_an_answer_that_is_none(parts: tuple[bytes, ...], pause: float, expected: str) -> None:
    with dripping(*parts, pause=pause) as address, pytest.raises(TransportError) as caught:
        ask(f"http://{address}", seconds=3 if pause else 60)
    assert str(caught.value) == expected


def test_a_refusal_that_quotes_the_token_does_not_show_it() -> None:
    with dripping(b"HTTP/1.1 401 No\r\n" + CLOSE, b"bad token t0ps3cret") as address:
        assert ask(f"http://{address}").body == b"bad token [redacted]"


def test_a_token_that_cannot_be_sent_is_not_shown() -> None:
    with pytest.raises(TransportError, match=r"^its token has characters that no header takes$"):
        ask("http://127.0.0.1:1", "t0ps3cret\n")


def test_an_address_that_is_none_is_not_repeated() -> None:
    with pytest.raises(TransportError, match=r"^its address is none$"):
        ask("http://ada:hunt/er2@127.0.0.1:1")


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
