"""Two tables of paths and filesystems: `rules/catalog/filesystems.yaml` and `system_paths.yaml`."""

from __future__ import annotations

from typing import Literal

import msgspec

Reach = Literal["network", "local", "memory", "overlay", "unknown"]


class FilesystemEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A filesystem type and whether other machines can reach the same files."""

    type: str
    reach: Reach
    note: str = ""


class FilesystemCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All filesystem types; a type that is not here is unknown, never local."""

    filesystems: tuple[FilesystemEntry, ...]

    def network(self, filesystem_type: str) -> bool | None:
        """Whether it is a network filesystem; None when the table cannot tell."""
        for entry in self.filesystems:
            if entry.type == filesystem_type:
                return None if entry.reach == "unknown" else entry.reach == "network"
        return None


class SystemPath(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A path that is not data: the system's, a runtime's, a device, somebody's credentials."""

    path: str
    kind: str
    match: Literal["exact", "prefix", "suffix"]
    advice: str = ""


class SystemPathCatalog(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All such paths; the longest match wins, an exact one over others of its length."""

    paths: tuple[SystemPath, ...]

    def find(self, path: str) -> SystemPath | None:
        """The entry that covers the path, None for plain data."""
        matches = [entry for entry in self.paths if _covers(entry, path)]
        best = max(matches, key=lambda one: (len(one.path), one.match == "exact"), default=None)
        return None if best is None or best.kind == "data" else best


def _covers(entry: SystemPath, path: str) -> bool:
    path = path.rstrip("/") or "/"
    if entry.match == "exact":
        return path == entry.path
    below = f"{path}/"
    if entry.match == "prefix":
        return below.startswith(f"{entry.path.rstrip('/')}/")
    return f"{entry.path.rstrip('/')}/" in below
