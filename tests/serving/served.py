"""A real `advisor serve` in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Served:
    """A server that runs; `log` is what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        self.url = ""

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def started(self) -> Served:
        """The same, once it answers."""
        self.url = self._address()
        return self

    def stop(self) -> None:
        """End it, and hear the rest of what it says."""
        self.process.terminate()
        self.process.wait(timeout=120)
        self.listener.join(timeout=120)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def _address(self) -> str:
        for _ in range(600):
            if found := re.search(r"http://\S+/", self.log):
                return found[0].rstrip("/")
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise AssertionError(f"the server did not start: {self.log}")


@contextmanager
def served(*options: str, token: str = "", folder: Path | None = None) -> Iterator[Served]:
    """`advisor serve` on a free port, with the demo's cluster."""
    command = (sys.executable, "-m", "advisor", "serve", "--demo", "--listen", "127.0.0.1:0")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if token:
        environment["ADVISOR_TOKEN"] = token
    process = subprocess.Popen(
        (*command, *options),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
    )
    running = Served(process)
    try:
        yield running.started()
    finally:
        running.stop()
