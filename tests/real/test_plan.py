"""The plan's scripts, run word for word: real engines, a real registry, a real cluster."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from docker.types import Mount

from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.podman_service import PodmanService
from tests.real.plan_scene import (
    REGISTRY,
    advisor,
    build_on,
    configuration_of,
    gpu_nodes,
    run_script,
    stored,
    uploads,
)

ASSUME = "--assume=gpu-nodes=2,gpus-per-node=4"


@pytest.fixture
def images(docker_daemon: DockerDaemon, second_docker_daemon: DockerDaemon) -> dict[str, str]:
    """Ids by what they are: three on the first host that build on each other, two on the second,
    of which one has the name of another image of the first."""
    first, second = docker_daemon, second_docker_daemon
    build_on(first, "lab/base:1", "scratch", {"base": b"base" * 5000})
    build_on(first, "lab/train:1", "lab/base:1", {"train": b"train" * 5000})
    build_on(first, "lab/eval:1", "lab/base:1", {"eval": b"eval" * 5000})
    build_on(second, "lab/train:1", "scratch", {"other": b"other" * 5000})
    build_on(second, "localhost:5000/Lab/only:1".lower(), "scratch", {"only": b"only" * 5000})
    return {
        "base": first.image_id("lab/base:1"),
        "train": first.image_id("lab/train:1"),
        "eval": first.image_id("lab/eval:1"),
        "other": second.image_id("lab/train:1"),
        "only": second.image_id("localhost:5000/lab/only:1"),
    }


def snapshot(folder: Path, *daemons: DockerDaemon, name: str) -> str:
    hosts = [f"--docker-host={daemon.host}" for daemon in daemons]
    advisor("snapshot", "--no-cluster", *hosts, "-o", name, cwd=folder)
    return name


def plan_of(folder: Path, name: str, *more: str) -> dict[str, Any]:
    text = advisor("plan", name, ASSUME, f"--registry={REGISTRY}", "--format=json", cwd=folder)
    plan: dict[str, Any] = json.loads(text)
    return plan


def targets(plan: dict[str, Any], images: dict[str, str]) -> dict[str, str]:
    by_content = {one["content"]: one["target"] for one in plan["images"]}
    return {name: by_content[identity] for name, identity in images.items()}


def written(folder: Path, name: str) -> list[Path]:
    advisor("plan", name, ASSUME, f"--registry={REGISTRY}", "-o", "plan", "--quiet", cwd=folder)
    return sorted((folder / "plan").glob("10-images-*.sh"))


def test_every_image_gets_into_the_registry_as_it_is(
    docker_daemon: DockerDaemon,
    second_docker_daemon: DockerDaemon,
    docker_registry: DockerRegistry,
    images: dict[str, str],
    tmp_path: Path,
) -> None:
    before = len(uploads(docker_registry))
    daemons = (docker_daemon, second_docker_daemon)
    snapshot(tmp_path, *daemons, name="old.json")
    status = ("plan", "old.json", ASSUME, f"--registry={REGISTRY}")
    live = (*status, "--status", "--no-cluster", f"--plain-http={REMOTE_REGISTRY}")
    no_hosts = (*live, "--no-docker")
    hosts = (*live, *(f"--docker-host={daemon.host}" for daemon in daemons))
    for command in (no_hosts, hosts):
        said = advisor(*command, cwd=tmp_path, code=1, registry=docker_registry)
        assert said.startswith("0 of 6 done, 1 not known\n"), said
    names = targets(plan_of(tmp_path, "old.json"), images)
    scripts = written(tmp_path, "old.json")
    dry = [run_script(one, "--insecure", registry=docker_registry) for one in scripts]
    nothing = stored(docker_registry)

    applied = [
        run_script(one, "--insecure", "--apply", registry=docker_registry) for one in scripts
    ]
    kept = stored(docker_registry)
    again = [run_script(one, "--insecure", "--apply", registry=docker_registry) for one in scripts]

    assert [code for code, _ in dry] == [0, 0], dry
    assert nothing == {}
    assert [code for code, _ in applied] == [0, 0], applied
    assert {name: configuration_of(docker_registry, names[name]) for name in names} == images
    assert names["train"] != names["other"]
    assert set(Counter(uploads(docker_registry)[before:]).values()) == {1}
    assert [code for code, _ in again] == [0, 0]
    assert stored(docker_registry) == kept
    assert {line.split()[0] for _, lines in again for line in lines[1:-1]} == {"there"}

    snapshot(tmp_path, *daemons, name="new.json")
    report = json.loads(
        advisor("report", "new.json", ASSUME, "--format=json", "--exit-zero", cwd=tmp_path)
    )
    outcomes = {one["subject"]["label"]: one["outcome"] for one in report["images"]}
    assert {outcomes[target] for target in names.values()} == {"ok"}
    for command in (no_hosts, hosts):
        said = advisor(*command, cwd=tmp_path, registry=docker_registry)
        assert said.startswith("6 of 6 done\n"), said
    offline = advisor(*status, "--status-from=new.json", cwd=tmp_path, code=3)
    assert offline.startswith("5 of 6 done, 1 not known\n"), offline
    assert [one for one in plan_of(tmp_path, "new.json")["images"] if one.get("order")] == []


def test_a_name_that_the_registry_has_with_other_content_stops_that_image_only(
    docker_daemon: DockerDaemon,
    second_docker_daemon: DockerDaemon,
    docker_registry: DockerRegistry,
    images: dict[str, str],
    tmp_path: Path,
) -> None:
    snapshot(tmp_path, docker_daemon, second_docker_daemon, name="old.json")
    names = targets(plan_of(tmp_path, "old.json"), images)
    foreign = build_on(second_docker_daemon, names["eval"], "scratch", {"foreign": b"x"})
    second_docker_daemon.push_image(names["eval"])

    ended = [
        run_script(one, "--insecure", "--apply", registry=docker_registry)
        for one in written(tmp_path, "old.json")
    ]

    assert sorted(code for code, _ in ended) == [0, 1]
    said = [line for _, lines in ended for line in lines if line.startswith("PROBLEM")]
    left = f"PROBLEM  {names['eval']} is in the registry with other content: left as it is"
    assert said == [left]
    found = {name: configuration_of(docker_registry, target) for name, target in names.items()}
    assert found == {**images, "eval": foreign}


@pytest.fixture
def cluster(kube_api_server: KubeApiServer) -> KubeApiServer:
    """Two GPU nodes, a class that many nodes can mount, a namespace."""
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "filer"},
        "provisioner": "nfs.csi.k8s.io",
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    kube_api_server.client.add(*gpu_nodes(("gpu-1", "gpu-2")), storage, namespace)
    return kube_api_server


ATTACK = 'it\'s; $(touch PWNED) `touch PWNED`\n--force ../"x"'


def test_the_cluster_takes_what_is_written(
    cluster: KubeApiServer, docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    build_on(docker_daemon, "lab/train:1", "scratch", {"train": b"train"})
    docker_daemon.client.volumes.create("models")
    docker_daemon.client.volumes.create(
        "shared", driver_opts={"type": "nfs", "o": "addr=filer.example,ro", "device": ":/export"}
    )
    docker_daemon.create_container(
        "lab/train:1",
        name="train",
        command=["python", "-c", ATTACK],
        labels={"owner": ATTACK},
        mounts=[Mount("/models", "models"), Mount("/shared", "shared", read_only=True)],
        runtime="nvidia",
        environment={"NVIDIA_VISIBLE_DEVICES": "0"},
    )
    config = str(cluster.kubeconfig())
    targets_of = (f"--kubeconfig={config}", f"--docker-host={docker_daemon.host}")
    advisor("snapshot", *targets_of, "-o", "s.json", cwd=tmp_path)
    advisor("plan", "s.json", f"--registry={REGISTRY}", "-o", "plan", cwd=tmp_path)
    storage, start = (tmp_path / "plan" / name for name in ("20-storage.sh", "50-jobs.sh"))
    where = ("--namespace", "team")
    size = ("--size", "data-models=20Gi")

    unknown = run_script(storage, *where, KUBECONFIG=config)
    runs = [
        (
            run_script(storage, *where, *size, *more, KUBECONFIG=config),
            run_script(start, *where, *more, KUBECONFIG=config),
        )
        for more in ((), ("--apply",), ("--apply",))
    ]

    assert [line for line in unknown[1] if line.startswith("PROBLEM")] == [
        "PROBLEM  claim data-models: its size is not known, give --size data-models=AMOUNT"
        " (du -sb tells)"
    ]

    assert [[code for code, _ in run] for run in runs] == [[0, 0]] * 3, runs
    assert unknown[0] == 1
    words = [{line.split()[0] for _, lines in run for line in lines[1:-1]} for run in runs]
    assert words == [{"would"}, {"made"}, {"there"}]
    client = cluster.client
    claims = client.get("/api/v1/namespaces/team/persistentvolumeclaims")["items"]
    assert {one["metadata"]["name"] for one in claims} == {"data-models", "nfs-export"}
    jobs = client.get("/apis/batch/v1/namespaces/team/jobs")["items"]
    container = jobs[0]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"{REGISTRY}/lab/train:1"
    assert container["args"] == ["python", "-c", ATTACK]
    assert list(tmp_path.rglob("PWNED")) == []


def test_pull_secrets_are_made_where_they_are_not_there(
    cluster: KubeApiServer, docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    build_on(docker_daemon, "lab/train:1", "scratch", {"train": b"train"})
    snapshot(tmp_path, docker_daemon, name="s.json")
    written(tmp_path, "s.json")
    login = tmp_path / "login.json"
    login.write_text('{"auths": {"registry.example:5000": {"auth": "dTpw"}}}')
    script = tmp_path / "plan" / "40-pull-secrets.sh"
    config = str(cluster.kubeconfig())
    arguments = ("--login", str(login), "--namespace", "team", "--apply")

    first = run_script(script, *arguments, KUBECONFIG=config)
    second = run_script(script, *arguments, KUBECONFIG=config)

    assert [first[1][1], second[1][1]] == ["made      team", "there     team"]
    secrets = cluster.client.get("/api/v1/namespaces/team/secrets")["items"]
    assert [one["type"] for one in secrets] == ["kubernetes.io/dockerconfigjson"]
    assert "dTpw" not in "".join(
        path.read_text() for path in (tmp_path / "plan").rglob("*") if path.is_file()
    )


def test_shellcheck_has_nothing_to_say(
    docker_daemon: DockerDaemon, images: dict[str, str], tmp_path: Path
) -> None:
    import subprocess

    assert shutil.which("shellcheck")
    snapshot(tmp_path, docker_daemon, name="s.json")
    written(tmp_path, "s.json")
    scripts = [path.name for path in sorted((tmp_path / "plan").glob("*.sh"))]
    checked = subprocess.run(
        ["shellcheck", "--external-sources", *scripts],
        cwd=tmp_path / "plan",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_podman_pushes_too(
    podman_service: PodmanService, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    podman_service.build_image("lab/train:v1", ("LABEL a=b",))
    host = f"--docker-host={podman_service.host}"
    where = f"--registry={docker_registry.host}/research"
    advisor("snapshot", "--no-cluster", host, "-o", "s.json", cwd=tmp_path)
    advisor("plan", "s.json", ASSUME, where, "-o", "plan", "--quiet", cwd=tmp_path)
    (script,) = (tmp_path / "plan").glob("10-images-*.sh")

    runs = [run_script(script, "--insecure", "--apply") for _ in range(2)]

    target = f"{docker_registry.host}/research/lab/train:v1"
    assert [(code, lines[1]) for code, lines in runs] == [
        (0, f"pushed    {target}"),
        (0, f"there     {target}"),
    ]
