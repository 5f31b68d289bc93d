"""Four unlike machines of one group, before there is any cluster."""

from __future__ import annotations

from advisor.facts.host import Container, DockerHost, Filesystem, GpuRequest, HostImage, Mount
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Refusal, Source
from tests import demo_snapshot as parts

ASSUME = "gpu-nodes=4,gpus-per-node=4,cpus=64,memory=512Gi"
"""The cluster that is planned."""

_TAKEN = "2026-11-17T12:00:00Z"
_DISK = Filesystem(mount_point="/", type="ext4", device="/dev/sda2", size=3_600 * parts.GIB)
_SCRATCH = Filesystem(mount_point="/scratch", type="xfs", device="/dev/md0", size=14 * parts.TIB)
_PROJECTS = Filesystem(
    mount_point="/projects", type="nfs4", device="nas.bio.example:/projects", size=60 * parts.TIB
)


def _host(name: str, address: str, **more: object) -> DockerHost:
    fields: dict[str, object] = {
        "name": name,
        "url": f"ssh://admin@{name}.bio.example",
        "addresses": (address,),
        "version": "26.1.4",
        "api_version": "1.45",
        "storage_driver": "overlay2",
        "image_store": "classic",
        "architecture": "amd64",
        "operating_system": "Ubuntu 22.04.5 LTS",
        "cpus": 32,
        "memory": 256 * parts.GIB,
        "runtimes": ("nvidia", "runc"),
        "default_runtime": "runc",
        "volumes": (),
        "mount_table_read": True,
        **more,
    }
    return DockerHost(**fields)  # type: ignore[arg-type]


def _job(image: HostImage, name: str, owner: str, gpus: int, *mounts: Mount) -> Container:
    request = GpuRequest(how="--gpus", count=gpus) if gpus else None
    return parts.container(image, name, owner, gpu=request, mounts=mounts)


def _bind(source: str, target: str, filesystem: Filesystem, *, read_only: bool = False) -> Mount:
    return Mount(
        kind="bind", source=source, target=target, filesystem=filesystem, read_only=read_only
    )


def _hosts() -> tuple[DockerHost, ...]:
    fold = parts.host_image("fold:2.3", 9 * parts.GIB, pulled=False, content="fold on gpu-a")
    other_fold = parts.host_image("fold:2.3", 9 * parts.GIB, pulled=False, content="fold on gpu-b")
    cryo = parts.host_image("ghcr.io/bio/cryo:1.9", 6 * parts.GIB, pulled=True)
    cells = parts.host_image("cells:dev", 5 * parts.GIB, pulled=False)
    tools = parts.host_image("omar/tools:latest", 3 * parts.GIB, pulled=True)
    arm = parts.host_image("edge-demo:1", 2 * parts.GIB, pulled=False, architecture="arm64")
    structures = _bind("/projects/pdb", "/pdb", _PROJECTS, read_only=True)
    return (
        _host(
            "gpu-a",
            "10.40.0.1",
            gpus=4,
            images=(fold, cryo),
            containers=(
                _job(
                    fold,
                    "fold-batch",
                    "ines",
                    4,
                    structures,
                    _bind("/scratch/fold", "/out", _SCRATCH),
                ),
                _job(cryo, "cryo-7", "omar", 2, _bind("/scratch/micrographs", "/in", _SCRATCH)),
            ),
        ),
        _host(
            "gpu-b",
            "10.40.0.2",
            gpus=2,
            images=(other_fold, cells),
            containers=(
                _job(other_fold, "fold-test", "ines", 1, structures),
                _job(cells, "segment", "ruth", 2, _bind("/data/cells", "/data", _DISK)),
            ),
        ),
        _host(
            "ws-omar",
            "10.40.0.21",
            gpus=1,
            engine="podman",
            image_store="podman",
            version="5.2.3",
            images=(cryo, tools),
            containers=(
                _job(
                    cryo, "cryo-view", "omar", 1, Mount(kind="bind", source="/data/m", target="/in")
                ),
                _job(tools, "tools", "omar", 1),
            ),
            mount_table_read=False,
        ),
        _host(
            "jetson",
            "10.40.0.31",
            architecture="arm64",
            cpus=12,
            memory=32 * parts.GIB,
            gpus=1,
            images=(arm,),
            containers=(_job(arm, "edge-demo", "", 1),),
        ),
    )


def snapshot() -> Snapshot:
    """The whole of it."""
    hosts = _hosts()
    return Snapshot(
        advisor="0.1.0",
        taken=_TAKEN,
        sources=tuple(
            Source(
                probe="docker",
                target=host.url,
                status="ok" if host.mount_table_read else "partial",
                reason="" if host.mount_table_read else "1 read was refused",
                refused=()
                if host.mount_table_read
                else (
                    Refusal(
                        resource="mounts",
                        verb="read",
                        reason="permission denied",
                        facts=("hosts.containers.mounts.filesystem",),
                        supplement=True,
                    ),
                ),
            )
            for host in hosts
        ),
        hosts=hosts,
    )
