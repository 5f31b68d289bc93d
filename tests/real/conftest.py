"""The real parts as fixtures. A server is started once and given to each test empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.parts.cluster import Cluster
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry, PrivateDockerRegistry
from tests.real.parts.kube_api_server import PAGES_FROM_ETCD, KubeApiServer
from tests.real.parts.podman_service import PodmanService
from tests.real.parts.ssh_server import SshServer

FOLDER = Path(__file__).parent
LONGEST = (
    *("cluster", "test_release.py", "attack/test_canaries.py", "test_container_image.py"),
    *("test_docker_run_oracle.py", "test_bash_oracle.py", "test_plan.py", "test_plan_data.py"),
)
"""What takes minutes, the longest first: what is short fills the lanes evenly at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks all tests below this folder; those that take longest come first."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.real)
    places = [FOLDER / name for name in LONGEST]
    items.sort(
        key=lambda item: next(
            (n for n, place in enumerate(places) if item.path.is_relative_to(place)), len(places)
        )
    )


@pytest.fixture(scope="session")
def started_kube_api_server() -> Iterator[KubeApiServer]:
    """As the last test left it; tests ask for `kube_api_server`."""
    with KubeApiServer(PAGES_FROM_ETCD) as server:
        yield server


@pytest.fixture
def kube_api_server(started_kube_api_server: KubeApiServer) -> KubeApiServer:
    """A cluster with nothing in it but what kube-apiserver makes itself."""
    started_kube_api_server.wipe()
    return started_kube_api_server


@pytest.fixture(scope="session")
def started_docker_registry() -> Iterator[DockerRegistry]:
    """As the last test left it; tests ask for `docker_registry`."""
    with DockerRegistry() as registry:
        yield registry


@pytest.fixture
def docker_registry(started_docker_registry: DockerRegistry) -> DockerRegistry:
    """An empty registry, open to all, over plain HTTP."""
    started_docker_registry.wipe()
    return started_docker_registry


@pytest.fixture(scope="session")
def started_docker_daemon(started_docker_registry: DockerRegistry) -> Iterator[DockerDaemon]:
    """As the last test left it; tests ask for `docker_daemon`."""
    with DockerDaemon(started_docker_registry) as daemon:
        yield daemon


@pytest.fixture
def docker_daemon(
    started_docker_daemon: DockerDaemon, docker_registry: DockerRegistry
) -> DockerDaemon:
    """A Docker host without images, containers and volumes, that knows `docker_registry`."""
    started_docker_daemon.wipe()
    return started_docker_daemon


@pytest.fixture(scope="session")
def second_started_docker_daemon(
    started_docker_registry: DockerRegistry,
) -> Iterator[DockerDaemon]:
    """As the last test left it; tests ask for `second_docker_daemon`."""
    with DockerDaemon(started_docker_registry) as daemon:
        yield daemon


@pytest.fixture
def second_docker_daemon(
    second_started_docker_daemon: DockerDaemon, docker_registry: DockerRegistry
) -> DockerDaemon:
    """Another empty Docker host beside the first."""
    second_started_docker_daemon.wipe()
    return second_started_docker_daemon


@pytest.fixture(scope="session")
def started_podman_service() -> Iterator[PodmanService]:
    """As the last test left it; tests ask for `podman_service`."""
    with PodmanService() as service:
        yield service


@pytest.fixture
def podman_service(started_podman_service: PodmanService) -> PodmanService:
    """An empty podman behind a socket of its own."""
    started_podman_service.wipe()
    return started_podman_service


@pytest.fixture(scope="session")
def started_cluster() -> Iterator[Cluster]:
    """As the last test left it; tests ask for `cluster`."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(started_cluster: Cluster) -> Cluster:
    """Two nodes without pods and claims; registries and Docker host keep their images."""
    started_cluster.wipe()
    return started_cluster


@pytest.fixture
def private_docker_registry() -> Iterator[PrivateDockerRegistry]:
    """An empty registry behind TLS of a test authority and a password."""
    with PrivateDockerRegistry() as registry:
        yield registry


@pytest.fixture
def ssh_server() -> Iterator[SshServer]:
    """An sshd for the user who runs the tests."""
    with SshServer() as server:
        yield server
