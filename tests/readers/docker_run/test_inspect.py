from __future__ import annotations

from typing import Any

from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Variable
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount
from advisor.jobs.word import Word, word
from advisor.readers.docker_run.inspect import read_container

IMAGE: dict[str, Any] = {
    "Architecture": "amd64",
    "Config": {
        "Env": ["PATH=/usr/bin", "CUDA_VERSION=12"],
        "Cmd": ["bash"],
        "Entrypoint": ["/init"],
        "Labels": {"maintainer": "NVIDIA"},
        "User": "root",
        "WorkingDir": "/workspace",
        "ExposedPorts": {"6006/tcp": {}},
        "Volumes": {"/cache": {}},
    },
}
CONTAINER: dict[str, Any] = {
    "Id": "ab" * 32,
    "Name": "/train-1",
    "Image": "sha256:" + "cd" * 32,
    "Config": {
        "Image": "lab/train:v1",
        "Hostname": "abababababab",
        "AttachStdout": False,
        "OpenStdin": True,
        "Tty": True,
        "Env": ["PATH=/usr/bin", "CUDA_VERSION=12", "EPOCHS=3", "HF_TOKEN=hf_" + "x" * 20],
        "Cmd": ["python", "train.py"],
        "Entrypoint": ["/init"],
        "Labels": {"maintainer": "NVIDIA", "team": "vision"},
        "User": "1000",
        "WorkingDir": "/workspace",
        "ExposedPorts": {"6006/tcp": {}, "8888/tcp": {}},
    },
    "HostConfig": {
        "Binds": ["/raid/data:/data:ro"],
        "PortBindings": {"8888/tcp": [{"HostIp": "", "HostPort": "80"}]},
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "NetworkMode": "default",
        "IpcMode": "private",
        "Runtime": "runc",
        "ShmSize": 16 * 1024**3,
        "Memory": 64 * 1024**3,
        "MemorySwap": 128 * 1024**3,
        "NanoCpus": 1_500_000_000,
        "Ulimits": [{"Name": "memlock", "Soft": -1, "Hard": -1}],
        "DeviceRequests": [
            {
                "Driver": "",
                "Count": 0,
                "DeviceIDs": ["0", "2"],
                "Capabilities": [["gpu", "compute"]],
            }
        ],
        "LogConfig": {"Type": "json-file", "Config": {}},
    },
    "Mounts": [
        {"Type": "bind", "Source": "/raid/data", "Destination": "/data", "RW": False},
        {"Type": "volume", "Name": "ef" * 32, "Destination": "/cache", "RW": True},
        {"Type": "volume", "Name": "12" * 32, "Destination": "/scratch", "RW": True},
        {"Type": "volume", "Name": "results", "Destination": "/results", "RW": True},
    ],
}


def test_a_container_without_what_its_image_sets() -> None:
    job = read_container(CONTAINER, IMAGE)
    assert job.run == Run(
        image=word("lab/train:v1"),
        name=word("train-1"),
        arguments=(word("python"), word("train.py")),
        environment=(
            Variable(name="EPOCHS", value=word("3")),
            Variable(name="HF_TOKEN", value=word("hf_" + "x" * 20), secret=True),
        ),
        user=word("1000"),
        interactive=True,
        terminal=True,
        detached=True,
        mounts=(
            RunMount(
                kind="bind",
                source=word("/raid/data"),
                target=word("/data"),
                read_only=True,
                create=True,
            ),
            RunMount(kind="anonymous-volume", source=Word(), target=word("/scratch")),
            RunMount(kind="named-volume", source=word("results"), target=word("/results")),
        ),
        ports=(PortMapping(container=8888, host=80),),
        gpus=(GpuAsk(how="--gpus", devices=("0", "2"), capabilities=("compute",)),),
        cpu_limit=1500,
        memory_limit=64 * 1024**3,
        shared_memory=16 * 1024**3,
        ulimits=("memlock=-1:-1",),
        labels={"team": "vision"},
    )


def test_what_placement_needs_of_a_container() -> None:
    job = read_container(CONTAINER, IMAGE)
    assert (job.id, job.label, job.kind, job.reader) == (
        *("container:train-1", "train-1", "container", "container"),
    )
    assert job.images == (JobImage(reference="lab/train:v1", image_id="sha256:" + "cd" * 32),)
    assert job.mounts == (
        JobMount(kind="bind", source="/raid/data", target="/data", read_only=True),
        JobMount(kind="anonymous-volume", source="", target="/scratch"),
        JobMount(kind="named-volume", source="results", target="/results"),
    )
    assert job.accelerators == (AcceleratorNeed(count=2, vendor="nvidia", how="--gpus"),)
    assert job.resources == {"cpu": 1500, "memory": 64 * 1024**3}
    assert job.architectures == ("amd64",)


def test_the_items_are_flags_without_words_and_secrets() -> None:
    items = read_container(CONTAINER, IMAGE).items
    assert [(item.name, item.value) for item in items] == [
        ("--name", "train-1"),
        ("--detach", ""),
        ("--env", "EPOCHS=3"),
        ("--env", "HF_TOKEN=[redacted]"),
        ("--user", "1000"),
        ("--label", "team=vision"),
        ("--interactive", ""),
        ("--tty", ""),
        ("--memory", str(64 * 1024**3)),
        ("--shm-size", str(16 * 1024**3)),
        ("--cpus", "1.500000000"),
        ("--ulimit", "memlock=-1:-1"),
        ("--volume", "/raid/data:/data:ro"),
        ("--volume", "/scratch"),
        ("--volume", "results:/results"),
        ("--publish", "80:8888/tcp"),
        ("--gpus", '"device=0,2",capabilities=compute'),
        ("IMAGE", "lab/train:v1"),
        ("COMMAND", "python train.py"),
    ]
    assert {item.words for item in items} == {()}


def test_an_entrypoint_of_its_own_takes_the_images_command_away() -> None:
    config = {**CONTAINER["Config"], "Entrypoint": ["sh", "-c"], "Cmd": ["bash"]}
    run = read_container({**CONTAINER, "Config": config}, IMAGE).run
    assert run is not None
    assert (run.entrypoint, run.arguments) == ((word("sh"),), (word("-c"), word("bash")))


def test_without_its_image_everything_counts_as_its_own() -> None:
    run = read_container(CONTAINER, None).run
    assert run is not None
    assert [variable.name for variable in run.environment] == [
        *("PATH", "CUDA_VERSION", "EPOCHS", "HF_TOKEN"),
    ]
    assert run.entrypoint == (word("/init"),)
