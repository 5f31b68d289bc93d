"""How many of a machine's GPUs a job works with."""

from __future__ import annotations

import pytest

from advisor.jobs.run import GpuAsk
from tests.writers.jobs import docker_job


@pytest.mark.parametrize(
    ("command", "count", "evidence"),
    [
        ("-e CUDA_VISIBLE_DEVICES=0,1 img a", 2, "CUDA_VISIBLE_DEVICES=0,1"),
        ("-e NVIDIA_VISIBLE_DEVICES=0,1 img a", 2, "NVIDIA_VISIBLE_DEVICES=0,1"),
        ("-e CUDA_VISIBLE_DEVICES=2 img a", 1, "CUDA_VISIBLE_DEVICES=2"),
        ("-e HIP_VISIBLE_DEVICES=0-3 img a", 4, "HIP_VISIBLE_DEVICES=0-3"),
        ("-e CUDA_VISIBLE_DEVICES=all img a", -1, ""),
        ("-e CUDA_VISIBLE_DEVICES= img a", -1, ""),
        ("-e CUDA_VISIBLE_DEVICES=$D img a", -1, ""),
        ("-e NUM_SHARD=4 img", 4, "NUM_SHARD=4"),
        ("img torchrun --nproc_per_node=8 a.py", 8, "--nproc_per_node=8"),
        ("img torchrun --nproc-per-node 4 a.py", 4, "--nproc-per-node 4"),
        ("img torchrun --nproc_per_node=gpu a.py", -1, ""),
        ("img --model m --tensor-parallel-size 2", 2, "--tensor-parallel-size 2"),
        (
            "img vllm serve m -tp 2 --pipeline-parallel-size=2",
            4,
            "-tp 2 --pipeline-parallel-size=2",
        ),
        ("img bash -c 'CUDA_VISIBLE_DEVICES=0,1,2 python a.py'", 3, "CUDA_VISIBLE_DEVICES=0,1,2"),
        ("img sh -lc 'deepspeed --num_gpus 2 a.py'", 2, "--num_gpus 2"),
        ("img python a.py trainer.devices=8", 8, "trainer.devices=8"),
        ("-e CUDA_VISIBLE_DEVICES=0,1,2,3 img -tp 2", 4, "CUDA_VISIBLE_DEVICES=0,1,2,3"),
        ("img python a.py --epochs 3 --seed=8", -1, ""),
    ],
)
def test_the_number_is_told_by_variables_and_words(command: str, count: int, evidence: str) -> None:
    run = docker_job(f"docker run --gpus all {command}").run
    assert run is not None
    assert [(ask.count, ask.evidence) for ask in run.gpus] == [(count, evidence)]


@pytest.mark.parametrize("given", ["--gpus 1", "--gpus device=3", "--cpus 2"])
def test_a_number_that_is_given_stays(given: str) -> None:
    run = docker_job(f"docker run {given} -e CUDA_VISIBLE_DEVICES=0,1 img").run
    assert run is not None
    assert [ask.evidence for ask in run.gpus] == [""] * len(run.gpus)
    assert GpuAsk(how="--gpus", count=2) not in run.gpus
