"""`advisor diff` of snapshots and reports."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from advisor import api
from tests.cli.conftest import Advisor


@pytest.fixture
def snapshots(folder: Path) -> None:
    """The demo, and the demo without what its cluster's jobs run."""
    demo = api.demo_snapshot()
    assert demo.cluster is not None
    api.save_snapshot(demo, "old.json.zst")
    fewer = msgspec.structs.replace(demo.cluster, workloads=())
    api.save_snapshot(msgspec.structs.replace(demo, cluster=fewer), "new.json")


@pytest.mark.usefixtures("snapshots")
def test_a_report_and_its_snapshot_are_the_same(advisor: Advisor) -> None:
    advisor("report", "old.json.zst", "--format", "json=old.report.json", "--exit-zero")
    ended = advisor("diff", "old.report.json", "old.json.zst", "--format", "json")
    difference = json.loads(ended.out)
    assert (ended.code, difference["things"], difference["added"], difference["fixed"]) == (
        0,
        [],
        [],
        [],
    )


@pytest.mark.usefixtures("snapshots")
def test_new_findings_end_with_1(advisor: Advisor) -> None:
    ended = [
        advisor("diff", "new.json", "old.json.zst", *more).code
        for more in ((), ("--fail-on", "warning"), ("--exit-zero",))
    ]
    assert ended == [0, 1, 0]


@pytest.mark.usefixtures("snapshots")
def test_all_formats_are_written(advisor: Advisor, folder: Path) -> None:
    formats = ("html=d.html", "markdown=d.md", "json=d.json", "terminal=d.txt")
    advisor("diff", "old.json.zst", "new.json", *(f"--format={one}" for one in formats))
    assert {path.name for path in folder.glob("d.*")} == {"d.html", "d.md", "d.json", "d.txt"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"schema": 99, "advisor": "9", "target": "x", "verdicts": []}', "a report of schema 99"),
        ('{"schema": 1, "advisor": "9", "target": "x", "verdicts": 1}', "a damaged report"),
        ("{}", "not an advisor snapshot"),
    ],
)
def test_what_is_neither_is_refused(
    advisor: Advisor, folder: Path, content: str, said: str
) -> None:
    (folder / "old.json").write_text(content)
    ended = advisor("diff", "old.json", "old.json")
    assert (ended.code, said in ended.err, ended.err.count("\n")) == (2, True, 1)


def test_standard_input_can_be_one_of_them_only(advisor: Advisor) -> None:
    assert advisor("diff", "-", "-").code == 2


def test_a_format_that_diff_does_not_have_is_refused(advisor: Advisor) -> None:
    assert "there is no format 'sarif'" in advisor("diff", "a", "b", "--format", "sarif").err
