"""Docker hosts from a file: a list, or an Ansible inventory (INI, YAML, a program, a folder).

https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html has the two forms of an
inventory, its ranges and patterns; node sets like `gpu[01-64,70]` are ClusterShell's and Slurm's.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.files import STANDARD_STREAM, input_name, read_bytes
from advisor.yaml_text import YamlError, parse

MOST_HOSTS = 100_000
ANSIBLE_SECONDS = 120
_RANGE = re.compile(r"\[([^\[\]]*)\]")
_SECTION = re.compile(r"\[([^\]:]+)(?::(children|vars))?\]$")
_ALL = ("all", "ungrouped")
_PLUGIN = re.compile(r"^plugin\s*:\s*\S", re.MULTILINE)
_NAME = re.compile(r"(?:[\w.-]+@)?(?:[\w.-]+(?::\d+)?|\[?[\da-fA-F:]*:[\da-fA-F:.]*\]?)")
_PORTS = ("ansible_port", "ansible_ssh_port")
_ADDRESSES = ("ansible_host", "ansible_ssh_host", "docker_host", "ansible_connection")
_LINES = "write one host a line, or an Ansible inventory"

Variables = dict[str, str]


class Inventory:
    """Hosts by name with their variables, and the groups that they are in."""

    def __init__(self) -> None:
        self.hosts: dict[str, Variables] = {}
        self.members: dict[str, list[str]] = {}
        self.children: dict[str, list[str]] = {}
        self.variables: dict[str, Variables] = {}

    def add(self, pattern: str, group: str, variables: Variables, where: str) -> None:
        """The hosts that a name with ranges stands for; InputError where they are too many, and
        for what is no host."""
        _check_port(variables, where)
        for name in _expanded(pattern, where):
            reached = "://" in name or any(key in variables for key in _ADDRESSES)
            if not reached and not _NAME.fullmatch(name):
                raise InputError(
                    f"'{name}' is no host", where=where, remedy="write NAME, USER@NAME or a URL"
                )
            self.hosts.setdefault(name, {}).update(variables)
            self.members.setdefault(group, []).append(name)
        if len(self.hosts) > MOST_HOSTS:
            raise InputError(f"more than {MOST_HOSTS} hosts", where=where)

    def hosts_of(self, group: str) -> set[str]:
        """The hosts of a group and of the groups below it."""
        found: set[str] = set()
        waiting, seen = [group], {group}
        while waiting:
            name = waiting.pop()
            found.update(self.members.get(name, ()))
            below = [child for child in self.children.get(name, ()) if child not in seen]
            seen.update(below)
            waiting += below
        return found

    def merged_variables(self) -> dict[str, Variables]:
        """Each host's: its own before those of its groups, and a group's before those of `all`."""
        merged = {host: dict(self.variables.get("all", {})) for host in self.hosts}
        for group, variables in self.variables.items():
            if group not in _ALL:
                for host in self.hosts_of(group):
                    merged[host].update(variables)
        return {host: merged[host] | own for host, own in self.hosts.items()}


def read_hosts(path: str, limit: str = "") -> tuple[str, ...]:
    """The URLs of the hosts in a file (`-` is standard input), in its order.

    `limit` is a pattern as Ansible has it: names of hosts and groups with `*`, several after a
    comma, `!` leaves out, `&` keeps what both have. Raises InputError for a file that cannot be
    read and for a pattern that matches nothing.
    """
    name = input_name(path)
    inventory = _read_with_ansible(path) if _wants_ansible(path) else _read(path, name)
    chosen = _limited(inventory, limit)
    if not chosen:
        what = f"no host matches --limit {limit}" if limit else "there is no host in it"
        raise InputError(what, where=name, remedy=_LINES)
    variables = inventory.merged_variables()
    urls = (_url(host, variables[host]) for host in inventory.hosts if host in chosen)
    return tuple(dict.fromkeys(urls))


def _wants_ansible(path: str) -> bool:
    """Whether only Ansible can read it: a program, or a folder of inventories."""
    return path != STANDARD_STREAM and (Path(path).is_dir() or _is_program(path))


def _is_program(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _read_with_ansible(path: str) -> Inventory:
    """What `ansible-inventory --list` says; it runs the program and merges the folder."""
    command = shutil.which("ansible-inventory")
    if command is None:
        raise InputError(
            "a folder, a program or a plugin is an inventory that only Ansible can read",
            where=path,
            remedy="install ansible-core, or give the output of: ansible-inventory --list --yaml",
        )
    try:
        done = subprocess.run(
            [command, "--inventory", path, "--list"],
            capture_output=True,
            text=True,
            timeout=ANSIBLE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["ansible-inventory failed"]
            raise InputError(said[-1], where=path)
        inventory = _from_listing(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise InputError(f"ansible-inventory gave no inventory: {error}", where=path) from None
    if not inventory.hosts and (faults := [line for line in done.stderr.splitlines() if line]):
        raise InputError(
            f"ansible-inventory found no host: {' '.join(faults)}",
            where=path,
            remedy=f"see what says: ansible-inventory --inventory {shlex.quote(path)} --list",
        )
    return inventory


def _from_listing(listing: dict[str, Any]) -> Inventory:
    inventory = Inventory()
    variables = listing.get("_meta", {}).get("hostvars", {})
    for group, content in listing.items():
        if group == "_meta":
            continue
        inventory.children[group] = list(content.get("children", ()))
        for host in content.get("hosts", ()):
            inventory.hosts[host] = _texts(variables.get(host, {}))
            inventory.members.setdefault(group, []).append(host)
    return inventory


def _read(path: str, name: str) -> Inventory:
    text = read_bytes(path).decode("utf-8", "replace").removeprefix("\ufeff")
    if "\0" in text:
        raise InputError("not a text file", where=name, remedy=_LINES)
    if _PLUGIN.search(text) and path != STANDARD_STREAM:
        return _read_with_ansible(path)
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    if any(_SECTION.fullmatch(line) or _is_open(line) for line in lines):
        return _read_ini(lines, name)
    if any(re.match(r"[\w.-]+:\s*(?:$|\{)", line) for line in lines):
        return _read_yaml(text, name)
    inventory = Inventory()
    for number, line in enumerate(lines, 1):
        for word in line.split()[:1]:
            inventory.add(word, "ungrouped", _variables(line.split()[1:]), f"{name}:{number}:1")
    return inventory


def _is_open(line: str) -> bool:
    """Whether it is the beginning of a group's name without its end."""
    return line.startswith("[") and "]" not in line


