"""The client sends GET only; ssh gets a command that asks nothing; versions are agreed on."""

from __future__ import annotations

import gzip
import socket
from threading import Thread

import pytest
from docker.constants import MINIMUM_DOCKER_API_VERSION

from advisor.probes.docker.client import LARGEST_BYTES, ReadOnlyClient, open_engine
from advisor.probes.docker.endpoint import parse_endpoint
from advisor.probes.docker.engine import EngineError, choose_version, read
from advisor.probes.docker.reasons import describe_ssh_failure, describe_status
from advisor.probes.docker.remote import dial_words, ssh_words
from tests.fakes.dripping import CLOSE, OK, dripping


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "PATCH"])
def test_nothing_but_get_is_sent(method: str) -> None:
    with (
        ReadOnlyClient("unix:///nowhere", version=MINIMUM_DOCKER_API_VERSION) as client,
        pytest.raises(EngineError, match=f"advisor does not send {method} requests"),
    ):
        client.request(method, f"{client.base_url}/containers/x")


def test_ssh_asks_nothing_and_takes_no_option_from_the_url() -> None:
    endpoint = parse_endpoint("ssh://ann@gpu7:2222/run/my docker.sock", None)
    assert ssh_words(endpoint, 30) == [
        *("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-T"),
        *("-p", "2222", "-l", "ann", "--", "gpu7"),
    ]
    assert dial_words(endpoint, 4)[-1] == (
        "sh -c 'if command -v docker >/dev/null 2>&1; then"
        " exec docker --host '\"'\"'unix:///run/my docker.sock'\"'\"' system dial-stdio;"
        " else exec podman system dial-stdio; fi'"
    )


@pytest.mark.parametrize(
    ("newest", "oldest", "chosen"),
    [
        ("1.41", "1.12", "1.41"),
        ("1.51", "1.24", "1.51"),
        ("1.60", "1.44", "1.51"),
        ("1.70", "1.60", "1.60"),
        ("1.70", "", "1.51"),
    ],
)
def test_the_newest_version_that_both_know(newest: str, oldest: str, chosen: str) -> None:
    assert choose_version(newest, oldest) == chosen


@pytest.mark.parametrize("newest", ["", "one", "1.x"])
def test_no_version_is_no_engine(newest: str) -> None:
    with pytest.raises(EngineError, match="no Docker API is served there"):
        choose_version(newest, "")


SSH = {
    "ann@gpu7: Permission denied (publickey).": "load the key with ssh-add; advisor never asks for"
    " a password",
    "Host key verification failed.": "run `ssh ann@gpu7` once by hand and accept its key",
    "sh: 1: exec: podman: not found": "install docker or podman at the far end",
    "permission denied while trying to connect to the Docker daemon socket at unix:///x": "add the"
    " user at the far end to group docker",
}


@pytest.mark.parametrize(("message", "advice"), SSH.items())
def test_what_helps_when_ssh_fails(message: str, advice: str) -> None:
    endpoint = parse_endpoint("ssh://ann@gpu7", None)
    assert describe_ssh_failure(message, endpoint) == f"ssh: {message} ({advice})"


STATUSES = {
    b'{"message":"page \\"x\\" not found"}': 'the engine answers 404: page \\"x\\" not found',
    b"": "the engine answers 404",
    b"Client sent an HTTP request to an HTTPS server.\n": "the engine wants TLS"
    " (set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)",
    b"a\nb\x1b[31m" + b"c" * 400: "the engine answers 404: a b\\x1b[31m" + "c" * 186 + "...",
}


@pytest.mark.parametrize(("body", "expected"), STATUSES.items())
def test_error_answers_in_one_line(body: bytes, expected: str) -> None:
    assert describe_status(404, body) == expected


class Saying:
    """An engine that answers everything with the same bytes."""

    api_version = "1.47"

    def __init__(self, body: bytes) -> None:
        self._body = body

    def get(self, path: str, **parameters: str) -> bytes:  # noqa: ARG002
        return self._body


@pytest.mark.parametrize("body", [b'["\\udcff", "\xff"]', b'["?", "\xff"]'])
def test_half_a_character_becomes_a_whole_one(body: bytes) -> None:
    assert read(Saying(body), "/x") == ["?", "\ufffd"]


def test_an_answer_nested_without_end_is_none() -> None:
    with pytest.raises(EngineError, match="the answer is not JSON"):
        read(Saying(b"[" * 100_000), "/x")


PACKED = b"Content-Encoding: gzip\r\n" + CLOSE
AWAY = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"


def test_one_connection_serves_all_answers() -> None:
    version = b'{"ApiVersion": "1.47"}'
    whole = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s"
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    answers = [whole % (b"200 OK", len(version), version), chunked]
    answers += [whole % (b"404 No", 2, b"no"), whole % (b"200 OK", 4, b"true")]

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            for one in answers:
                connection.recv(65536)
                connection.sendall(one)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=answer, daemon=True).start()
        url = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        with open_engine(parse_endpoint(url, None), 60, {}) as reader:
            assert read(reader, "/info") == {}
            with pytest.raises(EngineError, match=r"^the engine answers 404: no$"):
                read(reader, "/x")
            assert read(reader, "/y") is True


SLOW = "its answer comes too slowly"
ENDLESS = {
    "drips": ((OK + CLOSE, *([b" "] * 60)), 0.1, SLOW),
    "drips elsewhere": ((AWAY + CLOSE, *([b" "] * 60)), 0.1, SLOW),
    "fills the memory": (
        (OK + PACKED, gzip.compress(bytes(LARGEST_BYTES + 1), 1)),
        0,
        "its answer is too long for an engine",
    ),
    "stops in between": (
        (OK + b"Content-Length: 9\r\n\r\n", b"{"),
        0,
        ".*IncompleteRead.*",
    ),
    "no JSON": ((OK + CLOSE, b"{"), 0, "the answer is not JSON: no Docker API is served there"),
}


@pytest.mark.parametrize(("parts", "pause", "reason"), ENDLESS.values(), ids=ENDLESS.keys())
def test_no_answer_goes_on_for_ever(parts: tuple[bytes, ...], pause: float, reason: str) -> None:
    with (
        dripping(*parts, pause=pause) as address,
        pytest.raises(EngineError, match=f"^{reason}$"),
        open_engine(parse_endpoint(f"tcp://{address}", None), 3 if pause else 60, {}),
    ):
        pass
