"""What changed in a container's writable layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from advisor.facts.host import Mount

SAMPLES = 20
# Files that engines themselves put into a layer.
ENGINE_FILES = frozenset(
    {
        "/.dockerenv",
        "/run/.containerenv",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/mtab",
        "/etc/resolv.conf",
        "/dev/console",
    }
)


class Change(msgspec.Struct):
    """One changed path."""

    Path: str


class LayerChanges(NamedTuple):
    """`total` of all changed paths; `paths` are some that somebody's work may be in."""

    total: int
    paths: tuple[str, ...]


def summarise_changes(changes: Sequence[str], mounts: Iterable[Mount]) -> LayerChanges:
    """The changes, with up to 20 sample paths, without folders that only hold changed ones.

    Engine files and the points of mounts count, but are no samples.
    """
    noise = ENGINE_FILES | {mount.target.rstrip("/") for mount in mounts}
    paths = sorted(set(changes))
    folders = {path.rpartition("/")[0] for path in paths}
    own = [path for path in paths if path not in noise and path not in folders]
    return LayerChanges(len(changes), tuple(own[:SAMPLES]))
