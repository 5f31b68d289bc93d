"""Paths that belong to the machine, and single files: what the target has in place of a mount."""

from __future__ import annotations

import posixpath
from functools import cache, lru_cache

from advisor.catalogs.paths import FileContent, FileNameCatalog, SystemPath, SystemPathCatalog
from advisor.catalogs.table import load_catalog
from advisor.jobs.ledger import Fate
from advisor.jobs.run import RunMount

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a path to recognise
_CONTENT = frozenset({"scratch"})
_WHOLE = {
    "runtime-socket": (
        "there is no Docker daemon to talk to on the cluster's nodes; what needs it has to run"
        " elsewhere"
    ),
    "display": "a node has no display; reach graphical programs through a browser or a port",
}
_LEFT_OUT = {
    "device": "left out",
    "time": "left out; the variable gives the time zone, as in -e TZ=Europe/Berlin",
    "credentials": (
        "left out, and never copied to shared storage; put the one key that the job needs into a"
        " Secret (kubectl create secret generic NAME --from-file=KEY=FILE)"
    ),
    "system": "left out; what the job needs of it belongs into its image",
}


@cache
def _system_paths() -> SystemPathCatalog:
    return load_catalog("system_paths", SystemPathCatalog)


@cache
def _file_names() -> FileNameCatalog:
    return load_catalog("file_names", FileNameCatalog)


@lru_cache(maxsize=1024)
def machine_path(source: str) -> SystemPath | None:
    """The table's entry for a path that is no data of the job."""
    entry = _system_paths().find(posixpath.normpath(source) if source.startswith("/") else source)
    return None if entry is None or entry.kind in _CONTENT else entry


def is_general(entry: SystemPath, source: str) -> bool:
    """Whether the path is only below `/etc`, where a file may be the job's own."""
    return entry.kind == "system" and entry.path == "/etc" and source.rstrip("/") != entry.path


def instead(entry: SystemPath) -> tuple[Fate, str]:
    """Why the path is not mounted, and what to do instead."""
    whole = _WHOLE.get(entry.kind)
    return "no-equivalent", whole or f"{entry.advice}; {_LEFT_OUT[entry.kind]}"


def file_content(mount: RunMount) -> FileContent | None:
    """What a mount of one file holds; None for a folder."""
    return _file_names().content(mount.source.text, mount.target.text)
