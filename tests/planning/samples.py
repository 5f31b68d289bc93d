"""Small snapshots for the tests of the plan, judged by the built-in rules."""

from __future__ import annotations

from typing import Any

from advisor import api
from advisor.configuration.settings import Assumption, Settings
from advisor.facts.host import Container, Filesystem, GpuRequest, HostImage, Mount
from advisor.facts.snapshot import Snapshot
from advisor.planning.plan import Plan

GIB = 2**30
REGISTRY = "registry.example/lab"
RAID = Filesystem(mount_point="/raid", type="xfs", device="/dev/md0")
HOME = Filesystem(mount_point="/home", type="nfs4", device="filer:/export/home")


def plan(of: Snapshot, registry: str = REGISTRY, **settings: Any) -> Plan:
    """The plan for the snapshot; two GPU nodes are assumed where it has no cluster."""
    if of.cluster is None:
        settings.setdefault("assume", Assumption(gpu_nodes=2, gpus_per_node=4))
    found = api.audit(of, Settings(registry=registry, **settings)).plan
    assert found is not None
    return found


def content(letter: str) -> str:
    """The id of an image."""
    return "sha256:" + letter * 64


def image(name: str, letter: str, *, layers: str = "", size: int | None = GIB) -> HostImage:
    """An image built on its host; `layers` are one letter each, from the base up."""
    return HostImage(
        id=content(letter),
        tags=(name,) if name else (),
        layers=tuple(content(one) for one in layers),
        size=size,
        architecture="amd64",
    )


def container(name: str, of: HostImage, *mounts: Mount, **fields: Any) -> Container:
    """A container with one GPU."""
    values: dict[str, Any] = {"gpu": GpuRequest(how="--gpus", count=1), "owner": "ann", **fields}
    return Container(
        id=f"id-{name}", name=name, image=of.tags[0], image_id=of.id, mounts=mounts, **values
    )


def bind(
    source: str, target: str = "/data", filesystem: Filesystem | None = RAID, **more: Any
) -> Mount:
    """A bind mount."""
    return Mount(kind="bind", source=source, target=target, filesystem=filesystem, **more)
