"""Manifests and objects of Run:ai with one field each, for the ledger's guard."""

from __future__ import annotations

from typing import Any

import yaml

from advisor.catalogs import load_catalog
from advisor.readers.manifest.workload_fields import FieldCatalog

Body = dict[str, Any]

_MOUNT = {"name": "v", "mountPath": "/d"}
_OF_CONTAINER: dict[str, tuple[Any, ...]] = {
    "args": (["a", "$(A)"], ["$$x"]),
    "command": (["run", "it"],),
    "env": (
        [{"name": "A", "value": "b"}],
        [{"name": "A"}],
        [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "k"}}}],
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
        [{"name": "A", "valueFrom": {"fileKeyRef": {"path": "p", "key": "k"}}}],
    ),
    "envFrom": ([{"configMapRef": {"name": "c"}}], [{"secretRef": {"name": "s"}}]),
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "lifecycle": ({"preStop": {"exec": {"command": ["x"]}}},),
    "livenessProbe": (
        {"exec": {"command": ["true"]}, "periodSeconds": 5},
        {"httpGet": {"path": "/", "port": 80}},
    ),
    "ports": (
        [{"containerPort": 80}],
        [{"containerPort": 80, "protocol": "UDP"}],
        [{"containerPort": 80, "hostPort": 8080, "name": "web"}],
    ),
    "resources": (
        {"limits": {"nvidia.com/gpu": 2}},
        {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}},
        {"limits": {"nvidia.com/mig-1g.5gb": 1}},
        {"limits": {"amd.com/gpu": 1}},
        {"limits": {"cpu": "1500m", "memory": "2Gi"}, "requests": {"cpu": 1, "memory": "1G"}},
        {"limits": {"rdma/hca": 1, "ephemeral-storage": "1Gi"}},
        {"limits": {"nvidia.com/gpu": "$GPUS", "memory": "${MEMORY}"}},
    ),
    "securityContext": (
        {"runAsUser": 1000},
        {"runAsUser": 1000, "runAsGroup": 100},
        {"runAsNonRoot": True},
        {"privileged": True},
        {"readOnlyRootFilesystem": True},
        {"allowPrivilegeEscalation": False},
        {"allowPrivilegeEscalation": True},
        {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}},
        {"seccompProfile": {"type": "Unconfined"}},
    ),
    "stdin": (True,),
    "tty": (True,),
    "workingDir": ("/w",),
}
_OF_POD: dict[str, tuple[Any, ...]] = {
    "affinity": ({"nodeAffinity": {}},),
    "automountServiceAccountToken": (False,),
    "dnsConfig": ({"nameservers": ["10.0.0.1"], "searches": ["a"], "options": [{"name": "b"}]},),
    "enableServiceLinks": (False, True),
    "hostUsers": (False,),
    "resourceClaims": ([{"name": "g", "resourceClaimName": "c"}],),
    "serviceAccount": ("s",),
    "hostAliases": ([{"ip": "10.0.0.1", "hostnames": ["a", "b"]}],),
    "hostIPC": (True,),
    "hostNetwork": (True,),
    "hostPID": (True,),
    "hostname": ("a",),
    "imagePullSecrets": ([{"name": "s"}],),
    "nodeSelector": ({"a": "b"}, {"kubernetes.io/arch": "arm64"}),
    "priorityClassName": ("high",),
    "restartPolicy": ("Never", "OnFailure"),
    "schedulerName": ("runai-scheduler",),
    "securityContext": (
        {"runAsUser": 1000, "fsGroup": 5},
        {"supplementalGroups": [5, 6]},
        {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]},
    ),
    "serviceAccountName": ("s",),
    "terminationGracePeriodSeconds": (5,),
    "tolerations": ([{"key": "k", "operator": "Exists", "effect": "NoSchedule"}],),
}
_VOLUMES: dict[str, tuple[Body, ...]] = {
    "configMap": ({"name": "c"}, {"name": "c", "items": [{"key": "a", "path": "b"}]}),
    "csi": ({"driver": "d"},),
    "downwardAPI": ({"items": []},),
    "emptyDir": ({}, {"medium": "Memory", "sizeLimit": "1Gi"}, {"medium": "Memory"}),
    "ephemeral": (
        {
            "volumeClaimTemplate": {
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                }
            }
        },
    ),
    "hostPath": ({"path": "/a"}, {"path": "/a", "type": "DirectoryOrCreate"}),
    "image": ({"reference": "i:1"},),
    "nfs": ({"server": "s", "path": "/e"},),
    "persistentVolumeClaim": ({"claimName": "c"},),
    "projected": ({"sources": [{"secret": {"name": "s"}}]},),
    "secret": ({"secretName": "s"},),
}
_OF_JOB: dict[str, tuple[Any, ...]] = {
    "activeDeadlineSeconds": (60,),
    "backoffLimit": (0, 3),
    "completionMode": ("Indexed",),
    "completions": (2,),
    "parallelism": (2,),
    "suspend": (True,),
    "ttlSecondsAfterFinished": (60,),
}


