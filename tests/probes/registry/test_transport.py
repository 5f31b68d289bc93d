"""The real sockets of the probe against a server that misbehaves."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.probes.registry.options import RegistryOptions
from advisor.probes.registry.transport import LARGEST, Answer, Transport, UnreachableError
from tests.fakes.registry import RegistryTwin, Reply, served
from tests.real.parts.certificates import CertificateAuthority
from tests.real.parts.part import free_port

SECONDS = 1.5
PATIENT = 30.0
"""For what has to fail by itself: a busy machine takes its time."""


@pytest.fixture
def twin() -> RegistryTwin:
    return RegistryTwin()


@pytest.fixture
def host(twin: RegistryTwin) -> Iterator[str]:
    with served(twin) as host:
        yield host


def send(
    host: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    plain: tuple[str, ...] = (),
    seconds: float = PATIENT,
) -> Answer:
    options = RegistryOptions(plain_http=(host, *plain), timeout=seconds)
    transport = Transport(options, {}, folders=())
    try:
        return transport.send(method, f"http://{host}/x", {"Authorization": "Basic c2VjcmV0"}, body)
    finally:
        transport.close()


def reason(host: str, *, seconds: float = PATIENT) -> str:
    with pytest.raises(UnreachableError) as failed:
        send(host, seconds=seconds)
    return failed.value.reason


DELAYS = {
    "silent": (Reply(pause=3 * SECONDS), "no answer within 1.5 s"),
    "slow": (Reply(200, b"x" * 100, dribble=0.05), "its answer comes too slowly"),
}
FAULTS = {
    "cut": (Reply(200, b"x" * 100, cut=10), "its answer breaks off"),
    "huge": (Reply(200, b"x" * (LARGEST + 1)), "its answer is too long for a manifest"),
    "a loop": (
        Reply(307, headers={"Location": "/x"}),
        "it sends us from one address to the next without an end",
    ),
    "to a file": (
        Reply(302, headers={"Location": "file:///etc/passwd"}),
        "it sends us to an address that is none",
    ),
    "to a login": (
        Reply(302, headers={"Location": "https://ann:x@h.example/"}),
        "it sends us to an address that is none",
    ),
    "to nonsense": (
        Reply(302, headers={"Location": "http://[x"}),
        "it sends us to an address that is none",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(twin: RegistryTwin, host: str, name: str) -> None:
    reply, text = FAULTS[name]
    twin.script("GET", "/x", *[reply] * 10)
    assert reason(host) == text


@pytest.mark.parametrize("name", DELAYS)
def test_delays(twin: RegistryTwin, host: str, name: str) -> None:
    reply, text = DELAYS[name]
    twin.script("GET", "/x", *[reply] * 10)
    started = time.monotonic()
    assert reason(host, seconds=SECONDS) == text
    assert time.monotonic() - started < 60


def test_a_head_has_no_body(twin: RegistryTwin, host: str) -> None:
    twin.script("HEAD", "/x", *[Reply(200, b"x" * 10)] * 2)
    assert send(host, method="HEAD")[::2] == (200, b"")


def test_a_login_stays_with_its_host(twin: RegistryTwin, host: str) -> None:
    other = RegistryTwin()
    with served(other) as elsewhere:
        place = {"Location": f"http://{elsewhere}/y"}
        twin.script("GET", "/x", Reply(307, headers={"Location": "/z"}))
        twin.script("GET", "/z", Reply(307, headers=place))
        other.script("GET", "/y", Reply(200, b"there"))
        assert send(host, plain=(elsewhere,)).body == b"there"
    assert [one.authorization for one in (*twin.requests, *other.requests)] == [
        "Basic c2VjcmV0",
        "Basic c2VjcmV0",
        "",
    ]


def test_no_redirect_leads_to_an_address_without_tls_that_nobody_named(
    twin: RegistryTwin, host: str
) -> None:
    with served(RegistryTwin()) as elsewhere:
        twin.script("GET", "/x", Reply(307, headers={"Location": f"http://{elsewhere}/y"}))
        with pytest.raises(UnreachableError, match="without TLS that no --plain-http names"):
            send(host)


def test_what_is_posted_goes_to_no_other_address(twin: RegistryTwin, host: str) -> None:
    twin.script("POST", "/x", Reply(307, headers={"Location": "/y"}))
    with pytest.raises(UnreachableError, match="it sends a login to another address"):
        send(host, method="POST", body=b"refresh_token=x")
    assert twin.asked() == ["POST /x"]


def test_nobody_listens() -> None:
    assert reason(f"127.0.0.1:{free_port()}") == "nothing listens there (connection refused)"


def test_no_such_host() -> None:
    assert reason("no-such-host.invalid") == "there is no host of that name"


def test_something_else_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            with contextlib.suppress(OSError):
                for _ in range(2):
                    connection, _ = server.accept()
                    connection.sendall(b"220 smtp.example ESMTP\r\n" * 3)
                    connection.close()

        threading.Thread(target=talk, daemon=True).start()
        text = reason(f"127.0.0.1:{server.getsockname()[1]}")
    assert text == "it ended the connection without an answer"


def test_tls_that_is_none(host: str) -> None:
    transport = Transport(RegistryOptions(timeout=PATIENT), {}, folders=())
    with pytest.raises(UnreachableError, match="add --plain-http HOST"):
        transport.send("GET", f"https://{host}/x", {})


def test_http_goes_through_the_proxy(twin: RegistryTwin, host: str) -> None:
    twin.script("GET", "/x", Reply(200, b"through"))
    options = RegistryOptions(plain_http=("r.example:5000",), timeout=PATIENT)
    transport = Transport(options, {"HTTP_PROXY": f"http://ann:x@{host}"}, folders=())
    assert transport.send("GET", "http://r.example:5000/x", {}).body == b"through"
    assert twin.requests[0].host == "r.example:5000"


def test_a_file_that_docker_keeps_for_the_registry_is_read(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path / "tls")
    folder = tmp_path / "certs.d" / "127.0.0.1:1"
    folder.mkdir(parents=True)
    transport = Transport(RegistryOptions(), {}, folders=(tmp_path / "certs.d",))
    for name, content, text in (
        ("ca.crt", authority.file.read_text(), r"nothing listens"),
        ("bad.crt", "no certificate", r"bad.crt .*certificate"),
    ):
        (folder / name).write_text(content)
        with pytest.raises(UnreachableError, match=text):
            transport.send("GET", "https://127.0.0.1:1/", {})
        transport = Transport(RegistryOptions(), {}, folders=(tmp_path / "certs.d",))
