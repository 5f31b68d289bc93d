"""The whole probe against an API server in memory."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.facts.cluster import (
    PROJECT_SELECTOR,
    Cluster,
    IngressClass,
    Namespace,
    Node,
    RuntimeClass,
    ServiceAccount,
)
from advisor.facts.source import Refusal, Source
from advisor.facts.storage import StorageClass
from advisor.facts.workload import PodContainer, PodTemplate, Workload
from advisor.probes.common import NoProgress, ProbeResult
from advisor.probes.kubernetes.probe import probe_cluster, read_cluster
from advisor.probes.kubernetes.reads import READS
from advisor.probes.kubernetes.transport import TransportError
from tests.fakes.kubernetes_api import (
    NOTHING_WRONG,
    FakeKubernetesApi,
    Fault,
    Json,
    Pauses,
    answer,
    connection,
    refusal,
)

NODES, PODS = "/api/v1/nodes", "/api/v1/pods"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"


def pod(name: str, namespace: str = "team", image: str = "x:1") -> Json:
    containers = [{"name": "c", "image": image}]
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"containers": containers},
        "status": {"phase": "Running"},
    }


OBJECTS: dict[str, list[Any]] = {
    "/api/v1/namespaces": [
        {
            "metadata": {
                "name": "team",
                "labels": {"runai/queue": "team"},
                "annotations": {PROJECT_SELECTOR: "pool=a", "owner": "of no use", "none": None},
            }
        }
    ],
    NODES: [{"metadata": {"name": "gpu-1"}, "status": {}}],
    PODS: [pod("a"), pod("b"), pod("c")],
    CLASSES: [{"metadata": {"name": "files"}, "provisioner": "nfs.csi.k8s.io"}],
    "/api/v1/serviceaccounts": [
        {
            "metadata": {"namespace": "team", "name": "default"},
            "imagePullSecrets": [{"name": "regcred"}, None],
        }
    ],
    "/apis/networking.k8s.io/v1/ingressclasses": [{"metadata": {"name": "nginx"}}],
    "/apis/node.k8s.io/v1/runtimeclasses": [{"metadata": {"name": "nvidia"}}],
}
WORKLOAD = Workload(
    namespace="team",
    kind="Pod",
    name="a",
    api_version="v1",
    origin="pod",
    template=PodTemplate(containers=(PodContainer(name="c", image="x:1"),)),
    phases={"Running": 3},
)
FACTS: dict[str, Any] = {
    "context": "test",
    "server": "https://api.example:6443",
    "version": "v1.34.3",
    "nodes": (Node(name="gpu-1"),),
    "node_images": (),
    "device_classes": (),
    "resource_slices": (),
    "storage_classes": (StorageClass(name="files", provisioner="nfs.csi.k8s.io"),),
    "storage_profiles": (),
    "gateway_classes": (),
    "openshift": (),
    "default_node_selectors": (),
    "csi_drivers": (),
    "csi_nodes": (),
    "persistent_volumes": (),
    "claims": (),
    "workloads": (WORKLOAD,),
    "pods": 3,
    "namespaces": (
        Namespace(
            name="team",
            labels={"runai/queue": "team"},
            annotations={PROJECT_SELECTOR: "pool=a"},
        ),
    ),
    "service_accounts": (
        ServiceAccount(namespace="team", name="default", pull_secrets=("regcred",)),
    ),
    "ingress_classes": (IngressClass(name="nginx"),),
    "services": (),
    "api_services": (),
    "priority_classes": (),
    "resource_quotas": (),
    "limit_ranges": (),
    "validating_webhooks": (),
    "mutating_webhooks": (),
    "admission_policies": (),
    "policy_bindings": (),
    "mutating_policies": (),
    "mutating_bindings": (),
    "device_claims": (),
    "device_claim_templates": (),
    "runtime_classes": (RuntimeClass(name="nvidia"),),
    "components": (),
}


def probe(api: FakeKubernetesApi) -> ProbeResult:
    return read_cluster(connection(api), NoProgress(), pause=Pauses())


def with_faults(**faults: list[Fault]) -> ProbeResult:
    paths = {
        "nodes": NODES,
        "pods": PODS,
        "classes": CLASSES,
        "version": "/version",
        "apis": "/apis",
    }
    return probe(
        FakeKubernetesApi(OBJECTS, faults={paths[key]: each for key, each in faults.items()})
    )


def refused(
    resource: str, reason: str, *facts: str, verb: str = "list", cause: str = "denied"
) -> Refusal:
    return Refusal(resource=resource, verb=verb, reason=reason, facts=facts, cause=cause)


def outcome(found: ProbeResult) -> tuple[str, tuple[Refusal, ...], dict[str, Any]]:
    """Status, refusals, and the facts that differ from those of a cluster without faults."""
    assert found.cluster is not None
    whole = Cluster(**FACTS)
    different = {
        name: getattr(found.cluster, name)
        for name in found.cluster.__struct_fields__
        if getattr(found.cluster, name) != getattr(whole, name)
    }
    return found.source.status, found.source.refused, different


def test_everything_is_read() -> None:
    found = probe(FakeKubernetesApi(OBJECTS))
    assert found.cluster == Cluster(**FACTS)
    assert found.source == Source(
        probe="kubernetes", target="test", status="ok", seconds=found.source.seconds
    )
    assert found.redactions == ()


NODE_FACTS = ("cluster.nodes", "cluster.node_images")
NO_NODES = {"nodes": None, "node_images": None}


@pytest.mark.parametrize(
    ("fault", "cause", "reason"),
    [
        (refusal(401, "Unauthorized"), "unauthorized", "Unauthorized"),
        (refusal(403, "nodes is forbidden"), "denied", "nodes is forbidden"),
        (answer(404, b"404 page not found"), "absent", "the server does not serve it"),
        (refusal(410, "expired"), "expired", "expired"),
        (
            refusal(429, "slow down", **{"retry-after": "1"}),
            "server",
            "too many requests: slow down",
        ),
        (refusal(500, "etcd is ill"), "server", "etcd is ill"),
        (answer(504, b"<html>"), "server", "the server answered 504"),
        (TransportError("it did not answer in time"), "unreachable", "it did not answer in time"),
        (
            answer(200, b'{"items":[{"metadata":{'),
            "invalid",
            "the answer is not a list of the API (Input data was truncated)",
        ),
        *(
            (answer(200, body), "invalid", f"the answer is {what}, not the list")
            for body, what in (
                ({}, "something"),
                ({"error": "no backend"}, "something"),
                ({"kind": "Status", "status": "Failure", "code": 401}, "Status"),
                ({"kind": "Table", "rows": []}, "Table"),
                ({"kind": "PodList", "items": []}, "PodList"),
                ({"kind": "NodeList"}, "NodeList"),
                ({"items": None}, "something"),
                ({"items": []}, "something"),
                ({"kind": "List", "items": []}, "List"),
            )
        ),
    ],
)
def test_a_lasting_fault_of_one_read_is_recorded_and_costs_no_other(
    fault: Fault, cause: str, reason: str
) -> None:
    assert outcome(with_faults(nodes=[fault])) == (
        "partial",
        (refused("nodes", reason, *NODE_FACTS, cause=cause),),
        NO_NODES,
    )


@pytest.mark.parametrize(
    "fault",
    [
        refusal(410, "expired"),
        refusal(429, "slow down", **{"retry-after": "1"}),
        refusal(500, "etcd is ill"),
        TransportError("the connection broke within an answer"),
        answer(200, b'{"items":[{"metadata":{'),
    ],
)
def test_a_passing_fault_leaves_no_trace(fault: Fault) -> None:
    found = with_faults(nodes=[fault, NOTHING_WRONG], pods=[fault, NOTHING_WRONG])
    assert outcome(found) == ("ok", (), {})


def test_unread_pods_leave_workloads_to_their_owners() -> None:
    deployments = "/apis/apps/v1/deployments"
    template = {"spec": {"containers": [{"name": "c", "image": "web:1"}]}}
    web = {"metadata": {"namespace": "team", "name": "web"}, "spec": {"template": template}}
    api = FakeKubernetesApi(
        {**OBJECTS, deployments: [web]}, faults={PODS: [refusal(403, "forbidden")]}
    )
    owner = Workload(
        namespace="team",
        kind="Deployment",
        name="web",
        api_version="apps/v1",
        template=PodTemplate(containers=(PodContainer(name="c", image="web:1"),)),
    )
    assert outcome(probe(api)) == (
        "partial",
        (refused("pods", "forbidden", "cluster.pods", "cluster.workloads"),),
        {"pods": None, "workloads": (owner,)},
    )


def test_malformed_objects_are_dropped_alone_and_listed() -> None:
    bad_pod = {**pod("bad"), "spec": {"nodeName": 7}}
    worse_pod = {**pod("worse"), "metadata": {"namespace": "team", "name": "worse", "labels": 1}}
    api = FakeKubernetesApi(
        {
            **OBJECTS,
            PODS: [*OBJECTS[PODS], bad_pod, worse_pod],
            CLASSES: [*OBJECTS[CLASSES], {"metadata": {"name": "odd"}, "provisioner": []}],
        }
    )
    assert outcome(probe(api)) == (
        "partial",
        (
            refused(
                "pods",
                "2 objects were malformed (team/worse: Expected `object | null`, got "
                "`int` - at `$.metadata.labels`; team/bad: Expected `str | null`, got `int` - "
                "at `$.nodeName`)",
                "cluster.pods",
                "cluster.workloads",
                cause="invalid",
            ),
            refused(
                "storage.k8s.io/storageclasses",
                "1 object was malformed (odd: Expected "
                "`str | null`, got `array` - at `$.provisioner`)",
                "cluster.storage_classes",
                cause="invalid",
            ),
        ),
        {},
    )


def test_a_server_that_refuses_discovery_is_asked_for_everything() -> None:
    absent = {
        read.path(version): [answer(404, b"404 page not found")]
        for read in READS
        if read.optional
        for version in read.versions
    }
    api = FakeKubernetesApi(
        OBJECTS, faults={**absent, "/apis": [refusal(403, "no")], "/version": [refusal(403, "no")]}
    )
    assert outcome(probe(api)) == (
        "partial",
        (
            refused("/apis", "no", "cluster.components", verb="get"),
            refused("/version", "no", "cluster.version", verb="get"),
        ),
        {"version": None},
    )
    versions = ("v1", "v1beta2", "v1beta1", "v1alpha3")
    asked = [path for path in api.paths() if path.endswith("/resourceslices")]
    assert asked == [f"/apis/resource.k8s.io/{version}/resourceslices" for version in versions]


def test_credentials_that_may_read_nothing() -> None:
    api = FakeKubernetesApi(
        faults={
            read.path(version): [refusal(403, "no")] for read in READS for version in read.versions
        }
    )
    found = probe(api)
    built_in = ("resource.k8s.io", "admissionregistration.k8s.io")
    served = [read for read in READS if not read.optional or read.group in built_in]
    assert found.source.refused == tuple(
        refused(read.name, "no", *read.facts) for read in sorted(served, key=lambda one: one.name)
    )
    assert (found.source.status, found.source.reason) == (
        "failed",
        "not one list could be read (see the rights with: advisor preflight)",
    )
    assert found.cluster == Cluster(
        context="test",
        server="https://api.example:6443",
        version="v1.34.3",
        storage_profiles=(),
        gateway_classes=(),
        openshift=(),
        default_node_selectors=(),
    )


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            refusal(401, "Unauthorized"),
            "the server does not accept the credentials: token or certificate is wrong or expired",
        ),
        (TransportError("connection refused"), "the server could not be read: connection refused"),
        (answer(200, b"<html>"), "the server does not answer like the API of a Kubernetes server"),
        (answer(404, b"nginx"), "the server does not answer like the API of a Kubernetes server"),
        (refusal(503, "starting"), "the server could not be read: starting"),
    ],
)
def test_a_server_without_a_first_word_is_a_failed_source(fault: Fault, reason: str) -> None:
    found = with_faults(version=[fault])
    assert found == ProbeResult(
        source=Source(
            probe="kubernetes",
            target="test",
            status="failed",
            seconds=found.source.seconds,
            reason=f"https://api.example:6443 (context test): {reason} "
            "(check the context, or leave the cluster out with --no-cluster)",
        )
    )


def test_no_kubeconfig_is_a_failed_source(tmp_path: Any) -> None:
    found = probe_cluster(context="x", kubeconfig=str(tmp_path / "none"))
    assert (found.source.status, found.source.target, found.cluster) == ("failed", "x", None)


def many_pods(namespaces: int, each: int) -> list[Json]:
    return [
        pod(f"p{number}", f"ns{index}") for index in range(namespaces) for number in range(each)
    ]


MANY: dict[str, list[Any]] = {
    "/api/v1/namespaces": [{"metadata": {"name": f"ns{index}"}} for index in range(8)],
    PODS: many_pods(8, 700),
}


def counted(found: ProbeResult) -> dict[str, dict[str, int]]:
    """Pods of `MANY` by namespace, after a reading without a refusal."""
    assert found.source.refused == ()
    assert found.cluster is not None
    assert found.cluster.pods == 5600
    return {one.namespace: one.phases for one in found.cluster.workloads or ()}


EACH = {f"ns{index}": {"Running": 700} for index in range(8)}


def test_many_pods_are_had_by_namespace_from_a_server_that_can() -> None:
    api = FakeKubernetesApi(MANY)
    assert counted(probe(api)) == EACH
    asked = [(one.path, one.query) for one in api.requests if one.path.endswith("pods")]
    assert asked[0] == (PODS, {"limit": "1000"})
    assert sorted(asked[1:], key=str) == [
        (f"/api/v1/namespaces/ns{index}/pods", {"resourceVersion": "0"}) for index in range(8)
    ]


@pytest.mark.parametrize("namespaces", [[], [f"ns{index}" for index in range(12)]])
def test_many_pods_in_small_namespaces_are_had_in_one_go(namespaces: list[str]) -> None:
    """So are those of a cluster whose namespaces may not be listed."""
    names = [{"metadata": {"name": name}} for name in namespaces]
    api = FakeKubernetesApi({**MANY, "/api/v1/namespaces": names})
    assert counted(probe(api)) == EACH
    assert [one.query for one in api.requests if one.path.endswith("pods")] == [
        {"limit": "1000"},
        {"resourceVersion": "0"},
    ]


@pytest.mark.parametrize(
    "fault",
    [
        TransportError("the connection broke within an answer"),
        b'{"kind":"PodList","items":[{"metadata":{"name":"a","namespace":"ns0"}},{"metadata":{"na',
        b'{"kind":"PodList","items":[{"metadata":{"name":"a"}},{"metadata":{"name":]}',
        b'{"kind":"PodList","items":null}',
        b"<html>",
        b"",
    ],
)
@pytest.mark.parametrize("after", [0, 5])
def test_what_goes_wrong_on_that_way_is_read_in_pages(
    fault: TransportError | bytes, after: int
) -> None:
    api = FakeKubernetesApi(MANY)
    api.stream_faults = [*[None] * after, fault]
    assert counted(probe(api)) == EACH


def test_a_malformed_pod_on_that_way_is_dropped_alone() -> None:
    bad = {"metadata": {"namespace": "ns0", "name": "bad", "labels": 7}}
    found = probe(FakeKubernetesApi({**MANY, PODS: [*MANY[PODS], bad, None]}))
    assert found.cluster is not None
    assert found.cluster.pods == 5600
    assert found.source.refused == (
        refused(
            "pods",
            "1 object was malformed (ns0/bad: Expected `object | null`, got `int` - at "
            "`$.metadata.labels`)",
            "cluster.pods",
            "cluster.workloads",
            cause="invalid",
        ),
    )


@pytest.mark.parametrize("version", ["v1.32.9", "v1.9", "unknown"])
def test_older_servers_are_read_in_pages_shared_out_by_namespace(version: str) -> None:
    api = FakeKubernetesApi(MANY, version=version)
    assert counted(probe(api)) == EACH
    assert not [one for one in api.requests if "resourceVersion" in one.query]


def test_one_namespace_that_fails_leaves_the_number_of_pods_unknown() -> None:
    objects = {
        "/api/v1/namespaces": [{"metadata": {"name": f"ns{index}"}} for index in range(8)],
        PODS: many_pods(8, 700),
    }
    path = "/api/v1/namespaces/ns7/pods"
    slow = [NOTHING_WRONG] * 3 + [refusal(403, "no")]
    faults = {path: [refusal(403, "no")], PODS: slow}
    found = probe(FakeKubernetesApi(objects, faults=faults, version="v1.32.0"))
    assert found.cluster is not None
    assert found.cluster.pods is None
    assert found.source.refused == (refused("pods", "no", "cluster.pods", "cluster.workloads"),)


class Told:
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.calls: set[tuple[str, str, int, int | None]] = set()

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        self.calls.add((target, what, done, total))


def test_progress_is_told() -> None:
    told = Told()
    read_cluster(connection(FakeKubernetesApi(OBJECTS)), told, pause=Pauses())
    lists = len(READS) - 2
    assert told.calls == {("test", "pods", 3, 3)} | {
        ("test", "lists", done, lists) for done in range(1, lists + 1)
    }


def test_parts_are_not_known_while_a_list_that_holds_them_is_refused() -> None:
    for kind in ("deployments", "daemonsets", "statefulsets"):
        path = f"/apis/apps/v1/{kind}"
        result = probe(FakeKubernetesApi(OBJECTS, faults={path: [refusal(403, "forbidden")]}))
        assert result.cluster is not None
        assert result.cluster.components is None
