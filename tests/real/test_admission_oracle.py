"""What a real kube-apiserver refuses of a pod, beside what advisor says without trying."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor import api
from tests.real.parts.kube_api_server import READER, KubeApiServer
from tests.real.parts.kube_client import KubeRequestError
from tests.real.test_audit import ROLE, gpu_node

Json = dict[str, Any]
RULES = ("PRE032", "JOB057")
PATH = "/api/v1/namespaces/team/pods"


def quota(hard: Json) -> Json:
    """A quota as its controller has seen it: nothing is used yet."""
    used = dict.fromkeys(hard, "0")
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"namespace": "team", "name": "most"},
        "spec": {"hard": hard},
        "status": {"hard": hard, "used": used},
    }


def limits(type_: str, **more: Json) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"namespace": "team", "name": "each"},
        "spec": {"limits": [{"type": type_, **more}]},
    }


def priority(name: str) -> Json:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": 1000,
    }


def namespace(**labels: str) -> Json:
    own = {f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": own}}


def pod(resources: Json | None = None, *, twice: bool = False, **spec: Any) -> Json:
    container: Json = {"name": "main", "image": "registry.example/lab/train:1"}
    if resources is not None:
        container["resources"] = {"requests": resources, "limits": resources}
    if "volumes" in spec:
        container["volumeMounts"] = [{"name": "raid", "mountPath": "/raid"}]
    second = {**container, "name": "second"}
    containers = [container, second] if twice else [container]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": "team", "name": "train"},
        "spec": {"containers": containers, **spec},
    }


GPUS = {"nvidia.com/gpu": "8"}
SMALL = {"cpu": "2", "memory": "4Gi"}
LARGE = {"cpu": "16", "memory": "64Gi", "nvidia.com/gpu": "8"}
RAID = {"volumes": [{"name": "raid", "hostPath": {"path": "/raid"}}]}
EXPORT = {"volumes": [{"name": "raid", "nfs": {"server": "filer", "path": "/raid"}}]}


def limited(amounts: Json) -> Json:
    """Limits alone; the server takes them for requests too."""
    asked = pod()
    asked["spec"]["containers"][0]["resources"] = {"limits": amounts}
    return asked


def careful(asked: Json) -> Json:
    """With all that the level restricted wants to see stated."""
    asked["spec"]["securityContext"] = {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    asked["spec"]["containers"][0]["securityContext"] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    return asked


CASES: dict[str, tuple[tuple[Json, ...], Json]] = {
    "nothing stands in its way": ((), pod(LARGE)),
    "GPUs within the quota": ((quota({"requests.nvidia.com/gpu": "8"}),), pod(GPUS)),
    "more GPUs than the quota": ((quota({"requests.nvidia.com/gpu": "4"}),), pod(GPUS)),
    "no GPU asked under a quota of none": ((quota({"requests.nvidia.com/gpu": "0"}),), pod(SMALL)),
    "more cores than the quota": ((quota({"requests.cpu": "8"}),), pod(LARGE)),
    "the short name of a quota": ((quota({"memory": "32Gi"}),), pod(LARGE)),
    "two containers add up": ((quota({"requests.cpu": "3"}),), pod(SMALL, twice=True)),
    "nothing asked under a quota": ((quota({"requests.cpu": "8"}),), pod()),
    "a default is given": (
        (quota({"requests.cpu": "8"}), limits("Container", defaultRequest={"cpu": "1"})),
        pod(),
    ),
    "no pods at all": ((quota({"pods": "0"}),), pod(SMALL)),
    "a pod is left": ((quota({"count/pods": "1"}),), pod(SMALL)),
    "no limit under a quota of limits": ((quota({"limits.memory": "8Gi"}),), pod()),
    "a limit over a quota of limits": ((quota({"limits.memory": "8Gi"}),), pod(LARGE)),
    "a limit within a quota of limits": ((quota({"limits.memory": "8Gi"}),), pod(SMALL)),
    "limits that are requests too": ((quota({"requests.cpu": "1"}),), limited(SMALL)),
    "limits under a quota of requests": ((quota({"requests.cpu": "4"}),), limited(SMALL)),
    "a limit is given": (
        (quota({"limits.cpu": "8"}), limits("Container", default={"cpu": "1"})),
        pod(),
    ),
    "a request is given and no limit": (
        (quota({"limits.cpu": "8"}), limits("Container", defaultRequest={"cpu": "1"})),
        pod(),
    ),
    "a quota of other things": ((quota({"requests.storage": "0", "services": "0"}),), pod()),
    "a container too large": ((limits("Container", max={"cpu": "8"}),), pod(LARGE)),
    "a container within": ((limits("Container", max={"cpu": "8"}),), pod(SMALL)),
    "a pod too large": ((limits("Pod", max={"cpu": "3", "memory": "16Gi"}),),
                        pod(SMALL, twice=True)),
    "a container too small": ((limits("Container", min={"memory": "8Gi"}),), pod(SMALL)),
    "a limit for claims": ((limits("PersistentVolumeClaim", max={"storage": "1Gi"}),), pod(LARGE)),
    "a priority that is there": ((priority("high"),), pod(SMALL, priorityClassName="high")),
    "a priority that is not": ((priority("low"),), pod(SMALL, priorityClassName="high")),
    "a folder of the node under baseline": ((namespace(enforce="baseline"),), pod(SMALL, **RAID)),
    "a folder of the node, only warned of": ((namespace(warn="restricted"),), pod(SMALL, **RAID)),
    "a folder of the node under privileged": (
        (namespace(enforce="privileged"),),
        pod(SMALL, **RAID),
    ),
    "a plain pod under restricted": ((namespace(enforce="restricted"),), pod(SMALL)),
    "a pod that gives up its rights": (
        (namespace(enforce="restricted"),),
        careful(pod(SMALL)),
    ),
    "an NFS export under restricted": (
        (namespace(enforce="restricted"),),
        careful(pod(SMALL, **EXPORT)),
    ),
    "an NFS export under baseline": ((namespace(enforce="baseline"),), pod(SMALL, **EXPORT)),
    "the network of the node": ((namespace(enforce="baseline"),), pod(SMALL, hostNetwork=True)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_the_server_refuses_is_said_before(
    kube_api_server: KubeApiServer, tmp_path: Path, name: str
) -> None:
    facts, asked = CASES[name]
    kube_api_server.grant(READER, ROLE)
    if not any(one["kind"] == "Namespace" for one in facts):
        kube_api_server.client.add(namespace())
    kube_api_server.client.add(gpu_node("gpu-1"), *facts)
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(yaml.safe_dump(asked))
    snapshot = api.collect(
        api.CollectOptions(kubeconfig=str(kube_api_server.kubeconfig(READER)), docker=False)
    )
    found = api.audit(snapshot, jobs=api.read_jobs([str(manifest)]).jobs).findings
    said = {one.rule: one.status for one in found if one.rule in RULES}
    assert set(said.values()) <= {"finding", "ok"}
    assert ("finding" in said.values()) == refused(kube_api_server, asked), said


def refused(server: KubeApiServer, asked: Json) -> bool:
    """Whether the server takes the pod no more than in its thoughts."""
    try:
        server.client.request("POST", f"{PATH}?dryRun=All", asked)
    except KubeRequestError as error:
        if error.status != 403:
            raise
        return True
    return False
