"""The Docker probe against a real dockerd: over its socket, over TLS, and with what fails."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from advisor.facts.host import Container, DockerHost, Filesystem, GpuRequest, HostImage, Mount, Port
from advisor.facts.mount_table import parse_mount_table
from advisor.facts.source import Source
from advisor.probes.common import ProbeResult
from advisor.probes.docker.endpoint import TlsFiles
from advisor.probes.docker.machine import Surveyor
from advisor.probes.docker.probe import HostOptions, probe_hosts
from advisor.probes.docker.remote import SubprocessRunner
from tests.real.docker_scene import PUSHED, build_docker_scene
from tests.real.parts.certificates import CertificateAuthority
from tests.real.parts.docker_daemon import REMOTE_REGISTRY, DockerDaemon
from tests.real.parts.part import temporary_directory
from tests.real.relay import relayed


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder on another filesystem than `disk`."""
    folder = Path("/dev/shm") / f"advisor-{os.getpid()}"
    folder.mkdir()
    yield folder
    folder.rmdir()


@pytest.fixture(scope="module")
def scene(started_docker_daemon: DockerDaemon, disk: Path, memory: Path) -> DockerDaemon:
    """Built once: the tests of this file only read it."""
    started_docker_daemon.wipe()
    build_docker_scene(started_docker_daemon, disk, memory)
    return started_docker_daemon


def probe(url: str, tls: TlsFiles | None = None) -> ProbeResult:
    (result,) = probe_hosts([url], HostOptions(tls=tls, environment={"PATH": os.environ["PATH"]}))
    return result


def host_of(result: ProbeResult) -> DockerHost:
    assert result.source == Source(
        probe="docker",
        target=result.source.target,
        status="ok",
        name=socket.gethostname(),
        seconds=result.source.seconds,
    )
    assert result.host is not None
    return result.host


def named(host: DockerHost, name: str) -> Container:
    """A container without what differs from run to run."""
    (container,) = [c for c in host.containers or () if c.name == name]
    mounts = tuple(msgspec.structs.replace(m, filesystem=_sizeless(m)) for m in container.mounts)
    return msgspec.structs.replace(container, id="", created="", mounts=mounts)


def _sizeless(mount: Mount) -> Filesystem | None:
    return mount.filesystem and msgspec.structs.replace(mount.filesystem, size=None, available=None)


def test_the_engine(scene: DockerDaemon) -> None:
    host = host_of(probe(scene.host))
    info = scene.client.info()
    version = scene.client.version()
    assert msgspec.structs.replace(
        host, images=None, containers=None, volumes=None, addresses=()
    ) == DockerHost(
        name=socket.gethostname(),
        url=scene.host,
        engine="docker",
        version=version["Version"],
        api_version=version["ApiVersion"],
        storage_driver="vfs",
        image_store="classic",
        architecture=version["Arch"],
        operating_system=info["OperatingSystem"],
        kernel=os.uname().release,
        cpus=os.cpu_count(),
        memory=info["MemTotal"],
        gpus=host.gpus,
        runtimes=tuple(sorted(info["Runtimes"])),
        default_runtime="runc",
        insecure_registries=(REMOTE_REGISTRY,),
        data_root=str(scene.directory / "data"),
        mount_table_read=True,
    )


def test_images(scene: DockerDaemon) -> None:
    images = host_of(probe(scene.host)).images or ()
    inspected = {image.id: scene.client.api.inspect_image(image.id) for image in images}
    expected = [
        HostImage(
            id=image["Id"],
            tags=tuple(image["RepoTags"]),
            digests=tuple(image["RepoDigests"]),
            size=image["Size"],
            layers=tuple(image["RootFS"]["Layers"]),
            architecture=image["Architecture"],
            operating_system="linux",
            created=image["Created"][:19] + "Z",
        )
        for image in inspected.values()
    ]
    plain = [
        msgspec.structs.replace(
            image, cuda_version="", requires_cuda="", user="", secret_variables=()
        )
        for image in images
    ]
    assert plain == expected
    (train,) = [image for image in images if image.tags == ("lab/train:v1",)]
    stated = (train.cuda_version, train.requires_cuda, train.user, train.secret_variables)
    assert stated == ("12.4.1", "cuda>=12.4", "trainer", ("HF_TOKEN",))
    assert [image.tags for image in images if image.digests] == [(PUSHED,)]
    assert [image.tags for image in images] == [
        (),
        ("lab/imported:v1",),
        ("lab/train:v1",),
        (PUSHED,),
    ]


