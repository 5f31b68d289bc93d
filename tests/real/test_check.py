"""check and translate by their commands: a real kube-apiserver, a container of a real dockerd."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.kube_api_server import READER, KubeApiServer
from tests.real.test_audit import ROLE, advisor, gpu_node

MACHINE = socket.gethostname()
LINE = "docker run --gpus 2 -v /raid/sets:/data:ro registry.example/lab/train:1"


def check(api: KubeApiServer, folder: Path, *arguments: str) -> dict[str, Any]:
    """The JSON report of a check against the cluster."""
    done = advisor(
        *("check", *arguments, "--format", "json"),
        *("--kubeconfig", str(api.kubeconfig(READER))),
        cwd=folder,
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def outcomes(job: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    return {
        job["subjects"][one["subject"]]["id"]: (one["outcome"], one.get("count", job.get("count")))
        for one in job["decisions"]
    }


def test_a_line_against_a_live_cluster(kube_api_server: KubeApiServer, tmp_path: Path) -> None:
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node("gpu-1"))
    (one,) = check(kube_api_server, tmp_path, LINE)["jobs"]
    kube_api_server.client.add(gpu_node("gpu-2"))
    (two,) = check(kube_api_server, tmp_path, LINE)["jobs"]
    (many,) = check(kube_api_server, tmp_path, LINE.replace("--gpus 2", "--gpus 8"))["jobs"]

    image, data = "image:registry.example/lab/train:1", "data:path:/raid/sets"
    assert [outcomes(job) for job in (one, two)] == [
        {image: ("ok", 1), data: ("stay", 1)},
        {image: ("ok", 2), data: ("move", 2)},
    ]
    assert (many["verdict"], outcomes(many)) == (
        "cannot run",
        {image: ("ok", 0), data: ("blocked", 0)},
    )


def test_the_claim_of_a_manifest_is_looked_up(
    kube_api_server: KubeApiServer, tmp_path: Path
) -> None:
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node("gpu-1"), gpu_node("gpu-2"))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "train", "namespace": "default"},
        "spec": {
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/lab/train:1",
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    "resources": {"limits": {"nvidia.com/gpu": "1"}},
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "nowhere"}}],
        },
    }
    (tmp_path / "pod.json").write_text(json.dumps(pod), encoding="utf-8")
    report = check(kube_api_server, tmp_path, "pod.json")
    (job,) = report["jobs"]
    assert job["verdict"] == "unknown"
    (data,) = (one for one in job["decisions"] if one["topic"] == "data")
    waiting = {"rule": data["rule"], "status": "unknown"}.items()
    (finding,) = (one for one in job["findings"] if waiting <= one.items())
    reasons = [report["gaps"][number]["reason"] for number in finding["missing"].values()]
    assert reasons == ["no such claim exists"]


def test_a_container_is_judged_with_its_host(
    kube_api_server: KubeApiServer, docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node(MACHINE), gpu_node("second"))
    (tmp_path / "data").mkdir()
    docker_daemon.import_image("lab/train:1", {"etc/os-release": b"ID=none\n"})
    docker_daemon.create_container(
        "lab/train:1",
        name="train",
        runtime="nvidia",
        environment={"NVIDIA_VISIBLE_DEVICES": "0", "WANDB_API_KEY": "c0ffee" * 8},
        volumes=[f"{tmp_path / 'data'}:/data"],
        privileged=True,
    )
    named = ("--container", "train", "--docker-host", docker_daemon.host)
    report = check(kube_api_server, tmp_path, *named)
    (job,) = report["jobs"]
    assert outcomes(job) == {
        "image:docker.io/lab/train:1": ("move", 2),
        f"data:path:{tmp_path / 'data'}": ("move", 2),
    }
    rules = {one["rule"] for one in job["findings"] if one["status"] == "finding"}
    assert {"JOB011", "JOB012", "JOB030", "JOB045"} <= rules
    assert "DAT018" not in rules
    assert "c0ffee" not in json.dumps(report)

    done = advisor("translate", *named, "--to", "kubernetes", cwd=tmp_path)
    assert done.stdout.startswith(b"apiVersion: "), done.stderr.decode()
    assert b"c0ffee" not in done.stdout + done.stderr


def test_a_container_that_is_not_there_is_named(
    docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    named = ("--container", "nobody", "--docker-host", docker_daemon.host)
    done = advisor("check", *named, "--assume", "gpu-nodes=1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode() == (
        f"advisor: {docker_daemon.host}: no container 'nobody'"
        " (docker ps --all shows the names of all there are)\n"
    )
