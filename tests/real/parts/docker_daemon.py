"""A real dockerd of its own: no firewall rules, the vfs storage driver, a given bridge or none."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import docker

from tests.real.parts import process
from tests.real.parts.certificates import CertificateAuthority
from tests.real.parts.docker_api import DockerApi, answers_ping
from tests.real.parts.docker_registry import DockerRegistry
from tests.real.parts.part import SYSTEM_FOLDERS, Part, find_binary, free_port, require_root

INSTALL = "apt-get install docker.io"

REMOTE_REGISTRY = "registry.example:5000"
"""A registry that is not on loopback by its name: `registry` answers for it."""


class DockerDaemon(DockerApi, Part):
    """Listens on the unix socket `host` and, for clients with `certificates`, on `tls_host`.

    `certificates` holds ca.pem, cert.pem and key.pem, as DOCKER_CERT_PATH wants them. The runtime
    `nvidia` exists, so that containers can ask for it. With a `registry`, images named
    REMOTE_REGISTRY/... can be pushed and pulled, and get the digest of a registry elsewhere. Its
    containers have a network with the name of a `bridge` of this machine.
    """

    name = "docker"
    tls_host: str
    certificates: Path

    def __init__(self, registry: DockerRegistry | None = None, bridge: str = "none") -> None:
        self._registry = registry
        self._bridge = bridge

    def start(self, stack: ExitStack) -> None:
        require_root("dockerd")
        binary = find_binary("dockerd", INSTALL)
        port = free_port()
        socket = self.directory / "socket"
        self.host = f"unix://{socket}"
        self.tls_host = f"tcp://127.0.0.1:{port}"
        process.start(
            stack,
            [
                binary,
                *self._folders(),
                *self._listeners(),
                *self._network(),
                *_isolation(),
            ],
            log=self.directory / "log",
            ready=lambda: answers_ping(socket),
            environment=self._environment(),
        )
        self.client = docker.DockerClient(self.host, timeout=300)
        stack.callback(self.client.close)
        stack.callback(self.remove_containers)

    def _folders(self) -> tuple[str, ...]:
        return (
            f"--data-root={self.directory / 'data'}",
            f"--exec-root={self.directory / 'exec'}",
            f"--pidfile={self.directory / 'pid'}",
            f"--config-file={self._config_file()}",
        )

    def _config_file(self) -> Path:
        """An empty one, so that the machine's own /etc/docker/daemon.json stays out of it."""
        path = self.directory / "daemon.json"
        path.write_text("{}")
        return path

    def _network(self) -> tuple[str, ...]:
        return (f"--bridge={self._bridge}", "--iptables=false", "--ip6tables=false")

    def _listeners(self) -> tuple[str, ...]:
        authority = CertificateAuthority(self.directory / "tls")
        certificate, key = authority.issue("dockerd")
        client_certificate, client_key = authority.issue("docker-client")
        self.certificates = self.directory / "certificates"
        self.certificates.mkdir()
        for source, name in (
            (authority.file, "ca.pem"),
            (client_certificate, "cert.pem"),
            (client_key, "key.pem"),
        ):
            os.link(source, self.certificates / name)
        return (
            f"--host={self.host}",
            f"--host={self.tls_host}",
            "--tlsverify",
            f"--tlscacert={authority.file}",
            f"--tlscert={certificate}",
            f"--tlskey={key}",
        )

    def _environment(self) -> dict[str, str]:
        """docker-registry answers requests for any host, so it serves as an HTTP proxy as it is."""
        proxy = self._registry.url if self._registry else ""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        path = os.pathsep.join((os.environ.get("PATH", ""), *SYSTEM_FOLDERS))
        return {"PATH": path, **dict.fromkeys(names, proxy)}


def _isolation() -> tuple[str, ...]:
    return (
        "--storage-driver=vfs",
        f"--insecure-registry={REMOTE_REGISTRY}",
        f"--add-runtime=nvidia={find_binary('runc', INSTALL)}",
    )
