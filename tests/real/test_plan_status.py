"""`advisor plan --status` against the real thing: open before the scripts ran, all done after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from docker.types import Mount

from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry
from tests.real.parts.kube_api_server import KubeApiServer
from tests.real.parts.part import temporary_directory
from tests.real.plan_scene import REGISTRY, advisor, build_on, gpu_nodes, run_script

CLAIMS = "/api/v1/namespaces/team/persistentvolumeclaims"


class Site(NamedTuple):
    """A plan for two engines and a cluster, written out; `new` is where the data goes."""

    folder: Path
    new: Path
    config: str
    cluster: KubeApiServer
    registry: DockerRegistry
    hosts: tuple[str, ...]

    def status(self, code: int, *options: str) -> dict[str, str]:
        """The state of each step by its label."""
        text = advisor(
            *("plan", "s.json", f"--registry={REGISTRY}", "--status", "--format=json"),
            *(f"--plain-http={REMOTE_REGISTRY}", *options),
            cwd=self.folder,
            code=code,
            registry=self.registry,
        )
        return {one["label"]: one["state"] for one in json.loads(text)["steps"]}

    def targets(self) -> tuple[str, ...]:
        """Cluster and hosts as options."""
        return (f"--kubeconfig={self.config}", *self.hosts)

    def run(self, name: str, *options: str) -> None:
        """Run the scripts of that name with --apply."""
        for script in sorted((self.folder / "plan").glob(f"{name}*.sh")):
            ended = run_script(
                script,
                *options,
                registry=self.registry,
                KUBECONFIG=self.config,
                NO_PROXY="127.0.0.1",
            )
            assert ended[0] == 0, ended


@pytest.fixture
def site(
    kube_api_server: KubeApiServer,
    docker_daemon: DockerDaemon,
    second_docker_daemon: DockerDaemon,
    docker_registry: DockerRegistry,
    tmp_path: Path,
) -> Iterator[Site]:
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "filer"},
        "provisioner": "nfs.csi.k8s.io",
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    kube_api_server.client.add(*gpu_nodes(("gpu-1", "gpu-2")), storage, namespace)
    data = tmp_path / "sets"
    data.mkdir()
    (data / "one").write_text("one\n")
    build_on(docker_daemon, "lab/train:1", "scratch", {"train": b"train" * 500})
    build_on(second_docker_daemon, "lab/eval:1", "scratch", {"eval": b"eval" * 500})
    docker_daemon.create_container(
        "lab/train:1",
        name="train",
        mounts=[Mount("/data", str(data), type="bind")],
        runtime="nvidia",
        environment={"NVIDIA_VISIBLE_DEVICES": "0"},
    )
    hosts = tuple(f"--docker-host={one.host}" for one in (docker_daemon, second_docker_daemon))
    config = str(kube_api_server.kubeconfig())
    advisor("snapshot", f"--kubeconfig={config}", *hosts, "-o", "s.json", cwd=tmp_path)
    where = ("plan", "s.json", f"--registry={REGISTRY}")
    advisor(*where, "-o", "plan", "--quiet", cwd=tmp_path)
    with temporary_directory("copied") as new:
        yield Site(tmp_path, new / "data", config, kube_api_server, docker_registry, hosts)


def bind_claims(site: Site) -> None:
    """What the provisioner and the volume controller would do."""
    for claim in site.cluster.client.get(CLAIMS)["items"]:
        name = claim["metadata"]["name"]
        site.cluster.client.apply_status(f"{CLAIMS}/{name}", {"phase": "Bound"})


def test_what_the_scripts_did_is_ticked(site: Site) -> None:
    images = [f"{REGISTRY}/lab/train:1", f"{REGISTRY}/lab/eval:1"]
    data, job, secret = (
        next(label for label in site.status(1, *site.targets()) if text in label)
        for text in ("/sets", "train on", "pull-")
    )
    before = site.status(1, *site.targets())
    site.run("10-images", "--insecure", "--apply")
    pushed = site.status(1, *site.targets())
    site.run("20-storage", "--namespace", "team", "--size", "data-sets=1Gi", "--apply")
    site.run("30-data", "--to", str(site.new), "--final")
    site.run("50-jobs", "--namespace", "team", "--apply")
    unbound = site.status(1, *site.targets(), "--plan-folder=plan")
    bind_claims(site)
    unproven = site.status(3, *site.targets())
    done = site.status(0, *site.targets(), "--plan-folder=plan")

    assert before == {
        **dict.fromkeys(images, "open"),
        secret: "unknown",
        data: "open",
        job: "open",
    }
    assert pushed == {**before, **dict.fromkeys(images, "done"), secret: "done"}
    assert unbound == {**pushed, job: "done"}
    assert unproven == {**dict.fromkeys(done, "done"), data: "unknown"}
    assert set(done.values()) == {"done"}


def test_other_content_under_the_name_is_never_done(
    site: Site, second_docker_daemon: DockerDaemon
) -> None:
    target = f"{REGISTRY}/lab/train:1"
    build_on(second_docker_daemon, target, "scratch", {"foreign": b"x"})
    second_docker_daemon.push_image(target)
    assert site.status(1, "--no-cluster", "--no-docker")[target] == "open"


def test_what_does_not_answer_is_not_known(site: Site) -> None:
    site.run("10-images", "--insecure", "--apply")
    text = advisor(
        *("plan", "s.json", f"--registry={REGISTRY}", "--status", "--registry-timeout=2"),
        *("--no-cluster", "--docker-host=unix:///no/such/socket"),
        cwd=site.folder,
        code=3,
    )
    assert text.splitlines()[0] == "0 of 5 done, 5 not known"
