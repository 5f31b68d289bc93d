"""Nodes and Docker hosts as rules see them."""

from __future__ import annotations

from typing import Any

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog
from advisor.facts.cluster import Node, Taint
from advisor.facts.host import DockerHost
from advisor.facts.source import Refusal, Source
from advisor.facts.workload import Toleration
from advisor.findings.finding import Gap, Subject
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.placement.accelerators import Accelerator, NodeAccelerators, node_accelerators
from advisor.rulebook.loaded import View
from advisor.views.base import UNSET
from advisor.views.machine_views import host_view, node_views, usual_capacity

CATALOG = load_catalog("accelerators", AcceleratorCatalog)
GPU = "nvidia.com/gpu"
URL = "ssh://dgx-1"
TEAM = Taint(key="team", value="vision", effect="NoSchedule")


def node(name: str = "gpu-1", **changes: Any) -> Node:
    fields: dict[str, Any] = {
        "ready": True,
        "architecture": "amd64",
        "container_runtime": "containerd://2.1",
        "capacity": {GPU: 8},
        "allocatable": {GPU: 7},
        "labels": {
            "nvidia.com/gpu.product": "H100",
            "nvidia.com/gpu.count": "8",
            "nvidia.com/gpu.memory": "81559",
        },
        **changes,
    }
    return Node(name=name, **fields)


def job(**changes: Any) -> JobSpec:
    need = AcceleratorNeed(count=1, vendor="nvidia")
    return JobSpec(id="j", label="train", kind="Job", accelerators=(need,), **changes)


def facts(one: Node, *jobs: JobSpec, jobs_known: bool = True) -> dict[str, Any]:
    found = node_accelerators([one], (), (), CATALOG)
    (view,) = node_views([one], found, jobs=jobs, jobs_known=jobs_known)
    return view.facts


def test_a_gpu_node() -> None:
    one = node()
    assert facts(one) == {
        "name": "gpu-1",
        "ready": True,
        "unschedulable": False,
        "control_plane": False,
        "gpu_node": True,
        "dra_only": False,
        "architecture": "amd64",
        "hardware": ["nvidia"],
        "accelerators": [
            {
                "resource": GPU,
                "vendor": "nvidia",
                "kind": "whole",
                "sharing": "none",
                "profile": None,
                "capacity": 8,
                "allocatable": 7,
                "physical": 8,
                "replicas": 1,
                "product": "H100",
                "peers": None,
            }
        ],
        "unclassified": [],
        "monitoring": [],
        "zeroed": [],
        "taints": [],
        "untolerated": [],
        "feature_discovery": True,
        "driver": None,
        "sharing_labels": False,
        "labels": one.labels,
        "runtime": "containerd://2.1",
        "images_listed": 0,
        "surveyed": False,
        "unreached": [],
        "image_size": None,
        "image_available": None,
        "infiniband": [],
        "control_groups": None,
    }


def test_what_nobody_knows_is_absent() -> None:
    one = Node(name="n", capacity={"example.com/npu": 1}, allocatable={"example.com/npu": 1})
    absent = {"ready", "gpu_node", "architecture", "runtime"}
    assert facts(node()).keys() - facts(one).keys() == absent
    assert "kind" not in facts(node(labels={}))["accelerators"][0]


def test_taints_against_jobs() -> None:
    tainted = node(taints=(TEAM, Taint(key="node.kubernetes.io/not-ready", effect="NoExecute")))
    tolerant = job(tolerations=(Toleration(key="team", operator="Exists"),))
    results = [
        facts(tainted, job()).get("untolerated"),
        facts(tainted, job(), tolerant).get("untolerated"),
        facts(tainted, job(tolerates_gpu_taints=True)).get("untolerated"),
        facts(tainted, job(node_name="gpu-1")).get("untolerated"),
        facts(tainted).get("untolerated"),
        facts(tainted, job(), jobs_known=False).get("untolerated"),
    ]
    assert results == [["team=vision:NoSchedule"], [], [], [], None, None]


