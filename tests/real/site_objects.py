"""Clusters as sites have them, as manifests for a real API server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
DIGEST = f"@sha256:{'0' * 64}"
CONTROL_PLANE = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
VERSION = "app.kubernetes.io/version"


def node(
    name: str,
    system: str = "Ubuntu 22.04.5 LTS",
    *,
    size: tuple[int, int, int] = (16, 64, 200),
    gpus: int = 0,
    product: str = "",
    labels: Json | None = None,
    runtime: str = "containerd://1.7.27",
    taints: Sequence[Json] = (),
    ready: bool = True,
    unschedulable: bool = False,
    windows: bool = False,
) -> Json:
    """A node of so many CPUs, GiB of memory and GiB of disk, whose kubelet reported just now."""
    cpus, memory, disk = size
    amounts = {"cpu": str(cpus), "memory": f"{memory}Gi", "ephemeral-storage": f"{disk}Gi"}
    amounts |= {"nvidia.com/gpu": str(gpus)} if gpus else {}
    known = {"kubernetes.io/hostname": name, **(labels or {})}
    known |= {"nvidia.com/gpu.product": product} if product else {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {"type": "Ready", "status": str(ready), "lastHeartbeatTime": now}
    empty = ("kernelVersion", "kubeletVersion", "bootID", "machineID", "systemUUID")
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": known},
        "spec": {"taints": list(taints), "unschedulable": unschedulable},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [condition],
            "nodeInfo": {
                **dict.fromkeys((*empty, "kubeProxyVersion"), ""),
                "architecture": "amd64",
                "operatingSystem": "windows" if windows else "linux",
                "osImage": system,
                "containerRuntimeVersion": runtime,
            },
        },
    }


def workload(
    place: str, image: str, *, kind: str = "Deployment", labels: Json | None = None
) -> Json:
    """A Deployment, DaemonSet or StatefulSet at `namespace/name` with one container."""
    namespace, _, name = place.partition("/")
    pod = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    spec: Json = {"selector": {"matchLabels": {"app": name}}, "template": pod}
    spec |= {"serviceName": name} if kind == "StatefulSet" else {}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"namespace": namespace, "name": name, "labels": labels or {}},
        "spec": spec,
    }


def namespace(name: str, labels: Json | None = None) -> Json:
    """A namespace."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": labels or {}},
    }


def ingress_class(name: str, *, default: bool = False) -> Json:
    """An ingress class."""
    notes = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name, "annotations": notes},
        "spec": {"controller": f"example.com/{name}"},
    }


def storage_class(name: str, provisioner: str, *, default: bool = True) -> Json:
    """A storage class."""
    notes = {"storageclass.kubernetes.io/is-default-class": str(default).lower()}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": notes},
        "provisioner": provisioner,
    }


def load_balancer(place: str, **address: str) -> Json:
    """A Service of type LoadBalancer, with the address that it was given."""
    namespace, _, name = place.partition("/")
    status = {"loadBalancer": {"ingress": [address]}} if address else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]},
        "status": status,
    }


