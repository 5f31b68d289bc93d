"""API servers and engines on real sockets that answer as broken ones do."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from advisor.probes.kubernetes.transport import Request
from tests.fakes.kubernetes_api import FakeKubernetesApi

GPU = {"nvidia.com/gpu": "8", "cpu": "32", "memory": "128Gi"}
OBJECTS: dict[str, list[Any]] = {
    "/api/v1/nodes": [
        {
            "metadata": {"name": f"n{number}", "labels": {"nvidia.com/gpu.count": "8"}},
            "status": {"capacity": GPU, "allocatable": GPU},
        }
        for number in range(2)
    ],
    "/api/v1/namespaces": [{"metadata": {"name": "team"}}],
    "/api/v1/pods": [
        {
            "metadata": {"name": "p", "namespace": "team"},
            "spec": {"nodeName": "n0", "containers": [{"name": "c", "image": "reg.example/a/b:1"}]},
            "status": {"phase": "Running"},
        }
    ],
}

DRIP = "drip"
BLANKS = "blanks"
AGAIN = "again"
Fault = tuple[int, bytes | str]
"""A status with a body, or with the way in which the body never ends."""


@contextmanager
def api_server(folder: Path, faults: Mapping[str, Fault] | None = None) -> Iterator[None]:
    """A server with a kubeconfig in the folder; `faults` are by path."""
    api = FakeKubernetesApi(OBJECTS)
    broken = dict(faults or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            status, body = broken.get(parts.path, (0, b""))
            if isinstance(body, str) and body != AGAIN:
                _endless(self, body)
                return
            if body == AGAIN:
                token = str(int(query.get("continue", "0")) + 1)
                items = OBJECTS[parts.path]
                kind = {"/api/v1/nodes": "NodeList", "/api/v1/pods": "PodList"}[parts.path]
                page = {"kind": kind, "metadata": {"continue": token}, "items": items}
                status, body = 200, json.dumps(page).encode()
            if not status:
                found = api.send(Request(path=parts.path, query=query))
                status, body = found.status, found.body
            assert isinstance(body, bytes)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        server = {"server": f"http://127.0.0.1:{port}"}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "broken",
            "clusters": [{"name": "c", "cluster": server}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "broken", "context": {"cluster": "c", "user": "u"}}],
        }
        (folder / "kubeconfig").write_text(json.dumps(document))
        yield


def _endless(handler: BaseHTTPRequestHandler, how: str) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    part = b" " * 65536 if how == BLANKS else b" "
    try:
        while True:
            handler.wfile.write(part)
            time.sleep(0.2 if how == DRIP else 0)
    except OSError:
        return


ENGINE: dict[str, Any] = {
    "/version": {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10.24"},
    "/info": {"ID": "x", "Name": "gpu01", "Driver": "overlay2", "DriverStatus": []},
    "/images/json": [],
    "/containers/json": [],
    "/volumes": {"Volumes": [], "Warnings": None},
}


@contextmanager
def engine(socket: Path, faults: Mapping[str, Fault] | None = None) -> Iterator[None]:
    """A Docker engine on a socket."""
    broken = dict(faults or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            path = path[path.index("/", 1) :] if path.startswith("/v1") else path
            answer = json.dumps(ENGINE.get(path, {"message": "no such thing"})).encode()
            status, body = broken.get(path, (200 if path in ENGINE else 404, answer))
            assert isinstance(body, bytes)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "client"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with _serving(Server(str(socket), Handler)):
        yield


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        address = server.server_address
        yield address[1] if isinstance(address, tuple) and isinstance(address[1], int) else 0
    finally:
        server.shutdown()
        server.server_close()
