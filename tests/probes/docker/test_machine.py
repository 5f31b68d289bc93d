"""The shell scripts that ask a machine, run here in a real shell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from advisor.facts.host import Filesystem
from advisor.facts.mount_table import parse_mount_table
from advisor.probes.docker.machine import (
    Machine,
    Place,
    Surveyor,
    holding_filesystems,
    parse_addresses,
)
from advisor.probes.docker.remote import CommandResult, SubprocessRunner
from tests.fakes.engines import RecordedShell

ROOT_ONLY = parse_mount_table("1 0 8:1 / / rw - ext4 /dev/sda1 rw")


@pytest.fixture
def surveyor() -> Surveyor:
    return Surveyor(SubprocessRunner(os.environ), ["sh", "-s"], 30)


def test_this_machine(surveyor: Surveyor) -> None:
    machine = surveyor.survey()
    assert isinstance(machine, Machine)
    assert (machine.name, machine.kernel) == (os.uname().nodename, os.uname().release)
    assert machine.table_source in ("/proc/1/mountinfo", "/proc/self/mountinfo")
    assert machine.table.find("/proc/self") == Filesystem(
        mount_point="/proc", type="proc", device="proc"
    )


def test_where_paths_lead(surveyor: Surveyor, tmp_path: Path) -> None:
    odd = tmp_path / "a 'quoted' \"name\"\nof $(two) lines\n"
    odd.mkdir()
    (tmp_path / "link").symlink_to(odd)
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    (tmp_path / "file").write_text("")
    names = ("link", "dangling", "file", "none/below", odd.name)
    paths = [str(tmp_path / name) for name in names]
    places = surveyor.look(paths, ROOT_ONLY)
    assert {path: (place.state, place.path) for path, place in places.items()} == {
        paths[0]: ("found", str(odd)),
        paths[1]: ("missing", ""),
        paths[2]: ("found", paths[2]),
        paths[3]: ("missing", ""),
        paths[4]: ("found", str(odd)),
    }
    space = places[paths[2]].space
    assert space is not None
    assert 0 <= space[1] <= space[0]


def test_a_machine_with_gpus_and_noise_before_its_answer() -> None:
    """A login shell may greet before the script's first word."""
    output = (
        "Welcome!\nadvisor-survey\0name\0gpu7\0kernel\x006.1\0addresses\0\0gpus\x008\0"
        "table\x001 0 8:1 / / rw - ext4 /dev/sda1 rw\0source\0/proc/1/mountinfo\0"
    )
    machine = Surveyor(RecordedShell([output]), ["sh"], 1).survey()
    assert isinstance(machine, Machine)
    assert machine._replace(table=ROOT_ONLY) == Machine(
        "gpu7", "6.1", (), 8, ROOT_ONLY, "/proc/1/mountinfo"
    )


def test_a_shell_that_fails_says_why() -> None:
    shell = RecordedShell([CommandResult(255, "", "banner\nConnection closed\n")])
    assert Surveyor(shell, ["sh"], 1).survey() == "Connection closed"


def test_what_a_path_that_does_not_answer_still_tells() -> None:
    table = parse_mount_table(
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /dead rw - nfs4 filer:/x rw"
    )
    places = {
        "/dead/a": Place("stuck", "", None),
        "/data/a": Place("found", "/dead/b", (10, 4)),
        "/data/b": Place("found", "/dead/c", (10, 3)),
        "/gone": Place("missing", "", None),
        "/closed/a": Place("denied", "/closed/a", None),
    }
    dead = Filesystem(mount_point="/dead", type="nfs4", device="filer:/x")
    measured = Filesystem(mount_point="/dead", type="nfs4", device="filer:/x", size=10, available=4)
    assert holding_filesystems(places, table) == {
        "/dead/a": dead,
        "/data/a": measured,
        "/data/b": measured,
        "/gone": None,
        "/closed/a": Filesystem(mount_point="/", type="ext4", device="/dev/sda1"),
    }


def test_addresses_that_every_docker_host_has_are_left_out() -> None:
    text = """\
1: lo    inet 127.0.0.1/8 scope host lo
2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0
2: eth0    inet6 fe80::1/64 scope link
3: docker0    inet 172.17.0.1/16 scope global docker0
4: br-0a1b2c    inet 172.18.0.1/16 scope global br-0a1b2c
5: ib0    inet 192.168.7.5/24 scope global ib0
6: cni0    inet 10.244.0.1/24 scope global cni0
7: ib1    inet 192.168.7.5/24 scope global ib1
"""
    assert parse_addresses(text) == ("10.0.0.5", "192.168.7.5")


def test_a_path_of_another_system_is_not_looked_for(surveyor: Surveyor, tmp_path: Path) -> None:
    here = str(tmp_path)
    assert list(surveyor.look(["C:\\data", "-rf", "a/../../b", "", here], ROOT_ONLY)) == [here]
