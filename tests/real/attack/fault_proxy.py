"""A proxy before a real API server that spoils some of its answers."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

from tests.real.parts.kube_api_server import READER, KubeApiServer

HOP_BY_HOP = frozenset({"connection", "content-length", "content-encoding", "transfer-encoding"})
LONGEST_DRIP_SECONDS = 60


class Given(NamedTuple):
    """An answer as it goes to the client. `stated` is the length that it claims to have, `drip` the
    seconds between two of its bytes."""

    status: int
    headers: dict[str, str]
    body: bytes
    stated: int | None = None
    drip: float = 0


class Asked(NamedTuple):
    """A request; `number` counts those of this proxy, from 1."""

    path: str
    number: int

    def lists(self, name: str) -> bool:
        """Whether it asks for the list of that kind."""
        return self.path.rpartition("/")[2] == name


Fault = Callable[[Asked, Given], Given]


@contextmanager
def spoiled(server: KubeApiServer, fault: Fault) -> Iterator[Path]:
    """A kubeconfig of the reader that leads through the proxy."""
    certificate, key = server.client_certificate("fault-proxy")
    pool = urllib3.PoolManager(ca_certs=str(server.authority), maxsize=20)
    counted = iter(range(1, 10**9))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.pass_on(None)

        def do_POST(self) -> None:
            self.pass_on(self.rfile.read(int(self.headers["content-length"])))

        def pass_on(self, body: bytes | None) -> None:
            kept = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"host", "accept-encoding", "connection"}
            }
            answer = pool.request(
                self.command, server.url + self.path, headers=kept, body=body, redirect=False
            )
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in HOP_BY_HOP
            }
            with lock:
                asked = Asked(urlsplit(self.path).path, next(counted))
            self.give(fault(asked, Given(answer.status, headers, answer.data)))

        def give(self, given: Given) -> None:
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            length = len(given.body) if given.stated is None else given.stated
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.close_connection = length != len(given.body) or bool(given.drip)
            try:
                for part in _parts(given):
                    self.wfile.write(part)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that gives up is what most faults lead to."""

    proxy = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.kubeconfig(READER, server=f"https://127.0.0.1:{proxy.server_address[1]}")
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
        pool.clear()


def _parts(given: Given) -> Iterator[bytes]:
    if not given.drip:
        yield given.body
        return
    until = time.monotonic() + LONGEST_DRIP_SECONDS
    for byte in given.body:
        if time.monotonic() > until:
            return
        yield bytes([byte])
        time.sleep(given.drip)


def changed(given: Given, change: Callable[[dict[str, Any]], Any]) -> Given:
    """The answer with its document changed; one that is none stays."""
    try:
        document = json.loads(given.body)
    except ValueError:
        return given
    change(document)
    return given._replace(body=json.dumps(document).encode())
