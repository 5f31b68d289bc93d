"""Pods and other objects with one thing changed: what an API server takes, and what it refuses."""

from __future__ import annotations

import copy
from typing import Any

Body = dict[str, Any]

POD: Body = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "fit", "namespace": "team"},
    "spec": {
        "restartPolicy": "Never",
        "containers": [
            {
                "name": "main",
                "image": "reg.example/team/fit:1",
                "env": [{"name": "EPOCHS", "value": "3"}],
                "resources": {"limits": {"nvidia.com/gpu": 1, "memory": "8Gi"}},
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }
        ],
        "volumes": [{"name": "data", "emptyDir": {}}],
    },
}
_TEMPLATE = {"metadata": {"labels": {"app": "fit"}}, "spec": POD["spec"]}
_JOB: Body = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "fit", "namespace": "team"},
    "spec": {"template": {"spec": POD["spec"]}},
}
_DEPLOYMENT: Body = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "fit", "namespace": "team"},
    "spec": {
        "selector": {"matchLabels": {"app": "fit"}},
        "template": {**_TEMPLATE, "spec": {**POD["spec"], "restartPolicy": "Always"}},
    },
}
_CRON: Body = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "fit", "namespace": "team"},
    "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": _JOB["spec"]}},
}


def changed(body: Body, path: str, value: Any) -> Body:
    """A copy with the value at a dotted path set, or taken out where it is None."""
    made = copy.deepcopy(body)
    here: Any = made
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("|")]
    for step in steps:
        here = here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return made


_MAIN = "spec|containers|0"
_LIMITS = f"{_MAIN}|resources|limits"
_RESOURCES = f"{_MAIN}|resources"

