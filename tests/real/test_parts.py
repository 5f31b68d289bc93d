"""Each real part proves itself by something only the real thing does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient
from docker.tls import TLSConfig

from tests.real.parts import leftovers
from tests.real.parts.docker_api import put_files, shell_files
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry, PrivateDockerRegistry
from tests.real.parts.kube_api_server import OUTSIDER, READER, KubeApiServer
from tests.real.parts.kube_client import KubeRequestError
from tests.real.parts.part import Part
from tests.real.parts.podman_service import PodmanService
from tests.real.parts.ssh_server import SshServer

REPOSITORY = Path(__file__).parents[2]
DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "gpu-1"},
    "status": {
        "capacity": {"nvidia.com/gpu": "8", "memory": "1Ti"},
        "images": [{"names": ["team/train:1"], "sizeBytes": 5}],
    },
}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "train", "namespace": "team"},
    "spec": {"nodeName": "gpu-1", "containers": [{"name": "main", "image": "team/train:1"}]},
    "status": {"phase": "Running"},
}
READ_NODES = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "node-reader"},
    "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}],
}


def names(answer: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in answer["items"]]


def test_nodes_and_pods_keep_their_status(kube_api_server: KubeApiServer) -> None:
    kube_api_server.client.add(NODE, POD)
    node = kube_api_server.client.get("/api/v1/nodes/gpu-1")
    pod = kube_api_server.client.get("/api/v1/namespaces/team/pods/train")
    assert node["status"]["capacity"] == {"nvidia.com/gpu": "8", "memory": "1Ti"}
    assert node["status"]["images"] == [{"names": ["team/train:1"], "sizeBytes": 5}]
    assert (pod["spec"]["nodeName"], pod["status"]["phase"]) == ("gpu-1", "Running")


def test_wipe_leaves_a_new_cluster(kube_api_server: KubeApiServer) -> None:
    client = kube_api_server.client
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "team"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    client.add(NODE, POD, claim, READ_NODES)
    kube_api_server.wipe()
    claims = client.get("/api/v1/persistentvolumeclaims")
    assert names(client.get("/api/v1/nodes")) + names(claims) == []
    assert names(client.get("/api/v1/namespaces")) == [
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
    ]
    client.add(NODE, POD, claim)
    assert names(client.get("/api/v1/pods")) == ["train"]


def test_many_objects_at_once(kube_api_server: KubeApiServer) -> None:
    expected = [f"worker-{number:03}" for number in range(200)]
    pods = ({**POD, "metadata": {"name": name}} for name in expected)
    collection = "/api/v1/namespaces/default/pods"
    kube_api_server.client.bulk_create(collection, pods)
    kube_api_server.client.bulk_apply_status(
        {f"{collection}/{name}": {"phase": "Running"} for name in expected}
    )
    listed = kube_api_server.client.get(collection)
    assert names(listed) == expected
    assert {pod["status"]["phase"] for pod in listed["items"]} == {"Running"}


def test_users_may_do_what_they_were_granted(kube_api_server: KubeApiServer) -> None:
    kube_api_server.grant(READER, READ_NODES)
    kube_api_server.client.add(NODE)
    reader, outsider = kube_api_server.client_of(READER), kube_api_server.client_of(OUTSIDER)
    assert names(reader.get("/api/v1/nodes")) == ["gpu-1"]
    with pytest.raises(KubeRequestError, match='User "nobody-much" cannot list resource "nodes"'):
        outsider.get("/api/v1/nodes")
    reader.close()
    outsider.close()


def test_old_continue_tokens_answer_gone(kube_api_server: KubeApiServer) -> None:
    client = kube_api_server.client
    client.bulk_create(
        "/api/v1/nodes", ({**NODE, "metadata": {"name": name}} for name in ("a", "b"))
    )
    token = client.get("/api/v1/nodes?limit=1")["metadata"]["continue"]
    assert names(client.get(f"/api/v1/nodes?limit=1&continue={token}")) == ["b"]
    kube_api_server.expire_continue_tokens()
    with pytest.raises(KubeRequestError) as refused:
        client.get(f"/api/v1/nodes?limit=1&continue={token}")
    assert (refused.value.status, refused.value.body["reason"]) == (410, "Expired")


def test_images_by_import_and_by_build(docker_daemon: DockerDaemon) -> None:
    imported = docker_daemon.import_image("team/data:1", {"set/a": b"a"})
    built = docker_daemon.build_image("team/train:2", ["LABEL owner=ann", "ENV CUDA_VERSION=12"])
    unnamed = docker_daemon.build_image(None, ["LABEL owner=bob"])
    found = {
        image.id: (image.tags, image.labels, image.attrs["Config"].get("Env"))
        for image in docker_daemon.client.images.list()
    }
    assert found == {
        imported: (["team/data:1"], {}, None),
        built: (["team/train:2"], {"owner": "ann"}, [DEFAULT_PATH, "CUDA_VERSION=12"]),
        unnamed: ([], {"owner": "bob"}, [DEFAULT_PATH]),
    }


def test_a_push_gives_the_digest_of_a_registry_elsewhere(
    docker_daemon: DockerDaemon, docker_registry: DockerRegistry
) -> None:
    remote, local = f"{REMOTE_REGISTRY}/team/train:1", f"{docker_registry.host}/team/train:1"
    docker_daemon.build_image(remote)
    docker_daemon.client.images.get(remote).tag(local)
    digest = docker_daemon.push_image(remote)
    assert docker_daemon.push_image(local) == digest
    docker_daemon.wipe()
    pulled = docker_daemon.client.images.pull(remote)
    assert pulled.attrs["RepoDigests"] == [f"{REMOTE_REGISTRY}/team/train@{digest}"]


def test_a_created_container_has_a_writable_layer(docker_daemon: DockerDaemon) -> None:
    docker_daemon.import_image("team/data:1", {"set/a": b"a"})
    container = docker_daemon.create_container(
        "team/data:1", runtime="nvidia", volumes={"/dev/shm": {"bind": "/raid", "mode": "ro"}}
    )
    put_files(container, "/set", {"b": b"b"})
    assert sorted(container.diff(), key=lambda change: str(change["Path"])) == [
        {"Path": "/raid", "Kind": 1},
        {"Path": "/set", "Kind": 0},
        {"Path": "/set/b", "Kind": 1},
    ]
    assert (container.status, container.attrs["HostConfig"]["Runtime"]) == ("created", "nvidia")


def test_two_docker_daemons_know_nothing_of_each_other(
    docker_daemon: DockerDaemon, second_docker_daemon: DockerDaemon
) -> None:
    docker_daemon.import_image("team/first:1", {"a": b"a"})
    second_docker_daemon.import_image("team/second:1", {"a": b"a"})
    first = [image.tags for image in docker_daemon.client.images.list()]
    second = [image.tags for image in second_docker_daemon.client.images.list()]
    assert (first, second) == ([["team/first:1"]], [["team/second:1"]])


def test_docker_over_tls(docker_daemon: DockerDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    folder = docker_daemon.certificates
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    tls = TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)
    client = DockerClient(docker_daemon.tls_host, tls=tls)
    assert client.info()["ID"] == docker_daemon.client.info()["ID"]
    client.close()


def test_docker_over_ssh(docker_daemon: DockerDaemon) -> None:
    with SshServer({"DOCKER_HOST": docker_daemon.host}) as server:
        done = subprocess.run(
            ["docker", "-H", server.url, "info", "--format={{.ID}}"],
            env={**os.environ, **server.environment()},
            check=True,
            capture_output=True,
            text=True,
        )
    assert done.stdout.strip() == docker_daemon.client.info()["ID"]


def run_something(server: DockerDaemon | PodmanService) -> tuple[str, set[str]]:
    server.build_image("localhost/shell:1", files=shell_files())
    script = "echo 1 >/made; echo done; exec sleep 600"
    container = server.run_container("localhost/shell:1", script)
    deadline = time.monotonic() + 120
    while container.logs() != b"done\n":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    container.reload()
    return container.status, {str(change["Path"]) for change in container.diff()}


def test_a_container_runs_under_docker(docker_daemon: DockerDaemon) -> None:
    assert run_something(docker_daemon) == ("running", {"/made"})


def test_a_container_runs_under_podman(podman_service: PodmanService) -> None:
    assert run_something(podman_service) == ("running", {"/made", "/etc"})


def test_podman_gives_a_digest_to_an_image_that_was_only_built(
    podman_service: PodmanService,
) -> None:
    podman_service.build_image("team/train:1", ["LABEL owner=ann"])
    [image] = podman_service.client.images.list()
    digest = podman_service.run("image", "inspect", "--format={{.Digest}}", "team/train:1")
    assert (image.tags, image.attrs["RepoDigests"]) == (
        ["localhost/team/train:1"],
        [f"localhost/team/train@{digest}"],
    )


def test_a_private_registry_wants_its_password(
    docker_daemon: DockerDaemon, private_docker_registry: PrivateDockerRegistry
) -> None:
    registry = private_docker_registry
    reference = f"{registry.host}/team/train:1"
    docker_daemon.build_image(reference)
    with pytest.raises(AssertionError, match="no basic auth credentials"):
        docker_daemon.push_image(reference)
    login = {"username": registry.user, "password": registry.password}
    digest = docker_daemon.push_image(reference, login)
    command = ["skopeo", "inspect", "--format={{.Digest}}", f"docker://{reference}"]
    done = subprocess.run(
        [*command, f"--authfile={registry.docker_config() / 'config.json'}"],
        env={**os.environ, "SSL_CERT_FILE": str(registry.authority)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == digest


def test_rsync_over_ssh(ssh_server: SshServer, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "weights").write_text("1 2 3")
    shell = f"ssh -F {ssh_server.config_file}"
    source, target = f"{tmp_path / 'from'}/", f"127.0.0.1:{tmp_path / 'to'}/"
    subprocess.run(["rsync", "-a", "-e", shell, source, target], check=True, capture_output=True)
    assert ssh_server.run(f"cat {tmp_path}/to/weights; id -un") == f"1 2 3{ssh_server.user}\n"


@pytest.mark.parametrize(
    "part", [KubeApiServer, DockerDaemon, PodmanService, DockerRegistry, SshServer]
)
def test_nothing_is_left_behind(part: Callable[[], Part]) -> None:
    with part() as running:
        directory = running.directory
        assert leftovers.processes(directory) != ()
        if isinstance(running, DockerDaemon | PodmanService):
            run_something(running)
    assert traces(directory) == ((), (), False)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_process(sent: signal.Signals) -> None:
    script = (
        "import time\n"
        "from tests.real.parts.docker_daemon import DockerDaemon\n"
        "with DockerDaemon() as daemon:\n"
        "    print(daemon.directory, flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as run:
        assert run.stdout is not None
        directory = Path(run.stdout.readline().strip())
        run.send_signal(sent)
    deadline = time.monotonic() + 120
    while leftovers.processes(directory) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert leftovers.processes(directory) == ()
    if directory.exists():
        leftovers.clear(directory)


def traces(directory: Path) -> tuple[tuple[int, ...], tuple[str, ...], bool]:
    return leftovers.processes(directory), leftovers.mounts(directory), directory.exists()
