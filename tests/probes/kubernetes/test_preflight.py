from __future__ import annotations

from advisor.probes.kubernetes.preflight import Permission, Preflight, ask_permissions
from advisor.probes.kubernetes.reads import READS
from advisor.probes.kubernetes.transport import TransportError
from tests.fakes.kubernetes_api import (
    FakeKubernetesApi,
    Json,
    Pauses,
    answer,
    connection,
    refusal,
)

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
BUILT_IN_OPTIONAL = ("resource.k8s.io", "admissionregistration.k8s.io")
SERVED = {read.name for read in READS if not read.optional or read.group in BUILT_IN_OPTIONAL}


def ask(api: FakeKubernetesApi) -> Preflight:
    return ask_permissions(connection(api), pause=Pauses())


def statuses(found: Preflight) -> dict[str, tuple[str, str]]:
    return {one.resource: (one.status, one.reason) for one in found.permissions}


def test_each_read_is_asked_for_and_nothing_is_read() -> None:
    api = FakeKubernetesApi()
    found = ask(api)
    assert set(api.paths()) == {"/version", "/apis", REVIEWS}
    assert (found.target, found.server, found.version) == (
        "test",
        "https://api.example:6443",
        "v1.34.3",
    )
    assert statuses(found) == {
        read.name: ("allowed", "")
        if read.name in SERVED
        else ("not served", "the server does not serve this API")
        for read in READS
    }
    assert found.permissions[0] == Permission(
        resource="pods",
        verb="list",
        status="allowed",
        why="what runs today, with which images and data",
        facts=("cluster.pods", "cluster.workloads"),
    )


def test_a_denied_right_is_named_with_its_reason() -> None:
    def review(question: Json) -> Json:
        attributes = question["spec"]["resourceAttributes"]
        denied = attributes == {"group": "", "resource": "nodes", "verb": "list"}
        return {"allowed": not denied, "reason": "no role binds you" if denied else None}

    api = FakeKubernetesApi()
    api.review = review
    found = statuses(ask(api))
    assert found["nodes"] == ("denied", "no role binds you")
    assert {name for name, (status, _) in found.items() if status == "allowed"} == (
        SERVED - {"nodes"}
    )


def test_a_server_that_answers_no_reviews_leaves_them_unknown() -> None:
    for fault, reason in (
        (refusal(403, "reviews are forbidden"), "reviews are forbidden"),
        (answer(201, {"status": None}), "the answer holds no verdict"),
        (answer(201, b"<html>"), "the answer is not an access review"),
    ):
        found = statuses(ask(FakeKubernetesApi(faults={REVIEWS: [fault]})))
        assert {found[name] for name in SERVED} == {("unknown", reason)}


def test_without_discovery_every_read_is_asked_for() -> None:
    found = ask(FakeKubernetesApi(faults={"/apis": [refusal(403)]}))
    assert {one.status for one in found.permissions} == {"allowed"}


def test_a_server_that_is_not_there() -> None:
    api = FakeKubernetesApi(faults={"/version": [TransportError("connection refused")]})
    assert ask(api) == Preflight(
        target="test",
        server="https://api.example:6443",
        reason="https://api.example:6443 (context test): the server could not be read: connection "
        "refused (check the context, or leave the cluster out with --no-cluster)",
    )


def test_the_logs_of_the_survey_are_asked_for_in_their_namespace_alone() -> None:
    asked: list[Json] = []

    def review(question: Json) -> Json:
        attributes = question["spec"]["resourceAttributes"]
        if "namespace" in attributes:
            asked.append(attributes)
        return {"allowed": attributes.get("subresource") != "log"}

    api = FakeKubernetesApi()
    api.review = review
    found = ask_permissions(connection(api), pause=Pauses(), node_facts="survey")
    pods = {"group": "", "resource": "pods", "verb": "list", "namespace": "survey"}
    logs = {**pods, "verb": "get", "subresource": "log"}
    assert sorted(asked, key=lambda one: one["verb"]) == [logs, pods]
    told = [(one.resource, one.verb, one.namespace, one.status) for one in found.permissions[-2:]]
    assert told == [
        ("pods", "list", "survey", "allowed"),
        ("pods/log", "get", "survey", "denied"),
    ]
    assert {one.namespace for one in found.permissions[:-2]} == {""}
    assert len(found.permissions) == len(READS) + 2
