"""Containers as jobs."""

from __future__ import annotations

import pytest
from msgspec import structs

from advisor.facts.host import Container, DockerHost, GpuRequest, HostImage, Mount, Port
from advisor.facts.secrecy import MARK
from advisor.jobs.container import container_items, container_job, container_run
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec
from advisor.jobs.word import Expansion, Word, word
from tests.placement.samples import host, image

ALL = Container(
    id="1",
    name="train",
    image="lab/x:1",
    image_id="sha256:a",
    entrypoint=("python",),
    command=("x.py", f"--token={MARK}"),
    variables=("EPOCHS", "HF_TOKEN"),
    user="1000:1000",
    working_directory="/work",
    mounts=(
        Mount(kind="bind", source="/raid", target="/data", read_only=True),
        Mount(kind="volume", volume="v", target="/v", driver="local"),
        Mount(kind="volume", volume="f" * 64, target="/anon", anonymous=True),
        Mount(kind="tmpfs", target="/scratch"),
        Mount(kind="other", target="/odd"),
    ),
    gpu=GpuRequest(how="--gpus", count=2, capabilities=("gpu",)),
    cpus=2500,
    memory=2**30,
    shared_memory=2**33,
    ulimits=("memlock=-1:-1",),
    ports=(Port(container_port=8888, host_port=80, protocol="udp"),),
    restart="always",
    privileged=True,
    network_mode="host",
    ipc_mode="host",
    tty=True,
    interactive=True,
    capabilities=("SYS_PTRACE",),
    devices=("/dev/fuse",),
)
SECRET = Expansion(source="$SECRET", kind="variable", name="SECRET", quoted=True, withheld=True)


def container(**fields: object) -> Container:
    return Container(id="1", name="train", image="x:1", image_id="sha256:" + "a" * 64, **fields)  # type: ignore[arg-type]


def test_everything_a_placement_needs() -> None:
    mounts = (
        Mount(kind="bind", source="/raid", target="/data", read_only=True),
        Mount(kind="volume", volume="v", target="/v"),
        Mount(kind="volume", volume="f" * 64, target="/anon", anonymous=True),
        Mount(kind="tmpfs", target="/tmp"),
    )
    of = container(
        owner="alice", cpus=2500, memory=2**30, mounts=mounts, gpu=GpuRequest(how="--gpus", count=2)
    )
    job = container_job(host("dgx"), of, image("x:1"))
    assert structs.replace(job, run=None, items=()) == JobSpec(
        id="container:dgx/train",
        label="train on dgx",
        kind="container",
        host="dgx",
        owner="alice",
        images=(JobImage(reference="x:1", image_id="sha256:" + "a" * 64),),
        mounts=(
            JobMount(kind="bind", source="/raid", target="/data", read_only=True),
            JobMount(kind="named-volume", source="v", target="/v"),
            JobMount(kind="anonymous-volume", source="f" * 64, target="/anon"),
        ),
        resources={"cpu": 2500, "memory": 2**30},
        accelerators=(AcceleratorNeed(count=2, vendor="nvidia", how="--gpus"),),
        tolerates_gpu_taints=True,
        architectures=("amd64",),
        reader="container",
    )


@pytest.mark.parametrize(
    ("gpu", "gpus", "need"),
    [
        (None, 8, ()),
        (GpuRequest(how="runtime", count=0), 8, ()),
        (GpuRequest(how="--gpus", count=-1), 8, (8, "nvidia")),
        (GpuRequest(how="--gpus", count=-1), None, (None, "nvidia")),
        (GpuRequest(how="runtime", count=None), 4, (None, "nvidia")),
        (GpuRequest(how="device", count=1, devices=("/dev/kfd",)), None, (1, "amd")),
    ],
)
def test_gpus(gpu: GpuRequest | None, gpus: int | None, need: tuple[object, ...]) -> None:
    of: DockerHost = host("dgx", gpus=gpus)
    found = [
        (one.count, one.vendor) for one in container_job(of, container(gpu=gpu), None).accelerators
    ]
    assert found == ([need] if need else [])


