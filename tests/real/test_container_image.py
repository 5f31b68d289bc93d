"""The container image, built from packages of Debian as a user builds it, run by both engines."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.real.parts.docker_daemon import DockerDaemon
from tests.real.parts.part import cache_directory, find_binary
from tests.real.parts.podman_service import PodmanService

pytestmark = pytest.mark.real

ROOT = Path(__file__).parent.parent.parent
IMAGE = "localhost/advisor"
MOST_BYTES = 150_000_000
SECONDS = 900
"""For all that is downloaded and built: a machine that is busy takes a third of it."""

BUILD = ("python3-pip", "binutils", "ca-certificates", "dash", "coreutils", "findutils")
BASE = ("base-files", "python3-minimal", "libpython3-stdlib", "libstdc++6", "openssh-client")
LEFT_OUT = ("man", "locale", "doc", "info", "lintian", "bash-completion")
RELEASE = 'ID=none\nPRETTY_NAME="The base of the image"\n'


def _root_filesystem(packages: tuple[str, ...]) -> Path:
    """An archive of what the packages hold, unpacked; none of their scripts is run. It is kept for
    a week, since to fetch and unpack them takes minutes."""
    year, week, _ = date.today().isocalendar()
    key = hashlib.sha256(repr((packages, LEFT_OUT, RELEASE)).encode()).hexdigest()[:16]
    kept = cache_directory() / "image" / f"{year}-{week}-{key}.tar"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in kept.parent.glob(f"*-{key}.tar"):
        old.unlink()
    target = kept.with_suffix(f".{os.getpid()}.tar")
    program = find_binary("mmdebstrap", "apt-get install mmdebstrap")
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
    release = f"--customize-hook=printf '{RELEASE}' > \"$1/usr/lib/os-release\""
    command = [program, "--quiet", "--variant=extract", f"--include={','.join(packages)}"]
    options = ["--dpkgopt=path-exclude=/usr/lib/*/gconv/*", *left_out, release]
    subprocess.run([*command, *options, "bookworm", str(target)], check=True, timeout=SECONDS)
    return target.rename(kept)


def _download_wheels(folder: Path) -> None:
    lock = ("--requirement", str(ROOT / "requirements" / "install.txt"))
    wheels = ("--dest", str(folder), "--only-binary", ":all:", "--python-version", "3.11")
    download = [sys.executable, "-m", "pip", "--quiet", "download", *wheels, *lock]
    subprocess.run(download, check=True, timeout=SECONDS)


def _add_wheels(base: Path, folder: Path) -> None:
    with tarfile.open(base, "a", format=tarfile.PAX_FORMAT) as tar:
        for wheel in sorted(folder.iterdir()):
            tar.add(wheel, f"./wheels/{wheel.name}")


@pytest.fixture(scope="module")
def podman() -> Iterator[PodmanService]:
    with PodmanService() as service:
        yield service


@pytest.fixture(scope="module")
def image(podman: PodmanService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network; the image as an archive that docker loads."""
    folder = tmp_path_factory.mktemp("image")
    with ThreadPoolExecutor() as pool:  # most of the time goes by while packages arrive
        archives = pool.map(_root_filesystem, (BUILD, BASE))
        downloaded = pool.submit(_download_wheels, folder / "wheels")
    for name, archive in zip(("build", "base"), archives, strict=True):
        shutil.copy(archive, folder / f"{name}.tar")
        if name == "build":
            downloaded.result()
            _add_wheels(folder / "build.tar", folder / "wheels")
        podman.run("import", "--quiet", str(folder / f"{name}.tar"), name)
    arguments = {
        "BUILD": "localhost/build",
        "BASE": "localhost/base",
        "PIP_OPTIONS": "--no-index --find-links /wheels",
    }
    given = [word for name, text in arguments.items() for word in ("--build-arg", f"{name}={text}")]
    podman.run("build", "--quiet", "--network=none", *given, "--tag", IMAGE, str(ROOT))
    podman.run(
        "save", "--quiet", "--format=docker-archive", "--output", str(folder / "image.tar"), IMAGE
    )
    return folder / "image.tar"


