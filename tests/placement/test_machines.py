"""When a Docker host and a node are one machine."""

from __future__ import annotations

import pytest

from advisor.facts.cluster import Node
from advisor.facts.host import DockerHost
from advisor.placement.machines import nodes_of_hosts
from tests.placement.samples import host, node

CASES: dict[str, tuple[tuple[DockerHost, ...], tuple[Node, ...], dict[str, str]]] = {
    "same name": ((host("dgx-1"),), (node("dgx-1"),), {"dgx-1": "dgx-1"}),
    "case does not matter": ((host("DGX-1"),), (node("dgx-1"),), {"DGX-1": "dgx-1"}),
    "a host name with its domain": (
        (host("dgx-1.lab.example"),),
        (node("dgx-1"),),
        {"dgx-1.lab.example": "dgx-1"},
    ),
    "a node name with its domain": (
        (host("dgx-1"),),
        (node("dgx-1.lab.example"),),
        {"dgx-1": "dgx-1.lab.example"},
    ),
    "two nodes of one first label say nothing": (
        (host("gpu"),),
        (node("gpu.east.example"), node("gpu.west.example")),
        {},
    ),
    "an address": (
        (host("ws", addresses=("10.0.0.5",)),),
        (node("k8s-5", addresses=("10.0.0.5",)),),
        {"ws": "k8s-5"},
    ),
    "an address that two hosts have is a bridge's": (
        (host("w1", addresses=("172.17.0.1",)), host("w2", addresses=("172.17.0.1",))),
        (node("k8s-5", addresses=("172.17.0.1",)),),
        {},
    ),
    "addresses are not cut at their dots": ((host("10.0.0.5"),), (node("10.1.1.1"),), {}),
    "nothing agrees": ((host("ws-7"),), (node("dgx-1"),), {}),
}


@pytest.mark.parametrize(("hosts", "nodes", "found"), CASES.values(), ids=CASES)
def test_same_machine(
    hosts: tuple[DockerHost, ...], nodes: tuple[Node, ...], found: dict[str, str]
) -> None:
    assert nodes_of_hosts(hosts, nodes) == found


def test_one_host_and_one_assumed_node_are_one_machine() -> None:
    only = nodes_of_hosts((host("ws"),), (node("assumed-gpu-1"),), assumed_gpu_node="assumed-gpu-1")
    several = nodes_of_hosts(
        (host("ws"), host("ws-2")), (node("assumed-gpu-1"),), assumed_gpu_node="assumed-gpu-1"
    )
    assert (only, several) == ({"ws": "assumed-gpu-1"}, {})