def test_an_image_that_was_removed_leaves_the_hosts_architecture() -> None:
    assert container_job(host("dgx", architecture="arm64"), container(), None).architectures == (
        "arm64",
    )


def test_everything_is_carried_over() -> None:
    assert container_run(ALL) == Run(
        image=word("lab/x:1"),
        name=word("train"),
        entrypoint=(word("python"),),
        arguments=(word("x.py"), Word(parts=("--token=", SECRET))),
        environment=(Variable(name="EPOCHS"), Variable(name="HF_TOKEN", secret=True)),
        working_directory=word("/work"),
        user=word("1000:1000"),
        interactive=True,
        terminal=True,
        restart="always",
        mounts=(
            RunMount(kind="bind", source=word("/raid"), target=word("/data"), read_only=True),
            RunMount(kind="named-volume", source=word("v"), target=word("/v"), driver="local"),
            RunMount(kind="anonymous-volume", source=word("f" * 64), target=word("/anon")),
            RunMount(kind="tmpfs", source=Word(), target=word("/scratch")),
        ),
        ports=(PortMapping(container=8888, host=80, protocol="udp"),),
        gpus=(GpuAsk(how="--gpus", count=2, capabilities=("gpu",)),),
        devices=("/dev/fuse",),
        cpu_limit=2500,
        memory_limit=2**30,
        shared_memory=2**33,
        ulimits=("memlock=-1:-1",),
        security=Security(
            privileged=True,
            capabilities_added=("SYS_PTRACE",),
            host_network=True,
            host_ipc=True,
        ),
    )


def test_every_part_is_an_item_of_the_account() -> None:
    assert [(item.name, item.value) for item in container_items(ALL)] == [
        ("IMAGE", "lab/x:1"),
        ("--name", "train"),
        ("--entrypoint", "python"),
        ("COMMAND", "x.py"),
        ("COMMAND", f"--token={MARK}"),
        ("--env", "EPOCHS"),
        ("--env", "HF_TOKEN"),
        ("--volume", "/raid:/data:ro"),
        ("--volume", "v:/v"),
        ("--volume", f"{'f' * 64}:/anon"),
        ("--volume", "/odd"),
        ("--tmpfs", "/scratch"),
        ("--interactive", ""),
        ("--tty", ""),
        ("--privileged", ""),
        ("--network", "host"),
        ("--ipc", "host"),
        ("--gpus", "2"),
        ("--memory", "1073741824"),
        ("--shm-size", "8589934592"),
        ("--cpus", "2.5"),
        ("--ulimit", "memlock=-1:-1"),
        ("--cap-add", "SYS_PTRACE"),
        ("--device", "/dev/fuse"),
        ("--restart", "always"),
        ("--workdir", "/work"),
        ("--publish", "80:8888/udp"),
        ("--user", "1000:1000"),
    ]


def test_the_images_own_user_is_not_repeated() -> None:
    image = HostImage(id="sha256:a", user="1000:1000")
    assert container_run(ALL, image).user is None
    assert "--user" not in [item.name for item in container_items(ALL, image)]


@pytest.mark.parametrize(
    ("gpu", "flags"),
    [
        (GpuRequest(how="--gpus", count=-1), [("--gpus", "all")]),
        (GpuRequest(how="--gpus", count=2, devices=("0", "2")), [("--gpus", '"device=0,2"')]),
        (GpuRequest(how="runtime", count=None), [("--runtime", "nvidia")]),
        (
            GpuRequest(how="cdi", devices=("nvidia.com/gpu=all",)),
            [("--device", "nvidia.com/gpu=all")],
        ),
    ],
)
def test_gpus_are_asked_for_as_they_were(gpu: GpuRequest, flags: list[tuple[str, str]]) -> None:
    plain = Container(id="1", name="x", image="y", gpu=gpu)
    found = [(item.name, item.value) for item in container_items(plain)]
    assert found == [("IMAGE", "y"), ("--name", "x"), *flags]


def test_no_gpus_are_no_request() -> None:
    without = structs.replace(ALL, gpu=GpuRequest(how="runtime", count=0))
    assert container_run(without).gpus == ()
