"""Docker hosts from inventories and lists, as Ansible and ClusterShell read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.probes.inventory import read_hosts

INI = """\
login ansible_connection=local

[gpu]
gpu[01:03] ansible_user=admin
gpu-x ansible_host=10.0.0.9 ansible_port=2222   # the old one

[cpu]
cpu-[a:b]

[site:children]
gpu
cpu

[cpu:vars]
ansible_user = "root"
"""
YAML = """\
all:
  vars: {ansible_user: ops}
  children:
    gpu:
      hosts:
        gpu[01:02]:
        gpu09: {ansible_user: admin, docker_host: "tcp://gpu09:2376"}
    cpu:
      hosts: {cpu1: }
"""
INI_HOSTS = (
    "unix:///var/run/docker.sock",
    "ssh://admin@gpu01",
    "ssh://admin@gpu02",
    "ssh://admin@gpu03",
    "ssh://10.0.0.9:2222",
    "ssh://root@cpu-a",
    "ssh://root@cpu-b",
)
YAML_HOSTS = ("ssh://ops@gpu01", "ssh://ops@gpu02", "tcp://gpu09:2376", "ssh://ops@cpu1")


def listed(folder: Path, text: str, limit: str = "") -> tuple[str, ...]:
    path = folder / "hosts"
    path.write_text(text, encoding="utf-8")
    return read_hosts(str(path), limit)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        pytest.param(INI, INI_HOSTS, id="ini"),
        pytest.param(YAML, YAML_HOSTS, id="yaml"),
        pytest.param(
            "\ufeff# ours\n\nadmin@a # x\nssh://b:22\nb\nb\n",
            ("ssh://admin@a", "ssh://b:22", "ssh://b"),
            id="list",
        ),
        pytest.param(
            "gpu[01-03,07]\n",
            tuple(f"ssh://gpu{n}" for n in ("01", "02", "03", "07")),
            id="node set",
        ),
        pytest.param(
            "r[1-2]n[8:10:2]",
            tuple(f"ssh://r{a}n{b}" for a in "12" for b in ("8", "10")),
            id="two ranges",
        ),
    ],
)
def test_hosts_in_the_order_of_the_file(tmp_path: Path, text: str, hosts: tuple[str, ...]) -> None:
    assert listed(tmp_path, text) == hosts


@pytest.mark.parametrize(
    ("limit", "numbers"),
    [
        ("gpu", [1, 2, 3, 4]),
        ("site", [1, 2, 3, 4, 5, 6]),
        ("gpu,!gpu02", [1, 3, 4]),
        ("!cpu", [0, 1, 2, 3, 4]),
        ("gpu*:&gpu0*", [1, 2, 3]),
        ("gpu[01:02]", [1, 2]),
        ("all", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_limit_chooses_hosts_and_groups(tmp_path: Path, limit: str, numbers: list[int]) -> None:
    assert listed(tmp_path, INI, limit) == tuple(INI_HOSTS[number] for number in numbers)


@pytest.mark.parametrize(
    ("text", "limit", "what"),
    [
        ("", "", "hosts: there is no host in it (write one host a line, or an Ansible inventory)"),
        (
            INI,
            "tpu",
            "hosts: no host matches --limit tpu (write one host a line, or an Ansible inventory)",
        ),
        ("a\ngpu[b-9]", "", "hosts:2:1: [b-9] is no range (write [01-64] or [a:f])"),
        ("[gpu]\ngpu1 note='x", "", "hosts:2:1: a quote is not closed"),
        ("all:\n  hosts: [a", "", None),
        ("[gpu\ngpu1\n", "", "hosts:1:1: '[gpu' is no group (write [NAME])"),
        ("a\n[gpu]\n[cpu\n", "", "hosts:3:1: '[cpu' is no group (write [NAME])"),
        (
            "\x7fELF\0\1",
            "",
            "hosts: not a text file (write one host a line, or an Ansible inventory)",
        ),
        (
            "gpu1\nhosts:: x\n",
            "",
            "hosts:2:1: 'hosts::' is no host (write NAME, USER@NAME or a URL)",
        ),
        (
            "a\nb ansible_port=x\n",
            "",
            "hosts:2:1: ansible_port=x is no port (write a number)",
        ),
        (
            "[a]\nb\n[a:vars]\nansible_port=99999\n",
            "",
            "hosts:4:1: ansible_port=99999 is no port (write a number)",
        ),
        (
            "all: {hosts: {a: {ansible_port: x}}}\n",
            "",
            "hosts: ansible_port=x is no port (write a number)",
        ),
        ("n[1-999999]", "", "hosts:1:1: more than 100000 hosts"),
        ("n[1-99999]x[1-99999]", "", "hosts:1:1: more than 100000 hosts"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, text: str, limit: str, what: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        listed(tmp_path, text, limit)
    line = caught.value.line().removeprefix(f"{tmp_path}/")
    assert line == what if what else line.startswith("hosts:")
