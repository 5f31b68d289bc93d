"""Where data really is: the same key for two paths on one export, two for one path on two disks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

import msgspec

from advisor.placement.data_inventory import (
    DataEntry,
    MountUse,
    Sighting,
    volume_network,
    volume_path,
)
from advisor.placement.placement import Placement

_ADDRESS = re.compile(r"(?:^|,)addr=([^,]+)")
_OF_THE_CLUSTER = frozenset({"claim", "claim-template", "ephemeral", "inline-csi", "flex-volume"})
"""Kinds whose place only the cluster's storage knows."""
_NFS = frozenset({"nfs", "nfs4"})


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One real location as one entry's sighting shows it.

    `key` is the same for all that is the same; `machine` is empty when it is on none. `network` is
    whether it is outside the machines (None: not known), `server` and `export` are set for NFS.
    `path` is where its machine has it.
    """

    key: str
    label: str
    machine: str = ""
    path: str = ""
    network: bool | None = None
    filesystem: str = ""
    server: str = ""
    export: str = ""


def places(placement: Placement, entry: DataEntry) -> Iterator[tuple[Place, list[MountUse]]]:
    """The entry's locations, each with the uses that mean it."""
    if entry.kind in ("bind", "hostPath"):
        # A bind is its own host's path; a hostPath that of whichever node its pod is on.
        for sighting in entry.sightings:
            uses = [use for use in entry.uses if use.job.host == sighting.machine]
            yield _on_machine(placement, entry.source, sighting), uses
        seen = {sighting.machine for sighting in entry.sightings}
        unseen = [use for use in entry.uses if use.job.host and use.job.host not in seen]
        for host in sorted({use.job.host for use in unseen}):
            uses = [use for use in unseen if use.job.host == host]
            yield _on_machine(placement, entry.source, Sighting(machine=host)), uses
        in_cluster = [use for use in entry.uses if not use.job.host]
        if in_cluster:
            yield _on_nodes(placement, entry), in_cluster
    elif entry.kind in ("named-volume", "anonymous-volume"):
        yield _volume(placement, entry), entry.uses
    elif entry.kind in _OF_THE_CLUSTER:
        yield _claim(entry), entry.uses
    elif entry.kind == "nfs":
        yield _nfs(entry.source, entry.label), entry.uses
    else:
        place = Place(key=f"{entry.kind}:{entry.source}", label=entry.label, network=True)
        yield place, entry.uses


def _on_nodes(placement: Placement, entry: DataEntry) -> Place:
    """One node, or a network filesystem on every machine that is a node, makes it one place."""
    path = entry.source
    nodes = {node for use in entry.uses if not use.job.host for node in use.job.nodes}
    machines = {
        placement.nodes_of_hosts.get(sighting.machine, ""): sighting for sighting in entry.sightings
    }
    for node in sorted(nodes):
        if filesystem := placement.machines.on_node(node, path):
            machines[node] = Sighting(machine=node, filesystem=filesystem)
    seen = [
        _on_machine(placement, path, machines[node]) for node in sorted(nodes) if node in machines
    ]
    one_place = len({place.key for place in seen}) == 1 and len(seen) == len(nodes)
    if one_place and (len(nodes) == 1 or seen[0].network):
        return seen[0]
    return Place(
        key=f"nodes:{path}",
        label=f"{path} on the nodes",
        machine=next(iter(nodes)) if len(nodes) == 1 else "",
        path=path,
    )


def _on_machine(placement: Placement, path: str, sighting: Sighting) -> Place:
    filesystem = sighting.filesystem
    network = None
    if filesystem is not None:
        network = placement.catalogs.filesystems.network(filesystem.type)
    words = f"{filesystem.type} {filesystem.device}".strip() if filesystem is not None else ""
    if filesystem is not None and network and filesystem.device:
        # The path as its server knows it.
        below = posixpath.relpath(path, filesystem.mount_point) if filesystem.mount_point else "."
        inside = posixpath.join(filesystem.root.lstrip("/"), "" if below == "." else below)
        server, colon, export = filesystem.device.partition(":")
        if filesystem.type in _NFS and colon and not inside.startswith(".."):
            location = _nfs(f"{server}:{posixpath.join(export, inside).rstrip('/')}", "")
            return msgspec.structs.replace(
                location, machine=sighting.machine, path=path, filesystem=words
            )
        return Place(
            key=f"{filesystem.type}:{filesystem.device}/{inside}".rstrip("/"),
            label=f"{path} ({words})",
            machine=sighting.machine,
            path=path,
            network=True,
            filesystem=words,
        )
    return Place(
        key=f"{sighting.machine}:{path}",
        label=f"{path} on {sighting.machine}",
        machine=sighting.machine,
        path=path,
        network=network,
        filesystem=words,
    )


def _nfs(source: str, label: str) -> Place:
    server, _, export = source.partition(":")
    export = posixpath.normpath(export or "/")
    return Place(
        key=f"nfs:{server}:{export}",
        label=label or f"{server}:{export}",
        network=True,
        filesystem=f"nfs {server}:{export}",
        server=server,
        export=export,
    )


def _volume(placement: Placement, entry: DataEntry) -> Place:
    machine = entry.sightings[0].machine if entry.sightings else ""
    volume = entry.volume
    if volume is None:
        return Place(key=entry.key, label=entry.label, machine=machine)
    path = volume.mount_point
    address = _ADDRESS.search(volume.options.get("o", ""))
    device = volume.options.get("device", "")
    if volume.options.get("type", "").startswith("nfs") and address and device:
        location = _nfs(f"{address[1]}:{device.rpartition(':')[2]}", "")
        return msgspec.structs.replace(location, machine=machine, path=path)
    if volume.filesystem is not None:
        place = _on_machine(
            placement, path, Sighting(machine=machine, filesystem=volume.filesystem)
        )
        if place.network:
            return place
    where = volume_path(volume)
    return Place(
        key=f"{machine}:{where or entry.key}",
        label=entry.label,
        machine=machine,
        path=where,
        network=volume_network(volume),
    )


def _claim(entry: DataEntry) -> Place:
    volume = entry.persistent_volume
    if volume is not None and volume.source_kind == "nfs" and ":" in volume.source:
        return _nfs(volume.source, entry.label)
    return Place(key=entry.key, label=entry.label, path="", network=None)
