"""A machine that is seen below a folder: its links, its tables, and nothing of our own."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.facts.host import Machine
from advisor.facts.mount_table import parse_mount_table
from advisor.probes.docker.documents import Document
from advisor.probes.docker.host_root import HostRoot, check_host_root
from advisor.probes.docker.machine import Place
from advisor.probes.docker.placing import MachineUnknownError, find_machine

TABLE = """\
22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw
31 22 0:48 / /mnt/data rw - nfs4 filer:/export/data rw
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with two GPUs, a file server's mount, and links of every kind."""
    machine = tmp_path / "machine"
    files = {
        "proc/1/mountinfo": TABLE,
        "proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15\n",
        "proc/driver/nvidia/gpus/0000:07:00.0/information": "",
        "proc/driver/nvidia/gpus/0000:0f:00.0/information": "",
        "usr/lib/os-release": 'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.4 LTS"\n',
        "etc/hostname": "gpu-01\n",
        "mnt/data/set/x": "",
        "var/lib/docker/x": "",
    }
    for name, text in files.items():
        (machine / name).parent.mkdir(parents=True, exist_ok=True)
        (machine / name).write_text(text)
    os.symlink("../usr/lib/os-release", machine / "etc" / "os-release")
    os.symlink("/mnt/data", machine / "data")
    os.symlink("../../../../../../etc/passwd", machine / "above")
    os.symlink("loop", machine / "loop")
    return machine


def test_the_machine_and_not_the_container(root: Path) -> None:
    machine = HostRoot(str(root)).survey()
    assert (machine.name, machine.kernel, machine.addresses) == ("gpu-01", platform.release(), ())
    assert (machine.gpus, machine.table_source) == (2, f"{root}/proc/1/mountinfo")
    found = machine.table.find("/mnt/data/set")
    assert found is not None
    assert (found.type, found.device) == ("nfs4", "filer:/export/data")


def test_what_no_engine_tells(root: Path) -> None:
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")
    assert HostRoot(str(root)).describe("gpu-01") == Machine(
        name="gpu-01",
        kernel=platform.release(),
        architecture=architecture or platform.machine(),
        distribution="ubuntu",
        distribution_version="22.04",
        operating_system="Ubuntu 22.04.4 LTS",
        driver="550.54.15",
        gpus=2,
    )


def test_links_stay_below_the_root(root: Path) -> None:
    paths = ("/data/set", "/above", "/loop", "/nowhere", "/mnt/data/../data/set", "relative")
    found = HostRoot(str(root)).look(paths, parse_mount_table(TABLE))
    space = os.statvfs(root)
    size = space.f_frsize * space.f_blocks
    told = {path: (one.state, one.path, one.space and one.space[0]) for path, one in found.items()}
    missing = ("missing", "", None)
    assert told == {
        "/data/set": ("found", "/mnt/data/set", size),
        "/mnt/data/../data/set": ("found", "/mnt/data/set", size),
        "/above": missing,
        "/loop": missing,
        "/nowhere": missing,
    }


def test_a_folder_that_may_not_be_searched(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lstat = os.lstat

    def refuse(path: str) -> os.stat_result:
        if path == f"{root}/mnt/data/set":
            raise PermissionError
        return lstat(path)

    monkeypatch.setattr(os, "lstat", refuse)
    found = HostRoot(str(root)).look(["/data/set/x"], parse_mount_table(TABLE))
    assert found == {"/data/set/x": Place("denied", "/mnt/data/set/x", None)}


def test_a_server_that_is_gone_holds_up_nobody(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    never = threading.Event()

    def wait(_: str) -> os.statvfs_result:
        never.wait()
        raise OSError

    monkeypatch.setattr("advisor.probes.docker.host_root.PATH_SECONDS", 0.2)
    monkeypatch.setattr(os, "statvfs", wait)
    found = HostRoot(str(root)).look(["/mnt/data/set", "/mnt/data"], parse_mount_table(TABLE))
    assert found == dict.fromkeys(("/mnt/data/set", "/mnt/data"), Place("stuck", "", None))
    never.set()


def test_another_machines_root_is_refused(root: Path) -> None:
    said = {
        "Name": "gpu-02",
        "KernelVersion": platform.release(),
        "DockerRootDir": "/var/lib/docker",
    }
    with pytest.raises(MachineUnknownError, match="the engine runs on gpu-02"):
        find_machine(HostRoot(str(root)), Document(said))
    here = find_machine(HostRoot(str(root)), Document({**said, "Name": "gpu-01"}))
    assert here.name == "gpu-01"


def test_a_folder_that_is_no_root(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        check_host_root(str(tmp_path))
    assert error.value.line() == (
        f"--host-root {tmp_path}: no root of a machine is there"
        " (mount it: docker run -v /:/host:ro ... --host-root /host)"
    )