def _read_ini(lines: list[str], name: str) -> Inventory:
    inventory, group, kind = Inventory(), "ungrouped", ""
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}:1"
        section = _SECTION.fullmatch(line)
        if _is_open(line):
            raise InputError(f"'{line}' is no group", where=where, remedy="write [NAME]")
        if section:
            group, kind = section[1], section[2] or ""
        elif not line or line.startswith(";"):
            continue
        elif kind == "children":
            inventory.children.setdefault(group, []).append(line)
        elif kind == "vars":
            key, _, value = line.partition("=")
            variables = {key.strip(): value.strip().strip("'\"")}
            _check_port(variables, where)
            inventory.variables.setdefault(group, {}).update(variables)
        else:
            try:
                words = shlex.split(line)
            except ValueError:
                raise InputError("a quote is not closed", where=where) from None
            inventory.add(words[0], group, _variables(words[1:]), where)
    return inventory


def _read_yaml(text: str, name: str) -> Inventory:
    try:
        documents = parse(text)
    except YamlError as error:
        raise InputError(error.what, where=f"{name}:{error.line}:{error.column}") from None
    inventory = Inventory()
    waiting: list[tuple[str, Any]] = [
        item for document in documents if isinstance(document, dict) for item in document.items()
    ]
    while waiting:
        group, content = waiting.pop(0)
        if not isinstance(content, dict):
            continue
        for pattern, variables in _mapping(content.get("hosts")).items():
            inventory.add(str(pattern), group, _texts(_mapping(variables)), name)
        own = _texts(_mapping(content.get("vars")))
        _check_port(own, name)
        inventory.variables.setdefault(group, {}).update(own)
        below = _mapping(content.get("children"))
        inventory.children.setdefault(group, []).extend(map(str, below))
        waiting += below.items()
    return inventory


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _texts(values: dict[Any, Any]) -> Variables:
    return {str(key): str(value) for key, value in values.items()}


