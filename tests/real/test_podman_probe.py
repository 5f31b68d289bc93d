"""The Docker probe against podman's socket."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import msgspec

from advisor.facts.host import Container, DockerHost, HostImage, Mount
from advisor.facts.mount_table import parse_mount_table
from advisor.facts.source import Redaction, Source
from advisor.probes.docker.probe import HostOptions, probe_hosts
from tests.real.docker_scene import build_podman_scene
from tests.real.parts.podman_service import PodmanService


def test_a_podman_host(podman_service: PodmanService, tmp_path: Path) -> None:
    build_podman_scene(podman_service, tmp_path)
    (result,) = probe_hosts(
        [podman_service.host], HostOptions(environment={"PATH": os.environ["PATH"]})
    )
    host = result.host
    assert host is not None
    name = socket.gethostname()
    assert msgspec.structs.replace(result.source, seconds=0.0) == Source(
        probe="docker", target=podman_service.host, status="ok", name=name
    )
    assert result.redactions == (
        Redaction(path=f"hosts[{name}].containers[train].command", redactor="docker"),
        Redaction(path=f"hosts[{name}].containers[train].variables", redactor="variable-values"),
    )
    _check_engine(host)
    _check_image(host, podman_service)
    _check_container(host, podman_service, tmp_path)
    volumes = {v.name: (v.driver, v.anonymous, v.users) for v in host.volumes or ()}
    (anonymous,) = {name for name, found in volumes.items() if found[1]}
    assert volumes == {"named": ("local", False, 1), anonymous: ("local", True, 1)}


def _check_engine(host: DockerHost) -> None:
    found = (host.engine, host.image_store, host.mount_table_read, host.insecure_registries)
    assert found == ("podman", "podman", True, ())


def _check_image(host: DockerHost, service: PodmanService) -> None:
    """podman gives every image a digest, pushed or not: that is why the store is recorded."""
    reference = "localhost/lab/train:v1"
    inspected = service.client.api.inspect_image(reference)
    assert host.images == (
        HostImage(
            id=inspected["Id"],
            tags=(reference,),
            digests=tuple(inspected["RepoDigests"]),
            size=inspected["Size"],
            layers=tuple(inspected["RootFS"]["Layers"]),
            architecture=host.architecture,
            operating_system="linux",
            created=inspected["Created"][:19] + "Z",
            cuda_version="12.4.1",
            requires_cuda="cuda>=12.4",
            user="trainer",
            secret_variables=("HF_TOKEN",),
        ),
    )
    assert len(host.images[0].digests) == 1


def _check_container(host: DockerHost, service: PodmanService, disk: Path) -> None:
    (container,) = host.containers or ()
    (anonymous,) = [volume.name for volume in host.volumes or () if volume.anonymous]
    table = parse_mount_table(Path("/proc/self/mountinfo").read_text())
    placed = {mount.target: mount.filesystem for mount in container.mounts}
    assert placed["/data"] == msgspec.structs.replace(
        table.find(str(disk)),
        size=placed["/data"] and placed["/data"].size,
        available=placed["/data"] and placed["/data"].available,
    )
    mounts = tuple(msgspec.structs.replace(mount, filesystem=None) for mount in container.mounts)
    assert msgspec.structs.replace(container, id="", created="", mounts=mounts) == Container(
        id="",
        name="train",
        image="localhost/lab/train:v1",
        image_id=service.image_id("localhost/lab/train:v1"),
        state="created",
        command=("python", "x.py", "--token", "[redacted]"),
        variables=("WANDB_API_KEY",),
        labels={"owner": "ann"},
        user="trainer",
        owner="ann",
        working_directory="/",
        mounts=(
            Mount(
                kind="volume",
                target="/anonymous",
                volume=anonymous,
                driver="local",
                anonymous=True,
            ),
            Mount(kind="bind", target="/data", source=str(disk), read_only=True),
            Mount(kind="volume", target="/named", volume="named", driver="local"),
            Mount(kind="tmpfs", target="/scratch"),
        ),
        shared_memory=1 << 30,
        ulimits=("nofile=1024:2048",),
        restart="always",
        network_mode="host",
        ipc_mode="shareable",
        devices=("/dev/fuse",),
        layer_size=5,
        layer_changes=2,
        layer_paths=("/work/notes.txt",),
    )
