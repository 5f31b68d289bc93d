"""The published schemas are current, and what advisor writes keeps to them."""

from __future__ import annotations

import json

import msgspec
import pytest
from jsonschema import Draft202012Validator

from advisor.facts.snapshot import Snapshot
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport, TranslationReport, translation_report
from advisor.output.check_record import WrittenCheck
from advisor.output.formats import CHECK_FORMATS, FORMATS, RenderOptions
from advisor.output.json import SCHEMAS, schema_text
from advisor.output.translation import render_json
from tests.output.check_sample import CHECK, NOTHING
from tests.output.golden import SCHEMA_FOLDER
from tests.output.sample import EMPTY, SAMPLE


def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMA_FOLDER / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_made_from_its_record(name: str) -> None:
    assert (SCHEMA_FOLDER / name).read_text(encoding="utf-8") == schema_text(name)


def test_the_schema_folder_holds_what_is_published() -> None:
    assert {path.name for path in SCHEMA_FOLDER.iterdir()} == set(SCHEMAS)


@pytest.mark.parametrize("assessment", [SAMPLE, EMPTY], ids=["sample", "empty"])
def test_json_keeps_to_its_schema(assessment: Assessment) -> None:
    text = FORMATS["json"](assessment, RenderOptions())
    assert list(_validator("assessment.schema.json").iter_errors(json.loads(text))) == []


@pytest.mark.parametrize("report", [CHECK, NOTHING], ids=["check", "nothing"])
def test_json_of_a_check_keeps_to_its_schema(report: CheckReport) -> None:
    text = CHECK_FORMATS["json"](report, RenderOptions())
    assert list(_validator("check.schema.json").iter_errors(json.loads(text))) == []


def test_json_of_a_check_says_all_that_was_found_and_each_text_once() -> None:
    text = CHECK_FORMATS["json"](CHECK, RenderOptions())
    written = msgspec.json.decode(text, type=WrittenCheck)
    assert [job.id for job in written.jobs] == [job.id for job in CHECK.jobs]
    for short, job in zip(written.jobs, CHECK.jobs, strict=True):
        for one, finding in zip(short.findings, job.findings, strict=True):
            assert (one.rule, one.message, one.remedy) == (
                finding.rule,
                finding.message,
                finding.remedy,
            )
            assert tuple(short.facts[number] for number in one.evidence) == finding.evidence
            assert tuple(written.gaps[number] for number in one.gaps) == finding.gaps
            assert short.subjects[one.subject] == finding.subject.label
            assert finding.owner in (one.owner or short.owner, "")
            if finding.place is not None:
                assert one.place is not None
                assert (one.place.file or short.file) == finding.place.file
        assert [(one.subject, one.outcome, one.rule) for one in short.decisions] == [
            (one.subject.id, one.outcome, one.rule) for one in job.decisions
        ]
        assert len(set(short.facts)) == len(short.facts)
    assert len(set(written.gaps)) == len(written.gaps)


def test_json_of_a_translation_keeps_to_its_schema() -> None:
    report = translation_report(CHECK, "runai-v1")
    text = render_json(report)
    assert list(_validator("translation.schema.json").iter_errors(json.loads(text))) == []
    assert msgspec.json.decode(text, type=TranslationReport) == report


def test_the_schema_refuses_an_outcome_that_does_not_exist() -> None:
    document = json.loads(FORMATS["json"](SAMPLE, RenderOptions()))
    document["images"][0]["outcome"] = "perhaps"
    errors = _validator("assessment.schema.json").iter_errors(document)
    assert [error.json_path for error in errors] == ["$.images[0].outcome"]


def test_json_reads_back_as_the_same_assessment() -> None:
    text = FORMATS["json"](SAMPLE, RenderOptions())
    assert msgspec.json.decode(text, type=Assessment) == SAMPLE


def test_an_empty_snapshot_keeps_to_its_schema() -> None:
    snapshot = Snapshot(advisor="0.1.0", taken="2026-11-20T09:30:00Z")
    document = json.loads(msgspec.json.encode(snapshot))
    assert list(_validator("snapshot.schema.json").iter_errors(document)) == []
