"""SARIF: places, kinds and suppressions; the published schema is in tests/real."""

from __future__ import annotations

import json
from typing import Any

import pytest

from advisor.output.formats import RenderOptions
from advisor.output.sarif import render, render_check
from tests.output.check_sample import CHECK, NOTHING
from tests.output.sample import EMPTY, SAMPLE


def run_of(text: str) -> dict[str, Any]:
    (run,) = json.loads(text)["runs"]
    return run  # type: ignore[no-any-return]


def results() -> dict[str, dict[str, Any]]:
    found = run_of(render_check(CHECK, RenderOptions()))["results"]
    return {result["ruleId"]: result for result in found}


@pytest.mark.parametrize(
    "text", [render_check(NOTHING, RenderOptions()), render(EMPTY, RenderOptions())]
)
def test_results_are_an_empty_list_when_there_are_none(text: str) -> None:
    assert run_of(text)["results"] == []


def test_a_place_is_relative_to_the_folder_and_its_name_is_a_uri() -> None:
    assert results()["JOB001"]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "jobs/big%20one.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 9},
    }


def test_a_command_on_the_line_has_no_file() -> None:
    location = results()["IMG003"]["locations"][0]
    assert location == {
        "logicalLocations": [
            {"name": "lab/web", "fullyQualifiedName": "image:lab/web", "kind": "resource"}
        ]
    }


def test_what_is_not_known_is_open_and_neither_failure_nor_pass() -> None:
    kinds = {rule: (one["kind"], one["level"]) for rule, one in results().items()}
    assert kinds == {
        "DAT006": ("fail", "error"),
        "JOB030": ("fail", "warning"),
        "JOB041": ("fail", "note"),
        "IMG013": ("open", "none"),
        "LAB001": ("open", "none"),
        "JOB045": ("fail", "warning"),
        "JOB021": ("fail", "note"),
        "JOB001": ("fail", "error"),
        "IMG003": ("open", "none"),
        "GPU002": ("fail", "warning"),
    }


def test_suppressions_say_where_they_stand() -> None:
    found = {rule: one.get("suppressions") for rule, one in results().items()}
    assert {rule: one for rule, one in found.items() if one} == {
        "JOB045": [{"kind": "inSource", "justification": "known (comment at train.sh:2)"}],
        "JOB021": [{"kind": "external", "justification": "in the baseline"}],
    }


def test_rules_are_described_once_and_pointed_to() -> None:
    run = run_of(render_check(CHECK, RenderOptions()))
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["DAT006", "JOB001", "JOB030"]
    pointed = {one["ruleId"]: one["ruleIndex"] for one in run["results"] if "ruleIndex" in one}
    assert pointed == {"DAT006": 0, "JOB001": 1, "JOB030": 2}


def test_what_could_not_be_read_is_a_notification_and_no_success() -> None:
    (invocation,) = run_of(render_check(CHECK, RenderOptions()))["invocations"]
    texts = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert (invocation["executionSuccessful"], texts) == (
        False,
        ["bad.sh:1:1: no image", "kubernetes prod: timeout"],
    )


def test_an_audit_has_a_result_for_each_finding() -> None:
    run = run_of(render(SAMPLE, RenderOptions()))
    expected = [one.rule for one in SAMPLE.findings if one.status != "ok"]
    assert [one["ruleId"] for one in run["results"]] == expected


def test_lesser_findings_can_be_left_out() -> None:
    run = run_of(render_check(CHECK, RenderOptions(min_severity="error")))
    assert {one["ruleId"] for one in run["results"]} == {"DAT006", "IMG013", "LAB001", "JOB001"}
