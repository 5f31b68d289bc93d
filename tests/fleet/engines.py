"""Engines on unix sockets that answer as a real one was recorded to."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from advisor.probes.docker.engine import EngineError
from tests.fakes.engines import RecordedEngine

RECORDED = Path(__file__).parent.parent / "fixtures" / "docker" / "docker.json"


@contextmanager
def served_engine(socket: Path) -> Iterator[str]:
    """The URL of an engine at the socket."""
    record = json.loads(RECORDED.read_text())
    engine = RecordedEngine(record["answers"], record["api_version"])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = re.sub(r"^/v[\d.]+(?=/)", "", parts.path)
            try:
                status, body = 200, engine.get(path, **dict(parse_qsl(parts.query)))
            except EngineError as error:
                status, body = error.status or 500, b"{}"
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "unix"

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with Server(str(socket), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"unix://{socket}"
        finally:
            server.shutdown()
            thread.join()
