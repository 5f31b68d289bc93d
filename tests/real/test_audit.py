"""The whole audit by its command: a real kube-apiserver, a real dockerd, and what comes out."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.kube_api_server import ADMIN, OUTSIDER, READER, KubeApiServer

ROLE = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "clusterrole.yaml").read_text())
MACHINE = socket.gethostname()
NODE_INFO = {
    "machineID": "",
    "systemUUID": "",
    "bootID": "",
    "kernelVersion": "",
    "osImage": "",
    "containerRuntimeVersion": "",
    "kubeletVersion": "",
    "kubeProxyVersion": "",
}
AMOUNTS = {"cpu": "64", "memory": "256Gi", "pods": "110", "nvidia.com/gpu": "4"}


def gpu_node(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "nvidia.com/gpu.count": "4"},
        },
        "status": {
            "capacity": AMOUNTS,
            "allocatable": AMOUNTS,
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {**NODE_INFO, "operatingSystem": "linux", "architecture": "amd64"},
        },
    }


def advisor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        cwd=cwd,
        capture_output=True,
        timeout=600,
        check=False,
    )


def audit(
    api: KubeApiServer, host: str, folder: Path, *more: str, user: str = READER
) -> dict[str, Any]:
    """The JSON report of an audit that was complete, whatever it found; who may read nothing gets
    one that is not."""
    done = advisor(
        "audit",
        f"--kubeconfig={api.kubeconfig(user)}",
        f"--docker-host={host}",
        "--format=json=report.json",
        *more,
        cwd=folder,
    )
    expected = (3,) if user == OUTSIDER else (0, 1)
    assert done.returncode in expected, done.stderr.decode()
    report: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return report


def outcomes(report: dict[str, Any]) -> dict[str, tuple[str, str, int | None]]:
    return {
        thing["subject"]["id"]: (
            thing["outcome"],
            thing["rule"],
            thing["decisions"][0].get("count"),
        )
        for thing in (*report["images"], *report["data"])
    }


@pytest.fixture
def host(docker_daemon: DockerDaemon, tmp_path: Path) -> DockerDaemon:
    """One image only built here, one pushed to a registry, and a container of each, with data."""
    (tmp_path / "data").mkdir()
    docker_daemon.import_image("train:1", {"etc/os-release": b"ID=none\n"})
    docker_daemon.import_image(f"{REMOTE_REGISTRY}/lab/base:1", {"etc/base": b"base\n"})
    docker_daemon.push_image(f"{REMOTE_REGISTRY}/lab/base:1")
    for image, name in (("train:1", "train"), (f"{REMOTE_REGISTRY}/lab/base:1", "pushed")):
        docker_daemon.create_container(
            image,
            name=name,
            runtime="nvidia",
            environment={"NVIDIA_VISIBLE_DEVICES": "0"},
            volumes=[f"{tmp_path / 'data'}:/data"],
        )
    return docker_daemon


def test_a_second_gpu_node_flips_stay_to_move(
    kube_api_server: KubeApiServer, host: DockerDaemon, tmp_path: Path
) -> None:
    kube_api_server.grant(READER, ROLE)
    built, data = "image:docker.io/library/train:1", f"data:path:{tmp_path / 'data'}"
    pushed = f"image:{REMOTE_REGISTRY}/lab/base:1"

    kube_api_server.client.add(gpu_node(MACHINE))
    one = audit(kube_api_server, host.host, tmp_path)
    kube_api_server.client.add(gpu_node("second"))
    two = audit(kube_api_server, host.host, tmp_path)

    assert outcomes(one) == {
        built: ("stay", "IMG004", 1),
        pushed: ("ok", "IMG001", 1),
        data: ("stay", "DAT004", 1),
    }
    assert outcomes(two) == {
        built: ("move", "IMG006", 2),
        pushed: ("ok", "IMG001", 2),
        data: ("move", "DAT006", 2),
    }
    assert [
        [(verdict["outcome"], verdict["count"]) for verdict in report["verdicts"]]
        for report in (one, two)
    ] == [[("stay", 1)] * 2, [("move", 2)] * 2]


def test_the_shipped_role_is_enough(
    kube_api_server: KubeApiServer, host: DockerDaemon, tmp_path: Path
) -> None:
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node(MACHINE))
    report = audit(kube_api_server, host.host, tmp_path)
    assert {
        source["probe"]: (source["status"], source.get("refused", []))
        for source in report["sources"]
    } == {"kubernetes": ("ok", []), "docker": ("ok", [])}


FORMATS = ("html", "markdown", "json")


def written(folder: Path, suffix: str) -> Sequence[str]:
    return [f"--format={name}={folder / f'{suffix}.{name}'}" for name in FORMATS]


def test_a_saved_snapshot_gives_the_same_bytes(
    kube_api_server: KubeApiServer, host: DockerDaemon, tmp_path: Path
) -> None:
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node(MACHINE))
    targets = (f"--kubeconfig={kube_api_server.kubeconfig(READER)}", f"--docker-host={host.host}")

    collected = advisor("snapshot", *targets, "-o", "s.json.zst", cwd=tmp_path)
    again = advisor("report", "s.json.zst", *written(tmp_path, "again"), cwd=tmp_path)
    merged = advisor(
        "audit",
        "--no-cluster",
        "--no-docker",
        "--snapshot=s.json.zst",
        *written(tmp_path, "audit"),
        cwd=tmp_path,
    )

    assert [done.returncode for done in (collected, again, merged)] == [0, 1, 1]
    for name in FORMATS:
        reports = [(tmp_path / f"{run}.{name}").read_bytes() for run in ("again", "audit")]
        assert reports[0] == reports[1]
        assert b"stay" in reports[0]


def test_a_user_with_almost_no_rights_gets_unknown_and_never_a_pass(
    kube_api_server: KubeApiServer, host: DockerDaemon, tmp_path: Path
) -> None:
    kube_api_server.client.add(gpu_node(MACHINE))
    report = audit(kube_api_server, host.host, tmp_path, user=OUTSIDER)
    found = {name: outcome for name, (outcome, _, _) in outcomes(report).items()}
    assert found == {
        "image:docker.io/library/train:1": "unknown",
        f"image:{REMOTE_REGISTRY}/lab/base:1": "ok",
        f"data:path:{tmp_path / 'data'}": "unknown",
    }
    assert [verdict["outcome"] for verdict in report["verdicts"]] == ["unknown", "unknown"]


def test_nothing_is_written_to_the_cluster(
    kube_api_server: KubeApiServer, host: DockerDaemon, tmp_path: Path
) -> None:
    kube_api_server.client.add(gpu_node(MACHINE))
    paths = ("/api/v1/nodes", "/api/v1/pods", "/api/v1/namespaces")
    before = [kube_api_server.client.get(path)["items"] for path in paths]
    audit(kube_api_server, host.host, tmp_path, user=ADMIN)
    assert [kube_api_server.client.get(path)["items"] for path in paths] == before
