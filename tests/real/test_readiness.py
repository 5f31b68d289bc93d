"""The readiness table of a real API server with the objects of real components, cell by cell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from advisor import api
from advisor.configuration.settings import Settings
from tests.real import kubernetes_objects as objects
from tests.real.parts.kube_api_server import ADMIN, OUTSIDER, KubeApiServer

Json = dict[str, Any]
RELEASES = ("2.14", "2.16", "2.20", "2.24", "2.25", "3.0")
STATES = {"+": "met", "-": "not met", "?": "unknown", "h": "by hand", "o": "not needed"}


def node(name: str, cpus: str, memory: str, labels: Json, *, gpus: int = 0, late: int = 0) -> Json:
    """A node whose kubelet reported `late` seconds ago, by the node's own clock."""
    amounts = {"cpu": cpus, "memory": memory, "ephemeral-storage": "100Gi"}
    amounts |= {"nvidia.com/gpu": str(gpus)} if gpus else {}
    reported = (datetime.now(UTC) - timedelta(seconds=late)).strftime("%Y-%m-%dT%H:%M:%SZ")
    information = {
        **objects.GPU_NODE["status"]["nodeInfo"],
        "osImage": "Ubuntu 22.04.5 LTS",
        "containerRuntimeVersion": "containerd://1.7.27",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": reported}],
            "nodeInfo": information,
        },
    }


SYSTEM = "node-role.kubernetes.io/runai-system"
GPU_LABELS = {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
    "nvidia.com/cuda.driver-version.full": "580.95.05",
}


def deployment(namespace: str, name: str, image: str, version: str = "") -> Json:
    """A component as its chart installs it."""
    labels = {"app.kubernetes.io/version": version} if version else {}
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": objects.containers(image)}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": pod},
    }


COMPONENTS = (
    deployment("gpu-operator", "gpu-operator", "nvcr.io/nvidia/gpu-operator:v26.3.1"),
    deployment("monitoring", "prometheus", "quay.io/prometheus/prometheus:v3.5.0"),
    deployment("kubeflow", "training-operator", "kubeflow/training-operator:v1-e2f3", "1.9.2"),
    deployment("mpi-operator", "mpi-operator", "mpioperator/mpi-operator:0.6.0"),
    deployment("lws-system", "lws-controller-manager", "registry.k8s.io/lws/lws:v0.7.0"),
    deployment(
        "knative-serving",
        "controller",
        f"gcr.io/knative-releases/knative.dev/serving/cmd/controller@sha256:{'0' * 64}",
        "1.19.0",
    ),
    deployment(
        "network", "network-operator", "nvcr.io/nvidia/cloud-native/network-operator:v25.7.0"
    ),
    deployment("dra", "dra-controller", "nvcr.io/nvidia/k8s-dra-driver-gpu:v25.8.0"),
    deployment("runai", "runai-operator", "gcr.io/run-ai-prod/operator:2.23.4"),
)


def others() -> tuple[Json, ...]:
    """Nodes, classes, the ingress controller's Service with its address, Run:ai's namespace."""
    default = "is-default-class"
    privileged = {"pod-security.kubernetes.io/enforce": "privileged"}
    return (
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "runai", "labels": privileged},
        },
        node("dgx-1", "112", "2Ti", GPU_LABELS, gpus=8),
        node("system-1", "16", "64Gi", {SYSTEM: "true"}),
        node("system-2", "10", "20Gi", {SYSTEM: ""}),
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {
                "name": "haproxy",
                "annotations": {f"ingressclass.kubernetes.io/{default}": "true"},
            },
            "spec": {"controller": "haproxy.org/ingress-controller"},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"namespace": "haproxy", "name": "ingress"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "172.20.10.1"}]}},
        },
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": "files",
                "annotations": {f"storageclass.kubernetes.io/{default}": "true"},
            },
            "provisioner": "nfs.csi.k8s.io",
        },
    )


# Each cell by hand from the manuals and the objects above: + met, - not met, ? not known,
# o not needed; in the order of RELEASES.
WHOLE = """
Kubernetes                      ? - - + + ?
OpenShift                       o o o o o o
NVIDIA GPU Operator             ? ? - ? + +
GPU Operator on this Kubernetes + + + + + +
Driver under the GPU Operator   + + + + + +
Prometheus                      + + + + + -
Kubeflow training operator      ? ? - ? + -
MPI operator                    ? ? + ? + +
LeaderWorkerSet                 ? ? ? ? + +
Knative Serving                 ? ? - ? + -
NVIDIA Network Operator         ? ? ? ? - -
NVIDIA DRA driver               ? ? ? ? + +
Container runtime               ? ? + + + +
Operating system of nodes       + + + + + +
Processors of nodes             + + + + + +
Clocks of nodes                 ? ? + + + ?
Nodes for Run:ai's services     + + + + + +
High availability               + + - - - -
Labels of node roles            + + + + + +
Node for Run:ai's control plane ? ? - - - -
Ingress                         + + + + + +
Default ingress class           ? ? ? ? + ?
Load balancer                   ? ? ? ? + ?
Default storage class           + + + + + +
Pod Security                    + + + + + +
GPU products                    ? ? ? ? + +
GPU fractions                   o o o o o -
Upgrade path                    - - - + + +
Admission of jobs               + + + + + +
Secrets                         h h h h h h
Support of the release          - - - ? ? ?
"""
EMPTY = """
Kubernetes                      ? - - + + ?
OpenShift                       o o o o o o
NVIDIA GPU Operator             ? ? - ? - -
GPU Operator on this Kubernetes o o o o o o
Driver under the GPU Operator   o o o o o o
Prometheus                      - - - - - -
Kubeflow training operator      ? ? o ? o o
MPI operator                    ? ? o ? o o
LeaderWorkerSet                 ? ? ? ? o o
Knative Serving                 ? ? o ? o o
NVIDIA Network Operator         ? ? ? ? o o
NVIDIA DRA driver               ? ? ? ? o o
Container runtime               ? ? ? ? ? ?
Operating system of nodes       ? ? ? ? ? ?
Processors of nodes             ? ? ? ? ? ?
Clocks of nodes                 ? ? ? ? ? ?
Nodes for Run:ai's services     - - - - - -
High availability               - - - - - -
Labels of node roles            ? ? ? ? ? ?
Node for Run:ai's control plane ? ? - - - -
Ingress                         - - - - - -
Default ingress class           ? ? ? ? o ?
Load balancer                   ? ? ? ? h ?
Default storage class           - - - - - -
Pod Security                    h h h h h h
GPU products                    ? ? ? ? ? ?
GPU fractions                   o o o o o ?
Upgrade path                    o o o o o o
Admission of jobs               + + + + + +
Secrets                         h h h h h h
Support of the release          - - - ? ? ?
"""
REFUSED_KNOWN = {
    "Kubernetes": "? - - + + ?",
    "OpenShift": "o o o o o o",
    "GPU fractions": "o o o o o ?",
    "Secrets": "h h h h h h",
    "Support of the release": "- - - ? ? ?",
}


