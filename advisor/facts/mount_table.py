"""A machine's mount table, and which mount holds a path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from advisor.facts.host import Filesystem
from advisor.facts.secrecy import redact_text

ESCAPE = re.compile(r"\\([0-7]{3})")
SEPARATOR = "-"
FIXED_FIELDS = 6
TRIGGER = "autofs"


class Entry(NamedTuple):
    """One mount: its own number, that of the mount it lies on, and what it is."""

    number: str
    parent: str
    filesystem: Filesystem


class MountTable:
    """The mounts of one namespace. A mount on the same point as another hides that one."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        known = {entry.number: entry for entry in entries}
        self._all_points = {entry.filesystem.mount_point for entry in known.values()}
        self._root: Entry | None = None
        self._children: dict[tuple[str, str], Entry] = {}
        for entry in known.values():
            point = entry.filesystem.mount_point
            if entry.parent in known and entry.parent != entry.number:
                self._children[entry.parent, point] = entry
            elif point == "/":
                self._root = entry
            else:
                self._children["", point] = entry

    def find(self, path: str) -> Filesystem | None:
        """The mount that holds an absolute path without links; None where nobody can know.

        That is outside every mount, and below an automounter's point that is not mounted now.
        """
        current = self._root
        # A path and all above it, shortest first.
        points = ["/"]
        for part in path.split("/"):
            if part:
                points.append(f"{points[-1].rstrip('/')}/{part}")
        for point in points:
            current = self._top(current, point)
        if current is None or current.filesystem.type == TRIGGER:
            return None
        return current.filesystem

    def points_below(self, path: str) -> frozenset[str]:
        """Where something is mounted below the path, be it on the same device."""
        below = f"{path.rstrip('/')}/"
        return frozenset(point for point in self._all_points if point.startswith(below))

    def mounted_at(self, point: str) -> bool:
        """Whether the path is itself the point of a mount that can be seen."""
        mount = self.find(point)
        return mount is not None and mount.mount_point == point

    def _top(self, current: Entry | None, point: str) -> Entry | None:
        """The uppermost mount on `point`, seen from the mount that holds its directory."""
        child = self._child(current, point)
        while child is not None:
            current, child = child, self._child(child, point)
        return current

    def _child(self, current: Entry | None, point: str) -> Entry | None:
        on_mount = self._children.get((current.number, point)) if current else None
        is_base = current is None or current is self._root
        return on_mount or (self._children.get(("", point)) if is_base else None)


def parse_mount_table(text: str) -> MountTable:
    """The table in the form of /proc/PID/mountinfo; lines that are not in it are passed over."""
    entries = (parse_mount(line) for line in text.split("\n"))
    return MountTable(entry for entry in entries if entry is not None)


def parse_mount(line: str) -> Entry | None:
    """`36 35 98:0 /root /point options [optional...] - type source super-options`."""
    fields = line.split(" ")
    if SEPARATOR not in fields[FIXED_FIELDS:]:
        return None
    rest = fields[fields.index(SEPARATOR, FIXED_FIELDS) + 1 :]
    if len(rest) < 2:
        return None
    filesystem = Filesystem(
        mount_point=_unescape(fields[4]),
        type=rest[0],
        device=redact_text(_unescape(rest[1]))[0],
        root=_unescape(fields[3]),
    )
    return Entry(number=fields[0], parent=fields[1], filesystem=filesystem)


def _unescape(text: str) -> str:
    """Blanks, tabs, newlines and backslashes are written as three octal digits."""
    return ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)
