"""A container of a real engine, inspected and read as a job."""

from __future__ import annotations

import pytest

from advisor.errors import ProbeError
from advisor.probes.docker.endpoint import parse_endpoint
from advisor.probes.docker.probe import inspect_one_container
from advisor.readers.docker_run.inspect import read_container
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.podman_service import PodmanService

IMAGE = "lab/train:v1"


def create(engine: DockerDaemon | PodmanService) -> None:
    engine.import_image(IMAGE, {"motd": b"hello\n"})
    host = engine.client.api.create_host_config(
        binds=["/usr:/x:ro"], shm_size="1g", mem_limit="512m", port_bindings={80: 8080}
    )
    engine.client.api.create_container(
        IMAGE,
        ["sh", "-c", "x"],
        name="train-1",
        detach=True,
        environment={"A": "1"},
        host_config=host,
        ports=[80],
        volumes=["/scratch"],
    )


def described(engine: DockerDaemon | PodmanService) -> list[tuple[str, str]]:
    container, image = inspect_one_container("train-1", parse_endpoint(engine.host, None), 30, {})
    return sorted((item.name, item.value) for item in read_container(container, image).items)


def expected(image: str) -> list[tuple[str, str]]:
    return [
        ("--detach", ""),
        ("--env", "A=1"),
        ("--memory", str(512 * 1024**2)),
        ("--name", "train-1"),
        ("--publish", "8080:80/tcp"),
        ("--shm-size", str(1024**3)),
        ("--volume", "/scratch"),
        ("--volume", "/usr:/x:ro"),
        ("COMMAND", "sh -c x"),
        ("IMAGE", image),
    ]


def test_a_container_of_docker(docker_daemon: DockerDaemon) -> None:
    create(docker_daemon)
    assert described(docker_daemon) == expected(IMAGE)


def test_a_container_of_podman(podman_service: PodmanService) -> None:
    create(podman_service)
    assert described(podman_service) == expected(f"localhost/{IMAGE}")


def test_a_container_that_is_not_there(docker_daemon: DockerDaemon) -> None:
    with pytest.raises(ProbeError, match="no container 'absent'"):
        inspect_one_container("absent", parse_endpoint(docker_daemon.host, None), 30, {})
