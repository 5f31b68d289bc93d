"""kubectl beside advisor: both ask the same server in the name of the same user, or neither."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from advisor.errors import ProbeError
from advisor.probes.kubernetes.connection import connect
from advisor.probes.kubernetes.transport import Request, TransportError
from tests.real.kubeconfigs import CASES, ID_TOKEN, TOKENS, Case, Place
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.part import find_binary, free_port

POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "nonResourceURLs": ["/version*"]}, {"level": "None"}],
}
STRICTER: frozenset[str] = frozenset({"missing user"})
"""Where kubectl asks a person for a name and password, or goes on as nobody, advisor stops."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the server's audit log and the proxy have it."""

    user: str
    acting_as: dict[str, Any]
    code: int
    proxied: bool


class Server(KubeApiServer):
    """Knows the users of the cases, and writes down who asks."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens |= TOKENS
        self._tokens["oidc-user"] = ID_TOKEN

    def _command_line(self, port: int) -> tuple[str, ...]:
        words = super()._command_line(port)
        policy = self.directory / "policy.json"
        policy.write_text(json.dumps(POLICY))
        self.log = self.directory / "audit.log"
        log = (f"--audit-policy-file={policy}", f"--audit-log-path={self.log}")
        return (*words, *log, "--audit-log-mode=blocking")

    def _token_file(self) -> Path:
        path = self.directory / "tokens.csv"
        groups = {"admin": "system:masters", "ada": "system:masters"}
        rows = (f'{t},{u},{u},"{groups.get(u, "")}"' for u, t in self._tokens.items())
        path.write_text("\n".join(rows) + "\n")
        return path

    def asked(self, case: str) -> list[Asked]:
        """What the log has of the case, in order; a line may be half written yet."""
        whole = self.log.read_text().rpartition("\n")[0]
        lines = map(json.loads, whole.splitlines())
        return [
            Asked(
                user=line["user"].get("username", ""),
                acting_as=line.get("impersonatedUser", {}),
                code=line["responseStatus"]["code"],
                proxied=False,
            )
            for line in lines
            if parse_qs(urlsplit(line["requestURI"]).query).get("case") == [case]
        ]


@contextmanager
def connect_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that leads every CONNECT to loopback, and the targets that it was asked for."""
    targets: list[str] = []

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            head = client.recv(65536).decode()
            target = head.split()[1]
            targets.append(target)
            with socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))) as far:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pump, args=(far, client), daemon=True)
                back.start()
                _pump(client, far)
                back.join(5)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", targets


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture(scope="module")
def proxy() -> Iterator[tuple[str, list[str]]]:
    with connect_proxy() as found:
        yield found


@pytest.fixture(scope="module")
def authority(server: Server) -> tuple[Path, Path]:
    """A client's certificate by the server's own authority."""
    return server.client_certificate("dora")


def write(case: Case, folder: Path) -> dict[str, str]:
    """The variables with which both programs find the files."""
    for name, text in case.files.items():
        written = text if isinstance(text, str) else json.dumps(text)
        (folder / name).write_text(written)
    listed = os.pathsep.join(str(folder / name) for name in case.files)
    return {"KUBECONFIG": listed, **case.variables}


def ask_as_kubectl(case: Case, folder: Path, variables: dict[str, str], marker: str) -> None:
    words = [find_binary("kubectl", "install kubectl"), "get", "--raw", f"/version?case={marker}"]
    words += ["--kubeconfig", str(folder / case.explicit)] if case.explicit else []
    words += ["--context", case.context] if case.context else []
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run(
        words,
        env=kept | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )


def ask_as_advisor(case: Case, folder: Path, marker: str) -> str:
    """What it says where it cannot ask."""
    try:
        found = connect(
            context=case.context,
            kubeconfig=str(folder / case.explicit) if case.explicit else None,
            timeout=60,
        )
        answer = found.transport.send(Request(path="/version", query={"case": marker}))
    except (ProbeError, TransportError) as error:
        return str(error)
    return "" if answer.status < 400 else f"the server answered {answer.status}"


@pytest.mark.parametrize("name", CASES)
def test_the_same_server_by_the_same_user(
    name: str,
    server: Server,
    authority: tuple[Path, Path],
    proxy: tuple[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "ca.pem").write_bytes(server.authority.read_bytes())
    (tmp_path / "token-of-ada").write_text(TOKENS["ada"])
    place = Place(
        folder=tmp_path,
        server=server.url,
        authority=tmp_path / "ca.pem",
        certificate=authority[0],
        key=authority[1],
        proxy=proxy[0],
        dead=f"http://127.0.0.1:{free_port()}",
    )
    case = CASES[name](place)
    variables = write(case, tmp_path)
    marker = name.replace(" ", "-").replace(",", "")
    through = [len(proxy[1])]
    ask_as_kubectl(case, tmp_path, variables, f"{marker}-by-kubectl")
    through.append(len(proxy[1]))
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    for key, value in {"HOME": str(tmp_path), **variables}.items():
        monkeypatch.setenv(key, value)
    said = ask_as_advisor(case, tmp_path, f"{marker}-by-advisor")
    through.append(len(proxy[1]))

    def seen(number: int, by: str) -> list[Asked]:
        proxied = through[number + 1] > through[number]
        asked = server.asked(f"{marker}-by-{by}")[:1]
        return [msgspec.structs.replace(one, proxied=proxied) for one in asked]

    def agreed() -> bool:
        one, other = seen(0, "kubectl"), seen(1, "advisor")
        return one == other and bool(said) != any(asked.code < 400 for asked in other)

    if name in STRICTER:
        assert (seen(1, "advisor"), "user" in said) == ([], True)
        return
    deadline = time.monotonic() + 20  # an answer is there before its line of the audit log
    while not agreed():
        assert time.monotonic() < deadline, (seen(0, "kubectl"), seen(1, "advisor"), said)
        time.sleep(0.05)


def test_most_cases_reach_the_server(server: Server) -> None:
    """So that no case is right because nothing works."""
    users = {
        line["user"]["username"] for line in map(json.loads, server.log.read_text().splitlines())
    }
    assert {"ada", "bob", "dora", "oidc-user"} <= users
