"""devcontainer.json as one docker run."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation
from advisor.readers.sources.devcontainer import opened, read_devcontainer
from advisor.readers.specs import read_specs
from advisor.writers import write
from advisor.writers.ledger import UNTOLD
from tests.writers.read_back import TARGETS

TEXT = """\
{
  // the image
  "image": "mcr.microsoft.com/devcontainers/python:3", /* not "image": "x" */
  "runArgs": ["--gpus", "all", "--name=${localWorkspaceFolderBasename}"],
  "mounts": [
    "source=${localEnv:HOME}/data,target=/data,type=bind",
    {"type": "volume", "source": "cache", "target": "/cache"},
  ],
  "containerEnv": {"A": "b//c"},
  "remoteUser": "vscode",
  "forwardPorts": [8888, "db:5432"],
  "init": true,
}
"""


def words(text: str, file: str = "project/.devcontainer/devcontainer.json") -> list[str]:
    """The words of the command."""
    (command,) = read_devcontainer(text, file).commands
    return [w.text for w in command.words]


def test_all_fields() -> None:
    assert words(TEXT) == [
        "docker", "run",
        "--mount", "type=bind,source=$PWD,target=/workspaces/project", "-w", "/workspaces/project",
        "-e", "A=b//c",
        "--mount", "source=$HOME/data,target=/data,type=bind".replace("$HOME", "${HOME}"),
        "--mount", "type=volume,source=cache,target=/cache",
        "-p", "8888:8888",
        "-u", "vscode",
        "--init",
        "--gpus", "all", "--name=project",
        "mcr.microsoft.com/devcontainers/python:3", "sleep", "infinity",
    ]  # fmt: skip


def test_places() -> None:
    (command,) = read_devcontainer(TEXT, "project/.devcontainer.json").commands
    lines = {w.text: place.line for w, place in zip(command.words, command.positions, strict=True)}
    assert [lines[w] for w in ("docker", "A=b//c", "vscode", "--init", "--name=project")] == [
        3,
        9,
        10,
        12,
        4,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"dockerComposeFile": "compose.yaml", "image": "x"}', 0),
        ('{"name": "x"}', 0),
        ('{"image": "x"}', 1),
        ('{"build": {"dockerfile": "Dockerfile"}}', 1),
    ],
)
def test_how_many(text: str, expected: int) -> None:
    assert len(read_devcontainer(text, "devcontainer.json").commands) == expected


def test_own_workspace() -> None:
    text = """{"build": {}, "workspaceFolder": "/w",
        "workspaceMount": "source=${localWorkspaceFolder},target=${containerWorkspaceFolder}"}"""
    assert words(text, "My Project/.devcontainer/gpu/devcontainer.json")[2:] == [
        "--mount",
        "source=$PWD,target=/w",
        "-w",
        "/w",
        "vsc-my-project",
        "sleep",
        "infinity",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"image": "x"', "d.json:1:14: not JSON (check commas and brackets there)"),
        ('{\n"image": x}', "d.json:2:10: not JSON (check commas and brackets there)"),
        ("[]", "d.json:1:1: not a JSON object"),
        ('{\n "image": 3}', "d.json:2:2: `image` needs text"),
        ('{"image": "x",\n "runArgs": "y"}', "d.json:2:2: `runArgs` needs a list"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_devcontainer(text, "d.json")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ('"overrideCommand": false', []),
        ('"postCreateCommand": "pip install -e ."',
         ["sh", "-c", "pip install -e .; sleep infinity"]),
        ('"onCreateCommand": ["a", "b c"], "postStartCommand": {"x": "d", "y": ["e"]}',
         ["sh", "-c", "a 'b c' && d && e; sleep infinity"]),
    ],
)  # fmt: skip
def test_what_is_run_before_somebody_works_in_it(settings: str, command: list[str]) -> None:
    text = f'{{"image": "img", {settings}}}'
    made = words(text, "p/.devcontainer.json")
    assert made[made.index("img") + 1 :] == command


def test_a_gpu_of_the_host_is_all_of_its_gpus() -> None:
    own = '{"image": "img", "hostRequirements": {"gpu": "optional", "cpus": 4}}'
    stated = '{"image": "img", "hostRequirements": {"gpu": true}, "runArgs": ["--gpus=1"]}'
    assert [words(text).count("--gpus") for text in (own, stated)] == [1, 0]


SETTINGS = """{
 "name": "x", "image": "img", "postCreateCommand": "pip install -e .", "overrideCommand": false,
 "postAttachCommand": "ls", "features": {"a": {}}, "forwardPorts": ["db:5432"], "init": false,
 "containerUser": "me", "remoteUser": "you", "secrets": {"TOKEN": {}}, "workspaceMount": "",
 "customizations": {}, "mine": 1
}"""


def test_every_key_has_a_fate(tmp_path: Path) -> None:
    [job] = opened([JobSpec(id="d", label="d", kind="docker-run")], SETTINGS, "d.json")
    told = [(item.name, item.idle or item.sets[0][0]) for item in job.items]
    assert told == [
        ("name", "devcontainer_editor"),
        ("postCreateCommand", "devcontainer_lifecycle"),
        ("overrideCommand", "devcontainer_override"),
        ("postAttachCommand", "devcontainer_attach"),
        ("features", "devcontainer_features"),
        ("forwardPorts", "devcontainer_ports"),
        ("init", "empty"),
        ("remoteUser", "overruled"),
        ("secrets", "devcontainer_secrets"),
        ("workspaceMount", "as-it-says"),
        ("customizations", "empty"),
        ("mine", "devcontainer_unknown"),
    ]
    file = tmp_path / "devcontainer.json"
    file.write_text(SETTINGS, encoding="utf-8")
    (job,) = read_specs([str(file)]).jobs
    for target in TARGETS:
        entries = write(job, Situation(target=target)).ledger
        assert [one.item.name for one in entries if UNTOLD in one.reason] == []


@pytest.mark.parametrize(
    ("image", "pull"),
    [
        ('"build": {"dockerfile": "Dockerfile"}', "build"),
        ('"dockerFile": "Dockerfile", "context": ".."', "build"),
        ('"image": "lab/x:1", "features": {"a": {}}', ""),
    ],
)
def test_an_image_that_the_editor_builds_is_on_its_machine(
    image: str, pull: str, tmp_path: Path
) -> None:
    (tmp_path / "devcontainer.json").write_text("{" + image + "}")
    [job] = read_specs([str(tmp_path)]).jobs
    assert job.run is not None
    assert job.run.pull == pull
