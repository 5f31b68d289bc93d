"""Records what real engines and their machine answer, for tests without them.

Run as root: python -m tests.real.record_docker
"""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from advisor.probes.common import NoProgress
from advisor.probes.docker.client import open_engine
from advisor.probes.docker.endpoint import parse_endpoint
from advisor.probes.docker.engine import EngineReader
from advisor.probes.docker.probe import HostOptions, read_host
from advisor.probes.docker.remote import CommandResult, SubprocessRunner
from tests.fakes.engines import load_recording
from tests.real.docker_scene import build_docker_scene, build_podman_scene
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.docker_registry import DockerRegistry
from tests.real.parts.podman_service import PodmanService

MOUNTS = re.compile(r"/(?:dev|dev/shm|proc|sys|tmp/advisor-.*)?$")
FOLDER = Path(__file__).parents[1] / "fixtures" / "docker"


class RecordingReader:
    """Passes on and keeps every answer."""

    def __init__(self, reader: EngineReader) -> None:
        self._reader = reader
        self.api_version = reader.api_version
        self.answers: dict[str, Any] = {}

    def get(self, path: str, **parameters: str) -> bytes:
        body = self._reader.get(path, **parameters)
        query = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
        self.answers[f"{path}?{query}" if query else path] = json.loads(body)
        return body


class RecordingRunner(SubprocessRunner):
    """Passes on and keeps every output, in order."""

    def __init__(self) -> None:
        super().__init__(os.environ)
        self.outputs: list[str] = []

    def run(self, words: Sequence[str], *, stdin: str, timeout: float) -> CommandResult:
        result = super().run(words, stdin=stdin, timeout=timeout)
        self.outputs.append(result.output)
        return result


def record(url: str, name: str) -> None:
    """Writes FOLDER/name.json."""
    endpoint, runner = parse_endpoint(url, None), RecordingRunner()
    with open_engine(endpoint, 60, os.environ) as reader:
        recording = RecordingReader(reader)
        read_host(endpoint, recording, runner, HostOptions(timeout=60), NoProgress())
    record = {
        "api_version": recording.api_version,
        "answers": dict(sorted(recording.answers.items())),
        "outputs": [[reduced(field) for field in out.split("\0")] for out in runner.outputs],
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(anonymous(json.dumps(record, indent=1)) + "\n")


def replay(name: str) -> None:
    """Writes FOLDER/name.expected.json: what the probe makes of the recording. Review its diff."""
    engine, shell = load_recording(FOLDER / f"{name}.json")
    endpoint = parse_endpoint("unix:///var/run/docker.sock", None)
    result = read_host(endpoint, engine, shell, HostOptions(timeout=60), NoProgress())
    expected = msgspec.json.format(msgspec.json.encode(result), indent=1)
    (FOLDER / f"{name}.expected.json").write_bytes(expected + b"\n")


def reduced(field: str) -> str:
    """A mount table without the mounts that have no part in the tests."""
    if " - " not in field:
        return field
    lines = field.split("\n")
    return "\n".join(line for line in lines if MOUNTS.match(line.split(" ")[4]))


def anonymous(text: str) -> str:
    """Without what tells about the machine it was recorded on."""
    text = text.replace(platform.release(), "6.1.0-lab").replace(platform.version(), "lab")
    return re.sub(rf"\b{re.escape(platform.node())}\b", "gpu01", text)


def main() -> None:
    """Records both engines."""
    with (
        tempfile.TemporaryDirectory() as disk,
        tempfile.TemporaryDirectory(dir="/dev/shm") as memory,
    ):
        with DockerRegistry() as registry, DockerDaemon(registry) as daemon:
            build_docker_scene(daemon, Path(disk), Path(memory))
            record(daemon.host, "docker")
        with PodmanService() as service:
            build_podman_scene(service, Path(disk))
            record(service.host, "podman")
    replay("docker")
    replay("podman")


if __name__ == "__main__":
    main()
