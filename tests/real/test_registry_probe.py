"""The registry probe against a real docker-registry, with images that a real dockerd pushed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import urllib3

from advisor.facts.snapshot import RegistryImage, Snapshot
from advisor.probes.docker.probe import probe_hosts
from advisor.probes.registry.options import RegistryOptions
from advisor.probes.registry.probe import probe_registries
from advisor.probes.registry.questions import Question, ask_for, questions_of
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry, PrivateDockerRegistry
from tests.real.parts.kube_api_server import READER, KubeApiServer
from tests.real.test_audit import MACHINE, ROLE, gpu_node, outcomes

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def ask(
    *questions: Question, environment: Mapping[str, str] | None = None, **options: Any
) -> dict[str, RegistryImage]:
    results = probe_registries(questions, RegistryOptions(**options), environment=environment or {})
    return {answer.reference: answer for result in results for answer in result.registries}


def push_index(registry: DockerRegistry, name: str, tag: str, platforms: Mapping[str, str]) -> str:
    """An index of manifests that are there, by architecture; returns its digest."""
    pool = urllib3.PoolManager()
    listed = []
    for architecture, reference in platforms.items():
        url = f"{registry.url}/v2/{name}/manifests/{reference}"
        found = pool.request("GET", url, headers={"Accept": MANIFEST})
        listed.append(
            {
                "mediaType": MANIFEST,
                "size": len(found.data),
                "digest": found.headers["Docker-Content-Digest"],
                "platform": {"architecture": architecture, "os": "linux"},
            }
        )
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode()
    url = f"{registry.url}/v2/{name}/manifests/{tag}"
    answer = pool.request("PUT", url, body=index, headers={"Content-Type": INDEX})
    assert answer.status == 201, answer.data
    return answer.headers["Docker-Content-Digest"]


def test_digest_and_architecture_are_what_the_daemon_pushed(
    docker_daemon: DockerDaemon, docker_registry: DockerRegistry
) -> None:
    name = f"{docker_registry.host}/lab/train"
    docker_daemon.build_image(f"{name}:1")
    docker_daemon.build_image(f"{name}:2", ("LABEL second=1",))
    digests = [docker_daemon.push_image(f"{name}:{tag}") for tag in (1, 2)]
    index = push_index(docker_registry, "lab/train", "both", {"amd64": "1", "arm64": "2"})
    architecture = str(docker_daemon.client.images.get(f"{name}:1").attrs["Architecture"])

    found = ask(
        *ask_for(f"{name}:{tag}" for tag in ("1", "both", "gone")),
        *ask_for([f"{name}@{digests[1]}", f"{docker_registry.host}/no/such:1"]),
        plain_http=(docker_registry.host,),
    )

    def verified(reference: str, digest: str, *architectures: str) -> RegistryImage:
        return RegistryImage(
            reference=reference,
            status="verified",
            digest=digest,
            architectures=architectures,
            anonymous=True,
        )

    assert found == {
        f"{name}:1": verified(f"{name}:1", digests[0], architecture),
        f"{name}:both": verified(f"{name}:both", index, "amd64", "arm64"),
        f"{name}@{digests[1]}": verified(f"{name}@{digests[1]}", digests[1], architecture),
        f"{name}:gone": RegistryImage(reference=f"{name}:gone", status="missing"),
        f"{docker_registry.host}/no/such:1": RegistryImage(
            reference=f"{docker_registry.host}/no/such:1", status="missing"
        ),
    }


def test_no_layer_is_read(docker_daemon: DockerDaemon, docker_registry: DockerRegistry) -> None:
    name = f"{docker_registry.host}/lab/train:1"
    docker_daemon.build_image(name)
    docker_daemon.push_image(name)
    log = docker_registry.directory / "log"
    before = log.stat().st_size
    assert ask(*ask_for([name]), plain_http=(docker_registry.host,))[name].status == "verified"
    config = docker_daemon.image_id(name)
    with log.open("rb") as file:
        file.seek(before)
        seen = file.read().decode()
    blobs = {word for word in seen.replace('"', " ").split() if "/blobs/" in word}
    assert {blob.rpartition("/")[2] for blob in blobs} == {config}
    assert not any(f"http.request.method={method}" in seen for method in ("PUT", "POST", "PATCH"))


@pytest.fixture
def private(
    docker_daemon: DockerDaemon, private_docker_registry: PrivateDockerRegistry
) -> PrivateDockerRegistry:
    """With one image, lab/train:1."""
    name = f"{private_docker_registry.host}/lab/train:1"
    docker_daemon.build_image(name)
    login = {
        "username": private_docker_registry.user,
        "password": private_docker_registry.password,
    }
    docker_daemon.push_image(name, login)
    return private_docker_registry


def test_a_private_registry(private: PrivateDockerRegistry, tmp_path: Path) -> None:
    names = [f"{private.host}/lab/train:{tag}" for tag in ("1", "gone")]
    questions = ask_for(names)
    trusted = {"authority": str(private.authority)}
    config = private.docker_config()
    wrong = tmp_path / "auth.json"
    wrong.write_text(
        json.dumps({"auths": {private.host: {"username": "puller", "password": "guess"}}})
    )
    helper = tmp_path / "docker-credential-lab"
    secret = json.dumps({"Username": private.user, "Secret": private.password})
    helper.write_text(f"#!/bin/sh\ncat <<'END'\n{secret}\nEND\n")
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "lab"}')

    def states(environment: Mapping[str, str], **options: Any) -> list[tuple[str, Any, str]]:
        found = ask(*questions, environment=environment, **options)
        return [(one.status, one.anonymous, one.reason) for one in map(found.__getitem__, names)]

    inside = [("verified", False, ""), ("missing", None, "")]
    assert states({"DOCKER_CONFIG": str(config)}, **trusted) == inside
    assert states({"REGISTRY_AUTH_FILE": str(config / "config.json")}, **trusted) == inside
    assert (
        states({"DOCKER_CONFIG": str(tmp_path), "PATH": f"{tmp_path}:/bin:/usr/bin"}, **trusted)
        == inside
    )
    none = "it wants a login and none is stored for it here (401)"
    assert states({}, **trusted) == [("denied", None, none)] * 2
    refused = "it does not take the login that is stored for it here"
    assert states({"REGISTRY_AUTH_FILE": str(wrong)}, **trusted) == [("denied", None, refused)] * 2
    untrusted = "its certificate is not trusted here (give its authority with --registry-ca FILE)"
    assert states({"DOCKER_CONFIG": str(config)}) == [("unreachable", None, untrusted)] * 2
    tls = "it wants TLS (leave out --plain-http for it)"
    assert states({}, plain_http=(private.host,)) == [("unreachable", None, tls)] * 2


def test_a_copy_that_was_built_again_is_not_what_the_registry_has(
    docker_daemon: DockerDaemon, docker_registry: DockerRegistry
) -> None:
    name = f"{REMOTE_REGISTRY}/lab/train"
    old = docker_daemon.build_image(f"{name}:1")
    docker_daemon.push_image(f"{name}:1")
    docker_daemon.build_image(f"{name}:2")
    docker_daemon.push_image(f"{name}:2")
    new = docker_daemon.build_image(f"{name}:2", ("LABEL again=1",))
    (result,) = probe_hosts([docker_daemon.host])
    assert result.host is not None
    questions = questions_of(Snapshot(advisor="0", taken="", hosts=(result.host,)))
    found = ask(
        *questions,
        plain_http=(REMOTE_REGISTRY,),
        environment={"HTTP_PROXY": docker_registry.url},
    )
    assert {name: (old in one.holds, one.lacks) for name, one in found.items()} == {
        f"{name}:1": (True, ()),
        f"{name}:2": (False, (new,)),
    }


@pytest.fixture
def scene(
    kube_api_server: KubeApiServer, docker_daemon: DockerDaemon, docker_registry: DockerRegistry
) -> DockerDaemon:
    """Two GPU nodes, and a host with an image that is in its registry, one that was deleted there,
    and one that was built again since it was pushed; its first build is left without a tag."""
    kube_api_server.grant(READER, ROLE)
    kube_api_server.client.add(gpu_node(MACHINE), gpu_node("second"))
    lost, kept, again = (f"{REMOTE_REGISTRY}/lab/{name}:1" for name in ("lost", "kept", "again"))
    for name in (lost, kept, again):
        docker_daemon.build_image(name, (f"LABEL of={name}",))
    docker_daemon.push_image(lost)
    docker_registry.wipe()
    docker_daemon.push_image(kept)
    docker_daemon.push_image(again)
    docker_daemon.build_image(again, ("LABEL built=again",))
    return docker_daemon


def audit(
    api: KubeApiServer, registry: DockerRegistry, host: str, folder: Path, *more: str
) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "advisor", "audit", f"--kubeconfig={api.kubeconfig(READER)}"),
            *(f"--docker-host={host}", "--format=json=report.json", *more),
        ],
        cwd=folder,
        capture_output=True,
        timeout=600,
        check=False,
        env={**os.environ, "HTTP_PROXY": registry.url, "NO_PROXY": "127.0.0.1"},
    )
    assert done.returncode in (0, 1, 3), done.stderr.decode()
    return done.returncode, json.loads((folder / "report.json").read_bytes())


def test_an_audit_that_asks_turns_claims_into_facts(
    kube_api_server: KubeApiServer,
    docker_registry: DockerRegistry,
    scene: DockerDaemon,
    tmp_path: Path,
) -> None:
    lost, kept, again = (
        f"image:{REMOTE_REGISTRY}/lab/{name}:1" for name in ("lost", "kept", "again")
    )
    asking = ("--check-registry", f"--plain-http={REMOTE_REGISTRY}")
    _, before = audit(kube_api_server, docker_registry, scene.host, tmp_path)
    code, after = audit(kube_api_server, docker_registry, scene.host, tmp_path, *asking)

    claimed, moves = ("ok", "IMG001", 2), ("move", "IMG006", 2)
    first = next(name for name in outcomes(before) if name.startswith(f"{again[:-2]}@sha256:"))
    assert outcomes(before) == {kept: claimed, lost: claimed, again: moves, first: claimed}
    assert outcomes(after) == {kept: claimed, lost: moves, again: moves, first: claimed}
    assert code == 1
    found = {
        (one["rule"], one["subject"]["id"]): one["message"]
        for one in after["findings"]
        if one["status"] == "finding" and one["rule"] in ("IMG013", "IMG026")
    }
    assert found == {
        ("IMG013", lost): (
            f"{REMOTE_REGISTRY} was asked for {REMOTE_REGISTRY}/lab/lost:1 and does not have it."
        ),
        ("IMG026", again): (
            f"{MACHINE} has an image named {REMOTE_REGISTRY}/lab/again:1 that {REMOTE_REGISTRY}"
            " does not have; under this name it gives out another one."
        ),
    }
    sources = {one["probe"]: one["status"] for one in after["sources"]}
    assert sources == {"docker": "ok", "kubernetes": "ok", "registry": "ok"}


def test_a_registry_that_is_not_there_makes_the_audit_incomplete(
    kube_api_server: KubeApiServer,
    docker_registry: DockerRegistry,
    scene: DockerDaemon,
    tmp_path: Path,
) -> None:
    name = "no-such-host.invalid/lab/x:1"
    scene.client.images.get(f"{REMOTE_REGISTRY}/lab/kept:1").tag(name)
    asking = ("--check-registry", f"--plain-http={REMOTE_REGISTRY}")
    code, report = audit(kube_api_server, docker_registry, scene.host, tmp_path, *asking)
    assert code == 3
    assert [
        (one["target"], one["status"], one.get("reason", ""))
        for one in report["sources"]
        if one["probe"] == "registry"
    ] == [
        ("no-such-host.invalid", "failed", "there is no host of that name"),
        (REMOTE_REGISTRY, "ok", ""),
    ]
