"""A `docker run` line as a service of a compose file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tests.real.same_job.lines import DATA, MANY, VOLUME, Line

KEYS: Mapping[str, str] = {
    "-e": "environment",
    "-w": "working_dir",
    "-u": "user",
    "--group-add": "group_add",
    "--cap-add": "cap_add",
    "--cap-drop": "cap_drop",
    "--security-opt": "security_opt",
    "--privileged": "privileged",
    "--read-only": "read_only",
    "--tmpfs": "tmpfs",
    "-v": "volumes",
    "--mount": "volumes",
    "--shm-size": "shm_size",
    "-m": "mem_limit",
    "--memory-reservation": "mem_reservation",
    "--memory-swap": "memswap_limit",
    "--cpus": "cpus",
    "--cpuset-cpus": "cpuset",
    "--cpu-quota": "cpu_quota",
    "--cpu-period": "cpu_period",
    "--cpu-shares": "cpu_shares",
    "--pids-limit": "pids_limit",
    "-h": "hostname",
    "--domainname": "domainname",
    "--add-host": "extra_hosts",
    "--dns": "dns",
    "--dns-search": "dns_search",
    "--dns-option": "dns_opt",
    "--init": "init",
    "-i": "stdin_open",
    "-t": "tty",
    "--restart": "restart",
    "--stop-signal": "stop_signal",
    "--network": "network_mode",
    "--pid": "pid",
    "--ipc": "ipc",
    "--uts": "uts",
    "--userns": "userns_mode",
    "--sysctl": "sysctls",
    "--device": "devices",
    "-p": "ports",
    "--expose": "expose",
    "-l": "labels",
    "--oom-score-adj": "oom_score_adj",
    "--platform": "platform",
    "--ulimit": "ulimits",
    "--entrypoint": "entrypoint",
    "--cgroupns": "cgroup",
    "--runtime": "runtime",
    "--name": "container_name",
    "--oom-kill-disable": "oom_kill_disable",
}
_SAID_BY_NO_KEY = frozenset({"-d", "--rm"})
_MOUNT = {"src": "source", "dst": "target", "destination": "target"}


def compose_file(line: Line, data: str) -> str:
    """Empty where a flag has no key, or where compose takes its value in another way."""
    service: dict[str, Any] = {"image": line.image}
    for name, value in line.options:
        if name in _SAID_BY_NO_KEY:
            continue
        if name not in KEYS or (not value and name == "--entrypoint"):
            return ""
        key, told = KEYS[name], _told(name, value)
        if told is None:
            return ""
        if name == "--ulimit":
            service.setdefault(key, {}).update(told)
        elif name in MANY:
            service.setdefault(key, []).append(told)
        else:
            service[key] = told
    if line.command:
        service["command"] = list(line.command)
    names = [one.partition("=")[0] for one in service.get("environment", ())]
    if len(names) > len({*names}):
        return ""
    document = {"services": {"job": service}, "volumes": {VOLUME: {"external": True}}}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text.replace("$", "$$").replace(DATA, data)


def _told(name: str, value: str) -> Any:
    if not value or value == "false":
        return not value
    if name == "--entrypoint":
        return [value]
    if name == "--ulimit":
        limit, _, numbers = value.partition("=")
        soft, _, hard = numbers.partition(":")
        return {limit: {"soft": int(soft), "hard": int(hard)} if hard else int(soft)}
    return _mount(value) if name == "--mount" else value


def _mount(value: str) -> Mapping[str, Any] | None:
    given = dict(one.partition("=")[::2] for one in value.split(","))
    if not given.keys() <= {"type", "source", "target", "readonly", *_MOUNT} or '"' in value:
        return None
    mount = {_MOUNT.get(key, key): text for key, text in given.items()}
    only_read = {"read_only": mount.pop("readonly") != "false"} if "readonly" in mount else {}
    return {"type": "volume", **mount, **only_read}