def advertised(name: str, amount: int, machine: str = "dgx") -> NodeAccelerators:
    one = Accelerator(resource=GPU, vendor="nvidia", capacity=amount, product="H100")
    return NodeAccelerators(node=name, accelerators=(one,), machine=machine)


def test_peers_are_nodes_of_the_same_product_and_machine() -> None:
    nodes = [advertised("a", 8), advertised("b", 8), advertised("c", 7), advertised("d", 4, "own")]
    assert usual_capacity({one.node: one for one in nodes}) == {(GPU, "H100", "dgx"): 8}


def test_of_two_different_peers_the_larger_is_taken_for_usual() -> None:
    nodes = [advertised("a", 7), advertised("b", 8)]
    assert usual_capacity({one.node: one for one in nodes}) == {(GPU, "H100", "dgx"): 8}


def test_a_refused_read_explains_what_is_missing() -> None:
    refusal = Refusal(
        resource="resource.k8s.io/resourceslices",
        verb="list",
        reason="403 Forbidden",
        facts=("cluster.resource_slices",),
    )
    source = Source(probe="kubernetes", target="lab", status="partial", refused=(refusal,))
    one = Node(name="cpu-1")
    found = node_accelerators([one], None, (), CATALOG)
    (view,) = node_views([one], found, jobs=(), sources=(source,))
    assert view.subject == Subject(scope="node", id="node:cpu-1", label="cpu-1")
    assert "gpu_node" not in view.facts
    assert next(gap for gap in view.gaps if gap.fact == "node.gpu_node") == Gap(
        fact="node.gpu_node",
        probe="kubernetes",
        reason="list of resourceslices failed: 403 Forbidden",
        settle="kubectl auth can-i list resourceslices.resource.k8s.io --all-namespaces",
    )


def test_an_annotation_suppresses_a_rule_for_its_node() -> None:
    one = Node(name="a", annotations={"advisor/ignore": "GPU002: in repair"})
    found = {"a": NodeAccelerators(node="a")}
    (view,) = node_views([one], found, jobs=())
    assert view.ignores == (("GPU002", "in repair"),)


def test_a_host() -> None:
    host = DockerHost(
        name="dgx-1",
        url=URL,
        version="28.0",
        image_store="classic",
        architecture="amd64",
        gpus=8,
        images=(),
        containers=(),
        mount_table_read=True,
    )
    assert host_view(host, node=None) == View(
        subject=Subject(scope="host", id="host:dgx-1", label="dgx-1"),
        facts={
            "name": "dgx-1",
            "engine": "docker",
            "version": "28.0",
            "image_store": "classic",
            "architecture": "amd64",
            "gpus": 8,
            "node": None,
            "containers": 0,
            "images": 0,
            "insecure_registries": [],
            "mount_table": True,
        },
    )


def test_what_nobody_knows_of_a_host_is_absent_and_explained() -> None:
    refusal = Refusal(
        resource="containers", verb="list", reason="timed out", facts=("hosts[dgx-1].containers",)
    )
    older = Refusal(resource="info", verb="get", reason="timed out", facts=("hosts.image_store",))
    sources = (
        Source(probe="docker", target=URL, name="dgx-1", status="partial", refused=(refusal,)),
        Source(probe="docker", target=URL, name="other", status="partial", refused=(older,)),
    )
    view = host_view(DockerHost(name="dgx-1", url=URL, images=()), node=UNSET, sources=sources)
    assert {"image_store", "gpus", "node", "containers"} & view.facts.keys() == set()
    assert view.gaps == (
        Gap(
            fact="host.gpus",
            probe="docker",
            reason="the engine does not say how many GPUs the machine has",
            settle="nvidia-smi -L",
        ),
        Gap(
            fact="host.containers",
            probe="docker",
            reason="list of containers failed: timed out",
            settle="advisor snapshot --no-cluster --docker-host ssh://dgx-1 -o host.json",
        ),
    )
