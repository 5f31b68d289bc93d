"""Control groups (version 1 or 2) of a test: made, and taken away with every process in them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HIERARCHIES = Path("/sys/fs/cgroup")
STOP_SECONDS = 120


@contextmanager
def control_group(name: str) -> Iterator[str]:
    """`/NAME` in every hierarchy of this machine; what runs in it or below ends with the block."""
    folders = [hierarchy / name for hierarchy in _hierarchies()]
    for folder in folders:
        folder.mkdir()
    _share_processors(folders)
    try:
        yield f"/{name}"
    finally:
        deadline = time.monotonic() + STOP_SECONDS
        while [folder for folder in folders if not _removed(folder)]:
            if time.monotonic() > deadline:
                raise AssertionError(f"processes that do not end in the control group {name}")
            time.sleep(0.05)


def left(prefix: str) -> tuple[Path, ...]:
    """The groups at the top of a hierarchy whose names begin with `prefix`."""
    return tuple(path for one in _hierarchies() for path in one.glob(f"{prefix}*"))


def _hierarchies() -> tuple[Path, ...]:
    if (HIERARCHIES / "cgroup.controllers").exists():
        return (HIERARCHIES,)
    return tuple(path for path in HIERARCHIES.iterdir() if path.is_dir() and not path.is_symlink())


def _share_processors(folders: list[Path]) -> None:
    """Version 1: no process may enter a cpuset that names no processor."""
    for folder in folders:
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (folder / name).exists() and (folder.parent / "cpuset.mems").exists():
                (folder / name).write_text((folder.parent / name).read_text())


def _removed(folder: Path) -> bool:
    """Whether the group is gone; else its processes were told to end."""
    for group, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            for number in (Path(group) / "cgroup.procs").read_text().split():
                os.kill(int(number), signal.SIGKILL)
        with suppress(OSError):
            Path(group).rmdir()
    return not folder.exists()
