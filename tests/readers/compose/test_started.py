"""Services that scripts and pages start by `compose run`."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.jobs.spec import JobSpec
from advisor.readers.result import ReadOptions, ReadResult
from advisor.readers.specs import read_specs

COMPOSE = """\
services:
  fit:
    image: r.example/fit:1
    container_name: the-fit
    command: [serve]
    restart: always
    ports: ["8080:80"]
    volumes: ["./data:/data"]
    environment: {MODE: slow, KEEP: "1"}
    profiles: [gpu]
    deploy: {resources: {reservations: {devices: [{count: 2, capabilities: [gpu]}]}}}
"""


def read(folder: Path, text: str, name: str = "run.sh", **values: str) -> ReadResult:
    (folder / "compose.yaml").write_text(COMPOSE)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return read_specs([str(folder)], ReadOptions(environment=values))


def started(result: ReadResult) -> list[JobSpec]:
    return [job for job in result.jobs if job.source]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.sh", "docker compose run --rm -e MODE=fast fit train --lr '1 2'\n"),
        (
            "run.sh",
            "sudo docker-compose -f compose.yaml run -T --env=MODE=fast fit train --lr '1 2'\n",
        ),
        ("scripts/run.sh", "c=(docker compose run fit)\n\"${c[@]}\" train --lr '1 2'\n"),
        ("README.md", "```\n$ docker compose run -eMODE=fast fit train --lr '1 2'\n```"),
        ("Makefile", "fit:\n\tdocker compose run -e MODE=fast fit train --lr '1 2'\n"),
    ],
)  # fmt: skip
def test_the_command_goes_over_the_service(tmp_path: Path, name: str, text: str) -> None:
    result = read(tmp_path, text, name)
    assert [str(problem) for problem in result.problems] == []
    (job,) = started(result)
    run = job.run
    assert run is not None
    assert [given.text for given in run.arguments] == ["train", "--lr", "1 2"]
    values = {given.name: given.value and given.value.text for given in run.environment}
    assert values == {"MODE": "fast" if "MODE" in text else "slow", "KEEP": "1"}
    assert (run.ports, run.restart, run.name and run.name.text) == ((), "", "fit")
    assert [ask.count for ask in run.gpus] == [2]
    assert [mount.source for mount in job.mounts] == [str(tmp_path / "data")]
    assert job.place is not None
    assert (job.place.file, job.place.line) == (str(tmp_path / name), text.count("\n", 0, -5) + 1)


def test_flags_of_the_command(tmp_path: Path) -> None:
    text = (
        "docker compose run -d --name mine -u 1000:1000 -w /w -v $DATA:/in -p 90:80"
        " --entrypoint 'python -m fit' fit\n"
        "docker compose run --service-ports fit bash -c 'echo $HOME'\n"
    )
    first, second = started(read(tmp_path, text, DATA="/raid"))
    assert first.run is not None
    assert second.run is not None
    assert first.run.name is not None
    assert first.run.name.text == "mine"
    assert [given.text for given in first.run.entrypoint or ()] == ["python", "-m", "fit"]
    assert first.run.arguments == ()
    assert [mount.source for mount in first.mounts] == [str(tmp_path / "data"), "/raid"]
    assert [str(port.container) for port in first.run.ports] == ["80"]
    assert [given.text for given in second.run.arguments] == ["bash", "-c", "echo $HOME"]
    assert [str(port.container) for port in second.run.ports] == ["80"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("docker compose run fit train\ndocker compose ps\n")
    alone = read_specs([str(tmp_path)])
    assert alone.jobs == ()
    assert alone.notes == (
        f"{tmp_path}/run.sh:1:1: the service fit that `compose run` starts is not read: the compose"
        " file that has it is not beside this",
    )
    other = read(tmp_path, "docker compose run other\n")
    assert started(other) == []
    assert f"{tmp_path}/run.sh:1:1: the compose file has no service other" in other.notes
