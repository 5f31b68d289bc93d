"""A unix socket that passes everything on to another, and keeps what clients sent."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

REQUEST = re.compile(rb"^([A-Z]+) (\S+) HTTP/1\.[01]\r$", re.MULTILINE)


class Relay(socketserver.ThreadingUnixStreamServer):
    """`requests` are method and path of each, in no order that means anything."""

    daemon_threads = True

    def __init__(self, listen: Path, target: str) -> None:
        self.target = target
        self._sent: list[bytearray] = []
        super().__init__(str(listen), RelayHandler)

    @property
    def requests(self) -> list[tuple[str, str]]:
        """All requests so far."""
        found = (REQUEST.findall(bytes(sent)) for sent in self._sent)
        return [(method.decode(), path.decode()) for pairs in found for method, path in pairs]

    def new_connection(self) -> bytearray:
        """Where what one connection sends is kept, before it is passed on.

        So whatever has an answer is among `requests`, also while the connection is open.
        """
        sent = bytearray()
        self._sent.append(sent)
        return sent


class RelayHandler(socketserver.BaseRequestHandler):
    """One connection."""

    request: socket.socket
    server: Any

    def handle(self) -> None:
        sent = self.server.new_connection()
        with socket.socket(socket.AF_UNIX) as target:
            target.connect(self.server.target)
            answers = threading.Thread(target=_pump, args=(target, self.request, bytearray()))
            answers.start()
            _pump(self.request, target, sent)
            answers.join()


def _pump(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            kept += chunk
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def relayed(folder: Path, target: str) -> Iterator[Relay]:
    """A relay that listens on `folder`/relay."""
    with Relay(folder / "relay", target) as relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
