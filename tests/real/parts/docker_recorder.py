"""A stand-in for dockerd that creates nothing and keeps what the docker command asked it for."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.real.parts.part import Part

API_VERSION = "1.50"
CONTAINER = "c" * 64


class Request(NamedTuple):
    """A request to create a container: the query's values and the body."""

    query: dict[str, str]
    body: dict[str, Any]


class DockerRecorder(Part):
    """Listens on the unix socket `host`. `system` is what the daemon is said to run on."""

    name = "docker-recorder"

    def __init__(self, system: str = "linux") -> None:
        self.system = system
        self._requests: list[Request] = []

    def start(self, stack: ExitStack) -> None:
        path = self.directory / "socket"
        self.host = f"unix://{path}"
        server = _Server(str(path), _Handler)
        server.recorder = self
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def keep(self, request: Request) -> None:
        """Called for each container to create."""
        self._requests.append(request)

    def take(self) -> list[Request]:
        """What came since the last call."""
        taken, self._requests = self._requests, []
        return taken


class _Server(socketserver.ThreadingUnixStreamServer):
    recorder: DockerRecorder
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_HEAD(self) -> None:
        self._answer(200, b"")

    def do_GET(self) -> None:
        self._answer(200, b"OK" if self.path.endswith("_ping") else b"{}")

    def do_POST(self) -> None:
        body = self._body()
        parts = urlsplit(self.path)
        if parts.path.endswith("/containers/create"):
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            self.server.recorder.keep(Request(query, json.loads(body)))
            self._answer(201, json.dumps({"Id": CONTAINER, "Warnings": []}).encode())
        elif parts.path.endswith("/start"):
            self._answer(204, b"")
        elif parts.path.endswith("/wait"):
            self._answer(200, b'{"StatusCode": 0}')
        elif parts.path.endswith("/images/create"):
            self._answer(200, b"{}")
        else:
            self._answer(500, b'{"message": "only recording"}')

    def do_PUT(self) -> None:
        self._body()
        self._answer(200, b"")

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", API_VERSION)
        self.send_header("Ostype", self.server.recorder.system)
        self.send_header("Docker-Experimental", "false")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