def manifests() -> dict[str, list[str]]:
    """By field: jobs that have it."""
    found: dict[str, list[Body]] = {}
    for key, values in _OF_CONTAINER.items():
        found[f"container {key}"] = [_job(container={key: one}) for one in values]
    for key, values in _OF_POD.items():
        found[f"pod {key}"] = [_job(pod={key: one}) for one in values]
    for key, values in _OF_JOB.items():
        found[f"job {key}"] = [_job(spec={key: one}) for one in values]
    for kind, bodies in _VOLUMES.items():
        mounts = (_MOUNT, {**_MOUNT, "readOnly": True}, {"name": "v", "mountPath": "/dev/shm"})
        found[f"volume {kind}"] = [
            _job(container={"volumeMounts": [at]}, pod={"volumes": [{"name": "v", kind: one}]})
            for one in bodies
            for at in (mounts if kind == "emptyDir" else mounts[:2])
        ]
    return {
        key: [yaml.dump(one, Dumper=yaml.CSafeDumper) for one in bodies]
        for key, bodies in found.items()
    }


def _job(container: Body | None = None, pod: Body | None = None, spec: Body | None = None) -> Body:
    main = {"name": "main", "image": "reg.example/a/b:1", **(container or {})}
    own = {"restartPolicy": "Never", "containers": [main], **(pod or {})}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "a"},
        "spec": {"template": {"spec": own}, **(spec or {})},
    }


_BY_FORM: dict[str, tuple[Any, ...]] = {
    "switch": (True, False),
    "whole": (60,),
    "list": ("a b", ["a"]),
    "commas": ("5,6",),
    "named": ({"items": {"A": {"value": "b"}}},),
    "words": ("run it",),
    "gpu": ("1", "0.5", "2"),
    "gpu-memory": ("10Gi",),
    "mig": ("1g.5gb",),
    "claim": ({"items": {"p": {"value": {"claimName": "c", "path": "/d", "existingPvc": True}}}},),
    "volume": (
        {"items": {"v": {"value": {"path": "/a", "mountPath": "/d"}}}},
        {"items": {"v": {"value": {"path": "/a", "mountPath": "/d", "nfsServer": "s"}}}},
    ),
    "port": ({"items": {"p": {"value": {"container": 80}}}},),
    "preemptible": (True, False),
    "non-preemptible": (True, False),
}
_BY_KEY: dict[str, tuple[Any, ...]] = {
    "imagePullPolicy": ("Always", "Never"),
    "extendedResources": ({"items": {"rdma/hca": {"value": "1"}}},),
    "gpuRequestType": (),
    "gpuMemoryLimit": (),
    "capabilities": ("SYS_PTRACE",),
    "seccompProfile": ("Unconfined",),
    "seccompProfileType": ("Unconfined",),
    "configMaps": ({"items": {"a": {"value": {"configMap": "c", "mountPath": "/d"}}}},),
    "secrets": ({"items": {"a": {"value": {"secret": "s", "mountPath": "/d"}}}},),
    "emptyDirs": ({"items": {"a": {"value": {"path": "/d"}}}},),
    "tolerations": ({"items": {"a": {"value": {"key": "k", "operator": "Exists"}}}},),
}
_TEXTS = {
    **dict.fromkeys(("cpu-core-request", "cpu-core-limit", "gpu-devices-request"), "2"),
    **dict.fromkeys(("cpu-memory-request", "cpu-memory-limit"), "1Gi"),
    **dict.fromkeys(("run-as-uid", "run-as-gid", "backoff-limit", "runs", "parallelism"), "3"),
    "image": "reg.example/a/b:1",
    "restart-policy": "OnFailure",
}


def runai_objects() -> dict[str, list[str]]:
    """By kind and key: objects of Run:ai that have it."""
    found: dict[str, list[str]] = {}
    for field in load_catalog("runai_workload_fields", FieldCatalog).fields:
        for key in field.keys:
            usual = (_TEXTS.get(field.flag, "3"),)
            values = _BY_KEY.get(
                key, _BY_FORM.get(field.form, usual if field.form == "text" else ())
            )
            for kind in ("TrainingWorkload", "InteractiveWorkload", "DistributedWorkload"):
                bodies = [{key: one if isinstance(one, dict) else {"value": one}} for one in values]
                found[f"{kind} {key}"] = [_workload(kind, body) for body in bodies]
    return {key: texts for key, texts in found.items() if texts}


def _workload(kind: str, spec: Body) -> str:
    image = {"image": {"value": "reg.example/a/b:1"}}
    head = {"apiVersion": "run.ai/v2alpha1", "kind": kind, "metadata": {"name": "w"}}
    return yaml.dump({**head, "spec": {**image, **spec}}, Dumper=yaml.CSafeDumper, sort_keys=False)
