"""A real sshd on loopback for the user who runs the tests, with throwaway keys."""

from __future__ import annotations

import os
import pwd
import shlex
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.real.parts import process
from tests.real.parts.part import Part, find_binary, free_port

INSTALL = "apt-get install openssh-server openssh-client"
PRIVILEGE_SEPARATION = Path("/run/sshd")


class SshServer(Part):
    """`url` is ssh://user@127.0.0.1:port. `variables` are set in every session, such as a
    DOCKER_HOST that `docker system dial-stdio` shall find at the far end.

    `identity`, `known_hosts` and `config_file` (for `ssh -F`) let a client in; `environment`
    makes clients that take no such file use them.
    """

    name = "ssh"
    user: str
    port: int
    identity: Path
    known_hosts: Path
    config_file: Path

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = dict(variables or {})

    @property
    def url(self) -> str:
        """With user and port."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}"

    def start(self, stack: ExitStack) -> None:
        binary = find_binary("sshd", INSTALL)
        self._client = find_binary("ssh", INSTALL)
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.port = free_port()
        home = self.directory / "home" / ".ssh"
        home.mkdir(parents=True, mode=0o700)
        self.identity = self._generate_key(home / "id_ed25519")
        self.known_hosts, self.config_file = home / "known_hosts", home / "config"
        config = self._write_server_config()
        self._write_client_files()
        if os.geteuid() == 0:
            PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        process.start(
            stack,
            [binary, "-D", "-e", "-f", str(config)],
            log=self.directory / "log",
            ready=self._ready,
        )

    def environment(self) -> dict[str, str]:
        """HOME for clients written in Python; PATH with an `ssh` that reads `config_file`."""
        path = f"{self.directory / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"HOME": str(self.directory / "home"), "PATH": path}

    def run(self, command: str) -> str:
        """The output of a shell command at the far end."""
        arguments = [self._client, "-F", str(self.config_file), "127.0.0.1", command]
        done = subprocess.run(
            arguments, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        return done.stdout

    def _ready(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"

    def _generate_key(self, path: Path) -> Path:
        program = find_binary("ssh-keygen", INSTALL)
        command = [program, "-q", "-t", "ed25519", "-N", "", "-C", "advisor-tests", "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path

    def _write_server_config(self) -> Path:
        host_key = self._generate_key(self.directory / "host_key")
        variables = [f'{name}="{value}"' for name, value in self._variables.items()]
        lines = (
            "ListenAddress 127.0.0.1",
            f"Port {self.port}",
            f"HostKey {host_key}",
            f"PidFile {self.directory / 'pid'}",
            f"AuthorizedKeysFile {self.identity}.pub",
            f"AllowUsers {self.user}",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "StrictModes no",
            "UsePAM no",
            "Subsystem sftp internal-sftp",
            "MaxStartups 500",
            *(["SetEnv " + " ".join(variables)] if variables else []),
        )
        path = self.directory / "sshd_config"
        path.write_text("\n".join(lines) + "\n")
        return path

    def _write_client_files(self) -> None:
        host_key = (self.directory / "host_key.pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {host_key}")
        lines = (
            "Host 127.0.0.1",
            f"  Port {self.port}",
            f"  User {self.user}",
            f"  IdentityFile {self.identity}",
            "  IdentitiesOnly yes",
            f"  UserKnownHostsFile {self.known_hosts}",
            "  StrictHostKeyChecking yes",
            "  BatchMode yes",
        )
        self.config_file.write_text("\n".join(lines) + "\n")
        wrapper = self.directory / "bin" / "ssh"
        wrapper.parent.mkdir()
        call = shlex.join([self._client, "-F", str(self.config_file)])
        wrapper.write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        wrapper.chmod(0o755)
