"""Which places of a host are counted, in which order, and what is said of the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from advisor.facts.host import Container, Filesystem, Measurement, Mount, Volume
from advisor.facts.mount_table import parse_mount_table
from advisor.probes.common import NoProgress
from advisor.probes.docker.endpoint import Endpoint, parse_endpoint
from advisor.probes.docker.machine import Place
from advisor.probes.docker.measuring import DataMeasurer, MeasureOptions
from advisor.probes.docker.placing import Placed
from advisor.probes.docker.remote import SubprocessRunner
from tests.fakes.engines import ProgressLog

SOCKET = parse_endpoint("unix:///var/run/docker.sock", None)
DISK = Filesystem(mount_point="/", type="ext4", device="/dev/sda1")
FILER = Filesystem(mount_point="/home", type="nfs4", device="filer:/home")
TABLE = parse_mount_table("1 0 8:1 / / rw - ext4 /dev/sda1 rw")
OPTIONS = MeasureOptions(
    seconds=60,
    is_system=lambda path: path.startswith(("/etc", "/var/run")),
    is_network=lambda kind: {"nfs4": True, "ext4": False}.get(kind),
)


def bind(source: str, filesystem: Filesystem | None = DISK) -> Mount:
    return Mount(kind="bind", source=source, target="/data", filesystem=filesystem)


def container(*mounts: Mount, **labels: str) -> Container:
    return Container(id="1", name="one", image="x", mounts=mounts, labels=labels)


def found(*paths: str | Path) -> dict[str, Place]:
    return {str(path): Place("found", str(path), None) for path in paths}


def measurer(endpoint: Endpoint = SOCKET) -> DataMeasurer:
    return DataMeasurer(OPTIONS, endpoint, SubprocessRunner(os.environ), 30)


def measure(placed: Placed) -> tuple[Measurement, ...]:
    return measurer().measure(placed, TABLE, NoProgress())


def test_what_is_not_walked_says_why() -> None:
    paths = {"/a": "missing", "/b": "stuck", "/c": "denied"}
    places = {path: Place(state, "", None) for path, state in paths.items()}  # type: ignore[arg-type]
    mounts = [bind(path) for path in ("/c", "/b", "/a", "/e")]
    mounts += [bind("/home/ann", FILER), bind("/etc/localtime"), bind("/var/run/docker.sock")]
    placed = Placed((container(*mounts),), (), {**places, **found("/home/ann", "/etc/localtime")})
    assert measure(placed) == (
        Measurement(path="/a", reason="it is not there"),
        Measurement(path="/b", reason="its filesystem gave no answer"),
        Measurement(path="/c", reason="a folder above it may not be searched by this user"),
        Measurement(path="/e", reason="its machine did not say where it is"),
        Measurement(
            path="/home/ann",
            reason="it is on a network filesystem (nfs4): nothing has to be copied",
        ),
    )


def test_whose_data_counts() -> None:
    """Not that of pods, nor unnamed volumes that nobody has, nor volumes that are mounts."""
    pod = {"io.kubernetes.pod.name": "p"}
    bound = {"type": "none", "o": "bind", "device": "/bound"}
    volumes = (
        Volume(name="named", mount_point="/v/named", users=0),
        Volume(name="unnamed", mount_point="/v/unnamed", anonymous=True, users=1),
        Volume(name="left", mount_point="/v/left", anonymous=True, users=0),
        Volume(name="bound", mount_point="/v/bound", options=bound),
        Volume(name="nfs", mount_point="/v/nfs", options={"type": "nfs", "device": ":/x"}),
        Volume(name="other", mount_point="/v/other", driver="rexray"),
    )
    placed = Placed((container(bind("/pod"), **pod), container(bind("/mine"))), volumes)
    asked = [one.path for one in measure(placed)]
    assert asked == ["/bound", "/mine", "/v/named", "/v/unnamed"]


def test_a_host_that_could_not_be_listed_has_nothing_to_count() -> None:
    assert measure(Placed(None, None)) == ()


def test_an_engine_behind_tcp_says_what_to_do_instead() -> None:
    endpoint = parse_endpoint("tcp://gpu-01:2375", None)
    placed = Placed((container(bind("/data", None)),), None)
    assert measurer(endpoint).refuse(placed, "the Docker API does not serve the mount table") == (
        Measurement(
            path="/data",
            reason="the Docker API does not serve the mount table;"
            " run advisor with --measure-data on that machine and merge its snapshot",
        ),
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "inner").mkdir(parents=True)
    (tmp_path / "data" / "inner" / "file").write_bytes(b"x" * 10)
    (tmp_path / "data" / "file").write_bytes(b"x" * 5)
    (tmp_path / "link").symlink_to(tmp_path / "data" / "inner")
    return tmp_path


def test_two_names_of_one_place_and_a_place_inside_of_another(data: Path) -> None:
    outer, inner, link = data / "data", data / "data" / "inner", data / "link"
    places = {**found(outer, inner), str(link): Place("found", str(inner), None)}
    mounts = (bind(str(link)), bind(str(outer)), bind(str(inner)))
    log = ProgressLog()
    placed = Placed((container(*mounts),), (), places)
    measured = measurer().measure(placed, TABLE, log)
    assert [(one.path, one.size, one.files, one.complete) for one in measured] == [
        (str(outer), 15, 2, True),
        (str(inner), 10, 1, True),
        (str(link), 10, 1, True),
    ]
    what = "places of data counted"
    assert log.reports == [(SOCKET.url, what, done, 2) for done in (0, 1, 2)]


def test_a_mount_of_the_table_is_not_entered(data: Path) -> None:
    point = data / "data" / "inner"
    table = parse_mount_table(
        f"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /x {point} rw - ext4 /dev/sda1 rw"
    )
    outer = data / "data"
    placed = Placed((container(bind(str(outer))),), (), found(outer))
    (one,) = measurer().measure(placed, table, NoProgress())
    assert (one.size, one.files, one.complete, one.reason) == (
        5,
        1,
        False,
        "1 mount below it, not entered",
    )
