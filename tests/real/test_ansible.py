"""The role of deploy/ansible by a real ansible-playbook, against hosts behind a real sshd."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor import api
from advisor.cli.process import run
from advisor.collection.collect import load_recording
from advisor.errors import InputError
from advisor.fleet.folder import readings
from advisor.probes.inventory import read_hosts
from tests.real.parts.part import find_binary, free_port
from tests.real.parts.ssh_server import SshServer

pytestmark = pytest.mark.real

PLAYBOOK = Path(__file__).parent.parent.parent / "deploy" / "ansible" / "collect.yml"


@pytest.fixture(scope="module")
def ssh() -> Iterator[SshServer]:
    with SshServer() as server:
        yield server


@pytest.fixture
def inventory(ssh: SshServer, tmp_path: Path) -> Path:
    """Two names of one machine, and a third where nobody listens."""
    (tmp_path / "survey.sh").write_text(api.host_script())
    path = tmp_path / "hosts.ini"
    reached = f"ansible_host=127.0.0.1 ansible_user={ssh.user}"
    lines = [f"{name} {reached} ansible_port={ssh.port}" for name in ("gpu-01", "GPU-02")]
    path.write_text("\n".join([*lines, f"gone {reached} ansible_port={free_port()}", ""]))
    return path


def _collect(inventory: Path, ssh: SshServer, *more: str) -> subprocess.CompletedProcess[str]:
    program = find_binary("ansible-playbook", "apt-get install ansible-core")
    folder = inventory.parent
    given = [f"advisor_fleet={folder}/fleet", f"advisor_script={folder}/survey.sh", *more]
    variables = [word for one in given for word in ("--extra-vars", one)]
    settings = {
        "ANSIBLE_LOCAL_TEMP": str(folder),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_TIMEOUT": "120",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(
        [program, "--inventory", str(inventory), "--forks", "3", *variables, str(PLAYBOOK)],
        env={**os.environ, **ssh.environment(), **settings},
        capture_output=True,
        text=True,
        timeout=900,
    )


def test_each_host_becomes_a_reading(
    inventory: Path, ssh: SshServer, capfd: pytest.CaptureFixture[str]
) -> None:
    done = _collect(inventory, ssh)
    fleet = str(inventory.parent / "fleet")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "gone" in done.stdout.partition("PLAY RECAP")[2]
    found = readings(fleet)
    assert list(found) == ["hosts/gpu-01", "hosts/gpu-02"]
    for (one,) in found.values():
        (machine,) = load_recording(f"{fleet}/{one.path}").machines
        assert (machine.name, machine.kernel) == (os.uname().nodename, os.uname().release)
        assert machine.mounts
        assert one.day.startswith("20")
    site = str(inventory.parent / "site")
    assert run(["fleet", "report", fleet, "--assume", "gpu-nodes=2", "-o", site]) in (0, 1)
    pages = sorted(page.name for page in Path(site).rglob("*.html"))
    assert pages == ["gpu-01.html", "gpu-02.html", "index.html"]
    assert capfd.readouterr().err == f"wrote {site}/index.html\n"
    # Taken up again: what is new enough is not asked.
    again = _collect(inventory, ssh, "advisor_older_than=1d")
    assert again.returncode == 4
    assert readings(fleet) == found
    assert again.stdout.count("skipping: ") >= 2


@pytest.mark.parametrize("text", ["#!/bin/sh\necho gone >&2\nexit 1\n", "plugin: aws_none\n"])
def test_what_ansible_cannot_read_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hosts.yaml"
    path.write_text(text)
    path.chmod(0o755)
    with pytest.raises(InputError) as caught:
        read_hosts(str(path))
    said = caught.value.line()
    assert said.startswith(f"{path}: ansible-inventory found no host: ")
    assert said.endswith(f"(see what says: ansible-inventory --inventory {path} --list)")
