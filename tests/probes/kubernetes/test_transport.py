"""Answers over a real socket, from servers that mean no good."""

from __future__ import annotations

import gzip

import pytest

from advisor.probes.kubernetes.credentials import Credentials
from advisor.probes.kubernetes.kubeconfig import Cluster, User
from advisor.probes.kubernetes.transport import Answer, PoolTransport, Request, TransportError
from tests.fakes.dripping import CLOSE, OK, dripping


def ask(address: str, token: str = "t0ps3cret") -> Answer:
    credentials = Credentials(User(token=token), Cluster(server=address), secure=True, seconds=1)
    return PoolTransport(address, credentials, timeout=1).send(Request(path="/version"))


def test_an_answer_of_several_chunks_is_unpacked() -> None:
    body = gzip.compress(b'{"a": 1}')
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:])]
    head = OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with dripping(head, *chunks, b"0\r\n\r\n") as address:
        assert ask(f"http://{address}").body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("parts", "pause", "expected"),
    [
        ((OK + CLOSE, *([b" "] * 30)), 0.1, "its answer comes too slowly"),
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
        ask(f"http://{address}")
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
