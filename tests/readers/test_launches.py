"""Launches over several machines: one distributed job, with nothing of the old machines in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.jobs.translation import Situation, Target
from advisor.readers.specs import read_specs
from advisor.writers import write


def command(text: str, target: Target = "runai-v2", **values: str) -> str:
    (job,) = read_specs([text]).jobs
    translation = write(job, Situation(target=target, values=values))
    return translation.text.strip()


SUBMIT = "runai training {} submit a --image reg.example/a:1 --gpu-devices-request 8 {}"


@pytest.mark.parametrize(
    ("words", "kind", "rest"),
    [
        (
            "torchrun --nnodes=2 --node_rank=1 --master_addr=10.1.2.3 --master_port 29500 fit.py",
            "pytorch",
            "--workers 1 -- torchrun --nnodes=2 --node_rank='$(RANK)'"
            " --master_addr='$(MASTER_ADDR)' --master_port '$(MASTER_PORT)' fit.py",
        ),
        (
            "python -m torch.distributed.launch --nnodes 4 --node-rank 0 --master-addr a fit.py",
            "pytorch",
            "--workers 3 -- python -m torch.distributed.launch --nnodes 4 --node-rank '$(RANK)'"
            " --master-addr '$(MASTER_ADDR)' fit.py",
        ),
        (
            "python -m torch.distributed.run --nnodes=1:4 --rdzv_endpoint=gpu-a:29400 fit.py",
            "pytorch",
            "--workers 3 -- python -m torch.distributed.run --nnodes=1:4"
            " --rdzv_endpoint='$(MASTER_ADDR):$(MASTER_PORT)' fit.py",
        ),
        (
            "accelerate launch --num_machines 3 --machine_rank 0 --main_process_ip gpu-a fit.py",
            "pytorch",
            "--workers 2 -- accelerate launch --num_machines 3 --machine_rank '$(RANK)'"
            " --main_process_ip '$(MASTER_ADDR)' fit.py",
        ),
        (
            "mpirun -np 16 -H gpu-a:8,gpu-b:8 --mca btl tcp python fit.py -n 3",
            "mpi",
            "--workers 2 --slots-per-worker 8 -- mpirun -np 16 --mca btl tcp python fit.py -n 3",
        ),
        (
            "horovodrun -np 4 -H gpu-a:2,gpu-b:2 python fit.py",
            "mpi",
            "--workers 2 --slots-per-worker 2 -- horovodrun --hostfile /etc/mpi/hostfile -np 4"
            " python fit.py",
        ),
        (
            "deepspeed --hostfile=/job/hosts --num_nodes 4 fit.py",
            "mpi",
            "--workers 4 -- deepspeed --hostfile /etc/mpi/hostfile --num_nodes 4 fit.py",
        ),
        (
            "bash -c 'cd /w && torchrun --nnodes 2 --node_rank 0 --master_addr gpu-a fit.py'",
            "pytorch",
            "--workers 1 -- bash -c 'cd /w && torchrun --nnodes 2 --node_rank $RANK"
            " --master_addr $MASTER_ADDR fit.py'",
        ),
        ("torchrun --standalone --nproc_per_node=2 fit.py", "standard", None),
        ("torchrun --nnodes=1 --nproc_per_node=2 fit.py", "standard", None),
        ("mpirun -np 2 -H localhost:2 python fit.py", "standard", None),
        ("mpirun -np 2 python fit.py -H gpu-a", "standard", None),
        ("deepspeed --num_gpus 8 fit.py", "standard", None),
        ("ray start --head", "standard", None),
    ],
)
def test_launchers(words: str, kind: str, rest: str | None) -> None:
    made = command(f"docker run --gpus 8 reg.example/a:1 {words}")
    assert made == SUBMIT.format(kind, f"-- {words}" if rest is None else rest)


def test_variables_that_name_other_machines() -> None:
    given = "-e MASTER_ADDR=10.0.0.5 -e MASTER_PORT=1 -e WORLD_SIZE=4 -e RANK=2 -e A=1"
    made = command(f"docker run --gpus 8 {given} reg.example/a:1 fit")
    assert made == SUBMIT.format("pytorch", "--workers 3 -e A=1 -- fit")
    here = "-e MASTER_ADDR=localhost -e WORLD_SIZE=8"
    made = command(f"docker run --gpus 8 {here} reg.example/a:1 fit")
    assert made == SUBMIT.format("standard", f"{here} -- fit")


def test_an_unknown_number_of_machines_fails_loudly() -> None:
    text = "docker run --gpus 8 reg.example/a:1 mpirun --hostfile /root/hosts python fit.py"
    unknown = '--workers "${WORKERS:?the number of machines, without the one that leads}"'
    assert command(text) == SUBMIT.format("mpi", f"{unknown} -- mpirun python fit.py")
    assert command(text, WORKERS="3") == SUBMIT.format("mpi", "--workers 3 -- mpirun python fit.py")
    assert "replicas: SET_ME_WORKERS" in command(text, "kubernetes")


def test_a_head_elsewhere_is_asked_for() -> None:
    made = command("docker run --gpus 8 reg.example/a:1 ray start --address=10.0.0.1:6379")
    address = '"${RAY_HEAD:?the address of the head, HOST:PORT}"'
    assert made == SUBMIT.format("standard", f"-- ray start --address={address}")


def test_mpi_starts_the_command_once() -> None:
    text = "docker run --gpus 8 reg.example/a:1 mpirun -H gpu-a:8,gpu-b:8 fit"
    (job,) = read_specs([text]).jobs
    (document,) = write(job, Situation(target="kubernetes")).documents
    spec: dict = document["spec"]  # type: ignore[type-arg, assignment]
    containers = {
        role: replica["template"]["spec"]["containers"][0]
        for role, replica in spec["mpiReplicaSpecs"].items()
    }
    image = {"name": "main", "image": "reg.example/a:1"}
    assert containers == {
        "Launcher": {**image, "args": ["mpirun", "fit"]},
        "Worker": {**image, "resources": {"limits": {"nvidia.com/gpu": 8}}},
    }
    assert spec["slotsPerWorker"] == 8


def test_the_containers_of_one_launch_are_one_job(tmp_path: Path) -> None:
    line = (
        "docker run --gpus 8 reg.example/a:1 torchrun --nnodes=2 --node_rank={} --master_addr=a x"
    )
    file = tmp_path / "go.sh"
    file.write_text("".join(f"ssh-less\n{line.format(rank)}\n" for rank in (1, 0)))
    result = read_specs([str(file)])
    (job,) = result.jobs
    assert job.place is not None
    assert (job.place.line, result.notes) == (
        4,
        (f"{file}:4:1: of the same launch as {file}:2:1: one distributed job",),
    )
