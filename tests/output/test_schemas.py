"""The published schemas are current, and what advisor writes keeps to them."""

from __future__ import annotations

import json
from functools import lru_cache

import msgspec
import pytest
from jsonschema import Draft202012Validator

from advisor import api
from advisor.facts.snapshot import Snapshot
from advisor.findings.finding import Gap, why_missing
from advisor.judging.assessment import Assessment
from advisor.judging.check_report import CheckReport, TranslationReport, translation_report
from advisor.output.check_record import WrittenCheck, WrittenFinding, WrittenRule
from advisor.output.formats import CHECK_FORMATS, FORMATS, RenderOptions
from advisor.output.json import SCHEMAS, schema_text
from advisor.output.translation import render_json
from tests.output.check_sample import CHECK, NOTHING
from tests.output.golden import SCHEMA_FOLDER
from tests.output.sample import EMPTY, SAMPLE


@lru_cache
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
            unknown = finding.status == "unknown"
            subject = short.subjects[one.subject]
            if one.rule in written.rules:
                rule = written.rules[one.rule]
                remedy = "" if unknown and one.remedy is None else rule.remedy
                assert (remedy if one.remedy is None else one.remedy) == finding.remedy
                assert (one.message or asked(rule, one, written)) == finding.message
                assert unknown or rule.why == CHECK.rules[one.rule].why
            else:
                assert (one.message, one.remedy or "") == (finding.message, finding.remedy)
            evidence = tuple(short.facts[number] for number in one.evidence)
            assert evidence == (finding.evidence if one.message else ())
            assert one.missing == {gap.fact: place_of(gap, written) for gap in finding.gaps}
            assert (subject.id, subject.label) == (finding.subject.id, finding.subject.label)
            assert finding.owner in (one.owner or short.owner, "")
            if finding.place is not None:
                place = one.place or subject.place
                assert place is not None
                assert (place.file or short.file) == finding.place.file
                assert (place.line, place.column) == (finding.place.line, finding.place.column)
        assert [
            (short.subjects[one.subject].id, one.outcome, one.rule) for one in short.decisions
        ] == [(one.subject.id, one.outcome, one.rule) for one in job.decisions]
        assert len(set(short.facts)) == len(short.facts)


def asked(rule: WrittenRule, finding: WrittenFinding, written: WrittenCheck) -> str:
    """What a finding without a message says."""
    gaps = (
        Gap(fact=fact, reason=written.gaps[number].reason)
        for fact, number in finding.missing.items()
    )
    return f"{rule.asks}: {why_missing(tuple(gaps))}."


def place_of(gap: Gap, written: WrittenCheck) -> int:
    """Which of the reasons the gap's is; it names the fact, and there is one such."""
    (place,) = (
        number
        for number, one in enumerate(written.gaps)
        if (one.reason, one.probe, one.settle) == (gap.reason, gap.probe, gap.settle)
    )
    assert gap.fact in written.gaps[place].facts
    return place


USUAL = "docker run --rm -it --gpus all nvcr.io/nvidia/pytorch:24.01-py3 python train.py"
KB = 1024


@pytest.mark.parametrize(
    ("line", "most"),
    [
        (USUAL, 6 * KB),
        ("docker run --gpus 2 -v /raid/x:/x --shm-size 8g reg.example/a/b:1 python t.py", 6 * KB),
        ("docker run -d --gpus 1 --ipc=host -p 8888:8888 -v $HOME/w:/w -e A=1 lab/n:2", 8 * KB),
    ],
)
def test_a_job_takes_a_few_kilobytes(line: str, most: int) -> None:
    """The last has fourteen findings and no two of their texts alike."""
    report = api.text_checker().check(line, ("runai-v2",))
    (job,) = json.loads(CHECK_FORMATS["json"](report, RenderOptions()))["jobs"]
    assert len(json.dumps(job, separators=(",", ":"))) <= most


def test_what_findings_have_in_common_is_said_once_for_all_jobs() -> None:
    """Ten jobs add nothing to what stands once for one."""
    checker = api.text_checker()
    texts = [
        CHECK_FORMATS["json"](checker.check("\n".join([USUAL] * number), ()), RenderOptions())
        for number in (1, 10)
    ]
    one, ten = (json.loads(text) for text in texts)
    for rule in (*one["rules"].values(), *ten["rules"].values()):
        rule.pop("passed", None)
    assert len(ten["jobs"]) == 10
    assert (ten["rules"], ten["gaps"]) == (one["rules"], one["gaps"])


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


@pytest.mark.parametrize("assessment", [SAMPLE, EMPTY], ids=["sample", "empty"])
def test_json_in_pieces_is_that_of_the_whole(assessment: Assessment) -> None:
    whole = msgspec.json.format(msgspec.json.encode(assessment, order="sorted"), indent=2)
    assert FORMATS["json"](assessment, RenderOptions()) == whole.decode() + "\n"


def test_an_empty_snapshot_keeps_to_its_schema() -> None:
    snapshot = Snapshot(advisor="0.1.0", taken="2026-11-20T09:30:00Z")
    document = json.loads(msgspec.json.encode(snapshot))
    assert list(_validator("snapshot.schema.json").iter_errors(document)) == []
