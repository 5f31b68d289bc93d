"""From two Docker hosts to jobs on a cluster, by what advisor writes, word for word."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.real.parts.cluster import NODES, TAINTED, Cluster
from tests.real.parts.docker_api import shell_files
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.plan_scene import REGISTRY, advisor, run_script

COUNT = "echo counted $(cat /data/*.txt | wc -w) words, $(md5sum </data/blob | cut -c 1-32)"
SIGN = "echo $MODE $(echo $API_TOKEN | md5sum | cut -c 1-32)"
TOKEN = "tok-4f1d7c9ab2e0"
REPORT = "echo kept $(cat /results/kept) in $(pwd)"
CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "network"},
    "provisioner": "nfs.csi.k8s.io",
}


@pytest.fixture
def old_machines(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[DockerDaemon, ...]]:
    """Two Docker hosts: an image that only has a name and a folder, one by digest and a volume.
    The namespace of the jobs is there."""
    namespaces = cluster.client.get("/api/v1/namespaces")["items"]
    if "lab" not in {namespace["metadata"]["name"] for namespace in namespaces}:
        cluster.client.create("/api/v1/namespaces", {"metadata": {"name": "lab"}})
    first = cluster.docker_host
    first.wipe()
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.txt").write_text("some words\n")
    (data / "b c.txt").write_text("and more of them\n")
    (data / "blob").write_bytes(bytes(range(256)) * 4096)
    first.build_image("lab/count:latest", (), shell_files())
    bind = {str(data): {"bind": "/data", "mode": "ro"}}
    first.client.containers.run(
        "lab/count:latest", ["/bin/sh", "-c", COUNT], name="count", detach=True, volumes=bind
    ).wait()
    variables = tmp_path / "lab.env"
    variables.write_text(f"MODE=fast\nAPI_TOKEN={TOKEN}\n")
    command = ["docker", f"--host={first.host}", "run", "--name=sign", f"--env-file={variables}"]
    words = ["lab/count:latest", "/bin/sh", "-c", SIGN]
    subprocess.run([*command, *words], check=True, capture_output=True)
    with DockerDaemon(cluster.registry) as second:
        name = f"{REMOTE_REGISTRY}/lab/report:1"
        second.build_image(name, ("WORKDIR /work",), shell_files())
        digest = second.push_image(name)
        volume = {"results": {"bind": "/results", "mode": "rw"}}
        fill = ["/bin/sh", "-c", "echo 42 >/results/kept"]
        second.client.containers.run(name, fill, remove=True, volumes=volume, network_mode="none")
        second.client.containers.run(
            f"{REMOTE_REGISTRY}/lab/report@{digest}",
            ["/bin/sh", "-c", REPORT],
            name="report",
            detach=True,
            volumes=volume,
            network_mode="none",
        ).wait()
        yield first, second


@pytest.fixture
def storage(cluster: Cluster) -> Iterator[None]:
    """A class whose volumes every node can mount, and volumes of it: folders of the sshfs."""
    cluster.client.add(CLASS)
    for number in range(4):
        folder = cluster.network_folder.served / str(number)
        folder.mkdir(mode=0o777)
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"network-{number}"},
            "spec": {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteMany"],
                "storageClassName": "network",
                "hostPath": {"path": str(cluster.network_folder.path / str(number))},
            },
        }
        cluster.client.add(volume)
    yield
    cluster.client.delete("/apis/storage.k8s.io/v1/storageclasses/network")


def test_the_jobs_of_two_docker_hosts_run_on_each_node(
    cluster: Cluster, old_machines: tuple[DockerDaemon, ...], storage: None, tmp_path: Path
) -> None:
    first, second = old_machines
    registry, folder = cluster.registry, tmp_path / "plan"
    cluster.client.patch(f"/api/v1/nodes/{TAINTED}", {"spec": {"taints": None}})
    outputs = {
        name: host.client.containers.get(name).logs().decode()
        for host, name in zip((first, second, first), ("count", "report", "sign"), strict=True)
    }
    hosts = [f"--docker-host={host.host}" for host in old_machines]
    reading = (f"--kubeconfig={cluster.kubeconfig}", *hosts, "--measure-data")
    advisor("snapshot", *reading, "-o", "old.json", cwd=tmp_path)
    advisor("plan", "old.json", f"--registry={REGISTRY}", "-o", "plan", "--quiet", cwd=tmp_path)

    def run(pattern: str, *arguments: str) -> None:
        scripts = sorted(folder.glob(pattern))
        assert scripts, (pattern, sorted(path.name for path in folder.iterdir()))
        for script in scripts:
            kubeconfig = str(cluster.kubeconfig)
            code, said = run_script(script, *arguments, registry=registry, KUBECONFIG=kubeconfig)
            assert code == 0, (script.name, said)

    run("10-images-*.sh", "--insecure", "--apply")
    run("20-storage.sh", "--namespace", "lab", "--class", "network", "--apply")
    run("30-data-*.sh", "--namespace", "lab", "--apply")
    run("30-data-*.sh", "--namespace", "lab", "--final")
    run("45-variables-*.sh", "--namespace", "lab", "--apply")
    for node in NODES:
        cluster.client.delete("/apis/batch/v1/namespaces/lab/jobs")
        cluster.client.delete("/api/v1/namespaces/lab/pods")
        with only(cluster, node):
            run("50-jobs.sh", "--namespace", "lab", "--apply")
            assert finished(cluster, set(outputs)) == {
                name: (node, said) for name, said in outputs.items()
            }
    live = (*reading[:-1], f"--plain-http={REMOTE_REGISTRY}", f"--plan-folder={folder}")
    said = advisor(
        *("plan", "old.json", f"--registry={REGISTRY}", "--status", *live, "--format=json"),
        cwd=tmp_path,
        code=0,
        registry=registry,
    )
    assert {step["state"] for step in json.loads(said)["steps"]} == {"done"}
    assert not [path for path in folder.rglob("*") if path.is_file() and TOKEN in path.read_text()]
    new = advisor("audit", reading[0], "--exit-zero", "--format=json", cwd=tmp_path)
    used = [image for image in json.loads(new)["images"] if image.get("users")]
    assert [image["outcome"] for image in used] == ["ok"] * 2


@contextmanager
def only(cluster: Cluster, node: str) -> Iterator[None]:
    """The other nodes are cordoned meanwhile."""
    others = [f"/api/v1/nodes/{name}" for name in NODES if name != node]
    for path in others:
        cluster.client.patch(path, {"spec": {"unschedulable": True}})
    try:
        yield
    finally:
        for path in others:
            cluster.client.patch(path, {"spec": {"unschedulable": None}})


def finished(cluster: Cluster, names: set[str]) -> dict[str, tuple[str, str]]:
    """Where each of these jobs ran, and what it printed."""

    def ended() -> dict[str, Any]:
        pods = cluster.client.get("/api/v1/namespaces/lab/pods")["items"]
        done = {
            pod["metadata"]["labels"].get("job-name", ""): pod
            for pod in pods
            if pod["status"]["phase"] in ("Succeeded", "Failed")
        }
        return done if done.keys() >= names else {}

    cluster.wait(f"the end of {names} of {cluster.client.get('/api/v1/pods')['items']}", ended)
    return {
        name: (pod["spec"]["nodeName"], cluster.log(pod, "main")) for name, pod in ended().items()
    }


@pytest.fixture
def one_node(cluster: Cluster) -> Iterator[str]:
    """The cluster without its second node; the first is the machine of the Docker host."""
    path = f"/api/v1/nodes/{NODES[1]}"
    other = cluster.client.get(path)
    cluster.client.delete(path)
    named(cluster, platform.node())
    yield NODES[0]
    named(cluster, NODES[0])
    del other["metadata"]["resourceVersion"], other["metadata"]["uid"]
    cluster.client.add(other)


def named(cluster: Cluster, name: str) -> None:
    labels = {"metadata": {"labels": {"kubernetes.io/hostname": name}}}
    cluster.client.patch(f"/api/v1/nodes/{NODES[0]}", labels)


def test_on_one_node_images_and_data_stay(
    cluster: Cluster, old_machines: tuple[DockerDaemon, ...], one_node: str, tmp_path: Path
) -> None:
    host, _ = old_machines
    folder = tmp_path / "plan"
    outputs = {name: host.client.containers.get(name).logs().decode() for name in ("count", "sign")}
    reading = (f"--kubeconfig={cluster.kubeconfig}", f"--docker-host={host.host}")
    advisor("snapshot", *reading, "-o", "old.json", cwd=tmp_path)
    text = advisor("audit", "--snapshot=old.json", "--exit-zero", "--format=json", cwd=tmp_path)
    judged = json.loads(text)
    used = [one for one in (*judged["images"], *judged["data"]) if one.get("users")]
    assert [one["outcome"] for one in used] == ["stay", "stay"]
    lacking = [one["subject"]["id"] for one in judged["findings"] if one["rule"] == "IMG027"]
    assert lacking == ["image:docker.io/lab/count:latest"]
    advisor("plan", "old.json", f"--registry={REGISTRY}", "-o", "plan", "--quiet", cwd=tmp_path)
    variables = {"KUBECONFIG": str(cluster.kubeconfig)}
    for name, *arguments in (
        ("18-runtime-*.sh", "--socket", str(cluster.nodes[one_node].directory / "socket")),
        ("45-variables-*.sh", "--namespace", "lab"),
        ("50-jobs.sh", "--namespace", "lab"),
    ):
        (script,) = folder.glob(name)
        code, said = run_script(script, *arguments, "--apply", **variables)
        assert code == 0, (name, said)
    assert finished(cluster, set(outputs)) == {
        name: (one_node, said) for name, said in outputs.items()
    }
    cluster.wait("the node's report of its images", lambda: "lab/count:latest" in listed(cluster))
    status = ("plan", "old.json", "--status", *reading, f"--plan-folder={folder}", "--format=json")
    steps = json.loads(advisor(*status, cwd=tmp_path))["steps"]
    assert [(step["topic"], step["state"]) for step in steps] == [
        ("image", "done"),
        ("job", "done"),
        ("job", "done"),
    ]


def listed(cluster: Cluster) -> str:
    """The images that the first node reports."""
    return str(cluster.client.get(f"/api/v1/nodes/{NODES[0]}")["status"].get("images"))
