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


PLAN = ("--registry", "r.invalid/lab")


def test_status_counts_what_is_open(advisor: Advisor, demo: str) -> None:
    ended = advisor("plan", demo, *PLAN, "--status-from", demo)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[:7] == [
        "0 of 16 done, 1 not known",
        "",
        "WAVES",
        "[ ] 1. Pilot: train-unet-ws on ws-7: 0 of 3 done",
        "[ ] 2. Jobs of alice: 0 of 2 done",
        "[ ] 3. Jobs of bob: 0 of 2 done",
        "[ ] 4. Jobs of chen: 0 of 6 done",
    ]


def test_a_status_as_markdown_is_a_task_list(advisor: Advisor, demo: str) -> None:
    ended = advisor("plan", demo, *PLAN, "--status-from", demo, "--format", "markdown")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[:5] == [
        "0 of 16 done, 1 not known",
        "",
        "## Waves",
        "",
        "- [ ] 1. Pilot: train-unet-ws on ws-7: 0 of 3 done",
    ]


def test_a_status_that_reads_nothing_knows_nothing_and_says_why(
    advisor: Advisor, demo: str
) -> None:
    ended = advisor("plan", demo, *PLAN, "--status", "--no-cluster", "--no-docker")
    assert (ended.code, ended.out.splitlines()[0]) == (3, "0 of 16 done, 16 not known")
    assert ended.err.splitlines() == [
        "advisor: registry: r.invalid: there is no host of that name",
        "note: dgx-1 was not read: name it with --docker-host ssh://admin@dgx-1.lab.example",
        "note: ws-7 was not read: name it with"
        " --docker-host ssh://chen@ws-7.lab.example/run/user/1000/podman/podman.sock",
    ]


def test_a_status_as_json_holds_steps_and_waves(advisor: Advisor, demo: str) -> None:
    ended = advisor("plan", demo, *PLAN, "--status-from", demo, "--format", "json")
    found = json.loads(ended.out)
    assert ended.code == 1
    assert {name: found[name] for name in ("done", "open", "unknown")} == {
        "done": 0,
        "open": 15,
        "unknown": 1,
    }
    assert [wave["total"] for wave in found["waves"]] == [3, 2, 2, 6, 2]
    assert found["steps"][1]["why"] == "its host knows it under no digest of the registry"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--output", "x", "--status"),
            "--output and --status cannot be combined (see: advisor plan --help)",
        ),
        (
            ("--status-from", "demo.json", "--status"),
            "--status and --status-from cannot be combined (see: advisor plan --help)",
        ),
        (
            ("--status-from", "demo.json", "--context", "prod"),
            "--context needs --status (see: advisor plan --help)",
        ),
        (("--no-docker",), "--no-docker needs --status (see: advisor plan --help)"),
        (
            ("--plan-folder", "."),
            "--plan-folder needs --status or --status-from (see: advisor plan --help)",
        ),
        (
            ("--plan-folder", ".", "--status"),
            ".: this folder holds no plan (check the path)",
        ),
        (
            ("--status", "--no-cluster", "--no-docker"),
            "there is nothing to read (name the plan's --registry, or leave out --no-cluster or"
            " --no-docker)",
        ),
        (("--output", "."), ".: this folder is not empty and holds no plan (name a new one)"),
        (
            ("--output", "demo.json"),
            "demo.json: this is no folder (name a new one)",
        ),
        (("--status-from", "none.json"), "none.json: there is no such file (check the path)"),
    ],
)
def test_mistakes(advisor: Advisor, demo: str, arguments: tuple[str, ...], line: str) -> None:
    ended = advisor("plan", demo, *arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", f"advisor: {line}\n")


def test_a_baseline_is_for_findings(advisor: Advisor, demo: str) -> None:
    for command in ("plan", "translate"):
        ended = advisor(command, demo, "--baseline", "x")
        assert (ended.code, "No such option" in ended.err) == (2, True)


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
