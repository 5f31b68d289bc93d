from __future__ import annotations

import pytest

from advisor.configuration.settings import Assumption, parse_assumption
from advisor.errors import InputError

EXAMPLE = " (as in: gpu-nodes=4,gpus-per-node=8,cpus=64,memory=512Gi)"


@pytest.mark.parametrize(
    ("text", "assumption"),
    [
        ("gpu-nodes=4", Assumption(gpu_nodes=4)),
        ("gpu-nodes=0", Assumption(gpu_nodes=0)),
        (
            " gpu-nodes = 4 , gpus-per-node=8,gpu=amd.com/gpu,cpus=64,memory=512Gi,cpu-nodes=2,",
            Assumption(
                gpu_nodes=4,
                gpus_per_node=8,
                gpu="amd.com/gpu",
                cpus=64,
                memory=512 * 2**30,
                cpu_nodes=2,
            ),
        ),
    ],
)
def test_a_shape_is_read(text: str, assumption: Assumption) -> None:
    assert parse_assumption(text) == assumption


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "gpu-nodes is missing"),
        ("cpus=4", "gpu-nodes is missing"),
        ("gpu-node=4", "there is no 'gpu-node', did you mean 'gpu-nodes'?"),
        (
            "gpu-nodes=4,zzz=1",
            "there is no 'zzz'; there is: cpu-nodes, cpus, gpu, gpu-nodes, gpus-per-node, memory",
        ),
        ("gpu-nodes", "'gpu-nodes' has no value"),
        ("gpu-nodes=", "'gpu-nodes' has no value"),
        ("gpu-nodes=-1", "gpu-nodes=-1: a whole number from 0 to 100000 is needed"),
        ("gpu-nodes=100001", "gpu-nodes=100001: a whole number from 0 to 100000 is needed"),
        ("gpu-nodes=1,cpus=0", "cpus=0: a whole number from 1 is needed"),
        ("gpu-nodes=1,memory=lots", "memory=lots: an amount such as 512Gi is needed"),
        ("gpu-nodes=1,memory=1e999", "memory=1e999: an amount such as 512Gi is needed"),
        ("gpu-nodes=1,gpu=gpu", "gpu=gpu: a resource name such as nvidia.com/gpu is needed"),
    ],
)
def test_a_fault_is_told(text: str, fault: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_assumption(text)
    assert refused.value.line() == f"--assume: {fault}{EXAMPLE}"


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        parse_assumption("gpu-nodes=1,gpu-nodes=2")
    assert refused.value.line() == "--assume: 'gpu-nodes' is given twice (keep one)"
