"""What a server can leave behind: processes that name its folder, mounts below it, the folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
MOUNTS = Path("/proc/self/mountinfo")


def clear(directory: Path, seconds: float = 60) -> None:
    """Kills, unmounts and deletes until nothing below `directory` is left."""
    deadline = time.monotonic() + seconds
    while (left := processes(directory)) and time.monotonic() < deadline:
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)
    for mount in mounts(directory):
        subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
    remove(directory)


def remove(path: Path, seconds: float = 60) -> None:
    """Deletes a file or folder; what somebody writes into it meanwhile is deleted too."""
    deadline = time.monotonic() + seconds
    while path.exists():
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def processes(directory: Path) -> tuple[int, ...]:
    """Ids of the live processes whose command line names `directory`, this one left out."""
    if not PROCESSES.is_dir():
        return ()
    needle = str(directory).encode()
    numbers = (int(entry.name) for entry in PROCESSES.iterdir() if entry.name.isdigit())
    return tuple(n for n in numbers if n != os.getpid() and needle in _command_line(n))


def mounts(directory: Path) -> tuple[str, ...]:
    """Mount points below `directory`, innermost first."""
    if not MOUNTS.exists():
        return ()
    points = (line.split()[4] for line in MOUNTS.read_text().splitlines())
    return tuple(sorted((p for p in points if p.startswith(f"{directory}/")), reverse=True))


def _command_line(process: int) -> bytes:
    try:
        return (PROCESSES / str(process) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
