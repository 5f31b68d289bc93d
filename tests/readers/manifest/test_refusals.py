"""What an API server would refuse; tests/real/test_refusals_oracle.py asks one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from advisor.readers.manifest.reader import read_manifests
from advisor.readers.specs import read_specs
from tests.readers.manifest.refused_samples import CHANGES, POD, changed
from tests.readers.manifest.whole_files import manifest_jobs

LIMITS = "spec|containers|0|resources|limits"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("spec|restartPolicy", "Never", ()),
        (
            f"{LIMITS}|memory",
            "8g",
            ("spec.containers[0].resources.limits.memory: 8g is no quantity: write 8G or 8Gi",),
        ),
        (
            f"{LIMITS}|nvidia.com/gpu",
            0.5,
            (
                'spec.containers[0].resources.limits["nvidia.com/gpu"]: 0.5 is no whole number, and'
                " devices are whole",
            ),
        ),
        (
            f"{LIMITS}|nvidia.com/gpu",
            -1,
            ('spec.containers[0].resources.limits["nvidia.com/gpu"]: -1 is below zero',),
        ),
        (
            "spec|containers|0|env",
            [{"name": "WORLD", "value": 8}],
            ("spec.containers[0].env[0].value: it is not text: put it in quotes",),
        ),
        (
            "spec|containers|0|command",
            "python a.py",
            ("spec.containers[0].command: it is no list",),
        ),
        ("spec|containers|0|args", 7, ("spec.containers[0].args: it is no list",)),
        (
            "metadata|name",
            "Fit_1",
            ("metadata.name: 'Fit_1' is no name: it has lower-case letters, digits, - and .",),
        ),
    ],
)
def test_refusals(path: str, value: object, told: tuple[str, ...]) -> None:
    (job,) = manifest_jobs(json.dumps(changed(POD, path, value)), "f.json")
    assert job.refused == told


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_refusal_begins_with_a_path(change: tuple[dict[str, object], str, object]) -> None:
    read = read_manifests(json.dumps(changed(*change)), "f.json")
    told = [line for job in read.jobs for line in job.refused]
    assert all(line.startswith(("metadata", "spec")) for line in told)
    found = [problem.line().startswith("f.json:") for problem in read.problems]
    assert found == [True] * (1 - len(read.jobs))


def test_a_specification_that_is_zero_has_no_container() -> None:
    (job,) = manifest_jobs(json.dumps(changed(POD, "spec", 0)), "f.json")
    assert ("spec", "0") in {(item.name, item.value) for item in job.items}
    assert job.refused == ("spec.containers: at least one is needed",)


BAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: none}\n"
UNREADABLE = "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n"


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        (
            BAD,
            "f.yaml:4:8: `spec.containers`: expected `array | null`, got `str` (put it in quotes)",
        ),
        (
            UNREADABLE,
            "f.yaml:4:1: not YAML: while parsing a flow mapping, did not find expected ',' or",
        ),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_one_bad_document_drops_no_other(
    bad: str, line: str, first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    good = yaml.safe_dump(POD)
    documents = [bad, good] if first else [good, bad]
    Path("f.yaml").write_text("---\n".join(documents), encoding="utf-8")
    result = read_specs(["f.yaml"])
    assert [job.label for job in result.jobs] == ["Pod team/fit"]
    (problem,) = result.problems
    shift = 0 if first else good.count("\n") + 1
    _, number, rest = line.split(":", 2)
    assert problem.line().startswith(f"f.yaml:{int(number) + shift}:{rest}")
