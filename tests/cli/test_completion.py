"""Completion as shells do it: a real bash on a terminal, and fish where it is installed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.parts.part import find_binary

pytestmark = pytest.mark.slow

KUBECONFIG = """apiVersion: v1
kind: Config
contexts:
- {name: prod-gpu, context: {cluster: a}}
- {name: "arn:aws:eks:lab", context: {cluster: a}}
- {name: test, context: {cluster: a}}
"""
SSH_CONFIG = "Host gpu-01 gpu-* !gpu-9\n  User ann\nhost = login # the first\n"
LINES = {
    "advisor au": "advisor audit ",
    "advisor audit --context pr": "advisor audit --context prod-gpu ",
    "advisor audit --context arn:a": "advisor audit --context arn:aws:eks:lab ",
    "advisor snapshot --docker-host ssh://g": "advisor snapshot --docker-host ssh://gpu-01 ",
    "advisor snapshot --docker-host=ssh://l": "advisor snapshot --docker-host=ssh://login ",
    "advisor rules explain img02": "advisor rules explain IMG02",
    "advisor rules explain STO01": "advisor rules explain STO010 ",
    "advisor check ru": "advisor check run.sh ",
    "advisor report fleet/pro": "advisor report fleet/prod.json ",
    "advisor audit --format ht": "advisor audit --format html ",
    "advisor report x --format html=ru": "advisor report x --format html=run.sh ",
    "advisor fleet report fl": "advisor fleet report fleet/",
    "advisor check run.sh --fail-on unk": "advisor check run.sh --fail-on unknown ",
}
"""What is typed before the tabulator, and what then stands on the line."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's folder, which is also the current one."""
    for name, text in {
        ".kube/config": KUBECONFIG,
        ".ssh/config": SSH_CONFIG,
        "fleet/prod.json": "",
        "run.sh": "",
        "bin/advisor": f'#!/bin/sh\nexec {sys.executable} -m advisor "$@"\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bin" / "advisor").chmod(0o755)
    return tmp_path


def _environment(home: Path) -> dict[str, str]:
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    kept = {"HOME": str(home), "PATH": path, "TERM": "dumb", "INPUTRC": "/dev/null"}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "400"}


def test_a_real_bash(home: Path) -> None:
    """Each line is typed, completed, and made one that does nothing; the history then has it."""
    near, far = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=far,
        stdout=far,
        stderr=far,
        cwd=home,
        env=_environment(home),
        start_new_session=True,
    )
    os.close(far)
    commands = ["stty -echo cols 400; HISTSIZE=100", "source <(advisor completion bash)"]
    typed = [*commands, *(f"{line}\t\x01: " for line in LINES), "fc -ln -100 > history", "exit"]
    os.write(near, "".join(f"{line}\r" for line in typed).encode())
    try:
        while os.read(near, 1 << 16):
            pass
    except OSError:
        pass  # the shell is gone
    finally:
        shell.wait(timeout=60)
        os.close(near)
    history = [line.lstrip("\t ") for line in (home / "history").read_text().splitlines()]
    told = [line.removeprefix(": ") for line in history if line.startswith(": ")]
    assert [line.rstrip() for line in told] == [line.rstrip() for line in LINES.values()]


@pytest.mark.real
def test_zsh_takes_its_script(home: Path) -> None:
    zsh = find_binary("zsh", "apt-get install zsh")
    command = "autoload -U compinit; compinit -u; source <(advisor completion zsh)"
    command += "; print ${_comps[advisor]}"
    done = subprocess.run(
        [zsh, "-f", "-c", command], cwd=home, env=_environment(home), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "_advisor_completion\n", "")


@pytest.mark.real
@pytest.mark.parametrize("line", [line for line in LINES if "=" not in line])
def test_fish(home: Path, line: str) -> None:
    fish = find_binary("fish", "apt-get install fish")
    command = f"advisor completion fish | source; complete --do-complete {line!r}"
    done = subprocess.run(
        [fish, "--no-config", "-c", command],
        cwd=home,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    last = LINES[line].split()[-1].removeprefix("--docker-host=")
    found = [one.partition("\t")[0].rpartition("=")[2] for one in done.stdout.splitlines()]
    assert any(one.startswith(last) for one in found), done.stdout
