"""A real Dask scheduler on loopback, and workers that are processes of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack

from tests.real.parts import process
from tests.real.parts.part import Part, free_port


class DaskCluster(Part):
    """`engine` is what --engine takes. `workers` have no nanny: one that is killed stays away."""

    name = "dask"
    engine: str

    def __init__(self, workers: int = 2) -> None:
        self._count = workers

    def start(self, stack: ExitStack) -> None:
        port = free_port()
        address = f"tcp://127.0.0.1:{port}"
        self.engine = f"dask://127.0.0.1:{port}"
        self.scheduler = self._run(
            stack, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-jupyter"
        )
        self._wait_for("scheduler", "Scheduler at:")
        self.workers = [
            self._run(stack, f"worker-{number}", address, "--nthreads", "1", "--no-nanny")
            for number in range(self._count)
        ]
        for number in range(self._count):
            self._wait_for(f"worker-{number}", "Starting established connection")

    def _run(self, stack: ExitStack, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        module = f"distributed.cli.dask_{name.partition('-')[0]}"
        command = [sys.executable, "-m", module, *arguments, "--no-dashboard"]
        running = process.running(command, log=self.directory / name, environment={})
        return stack.enter_context(running)

    def _wait_for(self, name: str, text: str) -> None:
        deadline = time.monotonic() + process.START_SECONDS
        while text not in (said := (self.directory / name).read_text(errors="replace")):
            if time.monotonic() > deadline:
                raise process.StartError(f"dask {name}: {said[-2000:]}")
            time.sleep(0.05)
