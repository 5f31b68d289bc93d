"""What was not assessed: each gap once, and those of one reason in many places as one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from advisor import api
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Refusal, Source
from advisor.findings.finding import Finding, Gap, Subject
from advisor.judging.assessment import NotAssessed
from advisor.judging.coverage import not_assessed
from advisor.output.formats import FORMATS, RenderOptions
from tests.placement.samples import cluster, node, snapshot, workload

GONE = Source(probe="docker", target="ssh://gone", status="failed", reason="no route to host")
ABSENT = replace(GONE, asked=False)


def _finding(number: int, rule: str = "DAT003") -> Finding:
    gap = Gap(
        fact="use.location",
        probe="storage",
        reason="no such claim exists",
        settle=f"kubectl get pvc d-{number:02d}",
    )
    return Finding(
        rule=rule,
        severity="warning",
        status="unknown",
        subject=Subject(scope="data", id=f"data:{number}", label=f"claim d-{number:02d}"),
        message="",
        gaps=(gap,),
    )


def _row(settle: str, *subjects: str, rules: tuple[str, ...] = ("DAT003",)) -> NotAssessed:
    return NotAssessed(
        fact="use.location",
        probe="storage",
        reason="no such claim exists",
        settle=settle,
        rules=rules,
        subjects=subjects,
    )


@pytest.mark.parametrize("count", [1, 20])
def test_few_are_told_one_by_one(count: int) -> None:
    found = not_assessed([_finding(number) for number in range(count)], ())
    assert found == tuple(
        _row(f"kubectl get pvc d-{number:02d}", f"claim d-{number:02d}") for number in range(count)
    )


def test_many_are_told_as_one_that_names_them_all() -> None:
    findings = [*map(_finding, reversed(range(21))), _finding(20, "DAT025")]
    assert not_assessed(findings, ()) == (
        _row(
            "kubectl get pvc d-00, and so for 20 more",
            *(f"claim d-{number:02d}" for number in range(21)),
            rules=("DAT003", "DAT025"),
        ),
    )


def test_another_reason_stands_apart() -> None:
    other = Gap(fact="data.size", probe="docker", reason="nothing measured it")
    odd = Finding(
        rule="DAT012",
        severity="info",
        status="unknown",
        subject=Subject(scope="data", id="data:x", label="x"),
        message="",
        gaps=(other,),
    )
    found = not_assessed([*map(_finding, range(30)), odd], ())
    assert [(one.fact, len(one.subjects), one.settle) for one in found] == [
        ("use.location", 30, "kubectl get pvc d-00, and so for 29 more"),
        ("data.size", 1, ""),
    ]


def missing(resource: str, fact: str, **more: Any) -> Source:
    refusal = Refusal(resource=resource, verb="list", reason="no", facts=(fact,), **more)
    return Source(probe="kubernetes", target="lab", status="partial", refused=(refusal,))


def in_place(nodes: int, *sources: Source) -> Snapshot:
    """A cluster whose only image is in a registry, and what was read of it."""
    jobs = (workload("train", image="reg.example/train:1"),)
    of = cluster(*(node(f"n{number}", gpus=1) for number in range(nodes)), workloads=jobs)
    return replace(snapshot(of), sources=sources)


PODS = missing("pods", "cluster.workloads")
INGRESS = missing("ingressclasses", "cluster.ingress_classes")
CLAIMS = missing("persistentvolumeclaims", "cluster.claims")
MOUNTS = missing("mount table", "hosts[a].containers.mounts.filesystem", supplement=True)


@pytest.mark.parametrize(
    ("nodes", "source", "state", "image"),
    [
        (2, None, "complete", "ok"),
        (2, ABSENT, "complete", "ok"),
        (2, MOUNTS, "complete", "ok"),
        (2, GONE, "incomplete", "unknown"),
        (2, PODS, "incomplete", "unknown"),
        (2, CLAIMS, "incomplete", "ok"),
        (2, INGRESS, "incomplete", "ok"),
        (2, missing("images/json", "hosts[a].images"), "incomplete", "unknown"),
        (2, missing("nodes", "cluster.nodes"), "incomplete", "unknown"),
        (1, None, "complete", "stay"),
        (1, PODS, "incomplete", "stay"),
        (1, GONE, "incomplete", "unknown"),
        (1, missing("nodes", "cluster.nodes"), "incomplete", "unknown"),
        (0, None, "complete", "blocked"),
        (0, missing("nodes", "cluster.nodes"), "incomplete", "unknown"),
    ],
)
def test_state_and_verdict(nodes: int, source: Source | None, state: str, image: str) -> None:
    found = api.audit(in_place(nodes, *(() if source is None else (source,))))
    assert (found.state, found.verdicts[0].outcome) == (state, image)
    assert api.exit_code(found, "never") == (3 if state == "incomplete" else 0)


def test_the_verdict_says_what_was_not_seen_and_what_settles_it() -> None:
    verdict = api.audit(in_place(2, GONE, PODS)).verdicts[0]
    assert (verdict.why, verdict.settle) == (
        "Not all images were seen: ssh://gone could not be read: no route to host; list of pods"
        " failed: no.",
        "docker --host ssh://gone info; kubectl auth can-i list pods --all-namespaces",
    )


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_names_each_missing_list(name: str) -> None:
    names = [f"list{number}" for number in range(12)]
    refused = tuple(
        Refusal(resource=one, verb="list", reason="no", facts=("cluster.claims",)) for one in names
    )
    source = Source(probe="kubernetes", target="lab", status="partial", refused=refused)
    text = api.render(api.audit(in_place(2, source)), name, RenderOptions())
    assert [one for one in names if one not in text] == []


def test_a_check_of_a_cluster_that_was_not_read_whole_is_incomplete() -> None:
    report = api.check(["docker run reg.example/a/b:1"], in_place(2, PODS))
    assert (report.state, api.check_exit_code(report, "never")) == ("incomplete", 3)


def test_a_count_below_two_is_not_known_while_a_node_is() -> None:
    """One node is eligible for certain; the one that could not be read may be too."""
    lost = missing("nodes", "cluster.nodes")
    whole, partly = (
        api.check(["docker run --gpus 1 train:1"], in_place(1, *sources))
        for sources in ((), (lost,))
    )
    assert [(job.count, job.verdict) for report in (whole, partly) for job in report.jobs][1] == (
        None,
        "unknown",
    )
    assert whole.jobs[0].count == 1


def test_the_json_report_tells_a_supplement_from_what_is_missing() -> None:
    report = json.loads(api.render(api.audit(in_place(2, MOUNTS)), "json", RenderOptions()))
    assert report["sources"][0]["refused"][0]["supplement"] is True