def test_a_container_with_everything(scene: DockerDaemon, disk: Path, memory: Path) -> None:
    host = host_of(probe(scene.host))
    table = parse_mount_table(Path("/proc/self/mountinfo").read_text())
    root = table.find(host.data_root)
    (anonymous,) = [v.name for v in host.volumes or () if v.anonymous]
    assert named(host, "train") == Container(
        id="",
        name="train",
        image="lab/train:v1",
        image_id=scene.image_id("lab/train:v1"),
        state="created",
        command=("python", "x.py", "--token", "[redacted]", "--lr", "1"),
        variables=("EPOCHS", "WANDB_API_KEY"),
        labels={"note": "two\nlines \x1b[31m", "owner": "ann"},
        user="trainer",
        owner="ann",
        mounts=(
            Mount(
                kind="volume",
                target="/anonymous",
                volume=anonymous,
                driver="local",
                anonymous=True,
                filesystem=root,
            ),
            Mount(
                kind="bind",
                target="/data",
                source=str(disk),
                read_only=True,
                filesystem=table.find(str(disk)),
            ),
            Mount(
                kind="bind",
                target="/fast",
                source=str(memory),
                filesystem=Filesystem(mount_point="/dev/shm", type="tmpfs", device="tmpfs"),
            ),
            Mount(kind="bind", target="/gone", source=str(disk / "gone")),
            Mount(kind="volume", target="/named", volume="named", driver="local", filesystem=root),
            Mount(kind="tmpfs", target="/scratch"),
        ),
        gpu=GpuRequest(how="--gpus", count=-1, capabilities=("gpu",)),
        shared_memory=8 << 30,
        ulimits=("memlock=-1:-1",),
        ports=(
            Port(container_port=6006, host_address="127.0.0.1"),
            Port(container_port=8888, host_port=8888),
        ),
        restart="on-failure:3",
        runtime="runc",
        network_mode="default",
        tty=True,
        interactive=True,
        layer_size=0,
        layer_changes=0,
    )


def test_work_in_a_writable_layer(scene: DockerDaemon) -> None:
    chosen = named(host_of(probe(scene.host)), "chosen")
    assert (chosen.layer_changes, chosen.layer_paths) == (3, ("/top", "/work/notes.txt"))
    assert chosen.layer_size == 10


def test_gpu_requests_in_every_form(scene: DockerDaemon) -> None:
    host = host_of(probe(scene.host))
    nodes = ("/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl")
    assert {container.name: container.gpu for container in host.containers or ()} == {
        "train": GpuRequest(how="--gpus", count=-1, capabilities=("gpu",)),
        "chosen": GpuRequest(how="--gpus", count=2, devices=("0", "2"), capabilities=("gpu",)),
        "runtime": GpuRequest(
            how="runtime", count=2, devices=("0", "1"), capabilities=("compute",)
        ),
        "cdi": GpuRequest(how="cdi", count=-1, devices=("nvidia.com/gpu=all",)),
        "nodes": GpuRequest(how="device", count=2, devices=nodes),
    }


def test_volumes(scene: DockerDaemon, disk: Path) -> None:
    volumes = {v.name: v for v in host_of(probe(scene.host)).volumes or () if not v.anonymous}
    assert {name: (v.options, v.users, v.filesystem is None) for name, v in volumes.items()} == {
        "bound": ({"type": "none", "o": "bind", "device": str(disk)}, 0, False),
        "cifs": (
            {"type": "cifs", "o": "username=u,password=[redacted]", "device": "//filer/share"},
            0,
            True,
        ),
        "named": ({}, 1, False),
        "nfs": ({"type": "nfs", "o": "addr=filer,rw", "device": ":/export"}, 0, True),
    }


