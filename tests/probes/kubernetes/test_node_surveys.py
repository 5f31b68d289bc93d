"""The lines of the survey's pods, and every way in which one can be missing or odd."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from advisor.facts.source import Refusal
from advisor.probes.common import NoProgress
from advisor.probes.kubernetes.node_surveys import NodeSurveys, read_node_surveys
from advisor.probes.kubernetes.probe import read_cluster
from advisor.probes.kubernetes.transport import Answer, Client, TransportError
from tests.fakes.kubernetes_api import (
    FakeKubernetesApi,
    Fault,
    Json,
    Pauses,
    answer,
    connection,
    refusal,
)
from tests.probes.survey.lines import line

PODS = "/api/v1/namespaces/advisor-nodes/pods"
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
CUT = line(node="gpu-01")[:300]


def pod(node: str, name: str = "", **changes: Any) -> Json:
    meta = {
        "namespace": "advisor-nodes",
        "name": name or f"advisor-nodes-{node}",
        "labels": {"app.kubernetes.io/name": "advisor-nodes"},
        "ownerReferences": [{"kind": "DaemonSet", "name": "advisor-nodes", "controller": True}],
    }
    status = {"phase": "Running", "startTime": "2026-11-30T07:00:00Z"}
    return {"metadata": meta, "spec": {"nodeName": node}, "status": status, **changes}


def log(name: str) -> str:
    return f"{PODS}/{name}/log"


def surveys(*pods: Json, logs: dict[str, Fault | bytes], nodes: tuple[str, ...]) -> NodeSurveys:
    faults = {
        log(f"advisor-nodes-{name}"): [answer(200, said) if isinstance(said, bytes) else said]
        for name, said in logs.items()
    }
    api = FakeKubernetesApi({PODS: list(pods)}, faults=faults)
    client = Client(api, pause=Pauses())
    return read_node_surveys(client, "advisor-nodes", nodes, now=lambda: NOW)


def refused(reason: str, cause: str = "") -> Refusal:
    return Refusal(resource="pods/log", verb="get", reason=reason, facts=("machines",), cause=cause)


def test_each_node_that_spoke() -> None:
    found = surveys(
        pod("gpu-02"),
        pod("gpu-01"),
        logs={"gpu-01": line(node="gpu-01"), "gpu-02": line(node="gpu-02") + b"\n"},
        nodes=("gpu-01", "gpu-02"),
    )
    assert [(one.name, one.node, one.driver) for one in found.machines] == [
        ("gpu-01", "gpu-01", "550.54.15"),
        ("gpu-02", "gpu-02", "550.54.15"),
    ]
    assert found.refused == ()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"\n", "it printed nothing"),
        (CUT, "its line is cut or damaged"),
        (line(node="gpu-01", kernel="x" * 10_000_000), "its line is longer than 4 MiB"),
        (b"\x1b[2J\x00\x07", "what it printed is no line of the survey"),
        (
            line(node="gpu-01", links={"a": 1}),
            "its line is not as the survey prints it:"
            " Expected `array`, got `object` - at `$.links`",
        ),
        (line(node="gpu-02"), "its line is of another node"),
        (line(node="gpu-01", time="yesterday"), "its line does not say when it was printed"),
        (
            line(node="gpu-01", time="2026-11-20T07:00:00Z"),
            "its line is older than 7 days (print it anew:"
            " kubectl -n advisor-nodes rollout restart daemonset advisor-nodes)",
        ),
        (
            line(node="gpu-01", time="2099-01-01T00:00:00Z"),
            "its line is of 2099-01-01T00:00:00Z, which is to come (set its clock)",
        ),
        (
            line(node="gpu-01", advisor_survey=9),
            "its line is of version 9 of the survey, this advisor reads 1",
        ),
        (refusal(403, "pods/log is forbidden"), "pods/log is forbidden"),
        (
            refusal(500, "dial tcp 10.0.0.9:10250: i/o timeout"),
            "dial tcp 10.0.0.9:10250: i/o timeout",
        ),
        (TransportError("it did not answer in time"), "it did not answer in time"),
    ],
)
def test_a_line_that_tells_nothing_is_said_for_its_node_only(
    said: bytes | Answer | TransportError, reason: str
) -> None:
    found = surveys(
        pod("gpu-01"),
        pod("gpu-03"),
        logs={"gpu-01": said, "gpu-03": line(node="gpu-03")},
        nodes=("gpu-01", "gpu-03"),
    )
    assert [one.node for one in found.machines] == ["gpu-03"]
    assert found.refused == (refused(f"gpu-01: {reason}"),)


def test_nodes_without_a_running_pod() -> None:
    waiting = [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]
    pending = {"phase": "Pending", "containerStatuses": waiting}
    foreign = pod("gpu-02")
    foreign["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "advisor-nodes"}]
    found = surveys(
        pod("gpu-01", status=pending),
        foreign,
        pod("gpu-04", status={"phase": "Pending"}),
        logs={},
        nodes=("gpu-01", "gpu-02", "gpu-03", "gpu-04"),
    )
    assert found == NodeSurveys(
        refused=(
            refused("gpu-01: its pod does not run yet (ImagePullBackOff)"),
            refused("gpu-04: its pod does not run yet (Pending)"),
            refused("gpu-02, gpu-03: no pod of the survey runs there"),
        )
    )


def test_of_two_pods_of_a_node_the_newer_speaks() -> None:
    older = pod(
        "gpu-01", "advisor-nodes-old", status={"phase": "Failed", "startTime": "2026-11-01"}
    )
    found = surveys(pod("gpu-01"), older, logs={"gpu-01": line(node="gpu-01")}, nodes=("gpu-01",))
    assert [one.node for one in found.machines] == ["gpu-01"]


def test_many_silent_nodes_are_told_in_one_line() -> None:
    nodes = tuple(f"n{number:04}" for number in range(2000))
    found = surveys(pod("n0000"), logs={"n0000": line(node="n0000")}, nodes=nodes)
    assert found.refused == (
        refused("n0001, n0002, n0003, n0004, n0005 and 1994 more: no pod of the survey runs there"),
    )


def test_nobody_was_asked_to_speak() -> None:
    found = surveys(logs={}, nodes=("gpu-01",))
    reason = "no pod of the survey in namespace advisor-nodes (see: advisor nodes manifest)"
    assert found == NodeSurveys(refused=(refused(reason, "absent"),))


def test_pods_that_may_not_be_listed() -> None:
    api = FakeKubernetesApi(faults={PODS: [refusal(403, "pods is forbidden")]})
    client = Client(api, pause=Pauses())
    found = read_node_surveys(client, "advisor-nodes", ())
    (one,) = found.refused
    assert (one.resource, one.verb, one.reason, one.cause) == (
        "pods",
        "list",
        "pods is forbidden",
        "denied",
    )


def test_the_probe_asks_for_lines_only_where_it_is_told_to() -> None:
    objects: dict[str, list[Any]] = {
        "/api/v1/nodes": [{"metadata": {"name": "gpu-01"}}],
        PODS: [pod("gpu-01")],
    }
    fresh = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = log("advisor-nodes-gpu-01")
    api = FakeKubernetesApi(objects, faults={path: [answer(200, line(node="gpu-01", time=fresh))]})
    without = read_cluster(connection(api), NoProgress(), pause=Pauses())
    assert (without.machines, path in api.paths()) == ((), False)
    asked = read_cluster(connection(api), NoProgress(), pause=Pauses(), node_facts="advisor-nodes")
    assert [one.node for one in asked.machines] == ["gpu-01"]
    (request,) = [one for one in api.requests if one.path == path]
    assert request.query == {"container": "survey", "tailLines": "1", "limitBytes": "4194305"}