CHANGES: dict[str, tuple[Body, str, Any]] = {
    f"{path.rpartition('|')[2]} {value}": (body, path, value)
    for body, path, value in [
        (POD, f"{_LIMITS}|memory", "8g"),
        (POD, f"{_LIMITS}|memory", "8Gb"),
        (POD, f"{_LIMITS}|memory", "8GiB"),
        (POD, f"{_LIMITS}|memory", "8 Gi"),
        (POD, f"{_LIMITS}|memory", "1e9"),
        (POD, f"{_LIMITS}|memory", "1e3Mi"),
        (POD, f"{_LIMITS}|memory", 1000000000),
        (POD, f"{_LIMITS}|memory", 1.5),
        (POD, f"{_LIMITS}|memory", "-1Gi"),
        (POD, f"{_LIMITS}|memory", "500m"),
        (POD, f"{_LIMITS}|memory", ""),
        (POD, f"{_LIMITS}|memory", True),
        (POD, f"{_LIMITS}|cpu", "0.5"),
        (POD, f"{_LIMITS}|cpu", 0.5),
        (POD, f"{_LIMITS}|cpu", "500m"),
        (POD, f"{_LIMITS}|cpu", "0.0001"),
        (POD, f"{_LIMITS}|cpu", "four"),
        (POD, f"{_LIMITS}|cpu", -1),
        (POD, f"{_LIMITS}|nvidia.com/gpu", 0.5),
        (POD, f"{_LIMITS}|nvidia.com/gpu", "1"),
        (POD, f"{_LIMITS}|nvidia.com/gpu", "1k"),
        (POD, f"{_LIMITS}|nvidia.com/gpu", -1),
        (POD, f"{_LIMITS}|nvidia.com/gpu", 0),
        (POD, f"{_LIMITS}|gpu", 1),
        (POD, f"{_LIMITS}|storage", "1Gi"),
        (POD, f"{_LIMITS}|ephemeral-storage", "1Gi"),
        (POD, f"{_LIMITS}|hugepages-2Mi", "4Mi"),
        (POD, f"{_LIMITS}|hugepages-2Mi", "3Mi"),
        (POD, _RESOURCES, {"requests": {"nvidia.com/gpu": 1}}),
        (POD, _RESOURCES, {"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 2}}),
        (POD, _RESOURCES, {"requests": {"nvidia.com/gpu": 2}, "limits": {"nvidia.com/gpu": 2}}),
        (POD, _RESOURCES, {"requests": {"cpu": 2}, "limits": {"cpu": 1}}),
        (POD, _RESOURCES, {"requests": {"memory": "2Gi"}}),
        (POD, _RESOURCES, {"requests": {"rdma/hca": 1}}),
        (POD, "metadata|name", "Fit_1"),
        (POD, "metadata|name", "fit.one"),
        (POD, "metadata|name", "x" * 254),
        (POD, "metadata|name", None),
        (POD, "metadata|labels", {"app": "a b"}),
        (POD, "metadata|labels", {"app": "x" * 64}),
        (POD, "metadata|labels", {"app": 1}),
        (POD, "metadata|labels", {"a b": "x"}),
        (POD, "metadata|labels", {"a/b/c": "x"}),
        (POD, "metadata|annotations", {"note": "any text; at all"}),
        (POD, "metadata|annotations", {"note": True}),
        (POD, f"{_MAIN}|name", "Main"),
        (POD, f"{_MAIN}|name", "main_1"),
        (POD, f"{_MAIN}|name", "x" * 64),
        (POD, f"{_MAIN}|name", None),
        (POD, f"{_MAIN}|image", None),
        (POD, f"{_MAIN}|image", " fit:1"),
        (POD, f"{_MAIN}|imagePullPolicy", "never"),
        (POD, f"{_MAIN}|imagePullPolicy", "Never"),
        (POD, f"{_MAIN}|command", ["sleep", 5]),
        (POD, f"{_MAIN}|args", ["--epochs", "5"]),
        (POD, f"{_MAIN}|args", [True]),
        (POD, f"{_MAIN}|env", [{"name": "A", "value": 1}]),
        (POD, f"{_MAIN}|env", [{"name": "A", "value": True}]),
        (POD, f"{_MAIN}|env", [{"name": "A=B", "value": "1"}]),
        (POD, f"{_MAIN}|env", [{"name": "a.b-c", "value": "1"}]),
        (POD, f"{_MAIN}|env", [{"name": "", "value": "1"}]),
        (POD, f"{_MAIN}|env", [{"name": "A"}, {"name": "A"}]),
        (
            POD,
            f"{_MAIN}|env",
            [
                {
                    "name": "A",
                    "value": "1",
                    "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}},
                }
            ],
        ),
        (POD, f"{_MAIN}|ports", [{"containerPort": 0}]),
        (POD, f"{_MAIN}|ports", [{"containerPort": 70000}]),
        (POD, f"{_MAIN}|ports", [{"containerPort": 8888}]),
        (POD, f"{_MAIN}|ports", [{"containerPort": "8888"}]),
        (
            POD,
            f"{_MAIN}|securityContext",
            {"privileged": True, "allowPrivilegeEscalation": False},
        ),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "other", "mountPath": "/data"}]),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "data", "mountPath": "/a:b"}]),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "data", "mountPath": "relative"}]),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "data"}]),
        (
            POD,
            f"{_MAIN}|volumeMounts",
            [{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/a"}],
        ),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "data", "mountPath": "/a", "subPath": "/b"}]),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "data", "mountPath": "/a", "subPath": "../b"}]),
        (POD, f"{_MAIN}|volumeMounts", [{"name": "data", "mountPath": "/a", "subPath": "b/c"}]),
        (POD, "spec|containers", []),
        (POD, "spec|containers", [POD["spec"]["containers"][0], POD["spec"]["containers"][0]]),
        (POD, "spec|initContainers", [{"name": "main", "image": "a:1"}]),
        (POD, "spec|restartPolicy", "never"),
        (POD, "spec|restartPolicy", "Always"),
        (POD, "spec|volumes|0", {"name": "data", "emptyDir": {"sizeLimit": "8g"}}),
        (POD, "spec|volumes|0", {"name": "data", "emptyDir": {"medium": "Memory"}}),
        (POD, "spec|volumes|0", {"name": "data", "emptyDir": {}, "hostPath": {"path": "/a"}}),
        (POD, "spec|volumes|0", {"name": "data", "hostPath": {}}),
        (POD, "spec|volumes|0", {"name": "data", "hostPath": {"path": "a/../b"}}),
        (POD, "spec|volumes|0", {"name": "data", "hostPath": {"path": "a", "type": "dir"}}),
        (POD, "spec|volumes|0", {"name": "data", "hostPath": {"path": "/a", "type": "Directory"}}),
        (POD, "spec|volumes|0", {"name": "data", "nfs": {"server": "nas"}}),
        (POD, "spec|volumes|0", {"name": "data", "nfs": {"server": "nas", "path": "a"}}),
        (POD, "spec|volumes|0", {"name": "data", "nfs": {"server": "nas", "path": "/a"}}),
        (POD, "spec|volumes|0", {"name": "data", "persistentVolumeClaim": {}}),
        (POD, "spec|volumes|0", {"name": "data", "configMap": {}}),
        (POD, "spec|volumes|0", {"name": "data", "secret": {}}),
        (POD, "spec|volumes|0", {"name": "data", "secret": {"secretName": "keys"}}),
        (POD, "spec|volumes|0", {"name": "data", "csi": {"driver": "nfs.csi.k8s.io"}}),
        (POD, "spec|volumes|0", {"name": "data"}),
        (POD, "spec|volumes|0", {"name": "Data", "emptyDir": {}}),
        (POD, "spec|nodeSelector", {"gpu": "a100"}),
        (POD, "spec|nodeSelector", {"gpu": True}),
        (POD, "spec|nodeSelector", {"gpu": "a 100"}),
        (POD, "spec|tolerations", [{"operator": "Exists"}]),
        (POD, "spec|tolerations", [{"operator": "Exists", "key": "a", "value": "b"}]),
        (POD, "spec|tolerations", [{"operator": "Equal", "value": "b"}]),
        (POD, "spec|tolerations", [{"operator": "Any", "key": "a"}]),
        (POD, "spec|tolerations", [{"key": "a", "effect": "NoRun"}]),
        (POD, "spec|tolerations", [{"key": "a", "effect": "NoSchedule"}]),
        (POD, "spec|terminationGracePeriodSeconds", -1),
        (POD, "spec|hostname", "a_b"),
        (POD, "spec|dnsPolicy", "Any"),
        (POD, "spec|activeDeadlineSeconds", 0),
        (POD, "spec|securityContext", {"runAsUser": -1}),
        (_JOB, "spec|template|spec|restartPolicy", "Always"),
        (_JOB, "spec|template|spec|restartPolicy", None),
        (_JOB, "spec|template|spec|restartPolicy", "OnFailure"),
        (_JOB, "spec|parallelism", -1),
        (_JOB, "spec|completions", -1),
        (_JOB, "spec|backoffLimit", -1),
        (_JOB, "spec|backoffLimit", 0),
        (_JOB, "spec|activeDeadlineSeconds", -5),
        (_JOB, "spec|ttlSecondsAfterFinished", -1),
        (_JOB, "spec|completionMode", "Some"),
        (_JOB, "spec|parallelism", "2"),
        (_DEPLOYMENT, "spec|replicas", -1),
        (_DEPLOYMENT, "spec|replicas", 2),
        (_DEPLOYMENT, "spec|selector", None),
        (_DEPLOYMENT, "spec|selector", {"matchLabels": {"app": "other"}}),
        (_DEPLOYMENT, "spec|template|spec|restartPolicy", "Never"),
        (_DEPLOYMENT, "spec|template|metadata|labels", {"app": 3}),
        (_CRON, "spec|schedule", "0 3 * *"),
        (_CRON, "spec|schedule", "@daily"),
        (_CRON, "spec|schedule", "61 3 * * *"),
        (_CRON, "spec|concurrencyPolicy", "Never"),
        (_CRON, "spec|jobTemplate|spec|template|spec|restartPolicy", "Always"),
    ]
}
