"""A Docker host with one of everything that the probe has to tell apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docker.types import DeviceRequest, LogConfig, Mount, Ulimit

from tests.real.parts.docker_api import put_files
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.podman_service import PodmanService

HUGGING_FACE = "hf_" + "x" * 30
TRAIN = (
    "ENV CUDA_VERSION=12.4.1",
    "ENV NVIDIA_REQUIRE_CUDA=cuda>=12.4",
    "ENV NVIDIA_VISIBLE_DEVICES=all",
    f"ENV HF_TOKEN={HUGGING_FACE}",
    "LABEL maintainer=NVIDIA",
    "USER trainer",
    'CMD ["python", "train.py"]',
)
PUSHED = f"{REMOTE_REGISTRY}/team/pushed:1"


def build_docker_scene(daemon: DockerDaemon, disk: Path, memory: Path) -> None:
    """`disk` and `memory` are folders on two filesystems, bound into containers."""
    daemon.build_image("lab/train:v1", TRAIN)
    daemon.import_image("lab/imported:v1", {"motd": b"hello\n"})
    daemon.build_image(None, ("ENV LEFT=over",))
    daemon.build_image(PUSHED, ("ENV PUSHED=1",))
    daemon.push_image(PUSHED)
    _create_volumes(daemon, disk)
    _create_training(daemon, disk, memory)
    _create_chosen(daemon)
    _create_others(daemon)


def build_podman_scene(service: PodmanService, disk: Path) -> None:
    """The same habits in podman's words, as far as it has them."""
    service.build_image("lab/train:v1", TRAIN)
    service.run(
        *("create", "--name", "train", "--shm-size", "1g", "--ulimit", "nofile=1024:2048"),
        *("--volume", f"{disk}:/data:ro", "--volume", "named:/named", "--volume", "/anonymous"),
        *("--network", "host", "--env", "WANDB_API_KEY=abc", "--restart", "always"),
        *("--device", "/dev/fuse", "--label", "owner=ann", "--tmpfs", "/scratch"),
        *("localhost/lab/train:v1", "python", "x.py", "--token", "s3cr3t"),
    )
    put_files(service.client.containers.get("train"), "/", {"work/notes.txt": b"mine\n"})


def _create_volumes(daemon: DockerDaemon, disk: Path) -> None:
    volumes = daemon.client.volumes
    volumes.create("nfs", driver_opts={"type": "nfs", "o": "addr=filer,rw", "device": ":/export"})
    options = {"type": "cifs", "o": "username=u,password=hunter2", "device": "//filer/share"}
    volumes.create("cifs", driver_opts=options)
    volumes.create("bound", driver_opts={"type": "none", "o": "bind", "device": str(disk)})


def _create_training(daemon: DockerDaemon, disk: Path, memory: Path) -> None:
    daemon.create_container(
        "lab/train:v1",
        name="train",
        command=["python", "x.py", "--token", "s3cr3t", "--lr", "1"],
        device_requests=[DeviceRequest(count=-1, capabilities=[["gpu"]])],
        shm_size="8g",
        ulimits=[Ulimit(name="memlock", soft=-1, hard=-1)],
        ports={"8888/tcp": 8888, "6006/tcp": ("127.0.0.1", None)},
        environment={"WANDB_API_KEY": "abc", "EPOCHS": "3"},
        labels={"owner": "ann", "note": "two\nlines \x1b[31m"},
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 3},
        tty=True,
        stdin_open=True,
        mounts=[
            Mount("/data", str(disk), type="bind", read_only=True),
            Mount("/fast", str(memory), type="bind"),
            Mount("/gone", str(_made_and_removed(disk)), type="bind"),
            Mount("/named", "named"),
            Mount("/anonymous", None),
            Mount("/scratch", None, type="tmpfs"),
        ],
    )
    (disk / "gone").rmdir()


def _made_and_removed(disk: Path) -> Path:
    """The engine wants a bind source to be there when the container is created."""
    gone = disk / "gone"
    gone.mkdir()
    return gone


def _create_chosen(daemon: DockerDaemon) -> None:
    container = daemon.create_container(
        "lab/train:v1",
        name="chosen",
        command=None,
        device_requests=[DeviceRequest(device_ids=["0", "2"], capabilities=[["gpu"]])],
        privileged=True,
        network_mode="host",
        pid_mode="host",
        ipc_mode="host",
        cap_add=["SYS_PTRACE"],
        user="1000:1000",
        working_dir="/work",
    )
    put_files(container, "/", {"work/notes.txt": b"mine\n", "top": b"mine\n"})


def _create_others(daemon: DockerDaemon) -> None:
    """GPU requests in their other forms; no log is kept so that nothing needs a driver."""
    quiet: dict[str, Any] = {"log_config": LogConfig(type="none"), "network_mode": "none"}
    daemon.create_container(
        "lab/imported:v1",
        name="runtime",
        runtime="nvidia",
        environment={"NVIDIA_VISIBLE_DEVICES": "0,1", "NVIDIA_DRIVER_CAPABILITIES": "compute"},
        nano_cpus=500_000_000,
        mem_limit="512m",
        tmpfs={"/run": "size=1m"},
        **quiet,
    )
    daemon.create_container(
        PUSHED,
        name="cdi",
        device_requests=[DeviceRequest(driver="cdi", device_ids=["nvidia.com/gpu=all"])],
        **quiet,
    )
    devices = ["/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl", "/dev/fuse:/dev/fuse:r"]
    daemon.create_container("lab/imported:v1", name="nodes", devices=devices, **quiet)
