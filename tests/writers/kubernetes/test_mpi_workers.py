"""Workers of an MPI job wait for mpirun; they only run a command that is theirs."""

from __future__ import annotations

import pytest
import yaml

from advisor.jobs.translation import Situation
from advisor.readers.script_jobs import script_jobs
from advisor.readers.shell.commands import read_script
from advisor.writers import write

START = "runai mpi submit fit -i reg.example/fit:1 -g 1 --workers 2"


@pytest.mark.parametrize(
    ("rest", "launcher", "worker"),
    [
        ("--master-no-pvcs --command -- mpirun fit", ["mpirun"], None),
        ("--command -- mpirun fit", ["mpirun"], None),
        ("--master-command 'mpirun fit' --command -- sshd -D", ["mpirun", "fit"], ["sshd"]),
    ],
)
def test_the_command_is_of_the_launcher(
    rest: str, launcher: list[str], worker: list[str] | None
) -> None:
    script = read_script(f"{START} {rest}", file="submit.sh")
    (job,) = script_jobs(script, None).jobs
    manifest = yaml.safe_load(write(job, Situation(target="kubernetes")).text)
    roles = manifest["spec"]["mpiReplicaSpecs"]
    commands = [
        roles[role]["template"]["spec"]["containers"][0].get("command")
        for role in ("Launcher", "Worker")
    ]
    assert commands == [launcher, worker]
