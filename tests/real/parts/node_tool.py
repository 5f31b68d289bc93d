"""Programs of tests/real/node/package.json, and a folder served on loopback for them."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.real.parts.part import cache_directory, missing

INSTALL = "run .ci/install-node-tools (it needs nodejs 18 or newer, and npm)"


def find_node_tool(name: str) -> str:
    """The path of the program; ends the test with advice when it is not installed."""
    path = cache_directory() / "node" / "node_modules" / ".bin" / name
    if shutil.which("node") is None or not os.access(path, os.X_OK):
        missing(f"{name} is not installed: {INSTALL}")
    return str(path)


class _Handler(SimpleHTTPRequestHandler):
    """Sends packed, as any web server does."""

    def do_GET(self) -> None:
        try:
            content = gzip.compress(Path(self.translate_path(self.path)).read_bytes())
        except OSError:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on standard error."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which the files of the folder can be read while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=folder)) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
