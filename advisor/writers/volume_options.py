"""What the options of a named volume say of where its data is."""

from __future__ import annotations

import re
from functools import cache

from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.catalogs.storage import FilesystemCatalog
from advisor.jobs.numbers import parse_size
from advisor.jobs.run import RunMount
from advisor.jobs.word import word

_ADDRESS = re.compile(r"(?:^|,)addr=([^,]+)")


def as_mounted(mount: RunMount) -> RunMount:
    """A volume whose own options say so is read-only however it is mounted, or in memory."""
    options = mount.driver_options.get("o", "").split(",")
    if mount.driver_options.get("type") == "tmpfs":
        mount = replace(mount, kind="tmpfs", source=word(""), size=_size(options))
    return replace(mount, read_only=True) if "ro" in options else mount


def _size(options: list[str]) -> int | None:
    """Bytes; None without a limit, or for one that cannot be read."""
    sizes = [option.removeprefix("size=") for option in options if option.startswith("size=")]
    try:
        return parse_size(sizes[-1]) or None if sizes else None
    except ValueError:
        return None


def nfs_export(mount: RunMount) -> tuple[str, str] | None:
    """Server and path of the NFS export that the volume is; None for another volume."""
    options = mount.driver_options
    if not options.get("type", "").startswith("nfs"):
        return None
    address = _ADDRESS.search(options.get("o", ""))
    path = options.get("device", "").lstrip(":")
    return (address[1], path) if address and path else None


def network_share(mount: RunMount) -> str:
    """What kind of network storage the volume is, by its type or driver; empty for a disk."""
    kind = mount.driver_options.get("type", "")
    if _filesystems().network(kind):
        return kind
    driver = mount.driver.partition(":")[0].rpartition("/")[2]
    return driver if _filesystems().network(f"fuse.{driver}") else ""


@cache
def _filesystems() -> FilesystemCatalog:
    return load_catalog("filesystems", FilesystemCatalog)
