"""devcontainer.json as one docker run."""

from __future__ import annotations

import pytest

from advisor.errors import InputError
from advisor.readers.sources.devcontainer import read_devcontainer

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
