"""Colours, names of snapshot files, hosts without a scheme: what is typed and nearly right."""

from __future__ import annotations

import pytest

from advisor.cli.stream import colored
from tests.cli.conftest import Advisor


@pytest.mark.parametrize(
    ("environment", "no_color", "terminal", "colours"),
    [
        ({}, False, True, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, True, False),
        ({"FORCE_COLOR": "1"}, False, False, True),
        ({"FORCE_COLOR": "0"}, False, False, False),
        ({"TERM": "dumb"}, False, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, True, True),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    no_color: bool,
    terminal: bool,
    colours: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert colored(no_color) is colours


@pytest.mark.parametrize("command", [("snapshot", "--demo"), ("merge", "-")])
def test_a_snapshot_is_not_named_after_another_packing(
    advisor: Advisor, command: tuple[str, ...]
) -> None:
    ended = advisor(*command, "-o", "x.zip")
    assert (ended.code, ended.out, ended.err) == (
        2,
        "",
        "advisor: x.zip: a snapshot is not packed as .zip (name it .json, .json.gz or .json.zst)\n",
    )


def test_a_host_without_a_scheme_gets_a_hint_at_ssh(advisor: Advisor) -> None:
    ended = advisor("preflight", "--no-cluster", "--docker-host", "no-such-host.invalid")
    assert "by ssh: ssh://USER@no-such-host.invalid" in ended.out