def _variables(words: list[str]) -> Variables:
    return dict(word.split("=", 1) for word in words if "=" in word)


def _check_port(variables: Variables, where: str) -> None:
    """InputError for a port that is none."""
    for key in _PORTS:
        port = variables.get(key, "1")
        if not (port.isdecimal() and 0 < int(port[:6]) <= 65_535):
            raise InputError(f"{key}={port} is no port", where=where, remedy="write a number")


def _expanded(pattern: str, where: str) -> list[str]:
    """`gpu[01-64,70]` and Ansible's `gpu[01:64:2]` and `gpu-[a:f]` as names, in order."""
    if "://" in pattern:
        return [pattern]
    names = [""]
    start = 0
    for found in _RANGE.finditer(pattern):
        pieces = [piece for part in found[1].split(",") for piece in _range(part.strip(), where)]
        joined = (n + pattern[start : found.start()] + piece for n in names for piece in pieces)
        names = list(islice(joined, MOST_HOSTS + 1))
        start = found.end()
    return [name + pattern[start:] for name in names]


def _range(part: str, where: str) -> Iterator[str]:
    first, *more = re.split(r"[:-]", part)
    last, step = (more[0] if more else first), (more[1] if len(more) > 1 else "1")
    if first.isdecimal() and last.isdecimal() and step.isdecimal() and len(last) < 10 and int(step):
        numbers = range(int(first), int(last) + 1, int(step))
        yield from (str(number).zfill(len(first)) for number in numbers[: MOST_HOSTS + 1])
    elif len(first) == len(last) == 1 and first.isalpha() and last.isalpha():
        yield from map(chr, range(ord(first), ord(last) + 1))
    elif more:
        raise InputError(f"[{part}] is no range", where=where, remedy="write [01-64] or [a:f]")
    else:
        yield first


def _limited(inventory: Inventory, limit: str) -> set[str]:
    every = set(inventory.hosts)
    parts = [part.strip() for part in re.split(r"[,:](?![^\[]*\])", limit) if part.strip()]
    chosen = set() if any(part[0] not in "!&" for part in parts) else set(every)
    for part in sorted(parts, key=lambda part: "&!".find(part[0])):
        pattern = part.lstrip("!&")
        names = {
            name
            for word in _expanded(pattern, "--limit")
            for name in inventory.hosts
            if fnmatchcase(name, word)
        }
        for group in {*inventory.members, *inventory.children}:
            if fnmatchcase(group, pattern):
                names |= inventory.hosts_of(group)
        matched = set(inventory.hosts) if pattern == "all" else names
        chosen = (
            chosen - matched
            if part[0] == "!"
            else chosen & matched
            if part[0] == "&"
            else chosen | matched
        )
    return chosen


def _url(host: str, variables: Variables) -> str:
    """Where its Docker engine is asked: over ssh, unless a variable says otherwise."""
    if "://" in host:
        return host
    if variables.get("docker_host"):
        return variables["docker_host"]
    if variables.get("ansible_connection") == "local":
        return "unix:///var/run/docker.sock"
    user = variables.get("ansible_user") or variables.get("ansible_ssh_user", "")
    port = variables.get("ansible_port") or variables.get("ansible_ssh_port", "")
    address = variables.get("ansible_host") or variables.get("ansible_ssh_host") or host
    return f"ssh://{user}{'@' if user else ''}{address}{':' if port else ''}{port}"