def table(server: KubeApiServer, user: str) -> dict[str, list[str]]:
    """The states of each row, by its name, one for each release."""
    options = api.CollectOptions(kubeconfig=str(server.kubeconfig(user)), docker=False)
    snapshot = api.collect(options)
    found: dict[str, list[str]] = {}
    for release in RELEASES:
        readiness = api.audit(snapshot, Settings(runai=release)).readiness
        assert readiness is not None
        for row in readiness.requirements:
            found.setdefault(row.name, []).append(row.state)
    return found


def fill(server: KubeApiServer, *manifests: Json) -> None:
    """Create all. Nodes come without a status, which their kubelets then report."""
    for one in manifests:
        if one["kind"] == "Node":
            server.client.add({key: value for key, value in one.items() if key != "status"})
            path = f"/api/v1/nodes/{one['metadata']['name']}"
            server.client.apply_status(path, one["status"])
        else:
            server.client.add(one)


def by_hand(text: str) -> dict[str, list[str]]:
    rows = (line.rsplit(maxsplit=len(RELEASES)) for line in text.strip().splitlines())
    return {name: [STATES[sign] for sign in signs] for name, *signs in rows}


def test_a_cluster_with_everything(kube_api_server: KubeApiServer) -> None:
    fill(kube_api_server, *others(), *COMPONENTS)
    assert table(kube_api_server, ADMIN) == by_hand(WHOLE)


def test_a_cluster_with_nothing(kube_api_server: KubeApiServer) -> None:
    assert table(kube_api_server, ADMIN) == by_hand(EMPTY)


def test_who_may_read_nothing_learns_the_version_alone(kube_api_server: KubeApiServer) -> None:
    fill(kube_api_server, *others(), *COMPONENTS)
    known = {**dict.fromkeys(by_hand(WHOLE), "? ? ? ? ? ?"), **REFUSED_KNOWN}
    assert table(kube_api_server, OUTSIDER) == {
        name: [STATES[sign] for sign in signs.split()] for name, signs in known.items()
    }


@pytest.mark.parametrize(
    ("manifest", "row", "seen"),
    [
        (
            node("slow-1", "8", "16Gi", {}, late=600),
            "Clocks of nodes",
            "slow-1 is",
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"namespace": "haproxy", "name": "waits"},
                "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
            },
            "Load balancer",
            "none for haproxy/waits",
        ),
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "IngressClass",
                "metadata": {
                    "name": "nginx",
                    "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"},
                },
                "spec": {"controller": "k8s.io/ingress-nginx"},
            },
            "Default ingress class",
            "default: haproxy, nginx",
        ),
    ],
)
def test_one_object_turns_its_row(
    kube_api_server: KubeApiServer, manifest: Json, row: str, seen: str
) -> None:
    fill(kube_api_server, *others(), manifest)
    options = api.CollectOptions(kubeconfig=str(kube_api_server.kubeconfig(ADMIN)), docker=False)
    readiness = api.audit(api.collect(options), Settings(runai="2.25")).readiness
    assert readiness is not None
    (found,) = (one for one in readiness.requirements if one.name == row)
    assert found.state == "not met"
    assert found.seen.startswith(seen)


def test_what_may_change_a_pod_leaves_its_row_open(kube_api_server: KubeApiServer) -> None:
    hook = {
        "name": "mutate.kyverno.example",
        "clientConfig": {"service": {"namespace": "kyverno", "name": "kyverno-svc"}},
        "rules": [
            {
                "operations": ["CREATE"],
                "apiGroups": ["batch"],
                "apiVersions": ["v1"],
                "resources": ["jobs"],
            }
        ],
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "kyverno-resource-mutating-webhook-cfg"},
        "webhooks": [hook],
    }
    fill(kube_api_server, *others(), configuration)
    options = api.CollectOptions(kubeconfig=str(kube_api_server.kubeconfig(ADMIN)), docker=False)
    readiness = api.audit(api.collect(options), Settings(runai="2.25")).readiness
    assert readiness is not None
    (found,) = (one for one in readiness.requirements if one.name == "Admission of jobs")
    assert (found.state, found.seen, found.settle) == (
        "unknown",
        "asked about them: mutating webhook mutate.kyverno.example",
        "kubectl apply --dry-run=server -f FILE",
    )
