"""Workflows with containers, tasks of an editor, justfiles: the jobs in them, with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.jobs.translation import Situation
from advisor.readers.sources.tasks import read_justfile
from advisor.readers.specs import read_specs
from advisor.writers import write

WORKFLOW = """\
name: gpu tests
on: [push]
jobs:
  lint:
    runs-on: ubuntu-latest
    container: python:3
    steps: [{run: ruff check}]
  cuda:
    runs-on: [self-hosted, gpu]
    container:
      image: reg.example/team/ci:12
      options: --gpus all --shm-size 8gb
      env: {SEED: 7}
    steps:
      - uses: actions/checkout@v4
      - run: pytest tests
      - run: python bench.py
"""
GITLAB = """\
image: python:3
lint: {script: [ruff check]}
fit:
  tags: [gpu]
  image: {name: "reg.example/team/ci:13"}
  script:
    - python fit.py
"""
TASKS = """\
{
  // tasks of the team
  "tasks": [
    {"label": "fit", "command": "docker run --gpus 1 -v ${workspaceFolder}:/w a/b:1 fit",},
    {"label": "b", "command": "docker", "args": ["run", "--gpus", "2", "a/b:2"]},
    {"type": "docker-run", "dockerRun": {"image": "a/b:3", "customOptions": "--gpus 3",
      "volumes": [{"localPath": "/sets", "containerPath": "/sets"}], "env": {"A": "1"}},
     "python": {"module": "team.fit", "args": ["--lr", "1 2"]}}
  ]
}
"""
JUST = """\
image := "a/b:1"

# fits
fit gpus:
    @echo {{gpus}}
    @docker run --gpus 2 {{image}} \\
        fit
"""
ACTION = """\
name: fit
runs:
  using: composite
  steps:
    - shell: bash
      run: docker run --gpus 1 a/b:1 fit
