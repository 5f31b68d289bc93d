from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.facts.storage import Claim, NodeSelectorRequirement
from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    Toleration,
    VolumeMount,
)
from advisor.objects.pod import PodSpecWire
from advisor.objects.templates import pod_template, pod_volumes

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
FULL = {
    "nodeName": "gpu-1",
    "nodeSelector": {"gpu": "h100", "empty": None},
    "affinity": {
        "nodeAffinity": {
            REQUIRED: {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "zone", "operator": "In", "values": ["a", None]},
                            {"key": "gpu", "operator": "Exists", "values": None},
                        ],
                        "matchFields": [
                            {"key": "metadata.name", "operator": "In", "values": ["gpu-1"]}
                        ],
                    },
                    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["x"]}]},
                ]
            },
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}],
        }
    },
    "tolerations": [
        {"operator": "Exists"},
        None,
        {"key": "k", "value": "v", "effect": "NoExecute"},
    ],
    "imagePullSecrets": [{"name": "regcred"}, {"name": None}, None],
    "serviceAccountName": "trainer",
    "runtimeClassName": "nvidia",
    "schedulerName": "runai-scheduler",
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "restartPolicy": "Never",
    "securityContext": {"runAsUser": 1000},
    "resourceClaims": [
        {"name": "a", "resourceClaimName": "shared"},
        {"name": "b", "resourceClaimTemplateName": "each"},
    ],
    "initContainers": [{"name": "fetch", "image": "busybox", "securityContext": {"runAsUser": 0}}],
    "containers": [
        {
            "name": "main",
            "image": "team/train:1",
            "imagePullPolicy": "Never",
            "env": [{"name": "TOKEN", "value": "hunter2"}, {"name": None}, None],
            "resources": {
                "requests": {"cpu": "500m", "memory": "1Gi"},
                "limits": {"nvidia.com/gpu": 2},
                "claims": [{"name": "a"}],
            },
            "volumeMounts": [
                {"name": "data", "mountPath": "/data", "readOnly": True, "subPath": "x"},
                {"name": "kube-api-access-abcde", "mountPath": "/var/run/secrets"},
            ],
            "securityContext": {"privileged": True},
            "command": ["--token=hunter2"],
        }
    ],
    "volumes": [
        {"name": "data", "hostPath": {"path": "/raid", "type": "Directory"}},
        {"name": "kube-api-access-abcde", "projected": {"sources": []}},
    ],
}
ZONE = NodeSelectorRequirement(key="zone", operator="In", values=("a",))
GPU = NodeSelectorRequirement(key="gpu", operator="Exists")
LOGIN = {"containers": [{"name": "a", "image": "ann:hunter2@reg.example.com/x:1"}]}
OWN = NodeSelectorRequirement(key="metadata.name", operator="In", values=("gpu-1",), field=True)
OTHER = NodeSelectorRequirement(key="metadata.name", operator="In", values=("x",), field=True)


def template(spec: Any, *, authored: bool = True, daemon: bool = False) -> PodTemplate:
    return pod_template(msgspec.convert(spec, PodSpecWire), authored=authored, daemon=daemon)


def test_a_template_with_everything_and_no_values_of_variables() -> None:
    assert template(FULL) == PodTemplate(
        containers=(
            PodContainer(name="fetch", image="busybox", init=True, run_as_user=0),
            PodContainer(
                name="main",
                image="team/train:1",
                pull_policy="Never",
                requests={"cpu": 500, "memory": 2**30},
                limits={"nvidia.com/gpu": 2},
                variables=("TOKEN",),
                mounts=(VolumeMount(volume="data", path="/data", read_only=True, sub_path="x"),),
                privileged=True,
                run_as_user=1000,
                claims=("a",),
            ),
        ),
        volumes=(PodVolume(name="data", kind="hostPath", source="/raid", type="Directory"),),
        node_name="gpu-1",
        node_selector={"gpu": "h100", "empty": ""},
        node_affinity=((ZONE, GPU, OWN), (OTHER,)),
        tolerations=(
            Toleration(operator="Exists"),
            Toleration(key="k", value="v", effect="NoExecute"),
        ),
        pull_secrets=("regcred",),
        service_account="trainer",
        runtime_class="nvidia",
        scheduler="runai-scheduler",
        host_network=True,
        host_pid=True,
        host_ipc=True,
        restart_policy="Never",
        resource_claims=("shared", "each"),
        claim_templates=("each",),
    )


