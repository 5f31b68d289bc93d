"""Which field of a job a compose key or a manifest's path sets."""

from __future__ import annotations

import itertools
import re

_SEPARATORS = re.compile(r"[./\[\]'\"]+")
_FIELDS = {
    "image": "image",
    "imagepullpolicy": "pull",
    "pull_policy": "pull",
    "container_name": "name",
    "name": "name",
    "command": "arguments",
    "args": "arguments",
    "entrypoint": "entrypoint",
    "environment": "environment",
    "env": "environment",
    "env_file": "environment_files",
    "envfrom": "environment_sources",
    "working_dir": "working_directory",
    "workingdir": "working_directory",
    "user": "user",
    "runasuser": "user",
    "runasgroup": "user",
    "group_add": "groups",
    "supplementalgroups": "groups",
    "hostname": "hostname",
    "healthcheck": "health",
    "livenessprobe": "health",
    "extra_hosts": "host_entries",
    "hostaliases": "host_entries",
    "dns": "name_servers",
    "nameservers": "name_servers",
    "dns_search": "search_domains",
    "searches": "search_domains",
    "dns_opt": "resolver_options",
    "stdin_open": "stdin",
    "stdin": "stdin",
    "tty": "terminal",
    "namespace": "project",
    "restart": "restart",
    "restart_policy": "restart",
    "restartpolicy": "restart",
    "backofflimit": "backoff_limit",
    "stop_grace_period": "grace",
    "terminationgraceperiodseconds": "grace",
    "stop_signal": "stop_signal",
    "volumes": "mounts",
    "volumemounts": "mounts",
    "tmpfs": "mounts",
    "configs": "mounts",
    "ports": "ports",
    "expose": "exposed",
    "gpus": "gpus",
    "runtime": "gpus",
    "devices": "devices",
    "cpus": "cpu_limit",
    "cpu_quota": "cpu_limit",
    "cpu_period": "cpu_limit",
    "cpu_shares": "cpu_request",
    "mem_limit": "memory_limit",
    "mem_reservation": "memory_request",
    "shm_size": "shared_memory",
    "ulimits": "ulimits",
    "privileged": "privileged",
    "cap_add": "capabilities_added",
    "cap_drop": "capabilities_dropped",
    "read_only": "read_only_root",
    "readonlyrootfilesystem": "read_only_root",
    "security_opt": "security_options",
    "network_mode": "host_network",
    "hostnetwork": "host_network",
    "ipc": "host_ipc",
    "hostipc": "host_ipc",
    "pid": "host_pid",
    "hostpid": "host_pid",
    "sysctls": "sysctls",
    "labels": "labels",
    "annotations": "annotations",
    "platform": "platform",
    "imagepullsecrets": "pull_secrets",
    "tolerations": "tolerations",
    "nodeselector": "node_selector",
    "completions": "completions",
    "parallelism": "parallelism",
    "replicas": "workers",
    "slotsperworker": "--slots-per-worker",
}
_OF_CONTAINERS = {"command": "entrypoint", "name": "container_name"}
_AMOUNTS = {
    ("limits", "cpu"): "cpu_limit",
    ("limits", "cpus"): "cpu_limit",
    ("requests", "cpu"): "cpu_request",
    ("reservations", "cpus"): "cpu_request",
    ("limits", "memory"): "memory_limit",
    ("requests", "memory"): "memory_request",
    ("reservations", "memory"): "memory_request",
    ("reservations", "devices"): "gpus",
}

_DEVICES = ("gpu", "/mig-", "gaudi")
_FREE_KEYS = frozenset(
    {"nodeselector", "labels", "annotations", "environment", "sysctls", "extra_hosts"}
)
"""What stands below is the user's own and names no field: `kubernetes.io/hostname`."""
_NESTED = {
    ("capabilities", "add"): "capabilities_added",
    ("capabilities", "drop"): "capabilities_dropped",
    ("dnsconfig", "options"): "resolver_options",
}


def named_field(path: str) -> str:
    """The field that a path's last known part names; empty where none is."""
    parts = [part.lower() for part in _SEPARATORS.split(path) if part]
    if parts[0] == "services" and parts[2:3] == ["build"]:
        return ""
    for pair in itertools.pairwise(parts):
        if pair in _AMOUNTS:
            return _AMOUNTS[pair]
    if "containers" in parts and parts[-1] in _OF_CONTAINERS:
        return _OF_CONTAINERS[parts[-1]]
    if "resources" in parts and any(part in ("limits", "requests") for part in parts):
        return "gpus" if any(name in path.lower() for name in _DEVICES) else "extended"
    for part in parts:
        if part in _FREE_KEYS:
            return _FIELDS[part]
    for pair in itertools.pairwise(parts):
        if pair in _NESTED:
            return _NESTED[pair]
    return next((_FIELDS[part] for part in reversed(parts) if part in _FIELDS), "")