"""


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "tests.yml",
            WORKFLOW,
            [
                (
                    10,
                    "--image reg.example/team/ci:12 --gpu-devices-request 1 --large-shm -e SEED=7"
                    " --command -- bash -e -c 'pytest tests\npython bench.py'",
                )
            ],
        ),
        (
            ".gitlab-ci.yml",
            GITLAB,
            [(3, "--image reg.example/team/ci:13 -- bash -e -c 'python fit.py'")],
        ),
        (
            ".vscode/tasks.json",
            TASKS,
            [
                (
                    4,
                    "--image a/b:1 --gpu-devices-request 1 --existing-pvc"
                    ' claimname="${PWD_CLAIM:?the claim that holds \\$PWD}",path=/w -- fit',
                ),
                (5, "--image a/b:2 --gpu-devices-request 2"),
                (
                    6,
                    "--image a/b:3 --gpu-devices-request 3 -e A=1 --existing-pvc"
                    ' claimname="${SETS_CLAIM:?the claim that holds /sets}",path=/sets'
                    " -- python3 -m team.fit --lr '1 2'",
                ),
            ],
        ),
        ("justfile", JUST, [(6, "--image a/b:1 --gpu-devices-request 2 -- fit")]),
        ("action.yml", ACTION, [(6, "--image a/b:1 --gpu-devices-request 1 -- fit")]),
    ],
)
@pytest.mark.parametrize("as_folder", [False, True])
def test_files(
    name: str, text: str, found: list[tuple[int, str]], as_folder: bool, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    result = read_specs([str(tmp_path if as_folder else file)])
    assert result.problems == ()
    made = [
        (
            job.place and job.place.line,
            write(job, Situation(target="runai-v2"))
            .text.partition(" submit ")[2]
            .partition(" ")[2],
        )
        for job in result.jobs
    ]
    assert made == found


def test_a_justfile_takes_what_the_environment_may_say() -> None:
    script = read_justfile(
        'gpus := env_var_or_default("GPUS", "all")\n'
        "run:\n    docker run --gpus {{gpus}} -v {{justfile_directory()}}:/w img\n",
        "justfile",
    )
    assert [word.text for word in script.commands[0].words] == [
        *("docker", "run", "--gpus", "all", "-v", "$PWD:/w", "img")
    ]
    assert script.defaults == {"GPUS": "all"}


def test_a_justfile_takes_what_its_parameters_say_and_joins_pieces() -> None:
    text = (
        'tag := "v1"\nimage := "a/b:" + tag\nother := "a/" + `hostname`\n'
        'fit config="base" *more:\n    docker run {{image}} --config {{config}} {{more}}\n'
        "eval config:\n    docker run {{other}} {{config}}\n"
    )
    script = read_justfile(text, "justfile")
    found = [" ".join(word.text for word in command.words) for command in script.commands[:2]]
    assert found == ["docker run a/b:v1 --config base", "docker run a/$(hostname) ${config}"]
    assert script.defaults == {"config": "base"}


STEPS = {
    ".circleci/config.yml": "jobs:\n  a:\n    steps:\n    - run: docker run a/b:1\n"
    "    - run: {name: x, command: docker run a/b:2}\n",
    ".travis.yml": "services: docker\nscript:\n- docker run a/b:1\n- docker run a/b:2\n",
    "Taskfile.yml": "version: '3'\nvars: {IMAGE: 'a/b:1'}\ntasks:\n  x:\n    cmds:\n"
    "    - docker run {{.IMAGE}}\n    - cmd: docker run a/b:2 {{.CLI_ARGS}}\n",
    "azure-pipelines.yml": "steps:\n- script: docker run a/b:1\n- bash: docker run a/b:2\n",
    "bitbucket-pipelines.yml": "pipelines:\n  default:\n  - step:\n      script:\n"
    "      - docker run a/b:1\n      - docker run a/b:2\n",
    "dvc.yaml": "stages:\n  a: {cmd: docker run a/b:1}\n  b: {cmd: [docker run a/b:2]}\n",
    "package.json": '{"scripts": {"a": "docker run a/b:1", "b": "docker run a/b:2", "c": "tsc"}}',
    "x.service": "[Service]\nEnvironment=TAG=1\nExecStartPre=-/usr/bin/docker rm -f x\n"
    "ExecStart=/usr/bin/docker run --rm \\\n  a/b:${TAG}\n"
    "ExecStart=-/usr/bin/docker run a/b:2\nExecStop=/usr/bin/docker stop x\n",
    "page.md": "```systemd\n[Service]\nExecStart=/usr/bin/docker run a/b:1\n"
    "ExecStart=/usr/bin/docker run a/b:2\n```\n",
    "x.sh": "cat > /etc/systemd/system/x.service <<EOF\n[Service]\n"
    "ExecStart=/usr/bin/docker run a/b:1\nExecStart=/usr/bin/docker run a/b:2\nEOF\n",
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("as_folder", [False, True])
def test_steps_of_other_programs(tmp_path: Path, name: str, as_folder: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(STEPS[name])
    result = read_specs([str(tmp_path if as_folder else path)])
    images = [job.run.image.text for job in result.jobs if job.run is not None]
    assert (images, result.problems) == (["a/b:1", "a/b:2"], ())


CALLS = {
    "a.R": 'x <- 1\nsystem("docker run a/b:1")\n',
    "a.jl": "\nrun(`docker run a/b:1`)\n",
    "a.js": '\nspawn("docker", ["run", "a/b:1"])\n',
    "a.toml": '\ntrain = "docker run --gpus all a/b:1"\n',
    "a.container": "\n[Container]\nImage=a/b:1\n",
    "play.yml": "- hosts: gpu\n  docker_container:\n    image: a/b:1\n",
    "cloudbuild.yaml": "steps:\n- name: gcr.io/cloud-builders/docker\n  args: ['run', 'a/b:1']\n",
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("as_folder", [False, True])
def test_what_another_program_starts_is_told(tmp_path: Path, name: str, as_folder: bool) -> None:
    (tmp_path / name).write_text(CALLS[name])
    result = read_specs([str(tmp_path if as_folder else tmp_path / name)])
    (note,) = result.notes
    assert note.startswith(f"{tmp_path / name}:2:1: ")
    assert " is not read: give " in note
    assert (result.jobs, result.problems) == ((), ())
