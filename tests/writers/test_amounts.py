"""CPU, memory and GPUs of a job in every target: no request is nothing, or above its limit."""

from __future__ import annotations

import pytest
import yaml

from advisor.jobs.run import GpuAsk, Run
from advisor.jobs.translation import Situation
from advisor.jobs.word import word
from advisor.writers import write
from advisor.writers.gpus import GpuNeed, gpu_need
from tests.writers.jobs import docker_job

CASES = {
    "--cpu-shares 1": {"requests": {"cpu": "0.001"}},
    "--cpu-shares 2": {"requests": {"cpu": "0.001"}},
    "--cpu-shares 1024": {"requests": {"cpu": "1"}},
    "--cpu-shares 1536": {"requests": {"cpu": "1.5"}},
    "--cpu-shares 0": None,
    "--cpus 0.5 --cpu-shares 2048": {"limits": {"cpu": "0.5"}, "requests": {"cpu": "0.5"}},
    "--cpus 4 --cpu-shares 2048": {"limits": {"cpu": "4"}, "requests": {"cpu": "2"}},
    "--cpus 0.0001": {"limits": {"cpu": "0.001"}},
    "--cpu-quota 150000": {"limits": {"cpu": "1.5"}},
    "--cpu-quota 50000 --cpu-period 200000": {"limits": {"cpu": "0.25"}},
    "--cpu-quota -1": None,
    "-m 1g --memory-reservation 1g": {"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}},
    "-m 1g --memory-reservation 512m": {
        "limits": {"memory": "1Gi"},
        "requests": {"memory": "512Mi"},
    },
    "-m 1p": {"limits": {"memory": "1048576Gi"}},
}


@pytest.mark.parametrize("flags", CASES)
def test_resources_of_a_manifest(flags: str) -> None:
    made = write(docker_job(f"docker run {flags} img"), Situation(target="kubernetes"))
    (container,) = yaml.safe_load(made.text)["spec"]["template"]["spec"]["containers"]
    assert container.get("resources") == CASES[flags]


def test_all_slices_of_a_machine_are_asked_for_as_one() -> None:
    run = Run(image=word("a"), gpus=(GpuAsk(how="--gpus", count=-1, mig="1g.5gb"),))
    assert gpu_need(run, Situation(target="kubernetes")) == GpuNeed(
        "changed", "all slices of a machine cannot be asked for: 1 is asked for", mig="1g.5gb"
    )
