"""The script of `advisor host-script` beside a real dockerd: what it tells is what advisor reads
itself, without the words and values that may be secret."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from msgspec.structs import replace

from advisor.collection.collect import decode_recording
from advisor.facts.host import Container, DockerHost
from advisor.probes.docker.probe import probe_hosts
from advisor.probes.survey.script import SurveyOptions, survey_script
from tests.real.parts.docker_api import shell_files
from tests.real.parts.docker_daemon import DockerDaemon

CANARY = "hunter2canary"


def surveyed(docker: DockerDaemon) -> bytes:
    return subprocess.run(
        ["sh", "-c", survey_script(SurveyOptions())],
        env={"PATH": os.environ["PATH"], "DOCKER_HOST": docker.host},
        capture_output=True,
        check=True,
        timeout=600,
    ).stdout


def comparable(host: DockerHost) -> dict[str, Any]:
    """What the script can know too: not the address, the layers' changes and the mount table."""
    containers = tuple(_bare(one) for one in host.containers or ())
    volumes = tuple(replace(one, filesystem=None, options={}) for one in host.volumes or ())
    plain = replace(host, url="", taken="", containers=containers, volumes=volumes)
    fields = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return {name: value for name, value in fields.items() if name != "insecure_registries"}


def _bare(container: Container) -> Container:
    return replace(
        container,
        command=("[redacted]",) if container.command else (),
        labels={},
        owner="",
        layer_size=None,
        layer_changes=None,
        layer_paths=(),
        mounts=tuple(replace(one, filesystem=None) for one in container.mounts),
    )


def test_the_script_tells_what_the_probe_reads(docker_daemon: DockerDaemon) -> None:
    image = [f"ENV CUDA_VERSION=12.4 API_TOKEN={CANARY}", f"LABEL note={CANARY}"]
    docker_daemon.build_image("lab/train:1", image, shell_files())
    docker_daemon.client.volumes.create("sets")
    options = {"type": "cifs", "device": f"//u:{CANARY}@files/x", "o": f"password={CANARY}"}
    docker_daemon.client.volumes.create("shares", driver="local", driver_opts=options)
    docker_daemon.client.containers.create(
        "lab/train:1",
        ["train", "--password", CANARY],
        name="train",
        environment={"DB_PASSWORD": CANARY, "NVIDIA_VISIBLE_DEVICES": "0,1"},
        runtime="nvidia",
        volumes={"/raid/sets": {"bind": "/data", "mode": "ro"}, "sets": {"bind": "/sets"}},
        mem_limit="1g",
        shm_size="2g",
        ports={"80/tcp": 8080},
        labels={"note": CANARY},
        cap_add=["SYS_PTRACE"],
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 3},
    )
    docker_daemon.client.containers.create("lab/train:1", "run", name="plain")
    printed = surveyed(docker_daemon)
    assert CANARY.encode() not in printed
    snapshot = decode_recording(printed, name="here")
    (told,) = snapshot.hosts
    (read,) = probe_hosts([docker_daemon.host])
    assert read.host is not None
    assert comparable(told) == comparable(read.host)
    assert [one.status for one in snapshot.sources] == ["ok", "ok"]
