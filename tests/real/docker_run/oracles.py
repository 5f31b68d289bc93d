"""The real docker command, before a stand-in that records and before a real daemon."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from tests.real.docker_run.lines import Line
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.docker_recorder import DockerRecorder, Request

FILES = {
    "variables.env": '# comment\nFILE_ONE=1\nKNOWN\nABSENT\n  LEAD=x y \nA=file\nQ="q"\n\n',
    "more.env": "\ufeffFILE_ONE=2\nEQ=a=b\r\n",
    "labels.txt": "from=file\nbare\n# no\n",
}


ENVIRONMENT = {"KNOWN": "from the shell", "A": "shell's"}


def write_files(folder: Path) -> None:
    """What lines may name."""
    (folder / "here").mkdir()
    for name, text in FILES.items():
        (folder / name).write_bytes(text.encode())


def run_line(line: Line, folder: Path, host: str) -> subprocess.CompletedProcess[bytes]:
    """The line, run in a shell's place; the files it asked for are removed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **ENVIRONMENT}
    environment["DOCKER_HOST"] = host
    done = subprocess.run(line.words, cwd=folder, env=environment, capture_output=True, check=False)
    for left in folder.glob("cid-*"):
        left.unlink()
    return done


class Docker:
    """The docker command, and what it asks a daemon for."""

    def __init__(self, folder: Path, recorder: DockerRecorder) -> None:
        self.folder = folder
        self.recorder = recorder
        write_files(folder)

    def ask(self, line: Line) -> tuple[Request | None, str]:
        """The request it made, or what it said when it made none."""
        done = run_line(line, self.folder, self.recorder.host)
        requests = self.recorder.take()
        return (requests[0] if requests else None), done.stderr.decode(errors="replace")


class Daemon:
    """The docker command and a real daemon that has the image `alpine`."""

    def __init__(self, folder: Path, docker: DockerDaemon) -> None:
        self.folder = folder
        self.docker = docker
        write_files(folder)
        docker.import_image("alpine:latest", {"motd": b"hello\n"})
        self.image = docker.client.api.inspect_image("alpine:latest")

    def create(self, line: Line) -> tuple[dict[str, Any] | None, str]:
        """The created container as inspected, or what was said against it."""
        done = run_line(line, self.folder, self.docker.host)
        container = done.stdout.decode().strip()
        if done.returncode:
            return None, done.stderr.decode(errors="replace")
        inspected = self.docker.client.api.inspect_container(container)
        self.docker.client.api.remove_container(container, v=True, force=True)
        return inspected, ""
