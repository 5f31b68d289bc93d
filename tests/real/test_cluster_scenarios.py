"""Small clusters on a real API server, and what an audit of each decides."""

from __future__ import annotations

import msgspec
import pytest

from advisor import api
from advisor.facts.snapshot import Snapshot
from advisor.probes.kubernetes.probe import probe_cluster
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.scenario_objects import (
    DEFAULT,
    EBS,
    GPU,
    GPU_TAINT,
    HOST,
    LONGHORN,
    A,
    B,
    Json,
    at,
    claim,
    job,
    node,
    of,
    storage_class,
    uses,
    volume,
)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """`nodes` is where each job can go, `outcomes` what is decided, by the subject's id."""

    objects: tuple[Json, ...]
    nodes: dict[str, list[str]] = {}
    outcomes: dict[str, str] = {}
    gpu_nodes: tuple[str, ...] | None = None


SHARED = ["ReadWriteMany"]
LOCAL = storage_class("local-path", "rancher.io/local-path")
DISKS = storage_class("disks", "kubernetes.io/no-provisioner")
SIDECAR = {
    "name": "proxy",
    "image": "registry.example.net/proxy:1",
    "restartPolicy": "Always",
    "resources": {"requests": {"cpu": "5"}},
}
SCENARIOS = {
    "a runtime class with a selector, a toleration and an overhead": Scenario(
        objects=(
            node("a"),
            node("b", labels={"kata": "yes"}, taints=[{"key": "kata", "effect": "NoSchedule"}]),
            {
                "apiVersion": "node.k8s.io/v1",
                "kind": "RuntimeClass",
                "metadata": {"name": "kata"},
                "handler": "kata",
                "scheduling": {
                    "nodeSelector": {"kata": "yes"},
                    "tolerations": [{"key": "kata", "operator": "Exists"}],
                },
                "overhead": {"podFixed": {"cpu": "4"}},
            },
            job("sandboxed", runtimeClassName="kata"),
            job("too-fat", main={"resources": {"requests": {"cpu": "5"}}}, runtimeClassName="kata"),
        ),
        nodes={"sandboxed": ["b"], "too-fat": []},
    ),
    "sidecars, and requests of the pod itself": Scenario(
        objects=(
            node("a"),
            job("beside", main={"resources": {"requests": {"cpu": "4"}}}, initContainers=[SIDECAR]),
            job("whole", resources={"requests": {"cpu": "10"}}),
        ),
        nodes={"beside": [], "whole": []},
    ),
    "a local disk that is free, and a raw one that is bound": Scenario(
        objects=(
            node("a"),
            node("b"),
            DISKS,
            claim("free", "disks"),
            claim("raw", "disks", phase="Bound", volumeMode="Block"),
            volume("v", "disks", {"local": {"path": "/a"}}, on="a"),
            volume(
                "pv-raw",
                "disks",
                {"local": {"path": "/b"}},
                on="b",
                volumeMode="Block",
                **of("raw"),
            ),
            job("fills", uses("free")),
            job(
                "reads",
                uses("raw"),
                main={
                    "volumeMounts": [],
                    "volumeDevices": [{"name": "v0", "devicePath": "/dev/x"}],
                },
            ),
        ),
        nodes={"fills": ["a"], "reads": ["b"]},
        outcomes={"data:claim:default/free": "stay", "data:claim:default/raw": "stay"},
    ),
    "claims that nobody has made or lost": Scenario(
        objects=(
            node("a"),
            node("b"),
            LOCAL,
            claim("lost", "local-path", phase="Lost"),
            claim("later", "local-path"),
            job("gone", uses("lost")),
            job("waits", uses("later")),
            {
                "apiVersion": "apps/v1",
                "kind": "StatefulSet",
                "metadata": {"name": "shards", "namespace": "default"},
                "spec": {
                    "serviceName": "shards",
                    "replicas": 2,
                    "selector": {"matchLabels": {"app": "shards"}},
                    "template": {
                        "metadata": {"labels": {"app": "shards"}},
                        "spec": {
                            "containers": [
                                {
                                    "name": "main",
                                    "image": "registry.example.net/index:1",
                                    "volumeMounts": [{"name": "index", "mountPath": "/index"}],
                                }
                            ]
                        },
                    },
                    "volumeClaimTemplates": [
                        {"metadata": {"name": "index"}, "spec": claim("x", "local-path")["spec"]}
                    ],
                },
            },
        ),
        nodes={"gone": []},
        outcomes={
            "data:claim:default/lost": "blocked",
            "data:claim:default/later": "move",
            "data:claim-template:default/index-shards": "move",
        },
    ),
    "volumes that a pod names itself": Scenario(
        objects=(
            node("a"),
            node("b"),
            job(
                "inline",
                {
                    "csi": {
                        "driver": "nfs.csi.k8s.io",
                        "volumeAttributes": {"server": "nas", "share": "/s"},
                    }
                },
                {"flexVolume": {"driver": "ceph.rook.io/rook"}},
            ),
        ),
        outcomes={
            "data:inline-csi:nas:/s": "ok",
            "data:flex-volume:default/v1 of inline": "unknown",
        },
    ),
    "parts of a card that DRA publishes, and a machine with Windows": Scenario(
        objects=(
            node("parts", 0),
            node("windows", 1, system="windows"),
            {
                "apiVersion": "resource.k8s.io/v1",
                "kind": "ResourceSlice",
                "metadata": {"name": "parts"},
                "spec": {
                    "driver": "gpu.nvidia.com",
                    "nodeName": "parts",
                    "pool": {"name": "parts", "generation": 1, "resourceSliceCount": 1},
                    "devices": [
                        {"name": f"mig-{number}", "attributes": {"type": {"string": "mig"}}}
                        for number in range(2)
                    ],
                },
            },
        ),
        gpu_nodes=("parts",),
    ),
    "digests, and what a pod that runs shows": Scenario(
        objects=(
            node("a", images=([f"localhost:5000/y@{A}", "localhost:5000/y:1"],)),
            node("b", images=([f"localhost:5000/y@{B}", "localhost:5000/y:1"],)),
            job("there", main={"image": f"localhost:5000/y:1@{B}"}, **at("b")),
            job("elsewhere", main={"image": f"localhost:5000/y:1@{A}"}, **at("b")),
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "hub", "namespace": "default"},
                "spec": {
                    "nodeName": "b",
                    "containers": [
                        {
                            "name": "main",
                            "image": "deepnet:3",
                            "resources": {"limits": {GPU: "1", "example.com/share": "1"}},
                        }
                    ],
                },
                "status": {
                    "phase": "Running",
                    "containerStatuses": [
                        {
                            "name": "main",
                            "ready": True,
                            "restartCount": 0,
                            "image": "deepnet:3",
                            "imageID": f"docker.io/library/deepnet@{A}",
                        }
                    ],
                },
            },
        ),
        nodes={"hub": ["b"]},
        outcomes={
            f"image:localhost:5000/y@{B}": "stay",
            f"image:localhost:5000/y@{A}": "move",
            "image:docker.io/library/deepnet:3": "ok",
        },
    ),
    "taints that pass, and the toleration that GKE adds": Scenario(
        objects=(
            node("a", labels={"cloud.google.com/gke-nodepool": "gpu"}, taints=[GPU_TAINT]),
            node("b", taints=[{"key": "node.cilium.io/agent-not-ready", "effect": "NoExecute"}]),
            node("c", taints=[{"key": "team", "effect": "NoSchedule"}]),
            job("asks"),
            job("plain", gpus=0),
        ),
        nodes={"asks": ["a", "b"], "plain": ["b"]},
    ),
    "a host name that is not the node's": Scenario(
        objects=(
            node("talos-1", labels={HOST: "gpu1.lab"}),
            node("talos-2", labels={HOST: "gpu2.lab"}),
            job("by-label", **at("gpu2.lab")),
            job("by-name", **at("talos-1")),
        ),
        nodes={"by-label": ["talos-2"], "by-name": []},
    ),
    "a node that attaches one volume": Scenario(
        objects=(
            node("a"),
            node("b"),
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "CSINode",
                "metadata": {"name": "a"},
                "spec": {
                    "drivers": [{"name": EBS, "nodeID": "a", "allocatable": {"count": 1}}],
                },
            },
            storage_class("gp3", EBS),
            claim("one", "gp3", phase="Bound"),
            volume("pv-one", "gp3", {"csi": {"driver": EBS, "volumeHandle": "v"}}, **of("one")),
            claim("two", "gp3"),
            job("both", uses("one"), uses("two")),
            job("single", uses("two")),
        ),
        nodes={"both": ["b"], "single": ["a", "b"]},
    ),
    "requests that a namespace gives to pods without any": Scenario(
        objects=(
            node("a"),
            node("b", capacity={"memory": "128Gi"}),
            {
                "apiVersion": "v1",
                "kind": "LimitRange",
                "metadata": {"name": "defaults", "namespace": "default"},
                "spec": {"limits": [{"type": "Container", "default": {"memory": "64Gi"}}]},
            },
            job("silent"),
            job("says", main={"resources": {"requests": {"memory": "1Gi"}}}),
            job("limited", main={"resources": {"limits": {"memory": "2Gi"}}}),
        ),
        nodes={"silent": ["b"], "says": ["a", "b"], "limited": ["a", "b"]},
    ),
    "a claim of no class, beside a default class": Scenario(
        objects=(
            node("a"),
            node("b"),
            {**LOCAL, "metadata": {"name": "local-path", "annotations": DEFAULT}},
            volume("nas", "", {"nfs": {"server": "nas", "path": "/sets"}}),
            volume("disk", "manual", {"hostPath": {"path": "/mnt/data"}}),
            claim("static", ""),
            claim("by-hand", "manual"),
            job("reads", uses("static")),
            job("writes", uses("by-hand")),
        ),
        nodes={"reads": ["a", "b"], "writes": ["a", "b"]},
        outcomes={"data:claim:default/static": "ok", "data:claim:default/by-hand": "move"},
    ),
    "a free disk that is not shared, and a claim that is": Scenario(
        objects=(
            node("a"),
            node("b"),
            DISKS,
            volume("nas", "disks", {"nfs": {"server": "nas", "path": "/"}}, accessModes=SHARED),
            volume("disk", "disks", {"local": {"path": "/d"}}, on="a"),
            claim("sets", "disks", accessModes=SHARED),
            job("reads", uses("sets")),
        ),
        nodes={"reads": ["a", "b"]},
        outcomes={"data:claim:default/sets": "ok"},
    ),
    "volumes that a driver keeps on a node": Scenario(
        objects=(
            node("a"),
            node("b"),
            storage_class("strict", LONGHORN, parameters={"dataLocality": "strict-local"}),
            storage_class("spread", LONGHORN, parameters={"dataLocality": "best-effort"}),
            claim("kept", "strict"),
            claim("anywhere", "spread"),
            job("both", uses("kept"), uses("anywhere")),
        ),
        outcomes={"data:claim:default/kept": "move", "data:claim:default/anywhere": "ok"},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_an_audit_decides(kube_api_server: KubeApiServer, name: str) -> None:
    scenario = SCENARIOS[name]
    kube_api_server.client.add(*scenario.objects)
    for one in scenario.objects:
        if one["kind"] == "Node":  # Admission gave it a taint.
            path = f"/api/v1/nodes/{one['metadata']['name']}"
            live = kube_api_server.client.get(path)
            kube_api_server.client.put(path, {**live, "spec": one["spec"]})
    read = probe_cluster(kubeconfig=str(kube_api_server.kubeconfig()))
    assert read.source.status == "ok", read.source
    found = api.audit(Snapshot(advisor="", taken="", cluster=read.cluster))
    decisions = [one for thing in (*found.images, *found.data) for one in thing.decisions]
    by_job = {one.use.rpartition("/")[2]: list(one.nodes) for one in decisions}
    outcomes = {thing.subject.id: thing.outcome for thing in (*found.images, *found.data)}
    assert {job: by_job[job] for job in scenario.nodes} == scenario.nodes
    assert {subject: outcomes[subject] for subject in scenario.outcomes} == scenario.outcomes
    if scenario.gpu_nodes is not None:
        assert {verdict.nodes for verdict in found.verdicts} == {scenario.gpu_nodes}
