"""Counting data on a real host: over its socket and over ssh, on two filesystems, for a plan."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from docker.types import Mount

from advisor import api
from advisor.facts.host import Measurement
from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.ssh_server import SshServer
from tests.real.plan_scene import REGISTRY, advisor, build_on

NAME = "da ta; $(touch PWNED) 'x'\n[*]"


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder on another filesystem than the disk."""
    folder = Path("/dev/shm") / f"advisor-{os.getpid()}"
    folder.mkdir()
    (folder / "file").write_bytes(b"x" * 5000)
    yield folder
    (folder / "file").unlink()
    folder.rmdir()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with everything that is counted in its own way; a filesystem is mounted in it."""
    root = tmp_path / NAME
    (root / "inner" / "deep").mkdir(parents=True)
    for number in range(50):
        (root / "inner" / f"{number}\n").write_bytes(b"x" * number * 100)
    os.link(root / "inner" / "9\n", root / "inner" / "deep" / "same")
    os.link(root / "inner" / "9\n", root / "same")
    (root / "loop").symlink_to(root)
    with (root / "sparse").open("wb") as stream:
        stream.truncate(2**30)
    point = root / "mounted"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(point)]
    subprocess.run(mount, check=True)
    (point / "hidden").write_bytes(b"x" * 1000)
    yield root
    subprocess.run(["umount", str(point)], check=True)


@pytest.fixture
def scene(docker_daemon: DockerDaemon, disk: Path, memory: Path) -> DockerDaemon:
    build_on(docker_daemon, "lab/train:1", "scratch", {"train": b"train"})
    volume = docker_daemon.client.volumes.create("models")
    (Path(volume.attrs["Mountpoint"]) / "weights").write_bytes(b"x" * 70_000)
    gone = disk / "gone"
    gone.mkdir()
    binds = {
        "/data": disk,
        "/inner": disk / "inner",
        "/fast": memory,
        "/gone": gone,
        "/etc/localtime": Path("/etc/localtime"),
    }
    mounts = [Mount(target, str(source), type="bind") for target, source in binds.items()]
    docker_daemon.create_container(
        "lab/train:1", name="train", mounts=[*mounts, Mount("/models", "models")]
    )
    gone.rmdir()
    return docker_daemon


def by_du(folder: Path, files: int, size: int, reason: str = "") -> Measurement:
    used = subprocess.run(["du", "-sxB1", folder], capture_output=True, check=True).stdout
    return Measurement(
        path=str(folder),
        size=size,
        allocated=int(used.split()[0]),
        files=files,
        complete=not reason,
        reason=reason,
    )


def expected(scene: DockerDaemon, disk: Path, memory: Path) -> list[Measurement]:
    inner = sum(number * 100 for number in range(50))
    models = scene.directory / "data" / "volumes" / "models" / "_data"
    return sorted(
        (
            by_du(disk, 52, inner + 2**30 + len(str(disk)), "1 mount below it, not entered"),
            by_du(disk / "inner", 50, inner),
            by_du(memory, 1, 5000),
            by_du(models, 1, 70_000),
            Measurement(path=str(disk / "gone"), reason="it is not there"),
        ),
        key=lambda one: one.path,
    )


def measured(snapshot: api.Snapshot) -> list[Measurement]:
    (host,) = snapshot.hosts
    assert {one.taken for one in host.measured or ()} == {snapshot.taken}
    return [msgspec.structs.replace(one, taken="") for one in host.measured or ()]


def run(*arguments: str, cwd: Path, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", *arguments],
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_every_place_is_counted_where_it_is(
    scene: DockerDaemon, disk: Path, memory: Path, ssh_server: SshServer, tmp_path: Path
) -> None:
    """The same over the socket and over ssh; what is the machine's own is not walked."""
    whole = expected(scene, disk, memory)
    for url in (scene.host, ssh_server.url + scene.host.removeprefix("unix://")):
        command = ("snapshot", "--no-cluster", "--measure-data", "-o", "s.json.zst")
        with run(
            *command, f"--docker-host={url}", cwd=tmp_path, **ssh_server.environment()
        ) as ended:
            assert ended.stdout is not None
            assert ended.wait(300) == 0, ended.stdout.read()
            assert ended.stdout.read() == (
                f"wrote s.json.zst\nnote: {socket.gethostname()}: places of data:"
                " 3 counted as a whole, 1 in part, 1 not at all\n"
            )
        found = api.load_snapshot(str(tmp_path / "s.json.zst"))
        assert [one.status for one in found.sources] == ["ok"]
        assert measured(found) == whole
    assert not list(tmp_path.rglob("PWNED"))


def test_without_the_flag_nothing_is_walked(scene: DockerDaemon) -> None:
    found = api.collect(api.CollectOptions(cluster=False, docker_hosts=(scene.host,)))
    assert [host.measured for host in found.hosts] == [None]


def test_the_plan_needs_no_size_where_one_was_counted(scene: DockerDaemon, tmp_path: Path) -> None:
    shape = "--assume=gpu-nodes=2,gpus-per-node=4"
    host = f"--docker-host={scene.host}"
    advisor("snapshot", "--no-cluster", host, "--measure-data", "-o", "s.json", cwd=tmp_path)
    advisor("plan", "s.json", shape, f"--registry={REGISTRY}", "-o", "plan", cwd=tmp_path)
    manifests = tmp_path / "plan" / "manifests"
    claims = {
        path.name: ("storage: SIZE\n" in text, text.partition("measured: ")[2])
        for path in manifests.glob("claim-*.yaml")
        for text in [path.read_text()]
    }
    said = {name: (asked, text.partition("\n")[0]) for name, (asked, text) in claims.items()}
    assert said["claim-data-models.yaml"] == (False, "68.4 KiB in 1 file")
    bound = "at least 1.0 GiB in 52 files (1 mount below it, not entered)"
    assert (True, bound) in said.values()
    readme = (tmp_path / "plan" / "README.md").read_text()
    assert "68.4 KiB in 1 file" in readme
    assert "was not counted as a whole: 1 mount below it, not entered." in readme


def test_an_interrupt_leaves_nothing_behind(scene: DockerDaemon, tmp_path: Path) -> None:
    """Ctrl-C while a machine counts: no process is left, here or at the far end."""
    tools = tmp_path / "tools"
    tools.mkdir()
    marker = f"d 1 {os.getpid()} 2 0 8"
    (tools / "find").write_text(f'#!/bin/sh\n[ "$1" = / ] || exec yes "{marker}"\n')
    (tools / "find").chmod(0o755)
    with SshServer({"PATH": f"{tools}:{os.environ['PATH']}"}) as server:
        url = server.url + scene.host.removeprefix("unix://")
        command = ("snapshot", "--no-cluster", "--measure-data", f"--docker-host={url}")
        with run(*command, cwd=tmp_path, **server.environment()) as running:
            wait_for(lambda: marker in processes(), seconds=120)
            os.kill(running.pid, signal.SIGINT)
            assert running.wait(120) == 130
        wait_for(lambda: marker not in processes(), seconds=120)
        wait_for(lambda: f"-p {server.port}" not in processes(), seconds=120)
    assert sorted(path.name for path in tmp_path.glob("*.json*")) == []


def processes() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, processes()
        time.sleep(0.1)
