"""action.yml: its scripts as GitHub runs them, in a real bash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.real.parts.part import find_binary

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
INSTALL, CHECK = STEPS[1], STEPS[2]


def _run_check(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The step that checks, with `inputs` over the defaults, as the runner starts it."""
    program = folder / "temp" / "advisor" / "bin" / "advisor"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m advisor "$@"\n')
    program.chmod(0o755)
    given = {name: told["default"] for name, told in ACTION["inputs"].items()} | inputs
    variables = {
        name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, value in CHECK["env"].items()
    }
    environment = {**os.environ, **variables, "RUNNER_TEMP": str(folder / "temp")}
    environment |= {"HOME": str(folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", CHECK["run"]]
    return subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("never", 0)])
def test_it_checks_and_writes_sarif(tmp_path: Path, fail_on: str, code: int) -> None:
    (tmp_path / "jobs and more").mkdir()
    (tmp_path / "jobs and more" / "a.sh").write_text("docker run --gpus 9 lab/train:1 x\n")
    inputs = {"path": "jobs and more", "assume": "gpu-nodes=4,gpus-per-node=8", "fail-on": fail_on}
    done = _run_check(tmp_path, **inputs)
    assert (done.returncode, "lab/train:1" in done.stdout) == (code, True), done.stderr
    sarif = json.loads((tmp_path / "advisor.sarif").read_text())
    places = [one["locations"][0] for one in sarif["runs"][0]["results"] if one.get("locations")]
    files = {one["physicalLocation"]["artifactLocation"]["uri"] for one in places}
    assert files == {"jobs%20and%20more/a.sh"}


def test_a_snapshot_that_is_not_there_fails_it(tmp_path: Path) -> None:
    done = _run_check(tmp_path, snapshot="cluster.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cluster.json: there is no such file" in done.stderr


def test_no_input_is_put_into_a_script() -> None:
    """What a workflow passes reaches the scripts as variables: it cannot become a command."""
    assert [step for step in STEPS if "${{" in step.get("run", "")] == []


def test_it_installs_from_its_own_folder_and_lock() -> None:
    assert INSTALL["env"] == {"ACTION": "${{ github.action_path }}"}
    assert (ROOT / "requirements" / "install.txt").is_file()
    assert '-r "$ACTION/requirements/install.txt"' in INSTALL["run"]


@pytest.mark.real
def test_the_scripts_are_in_order() -> None:
    for step in (INSTALL, CHECK):
        command = [find_binary("shellcheck", "apt-get install shellcheck"), "--shell=bash", "-"]
        checked = subprocess.run(command, input=step["run"], capture_output=True, text=True)
        assert checked.stdout == ""


def test_the_guide_has_every_input_and_its_default() -> None:
    guide = (ROOT / "docs/guides/pipelines.md").read_text(encoding="utf-8")
    table = guide.split("| input | default | is |\n|---|---|---|\n")[1].split("\n\n")[0]
    cells = [[cell.strip(" `") for cell in row.split("|")[1:3]] for row in table.splitlines()]
    inputs = {name: told["default"] for name, told in ACTION["inputs"].items()}
    assert dict(cells) == inputs
