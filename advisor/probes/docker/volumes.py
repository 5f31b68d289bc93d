"""Volumes, and the mounts of containers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from advisor.facts.host import Container, Mount, Volume
from advisor.probes.docker.documents import Document

ANONYMOUS = re.compile(r"[0-9a-f]{64}")
ANONYMOUS_LABEL = "com.docker.volume.anonymous"
KINDS: dict[str, Literal["bind", "volume", "tmpfs"]] = {
    "bind": "bind",
    "volume": "volume",
    "tmpfs": "tmpfs",
}


def listed_volume(listed: Document) -> Volume:
    """A volume with its options as they are."""
    name = listed.text("Name")
    return Volume(
        name=name,
        driver=listed.text("Driver") or "local",
        options=listed.texts_by_name("Options"),
        mount_point=listed.text("Mountpoint"),
        anonymous=is_anonymous(name) or ANONYMOUS_LABEL in listed.names("Labels"),
    )


def container_mounts(inspected: Document) -> tuple[Mount, ...]:
    """All mounts by target, those of `--tmpfs` too, without the filesystems that hold them."""
    mounts = [_mount(document) for document in inspected.documents("Mounts")]
    targets = {mount.target for mount in mounts}
    mounts += [
        Mount(kind="tmpfs", target=target, read_only="ro" in options.split(","))
        for target, options in inspected.texts_by_name("HostConfig", "Tmpfs").items()
        if target not in targets
    ]
    return tuple(sorted(mounts, key=lambda mount: mount.target))


def is_anonymous(name: str) -> bool:
    """Whether an engine made the name up."""
    return bool(ANONYMOUS.fullmatch(name))


def data_path(volume: Volume) -> str:
    """The host path whose mount holds a volume's data; empty when only a mount on it could tell.

    A volume made by binding a folder has its data there. One that its driver or options mount is
    its own filesystem, and what lies beneath while it is not mounted says nothing.
    """
    if volume.driver != "local":
        return ""
    kind, device = volume.options.get("type", ""), volume.options.get("device", "")
    if kind in ("", "none"):
        return device if device.startswith("/") else volume.mount_point
    return ""


def count_users(volume: str, containers: Iterable[Container]) -> int:
    """How many of the containers mount this volume."""
    return sum(any(mount.volume == volume for mount in c.mounts) for c in containers)


def _mount(document: Document) -> Mount:
    kind = document.text("Type")
    name = document.text("Name")
    return Mount(
        kind=KINDS.get(kind, "other"),
        target=document.text("Destination"),
        source=document.text("Source") if kind == "bind" else "",
        volume=name if kind == "volume" else "",
        driver=document.text("Driver") if kind == "volume" else "",
        read_only="RW" in document.names() and not document.flag("RW"),
        anonymous=kind == "volume" and is_anonymous(name),
    )
