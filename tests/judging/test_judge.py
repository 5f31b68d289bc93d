"""Judging whole snapshots: what flips, what stays unknown, and what never changes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor import api
from advisor.configuration.settings import Assumption, Settings
from advisor.facts.host import Container, Filesystem, Mount
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Source
from advisor.judging.assessment import Assessment
from tests.demo_snapshot import PATH, demo, encoded
from tests.placement.samples import (
    cluster,
    host,
    image,
    node,
    refused,
    snapshot,
    taint,
    without,
    workload,
)

XFS = Filesystem(mount_point="/raid", type="xfs", device="/dev/md0")
DATA = Mount(kind="bind", source="/raid/data", target="/data", filesystem=XFS)


def one_host(*nodes: Any, **fields: Any) -> Snapshot:
    """Host `a` with one built image and one directory, in a cluster of the nodes."""
    container = Container(
        id="c",
        name="train",
        image="train:1",
        image_id="sha256:" + "a" * 64,
        gpu=None,
        mounts=(DATA,),
        layer_changes=0,
    )
    asks = msgspec.structs.replace(container, gpu=_one_gpu())
    machine = host("a", asks, images=(image("train:1"),))
    of = cluster(*nodes, **fields) if nodes or fields else None
    return snapshot(of, machine)


def _one_gpu() -> Any:
    from advisor.facts.host import GpuRequest

    return GpuRequest(how="--gpus", count=1)


def outcomes(assessment: Assessment) -> dict[str, tuple[str, str, int | None]]:
    return {
        thing.subject.id: (thing.outcome, thing.rule, thing.decisions[0].count)
        for thing in (*assessment.images, *assessment.data)
    }


IMAGE, DATA_PATH = "image:docker.io/library/train:1", "data:path:/raid/data"


@pytest.mark.parametrize(
    ("of", "image_outcome", "data_outcome", "verdict"),
    [
        (
            one_host(node("a", gpus=4), node("cpu")),
            ("stay", "IMG004", 1),
            ("stay", "DAT004", 1),
            ("stay", 1),
        ),
        (
            one_host(node("a", gpus=4), node("b", gpus=4)),
            ("move", "IMG006", 2),
            ("move", "DAT006", 2),
            ("move", 2),
        ),
        (
            one_host(node("b", gpus=4)),
            ("move", "IMG005", 1),
            ("move", "DAT005", 1),
            ("stay", 1),
        ),
        (
            one_host(node("a"), node("b")),
            ("blocked", "IMG002", 0),
            ("blocked", "DAT002", 0),
            ("blocked", 0),
        ),
        (one_host(), ("unknown", "IMG002", None), ("unknown", "DAT002", None), ("unknown", None)),
    ],
    ids=["one", "two", "elsewhere", "none", "no cluster"],
)
def test_number_of_gpu_nodes(
    of: Snapshot, image_outcome: Any, data_outcome: Any, verdict: Any
) -> None:
    found = api.audit(of)
    assert outcomes(found) == {IMAGE: image_outcome, DATA_PATH: data_outcome}
    assert {(one.outcome, one.count) for one in found.verdicts} == {verdict}


def test_nothing_has_to_move_where_all_that_was_found_is_in_its_place() -> None:
    """As after a migration; of what nobody found, nothing is said to be fine."""
    jobs = (workload(image="nvcr.io/nvidia/pytorch:24.05-py3"),)
    nodes = (node("a", gpus=4), node("b", gpus=4))
    found = api.audit(snapshot(cluster(*nodes, workloads=jobs)))
    assert [(one.topic, one.outcome, one.sentence, one.why) for one in found.verdicts] == [
        (
            "image",
            "ok",
            "No image has to move.",
            "A job can land on any of the 2 GPU nodes, and everything seen can be reached from "
            "each node that its jobs can land on.",
        ),
        (
            "data",
            "move",
            "Data must move to network storage.",
            "A job can land on any of the 2 GPU nodes; what is only on one machine is not there on "
            "the other nodes.",
        ),
    ]
    local = api.audit(snapshot(cluster(*nodes, workloads=(*jobs, workload("b", image="b:1")))))
    assert [one.outcome for one in local.verdicts] == ["move", "move"]


def test_one_host_and_one_assumed_node_are_one_machine() -> None:
    one = api.audit(one_host(), Settings(assume=Assumption(gpu_nodes=1)))
    two = api.audit(one_host(), Settings(assume=Assumption(gpu_nodes=2)))
    assert [outcomes(found) for found in (one, two)] == [
        {IMAGE: ("stay", "IMG004", 1), DATA_PATH: ("stay", "DAT004", 1)},
        {IMAGE: ("move", "IMG006", 2), DATA_PATH: ("move", "DAT006", 2)},
    ]


CLUSTER_FIELDS = [
    field.name
    for field in msgspec.structs.fields(type(cluster()))
    if field.name not in ("context", "server", "pods", "taken")
]


@pytest.mark.slow
@pytest.mark.parametrize("field", CLUSTER_FIELDS)
def test_a_missing_fact_never_makes_a_pass(field: str) -> None:
    """Whatever is not read: what was to move or unknown does not become fine, no rule breaks."""
    whole = demo()
    assert whole.cluster is not None
    lacking = msgspec.structs.replace(
        whole,
        cluster=without(whole.cluster, field),
        sources=(*whole.sources, refused(f"cluster.{field}", field)),
    )
    before = {name: outcome for name, (outcome, _, _) in outcomes(api.audit(whole)).items()}
    after = api.audit(lacking)
    better = {
        name: (before[name], outcome)
        for name, (outcome, _, _) in outcomes(after).items()
        if name in before and before[name] != outcome and outcome in ("ok", "stay")
    }
    assert better == {}
    assert [finding for finding in after.findings if finding.status == "error"] == []


@pytest.mark.parametrize("field", ["images", "containers", "volumes"])
def test_a_missing_list_of_a_host_never_makes_a_pass(field: str) -> None:
    whole = demo()
    hosts = tuple(msgspec.structs.replace(one, **{field: None}) for one in whole.hosts)
    before = {name: outcome for name, (outcome, _, _) in outcomes(api.audit(whole)).items()}
    after = api.audit(msgspec.structs.replace(whole, hosts=hosts))
    better = {
        name: (before[name], outcome)
        for name, (outcome, _, _) in outcomes(after).items()
        if name in before and before[name] != outcome and outcome == "ok"
    }
    assert better == {}


def test_the_demo_shows_every_outcome() -> None:
    found = api.audit(api.demo_snapshot())
    shown = {
        (thing.topic, decision.outcome)
        for thing in (*found.images, *found.data)
        for decision in thing.decisions
    }
    wanted = {
        (topic, one) for topic in ("image", "data") for one in ("move", "stay", "ok", "unknown")
    }
    assert wanted <= shown


def test_the_bundled_demo_is_current() -> None:
    assert PATH.read_bytes() == encoded()
    assert api.demo_snapshot() == api.merge([demo()])


def test_the_same_snapshot_gives_the_same_assessment() -> None:
    assert api.audit(demo()) == api.audit(demo())


def test_a_probe_that_was_asked_for_and_failed_makes_it_incomplete() -> None:
    failed = Source(probe="kubernetes", target="prod", status="failed", reason="no route to host")
    absent = Source(
        probe="kubernetes", target="current context", status="failed", reason="none", asked=False
    )
    states = [
        api.audit(msgspec.structs.replace(one_host(), sources=(source,))).state
        for source in (failed, absent)
    ]
    assert states == ["incomplete", "complete"]


def test_why_nothing_is_known_without_a_cluster() -> None:
    failed = Source(probe="kubernetes", target="prod", status="failed", reason="no route to host")
    found = api.audit(msgspec.structs.replace(one_host(), sources=(failed,)))
    assert [(one.sentence, one.why, one.settle) for one in found.verdicts] == [
        (
            "Whether images must move is not known.",
            "How many GPU nodes there are is not known: no route to host.",
            "kubectl --context prod get nodes",
        ),
        (
            "Whether data must move is not known.",
            "How many GPU nodes there are is not known: no route to host.",
            "kubectl --context prod get nodes",
        ),
    ]


def test_a_name_with_several_contents_is_pushed_under_tags_of_their_own() -> None:
    remedies = {
        one.subject.label: one.remedy for one in api.audit(demo()).findings if one.rule == "IMG006"
    }
    assert "docker push REGISTRY/trainer:dev-dgx-1`" in remedies["trainer:dev"]
    assert "docker push REGISTRY/etl:3`" in remedies["localhost:5000/etl:3"]


@pytest.mark.parametrize(
    ("label", "found"),
    [("cloud.google.com/gke-nodepool", []), ("pool", ["cluster:test"])],
    ids=["GKE tolerates by itself", "elsewhere nobody does"],
)
def test_taints_that_admission_tolerates_are_no_fault(label: str, found: list[str]) -> None:
    taints = (taint("nvidia.com/gpu=present:NoSchedule"),)
    nodes = (node("a", gpus=1, labels={label: "x"}, taints=taints), node("b"))
    assessment = api.audit(snapshot(cluster(*nodes, workloads=(workload(),))))
    faults = [one for one in assessment.findings if one.rule == "GPU012"]
    assert [one.subject.id for one in faults if one.status == "finding"] == found
