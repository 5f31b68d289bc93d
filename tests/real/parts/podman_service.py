"""podman's own server of the Docker API, with storage of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import docker

from tests.real.parts import process
from tests.real.parts.docker_api import DockerApi, Files, answers_ping, archive, build_context
from tests.real.parts.part import Part, find_binary, require_root

INSTALL = "apt-get install podman runc"

# podman's own defaults are more than some machines let root have.
CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
"""


class PodmanService(DockerApi, Part):
    """Listens on the unix socket `host`."""

    name = "podman"

    def start(self, stack: ExitStack) -> None:
        require_root("podman")
        self._environment = self._write_configuration()
        self._command = (find_binary("podman", INSTALL), *self._options())
        socket = self.directory / "socket"
        self.host = f"unix://{socket}"
        process.start(
            stack,
            [*self._command, "system", "service", "--time=0", self.host],
            log=self.directory / "log",
            ready=lambda: answers_ping(socket),
            environment=self._environment,
        )
        self.client = docker.DockerClient(self.host, timeout=300)
        stack.callback(self.client.close)
        stack.callback(self.remove_containers)

    def run(self, *arguments: str, stdin: bytes = b"") -> str:
        """The output of a podman command on the same storage."""
        command = [*self._command, *arguments]
        environment = {**os.environ, **self._environment}
        done = subprocess.run(
            command, check=True, capture_output=True, input=stdin, env=environment
        )
        return done.stdout.decode().strip()

    def import_image(self, reference: str, files: Files) -> str:
        """As `podman import` does it: a short name comes to lie below localhost/."""
        self.run("import", "--quiet", "-", reference, stdin=archive(files))
        return self.image_id(reference)

    def build_image(
        self, reference: str | None, instructions: Sequence[str] = (), files: Files | None = None
    ) -> str:
        """As `podman build` does it: a short name comes to lie below localhost/."""
        context = Path(tempfile.mkdtemp(dir=self.directory))
        for path, content in build_context(instructions, files).items():
            (context / path).parent.mkdir(parents=True, exist_ok=True)
            (context / path).write_bytes(content)
            (context / path).chmod(0o755)
        tag = ("--tag", reference) if reference else ()
        return f"sha256:{self.run('build', '--quiet', *tag, str(context))}"

    def _write_configuration(self) -> dict[str, str]:
        """Variables that keep the machine's own configuration out of it."""
        path = self.directory / "containers.conf"
        path.write_text(CONFIGURATION)
        login = self.directory / "auth.json"
        login.write_text("{}")
        return {"CONTAINERS_CONF": str(path), "REGISTRY_AUTH_FILE": str(login)}

    def _options(self) -> tuple[str, ...]:
        return (
            f"--root={self.directory / 'root'}",
            f"--runroot={self.directory / 'run'}",
            f"--tmpdir={self.directory / 'tmp'}",
            f"--network-config-dir={self.directory / 'networks'}",
            "--storage-driver=vfs",
            "--cgroup-manager=cgroupfs",
            "--events-backend=file",
            f"--runtime={find_binary('runc', INSTALL)}",
        )
