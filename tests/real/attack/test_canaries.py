"""Secrets planted on real servers, in every field that people fill: none comes out of any command,
into any format, temporary file or process list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docker.types import Healthcheck, LogConfig, Mount

from tests.attack.test_canaries import AUDIT_FORMATS, CHECK_FORMATS, FORMS, TARGETS, manifest
from tests.real.attack.watching import CANARY, Watched
from tests.real.kubernetes_objects import define
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.kube_api_server import OUTSIDER, READER, KubeApiServer
from tests.real.parts.podman_service import PodmanService
from tests.real.test_audit import gpu_node

pytestmark = pytest.mark.attack

ROLE = yaml.safe_load((Path(__file__).parents[3] / "deploy" / "clusterrole.yaml").read_text())
IMAGE = "lab/train:v1"


def noted(form: str) -> dict[str, Any]:
    """Labels, which take no more than a word, and annotations."""
    applied = json.dumps({"data": {"password": CANARY}, "spec": {"x": form}})
    return {
        "labels": {"token": CANARY},
        "annotations": {
            "note": form,
            "example.com/api-key": CANARY,
            "kubectl.kubernetes.io/last-applied-configuration": applied,
        },
    }


def planted(number: int, form: str) -> Iterator[dict[str, Any]]:
    """Objects of every kind that is read, with the form in the texts that the API takes."""
    name = f"t{number}"
    pod = manifest(form)["spec"]["template"]
    pod["metadata"]["labels"] = {"app": name, "token": CANARY}
    pod["spec"]["nodeSelector"] = {"token": CANARY}
    del pod["spec"]["hostAliases"]
    main = {"name": name, "namespace": "team", **noted(form)}
    node = gpu_node(f"gpu-{number}")
    node["metadata"]["annotations"] = noted(form)["annotations"]
    node["metadata"]["labels"]["token"] = CANARY
    node["status"]["images"] = [{"names": [f"https://u:{CANARY}@reg.example.com/x:1"]}]
    node["status"]["conditions"][0] |= {"message": form, "reason": "X"}
    yield node
    yield {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": f"n{number}", **noted(form)},
    }
    yield {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": main,
        "spec": {**pod["spec"], "nodeName": f"gpu-{number}"},
        "status": {"phase": "Failed", "message": form, "reason": "X"},
    }
    yield {"apiVersion": "batch/v1", "kind": "Job", "metadata": main, "spec": {"template": pod}}
    kept = {"metadata": pod["metadata"], "spec": {**pod["spec"], "restartPolicy": "Always"}}
    chosen = {"selector": {"matchLabels": {"app": name}}, "template": kept}
    for kind in ("Deployment", "DaemonSet", "StatefulSet"):
        yield {"apiVersion": "apps/v1", "kind": kind, "metadata": main, "spec": chosen}
    yield {
        "apiVersion": "kubeflow.org/v1",
        "kind": "PyTorchJob",
        "metadata": main,
        "spec": {"pytorchReplicaSpecs": {"Worker": {"replicas": 1, "template": pod}}},
    }
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, **noted(form)},
        "provisioner": "smb.csi.k8s.io",
        "parameters": {"source": form, "password": CANARY},
        "mountOptions": [f"password={CANARY}"],
    }
    claim = {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": name,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    yield {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": main, "spec": claim}
    sources: tuple[dict[str, Any], ...] = (
        {
            "csi": {
                "driver": "s",
                "volumeHandle": form,
                "volumeAttributes": {"key": form, "pw": CANARY},
            }
        },
        {"flexVolume": {"driver": "a/b", "options": {"password": CANARY, "o": form}}},
        {"nfs": {"server": "h", "path": f"/{form}"}},
    )
    for which, source in enumerate(sources):
        yield {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"{name}-{which}", **noted(form)},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany"],
                "mountOptions": [f"password={CANARY}"],
                **source,
            },
        }


def every_command(run: Watched, *target: str) -> None:
    """Each command that reads a target or what was read of it, in each format."""
    run.run("snapshot", *target, "-o", "s.json")
    for form in AUDIT_FORMATS:
        run.run("report", "s.json", "--format", form, "--verbose", "--exit-zero")
    run.run("audit", *target, "--format", "concise", "--exit-zero")
    run.run("audit", *target, "--verbose", "--format", "html=a.html", "--format", "sarif=a.sarif")
    run.run("merge", "s.json", "s.json", "-o", "m.json.gz")
    for form in ("terminal", "json", "markdown"):
        run.run("diff", "m.json.gz", "s.json", "--format", form)
        run.run("plan", "s.json", "--format", form, "--registry", "reg.example.com/moved")
    run.run("plan", "s.json", "-o", "plan", "--registry", "reg.example.com/moved")
    run.run("plan", "s.json", "--status", *target, "--registry", "reg.example.com/moved")


@pytest.fixture
def cluster(kube_api_server: KubeApiServer) -> KubeApiServer:
    """A cluster full of secrets, which the reader may read."""
    kube_api_server.grant(READER, ROLE)
    define(kube_api_server, "kubeflow.org", "v1", "PyTorchJob", "pytorchjobs")
    for number, form in enumerate(FORMS):
        kube_api_server.client.add(*planted(number, form))
    return kube_api_server


def test_a_cluster_full_of_secrets(cluster: KubeApiServer, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("docker run --gpus 1 reg.example.com/a/b:1\n")
    run = Watched(tmp_path)
    reader, outsider = (str(cluster.kubeconfig(user)) for user in (READER, OUTSIDER))
    every_command(run, "--no-docker", "--kubeconfig", reader)
    run.run("check", "run.sh", "--kubeconfig", reader)
    run.run("preflight", "--kubeconfig", reader)
    wrong = str(cluster.kubeconfig(READER, token=CANARY))
    run.given.update(tmp_path.rglob("kubeconfig*"))
    for refused in (outsider, wrong):
        run.run("audit", "--no-docker", "--kubeconfig", refused)
        run.run("preflight", "--kubeconfig", refused)
        run.run("check", "run.sh", "--kubeconfig", refused)
    assert run.leaks == []
    assert set(run.codes.values()) <= {0, 1, 3}
    read = json.loads((tmp_path / "s.json").read_text())["cluster"]
    assert (len(read["nodes"]), len(read["persistent_volumes"])) == (5, 15)
    assert len(json.loads((tmp_path / "s.json").read_text())["redactions"]) > 50


def inhabit(engine: DockerDaemon | PodmanService) -> None:
    """Containers, images and volumes with each form wherever a client may put a text."""
    engine.build_image(
        IMAGE,
        (
            f"ENV HF_TOKEN={CANARY} NOTE='--password {CANARY}'",
            f'LABEL token={CANARY} note="curl -uu:{CANARY} h"',
            f'CMD ["sh", "-c", "wandb login {CANARY}"]',
        ),
        {"motd": b"hello\n"},
    )
    options = {"type": "cifs", "device": "//filer/x", "o": f"username=u,password={CANARY}"}
    engine.client.volumes.create(
        "filer", driver="local", driver_opts=options, labels={"pw": CANARY}
    )
    for number, form in enumerate(FORMS):
        engine.create_container(
            IMAGE,
            name=f"c{number}",
            command=["sh", "-c", form],
            entrypoint=["/bin/x", form],
            environment={"API_TOKEN": CANARY, "NOTE": form},
            labels={"auth": f"u:{CANARY}", "note": form},
            healthcheck=Healthcheck(test=["CMD", "curl", "-H", f"Authorization: Bearer {CANARY}"]),
            working_dir=f"/w/{form}",
            log_config=LogConfig(type="json-file", config={"tag": f"token={CANARY}"}),
            mounts=[
                Mount("/data", "filer", type="volume"),
                Mount(f"/t?token={CANARY}", "/usr", type="bind", read_only=True),
            ],
        )


def test_a_docker_host_full_of_secrets(docker_daemon: DockerDaemon, tmp_path: Path) -> None:
    inhabit(docker_daemon)
    run = Watched(tmp_path)
    every_command(run, "--no-cluster", "--docker-host", docker_daemon.host)
    for number in range(len(FORMS)):
        container = ("--container", f"c{number}", "--docker-host", docker_daemon.host)
        for kind in TARGETS:
            more = ("--explain",) if number % 2 else ("--format", "json")
            run.run("translate", *container, "--to", kind, *more)
        for form in CHECK_FORMATS[number::3]:
            run.run("check", *container, "--no-cluster", "--format", form, "--verbose")
    assert_no_leak(run)


def test_a_podman_full_of_secrets(podman_service: PodmanService, tmp_path: Path) -> None:
    """Only what podman itself answers is tried: behind the snapshot all engines go one way."""
    inhabit(podman_service)
    run = Watched(tmp_path)
    run.run("snapshot", "--no-cluster", "--docker-host", podman_service.host, "-o", "s.json")
    run.run("report", "s.json", "--format", "json", "--verbose", "--exit-zero")
    for number in range(len(FORMS)):
        container = ("--container", f"c{number}", "--docker-host", podman_service.host)
        run.run("translate", *container, "--to", TARGETS[number % 3], "--explain")
    assert_no_leak(run)


def assert_no_leak(run: Watched) -> None:
    """No canary anywhere, no undocumented exit code, and every container was read."""
    assert run.leaks == []
    assert set(run.codes.values()) <= {0, 1, 3}
    host = json.loads((run.folder / "s.json").read_text())["hosts"][0]
    assert len(host["containers"]) == len(FORMS)
