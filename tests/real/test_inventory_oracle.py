"""Inventories as the real ansible-inventory and ansible read them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from advisor.probes.inventory import read_hosts
from tests.probes.test_inventory import INI, YAML
from tests.real.parts.part import find_binary

pytestmark = pytest.mark.real
LIMITS = ("", "gpu", "gpu,!gpu02", "!cpu", "gpu*:&gpu0*", "all", "cpu:gpu09")


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(("name", "text"), [("hosts", INI), ("hosts.yaml", YAML)])
def test_the_hosts_are_those_of_ansible(tmp_path: Path, name: str, text: str, limit: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    ours = set(read_hosts(str(path), limit))
    assert ours == {_url(host, path) for host in _hosts(path, limit or "all")}


def test_a_program_is_read_by_ansible(tmp_path: Path) -> None:
    listing = {"gpu": {"hosts": ["g1"]}, "_meta": {"hostvars": {"g1": {"ansible_user": "ada"}}}}
    program = tmp_path / "dynamic"
    program.write_text(f"#!/bin/sh\ncat <<'X'\n{json.dumps(listing)}\nX\n", encoding="utf-8")
    program.chmod(0o755)
    assert read_hosts(str(program)) == ("ssh://ada@g1",)


def _hosts(path: Path, limit: str) -> list[str]:
    command = find_binary("ansible", "apt-get install ansible-core")
    listed = ("--inventory", str(path), "--list-hosts", limit)
    said = subprocess.run([command, *listed], capture_output=True, text=True, check=True).stdout
    return [line.strip() for line in said.splitlines()[1:]]


def _url(host: str, path: Path) -> str:
    command = find_binary("ansible-inventory", "apt-get install ansible-core")
    asked = ("--inventory", str(path), "--host", host)
    variables = json.loads(subprocess.check_output([command, *asked], text=True))
    if variables.get("ansible_connection") == "local":
        return "unix:///var/run/docker.sock"
    user, port = variables.get("ansible_user"), variables.get("ansible_port")
    address = variables.get("ansible_host", host)
    over_ssh = f"ssh://{f'{user}@' if user else ''}{address}{f':{port}' if port else ''}"
    return str(variables.get("docker_host", over_ssh))
