"""A real docker-registry: open over plain HTTP, or behind TLS and a password."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import urllib3

from tests.real.parts import process
from tests.real.parts.certificates import CertificateAuthority
from tests.real.parts.part import Part, find_binary, free_port

INSTALL = "apt-get install docker-registry"


class DockerRegistry(Part):
    """Listens on `host` (127.0.0.1 and a port), without TLS, for everybody."""

    name = "registry"
    host: str
    scheme = "http"

    @property
    def url(self) -> str:
        """Scheme and host, without a slash at the end."""
        return f"{self.scheme}://{self.host}"

    def start(self, stack: ExitStack) -> None:
        binary = find_binary("docker-registry", INSTALL)
        self.host = f"127.0.0.1:{free_port()}"
        self._pool = urllib3.PoolManager(retries=False, timeout=5, **self._trust())
        stack.callback(self._pool.clear)
        config = self.directory / "config.yml"
        config.write_text(json.dumps(self._config()))
        process.start(
            stack,
            [binary, "serve", str(config)],
            log=self.directory / "log",
            ready=self._ready,
            environment={"OTEL_TRACES_EXPORTER": "none"},
        )

    def wipe(self) -> None:
        """Deletes all repositories."""
        shutil.rmtree(self.directory / "storage" / "docker", ignore_errors=True)

    def _ready(self) -> bool:
        return self._pool.request("GET", f"{self.url}/v2/").status in (200, 401)

    def _trust(self) -> dict[str, Any]:
        return {}

    def _config(self) -> dict[str, Any]:
        """No blob cache: what `wipe` deletes from the disk must be gone for clients too."""
        storage = {
            "filesystem": {"rootdirectory": str(self.directory / "storage")},
            "delete": {"enabled": True},
        }
        http = {"addr": self.host, "secret": secrets.token_hex(16)}
        return {"version": 0.1, "log": {"level": "info"}, "storage": storage, "http": http}


class PrivateDockerRegistry(DockerRegistry):
    """The same behind TLS, signed by `authority`, and a password for `user`."""

    name = "private-registry"
    scheme = "https"
    authority: Path
    user = "puller"
    password: str

    def start(self, stack: ExitStack) -> None:
        self._authority = CertificateAuthority(self.directory / "tls")
        self.authority = self._authority.file
        self.password = secrets.token_hex(12)
        super().start(stack)

    def docker_config(self) -> Path:
        """Writes a folder for DOCKER_CONFIG whose config.json knows the password."""
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        folder = self.directory / f"docker-config-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": login}}}))
        return folder

    def _trust(self) -> dict[str, Any]:
        return {"ca_certs": str(self.authority)}

    def _config(self) -> dict[str, Any]:
        import bcrypt

        certificate, key = self._authority.issue("docker-registry")
        entry = bcrypt.hashpw(self.password.encode(), bcrypt.gensalt(rounds=4)).decode()
        passwords = self.directory / "htpasswd"
        passwords.write_text(f"{self.user}:{entry}\n")
        config = super()._config()
        config["http"]["tls"] = {"certificate": str(certificate), "key": str(key)}
        config["auth"] = {"htpasswd": {"realm": "advisor tests", "path": str(passwords)}}
        return config
