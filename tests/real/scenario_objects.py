"""Nodes, jobs, classes, claims and volumes of small clusters, in few words."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
GPU = "nvidia.com/gpu"
EBS = "ebs.csi.aws.com"
LONGHORN = "driver.longhorn.io"
DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}
GPU_TAINT = {"key": GPU, "value": "present", "effect": "NoSchedule"}
A, B = (f"sha256:{letter * 64}" for letter in "ab")


def node(
    name: str,
    gpus: int = 1,
    *,
    labels: Json | None = None,
    taints: list[Json] | None = None,
    capacity: Json | None = None,
    images: tuple[list[str], ...] = (),
    system: str = "linux",
) -> Json:
    devices = {GPU: str(gpus)} if gpus else {}
    discovered = {f"{GPU}.count": str(gpus), f"{GPU}.sharing-strategy": "none"} if gpus else {}
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "110", **devices, **(capacity or {})}
    words = ("bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion")
    more = ("kubeletVersion", "machineID", "osImage", "systemUUID")
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {HOST: name, "kubernetes.io/os": system, **discovered, **(labels or {})},
        },
        "spec": {"taints": taints or []},
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": system,
                **dict.fromkeys((*words, *more), ""),
            },
            "images": [{"names": names, "sizeBytes": 1} for names in images],
        },
    }


def job(name: str, *volumes: Json, gpus: int = 1, main: Json | None = None, **spec: Any) -> Json:
    """A Job with one container; each volume is mounted, but for those that `main` mounts."""
    named = [{"name": f"v{number}", **one} for number, one in enumerate(volumes)]
    container = {
        "name": "main",
        "image": "registry.example.net/team/train:1",
        "resources": {"limits": {GPU: str(gpus)} if gpus else {}, "requests": {"cpu": "1"}},
        "volumeMounts": [{"name": one["name"], "mountPath": f"/{one['name']}"} for one in named],
        **(main or {}),
    }
    pod = {"restartPolicy": "Never", "containers": [container], "volumes": named, **spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": {"spec": pod}},
    }


def storage_class(name: str, provisioner: str, **fields: Any) -> Json:
    late = {"volumeBindingMode": "WaitForFirstConsumer"}
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}}
    return {**kind, "provisioner": provisioner, **late, **fields}


def claim(name: str, storage: str, *, phase: str = "Pending", **spec: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage,
            "resources": {"requests": {"storage": "5Gi"}},
            **({} if phase == "Pending" else {"volumeName": f"pv-{name}"}),
            **spec,
        },
        "status": {"phase": phase},
    }


def volume(name: str, storage: str, source: Json, *, on: str = "", **spec: Any) -> Json:
    terms = [{"matchExpressions": [{"key": HOST, "operator": "In", "values": [on]}]}]
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}} if on else {}
    bound = "claimRef" in spec
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "10Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage,
            **source,
            **affinity,
            **spec,
        },
        "status": {"phase": "Bound" if bound else "Available"},
    }


def of(name: str) -> Json:
    kind = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return {"claimRef": {**kind, "namespace": "default", "name": name}}


def uses(name: str) -> Json:
    return {"persistentVolumeClaim": {"claimName": name}}


def at(name: str) -> Json:
    return {"nodeSelector": {HOST: name}}
