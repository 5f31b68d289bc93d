"""`advisor plan` by its command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor import api
from advisor.facts.snapshot import Snapshot
from tests.cli.conftest import Advisor


@pytest.fixture
def demo(advisor: Advisor, folder: Path) -> str:
    assert advisor("snapshot", "--demo", "-o", "demo.json").code == 0
    return "demo.json"


def test_what_is_printed_is_the_same_everywhere(advisor: Advisor, demo: str) -> None:
    terminal = advisor("plan", demo, "--registry", "r.example/lab")
    assert (terminal.code, terminal.err) == (0, "")
    assert terminal == advisor("plan", demo, "--registry", "r.example/lab")
    assert terminal.out.startswith("Images go to r.example/lab\n")
    markdown = advisor("plan", demo, "--format", "markdown")
    assert markdown.out.startswith(
        "# Migration plan\n\nRegistry: `REGISTRY` (none was named: give --registry HOST/PATH).\n"
    )
    plan = json.loads(advisor("plan", demo, "--format", "json", "--bandwidth", "10").out)
    assert (plan["registry"], plan["bandwidth"]) == ("REGISTRY", 10)


def test_the_folder_says_what_was_written(advisor: Advisor, demo: str, folder: Path) -> None:
    ended = advisor("plan", demo, "--registry", "r.example/lab", "-o", "plan/")
    written = sorted(f"wrote plan/{path.name}" for path in (folder / "plan").glob("[0-9Rc]*"))
    assert (ended.code, ended.out, sorted(ended.err.splitlines())) == (0, "", written)


def test_status_counts_what_is_open(advisor: Advisor, demo: str) -> None:
    ended = advisor("plan", demo, "--registry", "r.example/lab", "--status", demo)
    assert (ended.code, ended.out.splitlines()[0]) == (1, "0 of 14 done")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--output", "x", "--status", "demo.json"),
            "--output and --status cannot be combined (see: advisor plan --help)",
        ),
        (("--output", "."), ".: this folder is not empty and holds no plan (name a new one)"),
        (
            ("--output", "demo.json"),
            "demo.json: this is no folder (name a new one)",
        ),
        (("--status", "none.json"), "none.json: there is no such file (check the path)"),
    ],
)
def test_mistakes(advisor: Advisor, demo: str, arguments: tuple[str, ...], line: str) -> None:
    ended = advisor("plan", demo, *arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", f"advisor: {line}\n")


def test_a_snapshot_with_nothing_in_it(advisor: Advisor, folder: Path) -> None:
    empty = Snapshot(advisor="0", taken="2026-11-24T00:00:00Z")
    api.save_snapshot(empty, str(folder / "empty.json"))
    ended = advisor("plan", "empty.json", "-o", "plan")
    assert (ended.code, ended.err) == (
        2,
        "advisor: there is nothing to plan: no image, no data and no job is known"
        " (take a snapshot of the Docker hosts too)\n",
    )
    assert not (folder / "plan").exists()
