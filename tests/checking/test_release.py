"""What a named Run:ai release takes no longer: found in jobs, and not written by any writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import api
from advisor.errors import InputError
from advisor.facts.cluster import Cluster, Component
from advisor.facts.snapshot import Snapshot

TF = "runai training tensorflow submit train -i reg.example/a:1 --workers 2"
V1 = "runai submit --name train -i reg.example/a:1 -g 1"
V2 = "runai training standard submit train -i reg.example/a:1"
OBJECT = """\
apiVersion: run.ai/v2alpha1
kind: TrainingWorkload
metadata: {name: train, namespace: runai-team}
spec:
  image: {value: "reg.example/a:1"}
"""
OLD_OBJECT = """\
apiVersion: run.ai/v1
kind: RunaiJob
metadata: {name: train}
spec: {template: {spec: {containers: [{name: a, image: "reg.example/a:1"}]}}}
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "reg.example/a:1"}]}}}
"""
RULES = ("JOB055", "JOB056")


def found(spec: str, release: str, snapshot: Snapshot | None = None) -> dict[str, str]:
    """The messages of the rules about releases, by rule."""
    report = api.check([spec], snapshot, api.Settings(runai=release))
    (job,) = report.jobs
    return {one.rule: one.message for one in job.findings if one.rule in RULES}


@pytest.mark.parametrize(
    ("spec", "release", "expected"),
    [
        (
            V1,
            "3.0",
            {"JOB055": "the runai commands of version 1, which Run:ai 3.0 does not take"},
        ),
        (
            V1,
            "2.25",
            {
                "JOB056": "the runai commands of version 1, which Run:ai 2.25 still takes and later"
                " releases do not"
            },
        ),
        (V1, "2.13", {}),
        (V1, "", {}),
        (TF, "3.0", {"JOB055": "runai training tensorflow, which Run:ai 3.0 does not take"}),
        (
            TF.replace("tensorflow", "xgboost"),
            "3.0",
            {"JOB055": "runai training xgboost, which Run:ai 3.0 does not take"},
        ),
        (
            TF.replace("tensorflow", "jax"),
            "3.0",
            {"JOB055": "runai training jax, which Run:ai 3.0 does not take"},
        ),
        (TF, "2.25", {}),
        (TF.replace("tensorflow", "pytorch"), "3.0", {}),
        (TF.replace("tensorflow", "mpi"), "3.0", {}),
        (V2, "3.0", {}),
        ("docker run a/b:1", "3.0", {}),
    ],
)
def test_commands(spec: str, release: str, expected: dict[str, str]) -> None:
    assert found(spec, release) == {
        rule: f"train is written with {words}." for rule, words in expected.items()
    }


@pytest.mark.parametrize(
    ("text", "gone"), [(OBJECT, True), (OLD_OBJECT, True), (JOB, False)], ids=["v2", "v1", "job"]
)
def test_kinds(text: str, gone: bool, tmp_path: Path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(text)
    assert list(found(str(file), "3.0")) == (["JOB055"] if gone else [])
    assert found(str(file), "2.24") == {}


def test_the_release_that_is_installed() -> None:
    runai = Component(name="runai", evidence="deployment runai/runai-agent", version="3.0.4")
    cluster = Cluster(context="c", components=(runai,))
    snapshot = Snapshot(advisor="test", taken="2026-11-30T00:00:00Z", cluster=cluster)
    assert list(found(V1, "installed", snapshot)) == ["JOB055"]
    with pytest.raises(InputError, match="no version of Run:ai is stated"):
        found(V1, "installed")


def translated(spec: str, target: str, release: str, dialect: str = "") -> tuple[str, list[str]]:
    from advisor.jobs.translation import Situation

    given = Situation(target="runai-v2", dialect=dialect)  # type: ignore[arg-type]
    report = api.translate([spec], target, None, api.Settings(runai=release), given=given)  # type: ignore[arg-type]
    (job,) = report.jobs
    made = job.translation
    lost = [one.reason for one in made.ledger if one.fate == "no-equivalent"]
    return made.text, lost


def test_a_framework_that_is_gone_is_not_written() -> None:
    text, lost = translated(TF, "runai-v2", "3.0")
    assert text == "runai training standard submit train --image reg.example/a:1"
    assert (
        "Run:ai 3.0 has no tensorflow jobs: one pod is submitted; instead: a TFJob, as advisor"
        " translate --to kubernetes writes it, or runai training pytorch for code that can change"
    ) in lost
    assert translated(TF, "runai-v2", "2.25")[0].startswith("runai training tensorflow submit")
    assert translated(TF, "runai-v2", "")[0].startswith("runai training tensorflow submit")


def test_version_1_is_not_written_for_a_release_without_it() -> None:
    with pytest.raises(InputError) as caught:
        translated("docker run --gpus 1 a/b:1", "runai-v1", "3.0")
    assert caught.value.line() == (
        "Run:ai 3.0 has no commands of version 1"
        " (use those of version 2, as advisor translate --to runai-v2 writes them)"
    )


@pytest.mark.parametrize(
    ("release", "dialect", "early"),
    [
        ("2.9", "", True),
        ("2.10", "", False),
        ("2.9", "late", False),
        ("", "", False),
        ("", "early", True),
    ],
)
def test_the_dialect_follows_from_the_release_unless_it_is_given(
    release: str, dialect: str, early: bool
) -> None:
    mpi = "runai submit-dist mpi --name x -i a/b:1 --workers 2 -- python train.py"
    text, _ = translated(mpi, "runai-v1", release, dialect)
    assert text.startswith("runai submit-mpi") is early
