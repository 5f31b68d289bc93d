from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest
from click.shell_completion import ShellComplete

import advisor as advisor_package
from advisor import api
from advisor.cli.options import FAIL_ON_NAMES, SEVERITY_NAMES, TIMEOUT_SECONDS
from advisor.cli.root import root
from advisor.findings.finding import SEVERITIES
from advisor.judging.threshold import FAIL_ON
from advisor.output.formats import FORMATS
from tests.cli.conftest import Advisor


def _commands(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _commands(found, (*path, name))


ALL = dict(_commands(root, ()))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_help_has_examples_that_name_the_command(
    advisor: Advisor, path: tuple[str, ...]
) -> None:
    ended = advisor(*path, "--help")
    assert (ended.code, ended.err) == (0, "")
    examples = ended.out.partition("Examples:\n")[2]
    assert " ".join(("advisor", *path)) in examples


def test_no_line_of_a_help_is_cut_at_80_columns(
    advisor: Advisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    groups = [path for path, one in ALL.items() if isinstance(one, click.Group)]
    lines = [line for path in [(), *groups] for line in advisor(*path, "--help").out.splitlines()]
    assert [line for line in lines if line.endswith("...") and not line.startswith("Usage")] == []


@pytest.mark.parametrize("command", ["audit", "snapshot"])
def test_a_command_that_reads_no_file_says_where_files_go(advisor: Advisor, command: str) -> None:
    assert advisor(command, "train.sh") == (
        2,
        "",
        f"advisor: {command} reads what its options name, and no 'train.sh';"
        " jobs in files: advisor check, snapshots: advisor report"
        f" (see: advisor {command} --help)\n",
    )


def test_a_group_alone_shows_its_help(advisor: Advisor) -> None:
    assert advisor() == advisor("--help")
    assert advisor("rules") == advisor("rules", "--help")


def test_the_help_knows_what_the_library_knows() -> None:
    text = ALL[("audit",)].get_help(click.Context(ALL[("audit",)]))
    assert [name for name in FORMATS if name not in text] == []
    assert (FAIL_ON_NAMES, SEVERITY_NAMES) == (FAIL_ON, SEVERITIES)
    assert api.CollectOptions().timeout == TIMEOUT_SECONDS


def test_the_version_is_the_packages(advisor: Advisor) -> None:
    where = f"from {Path(advisor_package.__file__).parent} (Python {platform.python_version()})"
    assert advisor("--version") == (0, f"advisor {advisor_package.__version__} {where}\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(advisor: Advisor, shell: str) -> None:
    ended = advisor("completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert "_ADVISOR_COMPLETE" in ended.out


COMPLETED = {
    ("audit", ""): list(FORMATS),
    ("check", "j"): ["json", "junit"],
    ("diff", "j"): ["json"],
    ("report", "html=x"): ["html=x"],
}


@pytest.mark.parametrize(("asked", "names"), COMPLETED.items())
def test_a_shell_gets_the_names_of_formats(asked: tuple[str, str], names: list[str]) -> None:
    from advisor.cli.root import root

    command, incomplete = asked
    shell = ShellComplete(root, {}, "advisor", "_ADVISOR_COMPLETE")
    found = shell.get_completions([command, "--format"], incomplete)
    assert [one.value for one in found] == names


def test_what_was_written_is_said(advisor: Advisor, folder: Path) -> None:
    assert advisor("snapshot", "--demo", "-o", "s.json").err.splitlines()[0] == "wrote s.json"
    assert advisor("merge", "s.json", "-o", "m.json") == (0, "", "wrote m.json\n")
    assert advisor("merge", "s.json", "-q", "-o", "m.json") == (0, "", "")
    assert advisor("merge", "s.json").err == ""


def test_all_formats_at_once(advisor: Advisor, folder: Path) -> None:
    formats = [argument for name in FORMATS for argument in ("--format", f"{name}=r.{name}")]
    ended = advisor("audit", "--demo", *formats)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "".join(f"wrote r.{name}\n" for name in FORMATS)
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"r.{name}" for name in FORMATS)


@pytest.mark.parametrize("file", ["s.json", "s.json.zst"])
def test_a_report_is_the_live_audit_byte_for_byte(
    advisor: Advisor, folder: Path, file: str
) -> None:
    def write(*command: str) -> dict[str, bytes]:
        formats = [one for name in FORMATS for one in ("--format", f"{name}={name}")]
        advisor(*command, *formats)
        return {name: (folder / name).read_bytes() for name in FORMATS}

    advisor("snapshot", "--demo", "-o", file)
    advisor("merge", file, file, "-o", "merged.json.gz")
    live = write("audit", "--demo")
    assert write("report", file) == live
    assert write("report", "merged.json.gz") == live


def test_the_demo_has_every_outcome_for_images_and_data(advisor: Advisor) -> None:
    report = json.loads(advisor("audit", "--demo", "--format", "json").out)
    for topic in ("images", "data"):
        outcomes = {thing["outcome"] for thing in report[topic]}
        assert {"move", "stay", "ok", "unknown"} <= outcomes


def test_the_library_gives_what_the_command_gives(advisor: Advisor) -> None:
    ended = advisor("audit", "--demo", "--format", "markdown", "--assume", "gpu-nodes=1")
    settings = api.Settings(assume=api.parse_assumption("gpu-nodes=1"))
    assessment = api.audit(api.demo_snapshot(), settings)
    assert ended.out == api.render(assessment, "markdown")


def test_the_command_line_goes_before_the_configuration(advisor: Advisor, folder: Path) -> None:
    (folder / "advisor.toml").write_text("assume = 'gpu-nodes=1'\n")
    audit = ("audit", "--demo", "--format", "json")
    reports = [advisor(*audit), advisor(*audit, "--assume", "gpu-nodes=6")]
    assert [json.loads(report.out)["verdicts"][0]["count"] for report in reports] == [1, 6]


def test_the_registry_is_named_in_what_to_type(advisor: Advisor, folder: Path) -> None:
    audit = ("audit", "--demo", "--format", "markdown")
    (folder / "advisor.toml").write_text("registry = 'registry.example.com/lab'\n")
    reports = [advisor(*audit).out, advisor(*audit, "--registry", "harbor.example:5000/x/").out]
    pushes = ["registry.example.com/lab/etl:3", "harbor.example:5000/x/etl:3"]
    found = [[f"docker push {push}" in report for push in pushes] for report in reports]
    assert found == [[True, False], [False, True]]
    assert ["REGISTRY/" in report for report in reports] == [False, False]


def test_lesser_findings_can_be_left_out(advisor: Advisor) -> None:
    ended = advisor("audit", "--demo", "--format", "json", "--min-severity", "error")
    assert {found["severity"] for found in json.loads(ended.out)["findings"]} == {"error"}


def test_quiet_says_nothing_beside_the_result(advisor: Advisor) -> None:
    assert advisor("audit", "--demo", "--quiet", "--format", "json=r.json").err == ""


def test_a_new_rule_loads_tests_and_runs(advisor: Advisor, folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "own" / "LAB001.yaml").write_text(advisor("rules", "new", "LAB001").out)
    assert advisor("rules", "test", "own") == (0, "1 rule, 3 examples, 0 failures\n", "")
    assert "LAB001" in advisor("rules", "list", "--rules", "own").out
    assert advisor("rules", "explain", "LAB001", "--rules", "own").out.startswith("LAB001 ")
    report = advisor("audit", "--demo", "--rules", "own", "--format", "json").out
    assert "LAB001" in {found["rule"] for found in json.loads(report)["findings"]}


def test_a_failing_example_makes_the_test_fail(advisor: Advisor, folder: Path) -> None:
    (folder / "own").mkdir()
    text = advisor("rules", "new", "LAB001").out.replace("result: ok", "result: finding", 1)
    (folder / "own" / "LAB001.yaml").write_text(text)
    ended = advisor("rules", "test", "own")
    assert (ended.code, ended.out.splitlines()[-1][:17]) == (1, "1 rule, 3 example")
    assert ended.out.startswith("own/LAB001.yaml:")


def test_the_list_of_rules_as_json_is_the_rules(advisor: Advisor) -> None:
    listed = msgspec.json.decode(advisor("rules", "list", "--format", "json").out)
    assert [rule["id"] for rule in listed] == list(api.load_rulebook(api.Settings()))