def webhook(name: str, service: str, group: str, resource: str) -> Json:
    """A mutating webhook configuration with one webhook."""
    namespace, _, served_by = service.partition("/")
    rule = {
        "operations": ["CREATE"],
        "apiGroups": [group],
        "apiVersions": ["v1"],
        "resources": [resource],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"{name}.example.com",
                "clientConfig": {"service": {"namespace": namespace, "name": served_by}},
                "rules": [rule],
                "failurePolicy": "Ignore",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def prometheus_stack(version: str, chart: str) -> list[Json]:
    """What kube-prometheus-stack installs: its number stands on all of it."""
    labels = {VERSION: chart, "chart": f"kube-prometheus-stack-{chart}"}
    operator = "quay.io/prometheus-operator/prometheus-operator:v0.84.0"
    return [
        workload("monitoring/kube-prometheus-stack-operator", operator, labels=labels),
        workload(
            "monitoring/prometheus-kube-prometheus-stack-prometheus",
            f"quay.io/prometheus/prometheus:{version}",
            kind="StatefulSet",
            labels=labels,
        ),
    ]


def gpu_operator(version: str) -> Json:
    """The operator as its chart installs it."""
    return workload("gpu-operator/gpu-operator", f"nvcr.io/nvidia/gpu-operator:{version}")


def driver(version: str) -> Json:
    """The label that GPU feature discovery gives a node for its driver."""
    return {"nvidia.com/cuda.driver-version.full": version}


def cpu_nodes(count: int, **more: Any) -> list[Json]:
    """Nodes without GPUs."""
    return [node(f"cpu-{number}", **more) for number in range(1, count + 1)]


def control_planes(count: int = 3) -> list[Json]:
    """Nodes of the control plane, with its taint."""
    return [node(f"master-{number}", taints=[CONTROL_PLANE]) for number in range(1, count + 1)]


def _kubeadm() -> list[Json]:
    h100 = "NVIDIA-H100-80GB-HBM3"
    serving = f"gcr.io/knative-releases/knative.dev/eventing/cmd/controller{DIGEST}"
    return [
        *control_planes(),
        *cpu_nodes(3),
        node("dgx-1", gpus=8, product=h100, labels=driver("580.95.05"), taints=[GPU_TAINT]),
        gpu_operator("v25.10.1"),
        *prometheus_stack("v3.5.0", "76.3.0"),
        workload("kubeflow/training-operator", "kubeflow/training-operator:v1-855e096"),
        workload("mpi-operator/mpi-operator", "mpioperator/mpi-operator:0.6.0"),
        workload("knative-eventing/controller", serving, labels={VERSION: "1.20.0"}),
        ingress_class("nginx"),
        load_balancer("ingress-nginx/ingress-nginx-controller", ip="172.20.10.1"),
        storage_class("nfs-client", "nfs.csi.k8s.io"),
    ]


def _openshift() -> list[Json]:
    system = "Red Hat Enterprise Linux CoreOS 9.6.20251013-0"
    marks = {"node.openshift.io/os_id": "rhel"}
    common: Json = {"system": system, "runtime": "cri-o://1.32.9", "labels": marks}
    bundle = {"olm.owner": "gpu-operator-certified.v25.10.1"}
    version = {
        "apiVersion": "config.openshift.io/v1",
        "kind": "ClusterVersion",
        "metadata": {"name": "version", "namespace": "default"},
        "status": {"history": [{"state": "Completed", "version": "4.19.9"}]},
    }
    return [
        version,
        *cpu_nodes(3, **common),
        node(
            "gpu-1",
            gpus=4,
            product="NVIDIA-A100-SXM4-80GB",
            system=system,
            runtime="cri-o://1.32.9",
            labels={**marks, **driver("580.95.05")},
        ),
        workload(
            "nvidia-gpu-operator/gpu-operator",
            f"nvcr.io/nvidia/gpu-operator{DIGEST}",
            labels=bundle,
        ),
        workload(
            "openshift-monitoring/prometheus-k8s",
            f"quay.io/openshift-release-dev/ocp-v4.0-art-dev{DIGEST}",
            kind="StatefulSet",
            labels={VERSION: "3.2.1"},
        ),
        workload(
            "knative-serving/controller",
            f"registry.redhat.io/openshift-serverless-1/serving-controller-rhel8{DIGEST}",
            labels={VERSION: "1.17"},
        ),
        namespace("runai"),
        ingress_class("openshift-default"),
        storage_class("gp3-csi", "ebs.csi.aws.com", default=False),
    ]


def _gke() -> list[Json]:
    pool = {"cloud.google.com/gke-nodepool": "default"}
    cos = "Container-Optimized OS from Google"
    accelerated = {**pool, "cloud.google.com/gke-accelerator": "nvidia-l4"}
    return [
        *cpu_nodes(2, system=cos, labels=pool, size=(8, 32, 100)),
        node("gke-gpu-1", cos, gpus=2, labels=accelerated, taints=[GPU_TAINT]),
        workload(
            "kube-system/nvidia-gpu-device-plugin",
            "gke.gcr.io/nvidia-gpu-device-plugin:1.0",
            kind="DaemonSet",
        ),
        workload(
            "gmp-system/collector",
            "gke.gcr.io/prometheus-engine/prometheus:v2.53.5-gmp.1-gke.2",
            kind="DaemonSet",
        ),
        load_balancer("team/web", ip="34.1.2.3"),
        storage_class("standard-rwo", "pd.csi.storage.gke.io"),
    ]


def _eks() -> list[Json]:
    group = {"eks.amazonaws.com/nodegroup": "main"}
    linux = "Amazon Linux 2023.9.20251105"
    return [
        *cpu_nodes(3, system=linux, labels=group),
        node(
            "gpu-1", linux, gpus=4, product="NVIDIA-A10G", labels={**group, **driver("570.172.08")}
        ),
        gpu_operator("v25.3.4"),
        ingress_class("alb"),
        load_balancer("kube-system/front", hostname="a1.elb.amazonaws.com"),
        storage_class("gp2", "kubernetes.io/aws-ebs", default=False),
    ]


def _aks() -> list[Json]:
    marks = {"kubernetes.azure.com/agentpool": "pool"}
    windows: Json = {"system": "Windows Server 2022 Datacenter", "windows": True}
    return [
        *cpu_nodes(3, labels=marks),
        node("win-1", labels=marks, **windows),
        node("gpu-1", gpus=8, product="NVIDIA-H100-NVL", labels={**marks, **driver("595.45")}),
        gpu_operator("v26.3.1"),
        *prometheus_stack("v3.8.0", "80.1.0"),
        workload("kubeflow/training-operator", "kubeflow/training-operator:v1.9.2"),
        ingress_class("webapprouting.kubernetes.azure.com", default=True),
        load_balancer("app-routing-system/nginx", ip="20.1.2.3"),
        storage_class("default", "disk.csi.azure.com"),
    ]


def _rke2() -> list[Json]:
    return [
        *control_planes(),
        *cpu_nodes(1, ready=False),
        node("cpu-2", unschedulable=True),
        node("cpu-3", size=(8, 16, 50)),
        node("gpu-1", gpus=4, product="NVIDIA-L40S", labels=driver("580.95.05")),
        workload("gpu-operator/gpu-operator", f"nvcr.io/nvidia/gpu-operator{DIGEST}",
                 labels={VERSION: "v25.10.0", "helm.sh/chart": "gpu-operator-v25.10.0"}),
        workload("cattle-monitoring-system/rancher-monitoring-operator",
                 "rancher/mirrored-prometheus-operator-prometheus-operator:v0.80.1"),
        workload("cattle-monitoring-system/prometheus-rancher-monitoring-prometheus",
                 "rancher/mirrored-prometheus-prometheus:v2.53.1", kind="StatefulSet",
                 labels={VERSION: "106.0.1"}),
        ingress_class("nginx", default=True),
        storage_class("longhorn", "driver.longhorn.io"),
    ]  # fmt: skip


def _basepod() -> list[Json]:
    system = "Ubuntu 24.04.2 LTS"
    dgx: Json = {"system": system, "size": (224, 2048, 1700), "gpus": 8, "product": "NVIDIA-B200"}
    return [
        *control_planes(),
        *(node(f"dgx-{number}", labels=driver("580.95.05"), **dgx) for number in range(1, 5)),
        gpu_operator("v25.10.1"),
        *prometheus_stack("v3.5.0", "76.3.0"),
        workload("network-operator/network-operator",
                 "nvcr.io/nvidia/cloud-native/network-operator:v25.10.0"),
        workload("nvidia-dra-driver-gpu/controller", "nvcr.io/nvidia/k8s-dra-driver-gpu:v25.8.1"),
        workload("lws-system/lws-controller-manager", "registry.k8s.io/lws/lws:v0.6.2"),
        load_balancer("kyverno/kyverno-svc"),
        webhook("kyverno", "kyverno/kyverno-svc", "", "pods"),
        ingress_class("nginx", default=True),
        ingress_class("haproxy", default=True),
        storage_class("vast", "csi.vastdata.com"),
    ]  # fmt: skip


def _k3s() -> list[Json]:
    return [
        node("box", gpus=1, product="NVIDIA-GeForce-RTX-4090", runtime="containerd://2.1.4-k3s1",
             labels={**driver("550.163.01"), "node-role.kubernetes.io/control-plane": "true"}),
        workload("kube-system/nvidia-device-plugin-daemonset",
                 "nvcr.io/nvidia/k8s-device-plugin:v0.17.1", kind="DaemonSet"),
        ingress_class("traefik", default=True),
        load_balancer("kube-system/traefik", ip="192.168.1.5"),
        storage_class("local-path", "rancher.io/local-path"),
    ]  # fmt: skip


def _runai_218() -> list[Json]:
    system = {"node-role.kubernetes.io/runai-system": "true"}
    return [
        *cpu_nodes(2, labels=system),
        node("gpu-1", gpus=8, product="NVIDIA-A40-48Q", labels=driver("535.230.02")),
        *(namespace(name, PRIVILEGED) for name in ("runai", "runai-backend", "runai-reservation")),
        gpu_operator("v23.9.2"),
        *prometheus_stack("v2.53.0", "61.9.0"),
        workload("runai/prometheus-runai", "quay.io/prometheus/prometheus:v2.53.0",
                 kind="StatefulSet"),
        workload("runai/runai-operator", "gcr.io/run-ai-prod/operator:2.18.44"),
        workload("runai/scheduler", "gcr.io/run-ai-prod/scheduler:v2.18.44"),
        workload("runai-backend/runai-backend-postgresql", "runai.jfrog.io/cp-live/postgresql:16.4",
                 kind="StatefulSet"),
        workload("kubeflow/training-operator", "kubeflow/training-operator:v1.7.0"),
        workload("knative-serving/controller",
                 f"gcr.io/knative-releases/knative.dev/serving/cmd/controller{DIGEST}",
                 labels={VERSION: "1.12.0"}),
        ingress_class("nginx", default=True),
        load_balancer("ingress-nginx/controller", ip="10.0.0.9"),
        storage_class("nfs", "nfs.csi.k8s.io"),
    ]  # fmt: skip


def _half_installed() -> list[Json]:
    small = (10, 20, 60)
    return [
        *cpu_nodes(1, size=small),
        node("cpu-2", taints=[{"key": "team", "value": "a", "effect": "NoSchedule"}]),
        node("ws-1", gpus=2, product="NVIDIA-RTX-A6000"),
        namespace("runai", {"pod-security.kubernetes.io/enforce": "baseline"}),
        namespace("runai-backend"),
        workload(
            "runai-backend/keycloak", "runai.jfrog.io/cp-live/keycloakx:26.0", kind="StatefulSet"
        ),
        gpu_operator("v25.10.1"),
        workload("monitoring/operator", "quay.io/prometheus-operator/prometheus-operator:v0.84.0"),
        workload("team/prometheus", "prom/prometheus:v2.45.0"),
        workload(
            "monitoring/prometheus", "quay.io/prometheus/prometheus:v3.5.0", kind="StatefulSet"
        ),
        load_balancer("haproxy/haproxy"),
        ingress_class("haproxy", default=True),
    ]


SITES = {
    "kubeadm": _kubeadm,
    "openshift": _openshift,
    "gke": _gke,
    "eks": _eks,
    "aks": _aks,
    "rke2": _rke2,
    "basepod": _basepod,
    "k3s": _k3s,
    "runai-2.18": _runai_218,
    "half": _half_installed,
}
