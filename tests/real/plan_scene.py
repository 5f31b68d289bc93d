"""What the tests of a written plan share: images that build on each other, and running scripts."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3

from tests.real.parts.docker_api import archive
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry

REGISTRY = f"{REMOTE_REGISTRY}/research"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def build_on(daemon: DockerDaemon, tag: str, parent: str, files: Mapping[str, bytes]) -> str:
    """An image of one more layer than `parent` (`scratch` for none); returns its id."""
    recipe = "\n".join((f"FROM {parent}", *(f"COPY {path} /{path}" for path in files), ""))
    context = io.BytesIO(archive({**files, "Dockerfile": recipe.encode()}))
    answers = daemon.client.api.build(
        fileobj=context, custom_context=True, tag=tag, rm=True, forcerm=True, decode=True
    )
    for answer in answers:
        assert "error" not in answer, answer
    return daemon.image_id(tag)


def advisor(
    *arguments: str, cwd: Path, code: int = 0, registry: DockerRegistry | None = None
) -> str:
    """The command's standard output; it must end with `code`. `registry` answers for
    REMOTE_REGISTRY."""
    ended = subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        cwd=cwd,
        env={**os.environ, **_proxy(registry)},
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == code, ended.stderr.decode()
    return ended.stdout.decode()


def run_script(
    path: Path, *arguments: str, registry: DockerRegistry | None = None, **variables: str
) -> tuple[int, list[str]]:
    """How a written script ended, and what it said; `registry` answers for REMOTE_REGISTRY."""
    ended = subprocess.run(
        [str(path), *arguments],
        env={**os.environ, **_proxy(registry), **variables},
        capture_output=True,
        timeout=900,
        check=False,
        text=True,
    )
    return ended.returncode, (ended.stdout + ended.stderr).splitlines()


def _proxy(registry: DockerRegistry | None) -> dict[str, str]:
    return {"HTTP_PROXY": registry.url, "http_proxy": registry.url} if registry else {}


def configuration_of(registry: DockerRegistry, target: str) -> str:
    """The digest of the configuration that the registry has under the name; empty without one."""
    repository, _, tag = target.removeprefix(f"{REMOTE_REGISTRY}/").rpartition(":")
    answer = urllib3.request(
        "GET",
        f"{registry.url}/v2/{repository}/manifests/{tag}",
        headers={"Accept": _MANIFEST},
        retries=False,
    )
    digest: str = answer.json()["config"]["digest"] if answer.status == 200 else ""
    return digest


def uploads(registry: DockerRegistry) -> list[str]:
    """The digest of each blob that was uploaded since the registry was started, in order."""
    log = (registry.directory / "log").read_text()
    return [
        line.partition("digest=sha256%3A")[2][:64]
        for line in log.splitlines()
        if '"PUT ' in line and "digest=sha256%3A" in line
    ]


def stored(registry: DockerRegistry) -> dict[str, int]:
    """Every file that the registry keeps, with the time of its last change."""
    folder = registry.directory / "storage"
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


def gpu_nodes(names: Sequence[str]) -> list[dict[str, Any]]:
    """Nodes with four GPUs each."""
    amounts = {"cpu": "64", "memory": "256Gi", "pods": "110", "nvidia.com/gpu": "4"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {"kubernetes.io/hostname": name, "nvidia.com/gpu.count": "4"},
            },
            "status": {
                "capacity": amounts,
                "allocatable": amounts,
                "conditions": [{"type": "Ready", "status": "True"}],
                "nodeInfo": {
                    **dict.fromkeys(
                        (
                            *("machineID", "systemUUID", "bootID", "kernelVersion", "osImage"),
                            *("containerRuntimeVersion", "kubeletVersion", "kubeProxyVersion"),
                        ),
                        "",
                    ),
                    "operatingSystem": "linux",
                    "architecture": "amd64",
                },
            },
        }
        for name in names
    ]
