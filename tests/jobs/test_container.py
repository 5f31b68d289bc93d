"""Containers as jobs."""

from __future__ import annotations

import pytest
from msgspec import structs

from advisor.facts.host import Container, DockerHost, GpuRequest, Mount
from advisor.jobs.container import container_job
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec
from tests.placement.samples import host, image


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
