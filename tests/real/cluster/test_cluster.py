"""The whole cluster proves itself: pods run on both nodes, and nothing of it is left behind."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from advisor.probes.kubernetes.probe import probe_cluster
from tests.real.parts import control_groups, leftovers
from tests.real.parts.bridge import bridges
from tests.real.parts.cluster import GPU, NODES, PRIVATE_REGISTRY, TAINTED, Cluster
from tests.real.parts.docker_api import shell_files
from tests.real.parts.docker_daemon import REMOTE_REGISTRY
from tests.real.parts.kube_node import CONTROL_GROUP

START_SECONDS = 60
IMAGE = f"{REMOTE_REGISTRY}/team/shell:1"
PRIVATE_IMAGE = f"{PRIVATE_REGISTRY}/team/shell:1"


def pod(name: str, script: str, image: str = IMAGE, **spec: Any) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": image,
        "command": ["/bin/sh", "-c", script],
        "resources": {"limits": {GPU: "1"}},
        "volumeMounts": [{"name": "network", "mountPath": "/network"}] if "volumes" in spec else [],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "team"},
        "spec": {"restartPolicy": "Never", "containers": [container], **spec},
    }


def test_pods_run_on_both_nodes_with_network_storage(cluster: Cluster) -> None:
    cluster.docker_host.build_image(IMAGE, (), shell_files())
    cluster.docker_host.push_image(IMAGE)
    source = {"path": str(cluster.network_folder.path), "type": "Directory"}
    ran = [
        cluster.run(
            pod(
                f"on-{node}",
                "echo hello from $(busybox hostname) >>/network/told; grep /network /proc/mounts",
                nodeSelector={"kubernetes.io/hostname": node},
                tolerations=[{"key": GPU, "operator": "Exists"}],
                volumes=[{"name": "network", "hostPath": source}],
            )
        )
        for node in NODES
    ]
    assert [one["status"]["phase"] for one in ran] == ["Succeeded", "Succeeded"]
    assert [one["spec"]["nodeName"] for one in ran] == list(NODES)
    for one in ran:
        assert " /network fuse.sshfs rw" in cluster.log(one, "main")
    told = (cluster.network_folder.served / "told").read_text()
    assert told == "hello from on-node-a\nhello from on-node-b\n"


def test_the_reports_of_real_kubelets_show_their_clocks(cluster: Cluster) -> None:
    """The nodes are this machine, and so is the API server: their clocks are one."""
    found = probe_cluster(kubeconfig=str(cluster.kubeconfig)).cluster
    assert found is not None
    offsets = {node.name: node.clock_offset for node in found.nodes or ()}
    assert set(offsets) == set(NODES)
    assert all(offset is not None and abs(offset) <= 30 for offset in offsets.values()), offsets


def test_a_taint_keeps_pods_away_and_a_login_is_asked_for(cluster: Cluster) -> None:
    private = cluster.private_registry
    cluster.docker_host.build_image(f"{private.host}/team/shell:1", (), shell_files())
    login = {"username": private.user, "password": private.password}
    cluster.docker_host.push_image(f"{private.host}/team/shell:1", login)
    auth = base64.b64encode(f"{private.user}:{private.password}".encode()).decode()
    config = json.dumps({"auths": {PRIVATE_REGISTRY: {"auth": auth}}}).encode()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "registry", "namespace": "team"},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(config).decode()},
    }
    cluster.client.add(secret)
    refused = {**pod("x", "echo in", PRIVATE_IMAGE), "metadata": {"name": "x", "namespace": "no"}}
    cluster.client.add(refused)
    path = "/api/v1/namespaces/no/pods/x"
    cluster.wait("a refused pull", lambda: waiting(cluster.client.get(path)))
    with_login = pod("login", "echo in", PRIVATE_IMAGE, imagePullSecrets=[{"name": "registry"}])
    ran = cluster.run(with_login)
    assert (ran["spec"]["nodeName"], cluster.log(ran, "main")) == ("node-a", "in\n")
    pinned = pod("pinned", "echo in", nodeSelector={"kubernetes.io/hostname": TAINTED})
    cluster.client.add(pinned)
    path = "/api/v1/namespaces/team/pods/pinned"
    cluster.wait("a refusal", lambda: cluster.client.get(path)["status"].get("conditions"))
    message = cluster.client.get(path)["status"]["conditions"][0]["message"]
    assert "1 node(s) had untolerated taint(s)" in message


def waiting(running: dict[str, Any]) -> bool:
    states = running["status"].get("containerStatuses", ())
    reasons = [state["state"].get("waiting", {}).get("reason") for state in states]
    return bool({"ErrImagePull", "ImagePullBackOff"} & set(reasons))


@pytest.mark.alone
def test_it_starts_in_a_minute_and_leaves_nothing() -> None:
    groups, started = control_groups.left(CONTROL_GROUP), time.monotonic()
    links = bridges()
    with Cluster() as cluster:
        seconds = time.monotonic() - started
        cluster.docker_host.build_image(IMAGE, (), shell_files())
        cluster.docker_host.push_image(IMAGE)
        cluster.client.add(pod("stays", "sleep 1000"))
        path = "/api/v1/namespaces/team/pods/stays"
        cluster.wait("a pod", lambda: cluster.client.get(path)["status"]["phase"] == "Running")
        parts = [cluster.directory, *(node.directory for node in cluster.nodes.values())]
        parts += [cluster.docker_host.directory, cluster.network_folder.directory]
    assert [leftovers.processes(part) for part in parts] == [()] * len(parts)
    assert [leftovers.mounts(part) for part in parts] == [()] * len(parts)
    assert [part.exists() for part in parts] == [False] * len(parts)
    assert (control_groups.left(CONTROL_GROUP), bridges()) == (groups, links)
    assert seconds < START_SECONDS