def _podman(podman: PodmanService, *arguments: str) -> tuple[int, str, str]:
    """Runs the image on a root that cannot be written to, without a network."""
    try:
        out = podman.run("run", "--rm", "--read-only", "--network=none", *arguments)
    except subprocess.CalledProcessError as error:
        return error.returncode, error.stdout.decode(), error.stderr.decode()
    return 0, out, ""


def test_what_the_image_is(podman: PodmanService, image: Path) -> None:
    (told,) = json.loads(podman.run("image", "inspect", IMAGE))
    assert told["Size"] <= MOST_BYTES, f"{told['Size']:,} bytes"
    assert told["Config"]["User"] == "65532"
    assert told["Config"]["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    code, out, err = _podman(podman, IMAGE, "--version")
    assert (code, out.partition(" from ")[2].startswith("/advisor/advisor (Python 3.11."), err) == (
        0,
        True,
        "",
    )


def test_it_checks_what_is_mounted_and_runs_none_of_it(
    podman: PodmanService, image: Path, tmp_path: Path
) -> None:
    (tmp_path / "run.sh").write_text("docker run --gpus 1 lab/train:1 python train.py\n")
    (tmp_path / "json.py").write_text("raise SystemExit('a module of the user')\n")
    tmp_path.chmod(0o755)
    command = ("check", "run.sh", "--assume", "gpu-nodes=2", "--format", "json")
    code, out, err = _podman(podman, "--volume", f"{tmp_path}:/work:ro", IMAGE, *command)
    assert (code, err) == (0, "")
    assert [job["label"] for job in json.loads(out)["jobs"]] == ["lab/train:1"]


def test_it_reads_the_host_that_it_runs_on(
    docker_daemon: DockerDaemon, image: Path, tmp_path: Path
) -> None:
    """What it says of the host is what advisor says that runs on it, but for its addresses."""
    docker_daemon.import_image("lab/train:1", {"motd": b"hello\n"})
    memory = Path("/dev/shm") / tmp_path.name
    memory.mkdir()
    try:
        binds = {str(tmp_path): {"bind": "/disk"}, str(memory): {"bind": "/memory"}}
        docker_daemon.client.containers.create("lab/train:1", ["x"], volumes=binds, name="train")
        with image.open("rb") as archive:
            docker_daemon.client.images.load(archive)
        socket = docker_daemon.host.removeprefix("unix://")
        out = docker_daemon.client.containers.run(
            IMAGE,
            ["snapshot", "--no-cluster", "--host-root", "/host", "-o", "-"],
            remove=True,
            read_only=True,
            network_mode="none",
            pid_mode="host",
            user="0",
            volumes=[f"{socket}:/var/run/docker.sock:ro", "/:/host:ro"],
        )
        inside = json.loads(out)
        host = ("--docker-host", docker_daemon.host)
        outside = _snapshot("--no-cluster", *host)
    finally:
        shutil.rmtree(memory)
    mounts = {one["target"]: one["filesystem"]["type"] for one in _train(inside)["mounts"]}
    assert mounts["/memory"] == "tmpfs"
    assert _plain(inside) == _plain(outside)
    (machine,) = inside["machines"]
    release = Path("/etc/os-release").read_text()
    assert f'PRETTY_NAME="{machine["operating_system"]}"' in release
    assert machine["kernel"] == os.uname().release


def _snapshot(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "advisor", "snapshot", *arguments, "-o", "-"]
    done = subprocess.run(command, check=True, capture_output=True)
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def _train(snapshot: dict[str, Any]) -> dict[str, Any]:
    (host,) = snapshot["hosts"]
    return next(one for one in host["containers"] if one["name"] == "train")


def _plain(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The host without what differs by the way to it or changes, and without who asked."""
    (host,) = snapshot["hosts"]
    train = _train(snapshot)
    for place in (*train["mounts"], *host["volumes"]):
        place.get("filesystem", {}).pop("available", None)
    held = {one["name"]: one.get("filesystem") for one in host["volumes"]}
    same = {"url": "", "addresses": [], "taken": "", "containers": [train], "volumes": held}
    return {**host, **same}
