"""advisor as a process, and all that it says, writes, keeps for a while and starts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CANARY = "Zq7canary81"
_EVERY_SECONDS = 0.01


class Watched:
    """Runs commands in a folder. `leaks` are the places where the canary was met; files of `given`
    may hold it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.given = {path for path in folder.rglob("*") if path.is_file()}
        self.leaks: list[str] = []
        self.codes: dict[str, int] = {}

    def run(self, *words: str) -> None:
        """Run the command to its end; what it says, leaves and starts is searched."""
        command = " ".join(words)
        places = {"HOME": str(self.folder), "TMPDIR": str(self.temporary), "NO_COLOR": "1"}
        with (
            subprocess.Popen(
                [sys.executable, "-m", "advisor", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.folder,
                env={**os.environ, **places},
            ) as process,
            self._watching(process.pid, command),
        ):
            out, err = process.communicate(timeout=600)
        self.codes[command] = process.returncode
        self._search(f"output of {command}", out + err)
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.given:
                self._search(f"{path.name} of {command}", path.read_bytes())

    @contextmanager
    def _watching(self, pid: int, command: str) -> Iterator[None]:
        over = threading.Event()

        def watch() -> None:
            while not over.is_set():
                for process in _descendants(pid):
                    for what in ("cmdline", "environ"):
                        with suppress(OSError):
                            content = Path(f"/proc/{process}/{what}").read_bytes()
                            self._search(f"{what} of a process of {command}", content)
                for folder, _, names in os.walk(self.temporary):  # passes over what goes meanwhile
                    for name in names:
                        with suppress(OSError):
                            content = Path(folder, name).read_bytes()
                            self._search(f"temporary file of {command}", content)
                time.sleep(_EVERY_SECONDS)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _search(self, where: str, content: bytes) -> None:
        at = content.find(CANARY.encode())
        if at >= 0:
            self.leaks.append(f"{where}: {content[max(0, at - 100) : at + 30]!r}")


def _descendants(pid: int) -> list[int]:
    """The process and all that it started, as far as they are there now."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return found