def test_a_login_in_an_image_name_is_not_kept() -> None:
    (container,) = template(LOGIN).containers
    assert container.image == "[redacted]@reg.example.com/x:1"


def test_what_scheduler_and_controllers_wrote_is_not_the_authors() -> None:
    assert template(FULL, authored=False).node_name == ""
    assert template(FULL, authored=False).node_affinity == ((ZONE, GPU, OWN), (OTHER,))
    assert template(FULL, authored=False, daemon=True).node_affinity == ((ZONE, GPU),)


@pytest.mark.parametrize("terms", [None, [], [None], [{}], [{"matchExpressions": []}]])
def test_an_affinity_of_empty_terms_matches_no_node(terms: Any) -> None:
    spec = {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}}
    impossible = NodeSelectorRequirement(key="", operator="In")
    assert template(spec) == PodTemplate(node_affinity=((impossible,),))


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"containers": None, "volumes": None, "affinity": None, "tolerations": None},
        {"affinity": {"nodeAffinity": None}},
        {"affinity": {"nodeAffinity": {REQUIRED: None}}},
        {"containers": [None], "volumes": [None], "imagePullSecrets": [None]},
    ],
)
def test_nulls_leave_an_empty_template(spec: Any) -> None:
    assert template(spec) == PodTemplate()


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (
            {"persistentVolumeClaim": {"claimName": "c", "readOnly": True}},
            PodVolume(name="v", kind="persistentVolumeClaim", source="c", read_only=True),
        ),
        (
            {"nfs": {"server": "filer", "path": "/x"}},
            PodVolume(name="v", kind="nfs", source="filer:/x"),
        ),
        (
            {"csi": {"driver": "d", "volumeAttributes": {"password": "p"}}},
            PodVolume(name="v", kind="csi", source="d"),
        ),
        (
            {"csi": {"driver": "d", "volumeAttributes": {"bucketName": "sets"}}},
            PodVolume(name="v", kind="csi", source="d", type="d:sets"),
        ),
        (
            {"csi": {"driver": "d", "volumeAttributes": {"source": "//nas/sets"}}},
            PodVolume(name="v", kind="csi", source="d", type="//nas/sets"),
        ),
        (
            {"emptyDir": {"medium": "Memory", "sizeLimit": "8Gi"}},
            PodVolume(name="v", kind="emptyDir", type="Memory", size=8 * 2**30),
        ),
        ({"emptyDir": {"sizeLimit": "lots"}}, PodVolume(name="v", kind="emptyDir")),
        (
            {
                "ephemeral": {
                    "volumeClaimTemplate": {
                        "spec": {
                            "storageClassName": "fast",
                            "resources": {"requests": {"storage": "1Gi"}},
                        }
                    }
                }
            },
            PodVolume(
                name="v",
                kind="ephemeral",
                claim=Claim(namespace="", name="", storage_class="fast", requested=2**30),
            ),
        ),
        (
            {"ephemeral": {"volumeClaimTemplate": None}},
            PodVolume(name="v", kind="ephemeral", claim=Claim(namespace="", name="")),
        ),
        ({"secret": {"secretName": "s"}}, PodVolume(name="v", kind="secret")),
        ({"invented": {"path": "/x"}}, PodVolume(name="v", kind="invented")),
        ({"hostPath": None}, PodVolume(name="v", kind="emptyDir")),
        ({"hostPath": {"path": 7}}, PodVolume(name="v", kind="hostPath")),
    ],
)
def test_where_each_kind_of_volume_is(volume: Any, expected: PodVolume) -> None:
    assert pod_volumes([{"name": "v", **volume}]) == (expected,)
