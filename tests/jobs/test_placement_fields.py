from __future__ import annotations

import pytest

from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.run import GpuAsk, Run, RunMount
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec
from advisor.jobs.word import Expansion, Word, joined, word

IDS = Word(parts=(Expansion(source="$IDS", kind="variable", name="IDS"),))


def filled(run: Run | None) -> JobSpec:
    return fill_placement(JobSpec(id="job", label="job", kind="docker run", run=run))


def test_a_job_that_runs_nothing_stays_as_it_is() -> None:
    job = JobSpec(id="job", label="job", kind="Pod", resources={"cpu": 1})
    assert fill_placement(job) == job


def test_images_keep_their_pull_policy() -> None:
    assert filled(Run(image=word("a:1"), pull="never")).images == (
        JobImage(reference="a:1", pull_policy="Never"),
    )
    assert filled(Run(image=Word())).images == ()


def test_only_data_is_mounted() -> None:
    home = Expansion(source="$HOME", kind="variable", name="HOME")
    run = Run(
        image=word("a"),
        mounts=(
            RunMount(kind="bind", source=joined([home, "/data"]), target=word("/data")),
            RunMount(kind="tmpfs", source=Word(), target=word("/t")),
            RunMount(kind="config", source=word("c"), target=word("/c")),
            RunMount(kind="claim", source=word("team/data"), target=word("/d"), read_only=True),
        ),
    )
    assert filled(run).mounts == (
        JobMount(kind="bind", source="$HOME/data", target="/data"),
        JobMount(kind="claim", source="team/data", target="/d", read_only=True),
    )


def test_a_limit_stands_for_a_missing_request() -> None:
    run = Run(
        image=word("a"), cpu_limit=2000, memory_limit=9, memory_request=4, extended={"x/y": 1}
    )
    assert filled(run).resources == {"cpu": 2000, "memory": 4, "x/y": 1}


def test_amounts_that_only_the_shell_knows() -> None:
    job = filled(Run(image=word("a"), cpu_limit=IDS, memory_limit=IDS, memory_request=4))
    assert (job.resources, job.open_resources) == ({"memory": 4}, {"cpu": IDS.text})


@pytest.mark.parametrize(
    ("gpus", "needs"),
    [
        ((), ()),
        ((GpuAsk(how="--gpus", count=0),), ()),
        (
            (GpuAsk(how="--gpus", count=-1),),
            (AcceleratorNeed(count=None, vendor="nvidia", how="--gpus"),),
        ),
        (
            (GpuAsk(how="--gpus", devices=("0", "3")),),
            (AcceleratorNeed(count=2, vendor="nvidia", how="--gpus"),),
        ),
        (
            (GpuAsk(how="--gpus", count=IDS, devices=("$IDS",)),),
            (AcceleratorNeed(count=None, vendor="nvidia", how="--gpus"),),
        ),
        (
            (GpuAsk(how="--gpus", count=1), GpuAsk(how="--gpus", count=2)),
            (AcceleratorNeed(count=3, vendor="nvidia", how="--gpus"),),
        ),
        (
            (GpuAsk(how="resource", count=2, resource="amd.com/gpu"),),
            (AcceleratorNeed(count=2, resource="amd.com/gpu", how="resource"),),
        ),
        (
            (GpuAsk(how="--gpu", portion=0.5),),
            (AcceleratorNeed(count=1, vendor="nvidia", how="--gpu", part=True),),
        ),
    ],
)
def test_accelerators(gpus: tuple[GpuAsk, ...], needs: tuple[AcceleratorNeed, ...]) -> None:
    job = filled(Run(image=word("a"), gpus=gpus))
    assert (job.accelerators, job.tolerates_gpu_taints) == (needs, bool(gpus))


@pytest.mark.parametrize(
    ("platform", "architectures"),
    [
        ("", ()),
        ("linux", ()),
        ("linux/amd64", ("amd64",)),
        ("linux/aarch64", ("arm64",)),
        ("arm64", ("arm64",)),
        ("linux/$ARCH", ()),
    ],
)
def test_architectures(platform: str, architectures: tuple[str, ...]) -> None:
    assert filled(Run(image=word("a"), platform=platform)).architectures == architectures
