"""The Docker probe over ssh: one engine of each kind, its machine, and logins that fail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from advisor.facts.host import DockerHost
from advisor.probes.common import ProbeResult
from advisor.probes.docker.probe import HostOptions, probe_hosts
from tests.real.docker_scene import build_docker_scene, build_podman_scene
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.podman_service import PodmanService
from tests.real.parts.ssh_server import SshServer


def probe(url: str, ssh_server: SshServer) -> ProbeResult:
    (result,) = probe_hosts(
        [url], HostOptions(environment={**os.environ, **ssh_server.environment()})
    )
    return result


def same(host: DockerHost | None) -> DockerHost:
    """A host without what differs by the way to it, and with the free space that keeps changing."""
    assert host is not None
    text = msgspec.json.encode(msgspec.structs.replace(host, url="", addresses=()))
    data = msgspec.json.decode(text)
    for item in (*data["volumes"], *(m for c in data["containers"] for m in c.get("mounts", ()))):
        item.get("filesystem", {}).pop("available", None)
    return msgspec.convert(data, DockerHost)


def test_docker_over_ssh_is_the_same_host(
    docker_daemon: DockerDaemon, ssh_server: SshServer, tmp_path: Path
) -> None:
    build_docker_scene(docker_daemon, tmp_path, tmp_path)
    over_ssh = probe(ssh_server.url + docker_daemon.host.removeprefix("unix://"), ssh_server)
    (local,) = probe_hosts([docker_daemon.host])
    assert over_ssh.source.status == "ok"
    assert same(over_ssh.host) == same(local.host)
    assert over_ssh.host is not None
    assert over_ssh.host.mount_table_read


def test_podman_over_ssh(
    podman_service: PodmanService, ssh_server: SshServer, tmp_path: Path
) -> None:
    build_podman_scene(podman_service, tmp_path)
    over_ssh = probe(ssh_server.url + podman_service.host.removeprefix("unix://"), ssh_server)
    (local,) = probe_hosts([podman_service.host])
    assert over_ssh.source.status == "ok"
    assert same(over_ssh.host) == same(local.host)


def test_no_ssh_outlives_the_probe(docker_daemon: DockerDaemon, ssh_server: SshServer) -> None:
    probe(ssh_server.url + docker_daemon.host.removeprefix("unix://"), ssh_server)
    table = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert [line for line in table.stdout.splitlines() if f"-p {ssh_server.port}" in line] == []


def test_a_login_that_is_refused(ssh_server: SshServer) -> None:
    url = ssh_server.url.replace(f"{ssh_server.user}@", "stranger@")
    source = probe(url, ssh_server).source
    assert (source.status, source.reason) == (
        "failed",
        "ssh: stranger@127.0.0.1: Permission denied (publickey)."
        " (load the key with ssh-add; advisor never asks for a password)",
    )


def test_a_host_key_that_is_not_known(ssh_server: SshServer) -> None:
    ssh_server.known_hosts.write_text("")
    source = probe(ssh_server.url, ssh_server).source
    assert (source.status, source.reason) == (
        "failed",
        "ssh: Host key verification failed."
        f" (run `ssh {ssh_server.user}@127.0.0.1` once by hand and accept its key)",
    )


def test_an_engine_that_is_not_there(ssh_server: SshServer) -> None:
    source = probe(f"{ssh_server.url}/nowhere/docker.sock", ssh_server).source
    assert source.status == "failed"
    assert "/nowhere/docker.sock" in source.reason


def test_an_sshd_that_is_not_there(ssh_server: SshServer) -> None:
    source = probe("ssh://127.0.0.1:1", ssh_server).source
    assert (source.status, source.reason) == (
        "failed",
        "ssh: connect to host 127.0.0.1 port 1: Connection refused (check that sshd answers there)",
    )


@pytest.mark.parametrize("seconds", [2])
def test_a_far_end_that_says_nothing(ssh_server: SshServer, tmp_path: Path, seconds: int) -> None:
    """As behind a connection that lost its other side."""
    silent = tmp_path / "ssh"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    (result,) = probe_hosts(["ssh://gpu7"], HostOptions(timeout=seconds, environment=environment))
    assert result.source.reason == (
        "no answer from gpu7 within 2 s (check the network, or wait and try again)"
    )
