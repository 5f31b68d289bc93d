"""What a real kube-apiserver refuses of a pod, beside what advisor says without trying."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor import api
from advisor.findings.finding import Finding
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
    assert ("finding" in said.values()) == bool(refused(kube_api_server, asked)), said


def refused(server: KubeApiServer, asked: Json, path: str = PATH) -> str:
    """What the server has against the object, which it takes no more than in its thoughts."""
    try:
        server.client.request("POST", f"{path}?dryRun=All", asked)
    except KubeRequestError as error:
        if error.status not in (403, 422):
            raise
        return str(error)
    return ""


_NUMBERS = count()
"""Policies of another test, of which the server still knows, have another name."""


def policies(*validations: Json, resources: Json | None = None, **spec: Any) -> tuple[Json, Json]:
    """A policy for pods, or for other resources, and the binding that puts it into force."""
    own = f"house-{next(_NUMBERS)}"
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": own}}
    binding = spec.pop("binding", {})
    about = resources or {"apiGroups": [""], "resources": ["pods"]}
    rule = {"apiVersions": ["v1"], "operations": ["CREATE"], **about}
    constraints = {"resourceRules": [rule], **spec.pop("constraints", {})}
    whole = {"matchConstraints": constraints, "validations": list(validations), **spec}
    bound = {"policyName": own, "validationActions": ["Deny"], **binding}
    name = "ValidatingAdmissionPolicy"
    return {**kind, "kind": name, "spec": whole}, {**kind, "kind": f"{name}Binding", "spec": bound}


def has_to(expression: str, message: str = "") -> Json:
    return {"expression": expression, **({"message": message} if message else {})}


def batch_job(**container: Any) -> Json:
    template = pod(SMALL)
    template["spec"]["containers"][0].update(container)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"namespace": "team", "name": "train", "labels": {"team": "vision"}},
        "spec": {"template": {"spec": {**template["spec"], "restartPolicy": "Never"}}},
    }


JOBS = {"apiGroups": ["batch"], "resources": ["jobs"]}
NO_FOLDERS = has_to(
    "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath))", "no hostPath here"
)
REGISTRY = "object.spec.containers.all(c, c.image.startsWith('%s/'))"
TEAM = {"matchLabels": {"team": "vision"}}
ELSEWHERE = {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}
JUDGED: dict[str, tuple[tuple[Json, Json], Json, str]] = {
    "a folder of the node": (policies(NO_FOLDERS), pod(SMALL, **RAID), "no hostPath here"),
    "no folder": (policies(NO_FOLDERS), pod(SMALL), ""),
    "an image of the right registry": (
        policies(has_to(REGISTRY % "registry.example")), pod(SMALL), ""),
    "an image of another registry": (
        policies(has_to(REGISTRY % "quay.io")), pod(SMALL),
        "failed expression: " + REGISTRY % "quay.io"),
    "a message of its own making": (
        policies({"expression": "object.spec.containers.size() == 2",
                  "messageExpression": "object.metadata.name + ' has one'"}),
        pod(SMALL), "train has one"),
    "a label that nobody set": (
        policies(has_to("has(object.metadata.labels) && 'team' in object.metadata.labels", "team")),
        pod(SMALL), "team"),
    "what the server fills in": (
        policies(has_to("object.spec.restartPolicy == 'Always' && has(object.spec.securityContext)"
                        " && object.spec.containers.all(c, c.imagePullPolicy == 'IfNotPresent')"
                        " && object.spec.containers[0].resources.requests.cpu == '2'")),
        limited(SMALL), ""),
    "variables": (
        policies(has_to("variables.images.all(i, !i.contains(':latest')) && variables.one"),
                 variables=[{"name": "all", "expression": "object.spec.containers"},
                            {"name": "images", "expression": "variables.all.map(c, c.image)"},
                            {"name": "one", "expression": "variables.all.size() == 2"}]),
        pod(SMALL), "failed expression"),
    "optional fields": (
        policies(has_to("object.spec.?hostNetwork.orValue(false) == false", "own network only")),
        pod(SMALL, hostNetwork=True), "own network only"),
    "a condition that is not met": (
        policies(has_to("false"),
                 matchConditions=[{"name": "gpu", "expression": "object.metadata.name == 'x'"}]),
        pod(SMALL), ""),
    "a namespace that is not selected": (
        policies(has_to("false"), constraints={"namespaceSelector": ELSEWHERE}), pod(SMALL), ""),
    "a binding for objects with a label": (
        policies(has_to("false", "never"), resources=JOBS,
                 binding={"matchResources": {"objectSelector": TEAM}}), batch_job(), "never"),
    "a binding that only warns": (
        policies(has_to("false"), binding={"validationActions": ["Warn"]}), pod(SMALL), ""),
    "a policy for other resources": (
        policies(has_to("false"), resources={"apiGroups": ["apps"], "resources": ["deployments"]}),
        batch_job(), ""),
    "a job by its template": (
        policies(has_to("object.spec.template.spec.containers.all(c, has(c.securityContext))",
                        "say what it may"), resources=JOBS), batch_job(), "say what it may"),
    "a job that is in order": (
        policies(has_to("object.spec.backoffLimit <= 6 && !object.spec.suspend"), resources=JOBS),
        batch_job(), ""),
}  # fmt: skip
OPEN: dict[str, tuple[tuple[Json, Json], Json]] = {
    "who asks": (policies(has_to("request.userInfo.username != 'x'")), pod(SMALL)),
    "the namespace's object": (policies(has_to("namespaceObject.metadata.name == 'team'")),
                               pod(SMALL)),
    "a function of the server": (
        policies(has_to("quantity(object.spec.containers[0].resources.requests.cpu)"
                        ".isLessThan(quantity('4'))")), pod(SMALL)),
    "a field that is not there": (policies(has_to("!object.spec.hostNetwork")), pod(SMALL)),
    "some objects left out": (
        policies(has_to("false"), constraints={"excludeResourceRules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
             "resources": ["pods"]}]}), pod(SMALL)),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_a_policy_is_judged_as_the_server_does(
    kube_api_server: KubeApiServer, tmp_path: Path, name: str
) -> None:
    facts, asked, words = JUDGED[name]
    said = policy_findings(kube_api_server, tmp_path, facts, asked)
    wait_for(kube_api_server, facts[0])
    path = "/apis/batch/v1/namespaces/team/jobs" if asked["kind"] == "Job" else PATH
    answer = refused(kube_api_server, asked, path)
    assert [(one.status, words in one.message) for one in said] == [("finding", True)] * bool(words)
    assert bool(answer) == bool(words)
    assert words in answer


@pytest.mark.parametrize("name", OPEN)
def test_what_only_the_request_shows_is_not_known(
    kube_api_server: KubeApiServer, tmp_path: Path, name: str
) -> None:
    facts, asked = OPEN[name]
    found = policy_findings(kube_api_server, tmp_path, facts, asked)
    assert [one.status for one in found] == ["unknown"]


def policy_findings(
    server: KubeApiServer, folder: Path, facts: tuple[Json, ...], asked: Json
) -> list[Finding]:
    server.grant(READER, ROLE)
    server.client.add(namespace(), gpu_node("gpu-1"), *facts)
    manifest = folder / "job.yaml"
    manifest.write_text(yaml.safe_dump(asked))
    snapshot = api.collect(
        api.CollectOptions(kubeconfig=str(server.kubeconfig(READER)), docker=False)
    )
    found = api.audit(snapshot, jobs=api.read_jobs([str(manifest)]).jobs).findings
    return [one for one in found if one.rule == "PRE033"]


def wait_for(server: KubeApiServer, policy: Json) -> None:
    """The server knows the policy when it, or one that came later, refuses what it has to."""
    later, binding = policies(has_to("!object.metadata.name.startsWith('marker')"))
    server.client.add(later, binding)
    names = [f"'{one['metadata']['name']}'" for one in (policy, later)]
    probe = {**pod(SMALL), "metadata": {"namespace": "team", "name": "marker"}}
    for _ in range(1200):
        answer = refused(server, probe)
        if any(name in answer for name in names):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not take up its policies")
