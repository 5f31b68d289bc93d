"""A small cluster with a bit of everything, as manifests for a real API server."""

from __future__ import annotations

import time
from typing import Any

from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.kube_client import KubeRequestError

Json = dict[str, Any]


def containers(image: str, **more: Any) -> list[Json]:
    """One container."""
    return [{"name": "main", "image": image, **more}]


def custom_kind(group: str, version: str, kind: str, plural: str) -> Json:
    """The definition of a custom resource that takes any spec."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    one = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [one]},
    }


def define(server: KubeApiServer, group: str, version: str, kind: str, plural: str) -> None:
    """Create a custom resource and wait until it is served and discovered."""
    server.client.add(custom_kind(group, version, kind, plural))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            listed = server.client.get(f"/apis/{group}/{version}")["resources"]
            if plural in {one["name"] for one in listed}:
                server.client.get(f"/apis/{group}/{version}/{plural}")
                return
        except KubeRequestError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{plural}.{group} is not served")


GPU_NODE: Json = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
        "name": "gpu-1",
        "labels": {"kubernetes.io/hostname": "gpu-1", "nvidia.com/gpu.count": "8"},
        "annotations": {"advisor/ignore": "GPU001: being repaired", "example.com/token": "secret"},
    },
    "spec": {"taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]},
    "status": {
        "capacity": {"cpu": "128", "memory": "1Ti", "nvidia.com/gpu": "8", "pods": "20000"},
        "allocatable": {"cpu": "127500m", "memory": "1Ti", "nvidia.com/gpu": "7"},
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        "images": [
            {"names": ["team/train:1"], "sizeBytes": 5},
            {"names": [], "sizeBytes": 6},
        ],
        "nodeInfo": {
            "architecture": "amd64",
            "operatingSystem": "linux",
            "kernelVersion": "6.1",
            "osImage": "Debian 12",
            "containerRuntimeVersion": "containerd://1.7",
            "kubeletVersion": "v1.34.3",
            "bootID": "",
            "machineID": "",
            "systemUUID": "",
            "kubeProxyVersion": "",
        },
    },
}
BARE_NODE: Json = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "zz-bare"}}
STORAGE: tuple[Json, ...] = (
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "files",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "smb.csi.k8s.io",
        "parameters": {"source": "//filer/x", "password": "hunter2hunter2"},
    },
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSIDriver",
        "metadata": {"name": "smb.csi.k8s.io"},
        "spec": {"attachRequired": False},
    },
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {"name": "gpu-1"},
        "spec": {"drivers": None},
    },
    {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "raid"},
        "spec": {
            "capacity": {"storage": "1Ti"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "raid",
            "local": {"path": "/raid"},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {
                                    "key": "kubernetes.io/hostname",
                                    "operator": "In",
                                    "values": ["gpu-1"],
                                }
                            ]
                        }
                    ]
                }
            },
        },
        "status": {"phase": "Available"},
    },
    {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"namespace": "team", "name": "data"},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "files",
            "resources": {"requests": {"storage": "10Gi"}},
        },
    },
)
CLUSTER_WIDE: tuple[Json, ...] = (
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "nginx"},
        "spec": {"controller": "k8s.io/ingress-nginx"},
    },
    {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "nvidia"},
        "handler": "nvidia",
    },
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": "gpu.nvidia.com"},
        "spec": {"selectors": [{"cel": {"expression": 'device.driver == "gpu.nvidia.com"'}}]},
    },
    {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": {"name": "gpu-1-slice"},
        "spec": {
            "driver": "gpu.nvidia.com",
            "nodeName": "gpu-1",
            "pool": {"name": "gpu-1", "generation": 1, "resourceSliceCount": 1},
            "devices": [
                {
                    "name": "gpu-0",
                    "attributes": {
                        "type": {"string": "gpu"},
                        "productName": {"string": "NVIDIA H100 80GB HBM3"},
                    },
                    "capacity": {"memory": {"value": "80Gi"}},
                }
            ],
        },
    },
    {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"namespace": "team", "name": "trainer"},
        "imagePullSecrets": [{"name": "regcred"}],
    },
)
DEPLOYMENT: Json = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"namespace": "team", "name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": containers("web:1", env=[{"name": "TOKEN", "value": "s3cr3t"}])},
        },
    },
}
WEB_POD: Json = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "namespace": "team",
        "name": "web-5d8f7c9b4-x",
        "labels": {"app": "web", "pod-template-hash": "5d8f7c9b4"},
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": "web-5d8f7c9b4",
                "uid": "00000000-0000-0000-0000-000000000001",
                "controller": True,
            }
        ],
    },
    "spec": {"nodeName": "gpu-1", "containers": containers("web:1")},
    "status": {"phase": "Running"},
}
BARE_POD: Json = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "namespace": "team",
        "name": "notebook",
        "annotations": {
            "user": "ada",
            "kubectl.kubernetes.io/last-applied-configuration": "password: hunter2",
        },
    },
    "spec": {
        "nodeSelector": {"kubernetes.io/hostname": "gpu-1"},
        "containers": containers(
            "team/notebook",
            command=["sh", "-c", "export TOKEN=hunter2"],
            imagePullPolicy="Never",
            resources={"limits": {"nvidia.com/gpu": "1"}},
            volumeMounts=[{"name": "data", "mountPath": "/data"}],
        ),
        "volumes": [{"name": "data", "hostPath": {"path": "/raid/ada"}}],
        "imagePullSecrets": [{"name": "regcred"}],
    },
}
TRAINING: Json = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "PyTorchJob",
    "metadata": {"namespace": "team", "name": "bert"},
    "spec": {
        "runPolicy": {"suspend": True},
        "pytorchReplicaSpecs": {
            "Master": {"replicas": 1, "template": {"spec": {"containers": containers("bert:1")}}},
            "Worker": {"replicas": 3, "template": None},
        },
    },
}
HOSTILE_TRAINING: Json = {
    "apiVersion": "kubeflow.org/v1",
    "kind": "PyTorchJob",
    "metadata": {"namespace": "team", "name": "hostile"},
    "spec": {"pytorchReplicaSpecs": {"Worker": {"template": {"spec": {"containers": {"a": 1}}}}}},
}
SECRET: Json = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"namespace": "team", "name": "regcred"},
    "stringData": {"password": "hunter2"},
}


def _template(number: int) -> Json:
    return {"spec": {"containers": containers(f"image-{number}"), "nodeSelector": None}}


def _custom(number: int, api_version: str, kind: str, spec: Json) -> Json:
    metadata = {"namespace": "team", "name": f"job-{number}"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _kubeflow(number: int, kind: str, field: str, version: str = "v1") -> Json:
    workers = {"Worker": {"replicas": 1, "template": _template(number)}, "PS": None}
    return _custom(number, f"kubeflow.org/{version}", kind, {field: workers})


def _ray(number: int, kind: str, field: str) -> Json:
    cluster = {"headGroupSpec": {"template": _template(number)}, "workerGroupSpecs": None}
    return _custom(number, "ray.io/v1", kind, {field: cluster} if field else cluster)


def _runai(number: int, kind: str) -> Json:
    spec = {"image": {"value": f"image-{number}"}, "pvcs": None, "gpu": {"value": None}}
    return _custom(number, "run.ai/v2alpha1", kind, spec)


_JOB_SET = {
    "replicatedJobs": [{"name": "worker", "template": {"spec": {"template": _template(6)}}}, None]
}
_LEADER_WORKERS = {"leaderWorkerTemplate": {"leaderTemplate": None, "workerTemplate": _template(7)}}
CUSTOM_JOBS: tuple[tuple[Json, str, str], ...] = (
    (_kubeflow(0, "PyTorchJob", "pytorchReplicaSpecs"), "pytorchjobs", "Worker"),
    (_kubeflow(1, "TFJob", "tfReplicaSpecs"), "tfjobs", "Worker"),
    (_kubeflow(2, "XGBoostJob", "xgbReplicaSpecs"), "xgboostjobs", "Worker"),
    (_kubeflow(3, "PaddleJob", "paddleReplicaSpecs"), "paddlejobs", "Worker"),
    (_kubeflow(4, "MPIJob", "mpiReplicaSpecs", "v2beta1"), "mpijobs", "Worker"),
    (
        _custom(5, "trainer.kubeflow.org/v1alpha1", "TrainJob", {"trainer": {"image": "image-5"}}),
        "trainjobs",
        "",
    ),
    (_custom(6, "jobset.x-k8s.io/v1alpha2", "JobSet", _JOB_SET), "jobsets", "worker"),
    (
        _custom(7, "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", _LEADER_WORKERS),
        "leaderworkersets",
        "worker",
    ),
    (_ray(8, "RayCluster", ""), "rayclusters", "head"),
    (_ray(9, "RayJob", "rayClusterSpec"), "rayjobs", "head"),
    (_ray(10, "RayService", "rayClusterConfig"), "rayservices", "head"),
    (
        _custom(
            11,
            "batch.volcano.sh/v1alpha1",
            "Job",
            {"tasks": [{"name": "task", "template": _template(11)}]},
        ),
        "jobs",
        "task",
    ),
    (_custom(12, "run.ai/v1", "RunaiJob", {"template": _template(12)}), "runaijobs", ""),
    (_runai(13, "TrainingWorkload"), "trainingworkloads", ""),
    (_runai(14, "InteractiveWorkload"), "interactiveworkloads", ""),
    (_runai(15, "InferenceWorkload"), "inferenceworkloads", ""),
    (_runai(16, "DistributedWorkload"), "distributedworkloads", ""),
    (
        _custom(17, "argoproj.io/v1alpha1", "Rollout", {"template": _template(17)}),
        "rollouts",
        "",
    ),
    (
        _custom(18, "apps.kruise.io/v1alpha1", "CloneSet", {"template": _template(18)}),
        "clonesets",
        "",
    ),
    (
        _custom(19, "keda.sh/v1alpha1", "ScaledJob", {"jobTargetRef": {"template": _template(19)}}),
        "scaledjobs",
        "",
    ),
)
"""Each with the plural of its kind and the one role it has; the image is `image-` and its place."""
