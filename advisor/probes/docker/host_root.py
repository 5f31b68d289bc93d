"""The machine whose own / is seen at a folder: what a container is told with `-v /:/host:ro`.

Everything is read by this process below that folder. No program of the host is run, and no shell
is needed. Its network namespace is not ours: the addresses of the host stay unknown.
"""

from __future__ import annotations

import os
import platform
import re
import stat
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from advisor.errors import InputError
from advisor.facts import host as facts
from advisor.facts.mount_table import MountTable, parse_mount_table
from advisor.probes.docker.machine import PATH_SECONDS, Machine, Place

_MOST_LINKS = 40
_MOST_BYTES = 1 << 22
_DRIVER = re.compile(r"\b(\d{3}\.\d+(?:\.\d+)?)\b")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
T = TypeVar("T")


def check_host_root(root: str) -> None:
    """InputError for a folder that is no machine's root."""
    if not os.path.isdir(root) or not os.path.isdir(os.path.join(root, "proc")):
        raise InputError(
            "no root of a machine is there",
            where=f"--host-root {root}",
            remedy="mount it: docker run -v /:/host:ro ... --host-root /host",
        )


class HostRoot:
    """Asks the machine below `root`, as a Surveyor asks one through a shell."""

    def __init__(self, root: str) -> None:
        self._root = os.path.abspath(root).rstrip("/")

    def survey(self) -> Machine:
        """What the files below the root say."""
        text, source = self._mount_table()
        return Machine(
            name=self._text("/etc/hostname").strip(),
            kernel=platform.release(),
            addresses=(),
            gpus=self._gpus(),
            table=parse_mount_table(text),
            table_source=source,
        )

    def look(self, paths: Iterable[str], table: MountTable) -> dict[str, Place]:
        """Where each path leads; of a mount whose server is gone the others are not asked."""
        places: dict[str, Place] = {}
        stuck: set[str] = set()
        for path in sorted(path for path in paths if path.startswith("/")):
            mount = table.find(path)
            point = mount.mount_point if mount is not None else ""
            if point in stuck:
                places[path] = Place("stuck", "", None)
                continue
            place = _within(PATH_SECONDS, lambda path=path: self._place(path))  # type: ignore[misc]
            if place is None:
                stuck.add(point)
            places[path] = place or Place("stuck", "", None)
        return places

    def describe(self, name: str) -> facts.Machine:
        """The host's record, from what the machine says and no engine does."""
        release = self._text("/etc/os-release") or self._text("/usr/lib/os-release")
        said = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
        bare = {key: value.strip("\"'") for key, value in said.items()}
        driver = _DRIVER.search(self._text("/proc/driver/nvidia/version"))
        architecture = platform.machine()
        return facts.Machine(
            name=name,
            kernel=platform.release(),
            architecture=_ARCHITECTURES.get(architecture, architecture),
            distribution=bare.get("ID", ""),
            distribution_version=bare.get("VERSION_ID", ""),
            operating_system=bare.get("PRETTY_NAME", ""),
            driver=driver[1] if driver else "",
            gpus=self._gpus(),
        )

    def _gpus(self) -> int | None:
        try:
            return len(os.listdir(f"{self._root}/proc/driver/nvidia/gpus"))
        except OSError:
            return None

    def _mount_table(self) -> tuple[str, str]:
        """The engine's, else the first process's; else of our own what is below the root."""
        daemon = self._text("/run/docker.pid").strip()
        is_daemon = daemon.isdecimal() and self._text(f"/proc/{daemon}/comm") == "dockerd\n"
        for process in (*([daemon] if is_daemon else ()), "1"):
            text = self._text(f"/proc/{process}/mountinfo")
            if text:
                return text, f"{self._root}/proc/{process}/mountinfo"
        return self._own_table(), "/proc/self/mountinfo"

    def _own_table(self) -> str:
        lines = []
        for line in _read("/proc/self/mountinfo").splitlines():
            fields = line.split(" ")
            point = fields[4] if len(fields) > 4 else ""
            if point == self._root or point.startswith(f"{self._root}/"):
                fields[4] = point[len(self._root) :] or "/"
                lines.append(" ".join(fields))
        return "\n".join(lines)

    def _place(self, path: str) -> Place:
        try:
            real, searched = self._resolved(path)
            if not searched:
                return Place("denied", real, None)
            space = os.statvfs(self._root + real)
        except OSError:
            return Place("missing", "", None)
        sizes = (space.f_frsize * space.f_blocks, space.f_frsize * space.f_bavail)
        return Place("found", real, sizes)

    def _resolved(self, path: str) -> tuple[str, bool]:
        """Where it leads on the machine, and whether that is known to its end: below a folder that
        may not be searched it is taken as it is written. A link that begins with / begins at the
        machine's root, and nothing leads above that. OSError for what is not there."""
        waiting = [part for part in reversed(path.split("/")) if part]
        real, links = "", 0
        while waiting:
            part = waiting.pop()
            if part in (".", ".."):
                real = real if part == "." else real.rpartition("/")[0]
                continue
            step = f"{real}/{part}"
            try:
                is_link = stat.S_ISLNK(os.lstat(self._root + step).st_mode)
            except PermissionError:
                return "/".join([step, *reversed(waiting)]), False
            if is_link:
                links += 1
                if links > _MOST_LINKS:
                    raise OSError("too many links")
                aim = os.readlink(self._root + step)
                real = "" if aim.startswith("/") else real
                waiting += [step for step in reversed(aim.split("/")) if step]
            else:
                real = step
        return real or "/", True

    def _text(self, path: str) -> str:
        """A small file of the machine; empty where it cannot be read."""
        try:
            return _read(self._root + self._resolved(path)[0])
        except OSError:
            return ""


def _read(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _within(seconds: float, ask: Callable[[], T]) -> T | None:
    """The answer, or None after so long: who asks a file server that is gone never comes back."""
    answers: SimpleQueue[T] = SimpleQueue()
    Thread(target=lambda: answers.put(ask()), daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return None