def test_tls_and_the_socket_give_the_same(scene: DockerDaemon) -> None:
    files = TlsFiles(
        authority=str(scene.certificates / "ca.pem"),
        certificate=str(scene.certificates / "cert.pem"),
        key=str(scene.certificates / "key.pem"),
    )
    over_tls = host_of(probe(scene.tls_host, files))
    over_socket = host_of(probe(scene.host))
    names = [container.name for container in over_socket.containers or ()]
    assert [named(over_tls, name) for name in names] == [named(over_socket, name) for name in names]
    assert over_tls.images == over_socket.images


def test_tls_by_the_environment(scene: DockerDaemon) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DOCKER_HOST": scene.tls_host,
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(scene.certificates),
    }
    (result,) = probe_hosts([None], HostOptions(environment=environment))
    assert host_of(result).url == scene.tls_host


def test_tls_that_fails_says_what_to_do(scene: DockerDaemon, tmp_path: Path) -> None:
    where = scene.tls_host.removeprefix("tcp://")
    other = CertificateAuthority(tmp_path)
    certificate, key = other.issue("stranger")
    own = str(scene.certificates / "ca.pem")
    stranger = TlsFiles(authority=own, certificate=str(certificate), key=str(key))
    reasons = {
        None: "the engine wants TLS (set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH)",
        TlsFiles(authority=str(other.file)): f"the certificate of {where} is not trusted"
        " (put its ca.pem into DOCKER_CERT_PATH)",
        TlsFiles(authority=own): f"{where} wants another client certificate"
        " (put cert.pem and key.pem into DOCKER_CERT_PATH)",
        stranger: f"{where} wants another client certificate"
        " (put cert.pem and key.pem into DOCKER_CERT_PATH)",
    }
    found = {tls: probe(scene.tls_host, tls).source.reason for tls in reasons}
    assert found == reasons


def test_two_hosts_at_once_and_one_that_is_not_there(
    scene: DockerDaemon, second_docker_daemon: DockerDaemon, tmp_path: Path
) -> None:
    missing = f"unix://{tmp_path}/missing"
    urls = [second_docker_daemon.host, missing, scene.host]
    results = probe_hosts(urls, HostOptions(environment={"PATH": os.environ["PATH"]}))
    found = [(r.source.target, r.source.status, r.host and r.host.images == ()) for r in results]
    assert found == [
        (second_docker_daemon.host, "ok", True),
        (missing, "failed", None),
        (scene.host, "ok", False),
    ]


def test_only_get_requests_reach_the_engine(scene: DockerDaemon) -> None:
    with temporary_directory("relay") as folder:
        with relayed(folder, scene.host.removeprefix("unix://")) as relay:
            host = host_of(probe(f"unix://{folder}/relay"))
        paths = {re.sub(r"^/v[0-9.]+", "", path) for _, path in relay.requests}
        assert {method for method, _ in relay.requests} == {"GET"}
    containers = [container.id for container in host.containers or ()]
    assert paths == {
        *("/version", "/info", "/volumes", "/images/json", "/containers/json?all=1"),
        *(f"/images/{image.id}/json" for image in host.images or ()),
        *(f"/containers/{identity}/json?size=1" for identity in containers),
        *(f"/containers/{identity}/changes" for identity in containers),
    }


def test_a_folder_that_may_not_be_searched_is_placed_as_far_as_can_be(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "below").mkdir(parents=True)
    closed.chmod(0o700)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-s"]
    surveyor = Surveyor(SubprocessRunner(os.environ), words, 30)
    table = parse_mount_table("1 0 8:1 / / rw - ext4 /dev/sda1 rw")
    path = str(closed / "below")
    (place,) = surveyor.look([path], table).values()
    assert (place.state, place.path, place.space) == ("denied", path, None)
