"""No output takes the place of an input, in any command that has both."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Advisor

RUN = "docker run --gpus 1 reg.example/a/b:1\n"
COMMANDS = [
    ("translate", "in.sh", "-o", "in.sh"),
    ("translate", ".", "-o", "in.sh"),
    ("translate", "in.sh", "--snapshot", "s.json", "-o", "./s.json"),
    ("check", "in.sh", "--no-cluster", "--format", "markdown=in.sh"),
    ("check", ".", "--no-cluster", "--format", "sarif=sub/job.yaml"),
    ("check", "in.sh", "--no-cluster", "--config", "a.toml", "--format", "json=a.toml"),
    ("report", "s.json", "--format", "json=s.json"),
    ("report", "s.json", "--format", "terminal", "--format", "html=link.json"),
    ("report", "s.json", "--baseline", "old.json", "--format", "json=old.json"),
    ("audit", "--snapshot", "s.json", "--format", "json=s.json"),
    ("audit", "--demo", "--jobs", "in.sh", "--format", "json=in.sh"),
    ("audit", "--demo", "--format", "json=advisor.toml"),
    ("diff", "s.json", "old.json", "--format", "json=old.json"),
    ("merge", "s.json", "-o", "s.json"),
    ("snapshot", "--snapshot", "s.json", "-o", "link.json"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_an_output_that_would_replace_an_input_is_refused(
    advisor: Advisor, folder: Path, arguments: tuple[str, ...]
) -> None:
    advisor("snapshot", "--demo", "-o", "s.json")
    advisor("report", "s.json", "--format", "json=old.json")
    (folder / "in.sh").write_text(RUN)
    (folder / "sub").mkdir()
    (folder / "sub" / "job.yaml").write_text("kind: Pod\n")
    for name in ("a.toml", "advisor.toml"):
        (folder / name).write_text("")
    os.symlink("s.json", folder / "link.json")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    ended = advisor(*arguments)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "the output would replace the input" in ended.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
