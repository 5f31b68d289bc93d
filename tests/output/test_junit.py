"""JUnit XML keeps to its schema, whatever names and texts hold."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from xmlschema import XMLSchema

from advisor.output.formats import RenderOptions
from advisor.output.junit import render, render_check
from tests.output.check_sample import CHECK, NOTHING
from tests.output.sample import EMPTY, SAMPLE

SCHEMA = XMLSchema(Path(__file__).parents[1] / "fixtures" / "schemas" / "junit.xsd")
TEXTS = {
    "check": render_check(CHECK, RenderOptions()),
    "nothing": render_check(NOTHING, RenderOptions()),
    "audit": render(SAMPLE, RenderOptions()),
    "empty audit": render(EMPTY, RenderOptions()),
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_keeps_to_the_schema(name: str) -> None:
    assert list(SCHEMA.iter_errors(ElementTree.fromstring(TEXTS[name]))) == []


@pytest.mark.parametrize("name", TEXTS)
def test_the_counts_are_those_of_the_cases(name: str) -> None:
    for suite in ElementTree.fromstring(TEXTS[name]):
        counted = {
            "tests": len(suite),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        assert {key: int(suite.attrib[key]) for key in counted} == counted


def test_each_job_is_a_suite_and_each_rule_a_case() -> None:
    root = ElementTree.fromstring(TEXTS["check"])
    found = {
        suite.attrib["name"]: [
            (case.attrib["name"], next((inside.tag for inside in case), "passed")) for case in suite
        ]
        for suite in root
    }
    assert found == {
        "train.sh:3 train_`x`": [
            ("DAT006", "failure"),
            ("JOB030", "failure"),
            ("JOB041", "system-out"),
            ("IMG013", "skipped"),
            ("LAB001", "error"),
            ("JOB045", "skipped"),
            ("JOB021", "skipped"),
        ],
        "jobs/big one.yaml Job big": [("JOB001", "failure")],
        "command line:1 lab/web": [("IMG003", "skipped")],
        "/abs/ok.yaml Pod fine": [("It can land on 2 nodes.", "passed")],
        "cluster": [("GPU002", "failure")],
        "input": [("bad.sh:1:1", "error")],
        "read": [("prod", "error")],
    }


@given(st.text())
def test_any_text_makes_well_formed_xml(text: str) -> None:
    job = CHECK.jobs[0]
    finding = replace(job.findings[0], message=text, remedy=text)
    report = replace(CHECK, jobs=(replace(job, label=text, why=text, findings=(finding,)),))
    SCHEMA.validate(ElementTree.fromstring(render_check(report, RenderOptions())))
