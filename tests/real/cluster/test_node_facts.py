"""What the nodes of a real cluster say of themselves, and what it changes: /raid-like folders that
are a disk on one node and the network on the other."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.real.parts.cluster import GPU, Cluster
from tests.real.parts.docker_api import shell_files
from tests.real.parts.docker_daemon import REMOTE_REGISTRY
from tests.real.parts.kube_api_server import READER
from tests.real.parts.kube_node import KubeNode

IMAGE = f"{REMOTE_REGISTRY}/team/busybox:1"
DEPLOY = Path(__file__).parents[3] / "deploy"
CANARY = "hunter2canary"
NAMESPACE = "advisor-nodes"


def advisor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        cwd=cwd,
        capture_output=True,
        timeout=600,
        check=False,
        text=True,
    )


def on_node(node: KubeNode, *command: str) -> None:
    """Runs a command where the node's container runtime sees mounts."""
    process = (node.directory / "namespace").read_text().strip()
    subprocess.run(["nsenter", f"--mount=/proc/{process}/ns/mnt", "--", *command], check=True)


@pytest.fixture
def surveyed(cluster: Cluster, tmp_path: Path) -> Cluster:
    """The cluster with a disk on node-a and an sshfs on node-b at the same path, roles as shipped,
    and jobs that mount that path: one for any node, one for each."""
    raid = cluster.directory / "raid"
    raid.mkdir(exist_ok=True)
    raid.chmod(0o777)
    for node in cluster.nodes.values():
        on_node(node, "mount", "--make-rshared", "/")
    secret = f"https://ann:{CANARY}@files.lab/x"
    on_node(cluster.nodes["node-a"], "mount", "-t", "tmpfs", secret, str(cluster.shared_folder))
    network = str(cluster.network_folder.path)
    on_node(cluster.nodes["node-b"], "mount", "--bind", network, str(raid))
    cluster.docker_host.build_image(
        IMAGE, ['RUN ["/bin/sh", "-c", "busybox --install -s /bin"]'], shell_files()
    )
    cluster.docker_host.push_image(IMAGE)
    cluster.client.add(*(job(name, str(raid), pinned) for name, pinned in JOBS.items()))
    cluster.server.grant(READER, yaml.safe_load((DEPLOY / "clusterrole.yaml").read_text()))
    return cluster


JOBS = {"any": "", "on-a": "node-a", "on-b": "node-b"}


def job(name: str, path: str, node: str) -> dict[str, Any]:
    """A suspended Job, so that nothing runs and placement alone says where it could."""
    container = {
        "name": "main",
        "image": IMAGE,
        "resources": {"limits": {GPU: "1"}},
        "volumeMounts": [{"name": "raid", "mountPath": "/data"}],
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "raid", "hostPath": {"path": f"{path}/sets"}}],
        "tolerations": [{"operator": "Exists"}],
    }
    if node:
        pod["nodeSelector"] = {"kubernetes.io/hostname": node}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "team"},
        "spec": {"suspend": True, "template": {"spec": pod}},
    }


def decisions(report: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Outcome of the data of each job, and whether it was only presumed."""
    presumed = {"fact": "use.presumed", "value": "true"}
    return {
        one["use"]: (one["outcome"], presumed in one["evidence"])
        for thing in report["data"]
        for one in thing["decisions"]
        if one["subject"]["id"].endswith("/raid/sets")
    }


PRESUMED = {
    "Job team/any": ("move", True),
    "Job team/on-a": ("stay", True),
    "Job team/on-b": ("stay", True),
}
SEEN = {
    "Job team/any": ("unknown", False),
    "Job team/on-a": ("stay", False),
    "Job team/on-b": ("ok", False),
}


def audit(cluster: Cluster, folder: Path, *more: str) -> tuple[int, str, dict[str, Any]]:
    done = advisor(
        "audit",
        f"--kubeconfig={cluster.server.kubeconfig(READER)}",
        "--no-docker",
        "--format=json=report.json",
        "--exit-zero",
        *more,
        cwd=folder,
    )
    text = (folder / "report.json").read_text()
    assert CANARY not in done.stdout + done.stderr + text
    return done.returncode, done.stderr, json.loads(text)


def test_what_was_presumed_is_seen(surveyed: Cluster, tmp_path: Path) -> None:
    code, _, before = audit(surveyed, tmp_path)
    assert (code, decisions(before)) == (0, PRESUMED)
    code, said, _ = audit(surveyed, tmp_path, "--node-facts")
    assert code == 3
    assert "pods/log: no pod of the survey in namespace advisor-nodes" in said

    manifest = advisor("nodes", "manifest", f"--image={IMAGE}", cwd=tmp_path).stdout
    surveyed.client.add(*yaml.safe_load_all(manifest))
    running = f"/api/v1/namespaces/{NAMESPACE}/pods"

    def both_run() -> bool:
        phases = [one["status"]["phase"] for one in surveyed.client.get(running)["items"]]
        return phases == ["Running", "Running"]

    surveyed.wait("both pods", both_run)
    code, said, _ = audit(surveyed, tmp_path, "--node-facts")
    assert code == 3
    assert f'User "{READER}" cannot get resource "pods/log"' in said
    role = yaml.safe_load((DEPLOY / "node-facts-role.yaml").read_text())
    surveyed.client.add(role, binding(role))

    def told() -> bool:
        return audit(surveyed, tmp_path, "--node-facts")[0] == 0

    surveyed.wait("both lines", told)
    _, said, after = audit(surveyed, tmp_path, "--node-facts")
    assert decisions(after) == SEEN
    machines = snapshot(surveyed, tmp_path)
    assert [(one["node"], one["kernel"]) for one in machines] == [
        ("node-a", platform.release()),
        ("node-b", platform.release()),
    ]
    raid = str(surveyed.directory / "raid")
    types = {
        one["node"]: [mount["type"] for mount in one["mounts"] if mount["mount_point"] == raid]
        for one in machines
    }
    assert types == {"node-a": [], "node-b": ["fuse.sshfs"]}
    removal = advisor("nodes", "remove", cwd=tmp_path).stdout.split()
    assert removal == ["kubectl", "delete", "namespace", NAMESPACE]


def snapshot(cluster: Cluster, folder: Path) -> list[dict[str, Any]]:
    """What is kept of the machines."""
    done = advisor(
        "snapshot",
        f"--kubeconfig={cluster.server.kubeconfig(READER)}",
        "--no-docker",
        "--node-facts",
        "--output=snapshot.json",
        cwd=folder,
    )
    text = (folder / "snapshot.json").read_text()
    assert (done.returncode, CANARY in text) == (0, False)
    machines: list[dict[str, Any]] = json.loads(text)["machines"]
    return machines


def binding(role: dict[str, Any]) -> dict[str, Any]:
    meta = role["metadata"]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": meta["name"],
        },
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": READER}],
    }
