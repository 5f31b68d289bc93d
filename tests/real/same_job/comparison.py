"""What docker's container and the cluster's pod see, piece by piece, and what tells of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from advisor.jobs.ledger import Entry
from tests.real.same_job.program import Report
from tests.real.same_job.sides import Told

Facet = tuple[str, ...]
Facts = dict[Facet, Any]

_ENGINE_MOUNTS = re.compile(
    r"/(proc|sys)(/.*)?|/dev(/(?!shm).*)?|/etc/(hosts|hostname|resolv\.conf)"
    r"|/(var/)?run/secrets/kubernetes\.io.*|/sbin/docker-init"
)
_OWN_ADDRESSES = ("10.201.", "10.202.", "127.")
_CAPABILITIES = ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb")
_KNOWN = 2**38 - 1
"""Those that a Docker of 2021 knows, by their numbers."""


class Difference(NamedTuple):
    """A piece that is not the same; `told` are the entries of the ledger that say so."""

    facet: Facet
    docker: Any
    cluster: Any
    told: tuple[Entry, ...]


def facts(told: Told) -> Facts:
    """A report, piece by piece."""
    report = told.report
    assert report is not None
    found: Facts = {("exit_code",): told.code}
    for reader in _READERS:
        found |= reader(report)
    return found


def _process(report: Report) -> Facts:
    status = dict(re.findall(r"^(\w+):\t(.*?)\s*$", report["status"].decode(), re.MULTILINE))
    interfaces = set(report["interfaces"].decode().split())
    uid, gid = status["Uid"].split()[0], status["Gid"].split()[0]
    return {
        ("arguments",): report["arguments"].decode().split("\0")[:-1],
        ("directory",): report["directory"].decode().strip(),
        ("user",): (uid, gid),
        ("groups",): sorted({*status["Groups"].split()} - {gid}, key=int),
        **{("capabilities", name): int(status[name], 16) & _KNOWN for name in _CAPABILITIES},
        ("no_new_privileges",): status["NoNewPrivs"],
        ("seccomp",): status["Seccomp"],
        ("processors",): status["Cpus_allowed_list"],
        ("first_process",): report["first"].decode().strip(),
        ("terminal",): report["terminals"].decode().split(),
        ("hostname",): report["hostname"].decode().strip(),
        ("network",): "machine's" if len(interfaces) > 2 else sorted(interfaces),
    }


def _environment(report: Report) -> Facts:
    pairs = (entry.partition("=") for entry in report["environment"].decode().split("\0") if entry)
    return {("environment", name): value for name, _, value in pairs}


def _limits(report: Report) -> Facts:
    rows = re.findall(r"^(Max .*?)  +(\S+) +(\S+)", report["limits"].decode(), re.MULTILINE)
    return {("limits", name): (soft, hard) for name, soft, hard in rows}


def _amounts(report: Report) -> Facts:
    stated = dict(line.split(" ", 1) for line in report["amounts"].decode().splitlines())
    quota, period = int(stated["cpu.cfs_quota_us"]), int(stated["cpu.cfs_period_us"])
    return {
        ("memory_limit",): stated["memory.limit_in_bytes"],
        ("cpu_limit",): None if quota < 0 else quota / period,
        ("processes",): stated["pids.max"],
    }


def _kernel(report: Report) -> Facts:
    lines = (line.partition(" ") for line in report["kernel"].decode().splitlines())
    return {("sysctls", path.replace("/", ".")): value for path, _, value in lines}


def _mounts(report: Report) -> Facts:
    found: Facts = {}
    for line in report["mounts"].decode().splitlines():
        left, _, right = line.partition(" - ")
        path, options = left.split()[4].replace("\\040", " "), left.split()[5].split(",")
        kind, _, own = right.split()
        if _ENGINE_MOUNTS.fullmatch(path):
            continue
        size = re.search(r"size=(\w+)", own)
        memory = kind == "tmpfs"
        found["mounts", path] = {
            "memory": memory,
            "read_only": "ro" in options or (memory and "ro" in own.split(",")),
            **({"size": _kibibytes(size[1]) if size else None} if memory else {}),
        }
    return found


def _kibibytes(size: str) -> int:
    return int(size[:-1]) * {"k": 1, "m": 1024, "g": 1024**2}[size[-1]]


def _files(report: Report) -> Facts:
    writable = (line.partition(" ") for line in report["writable"].decode().splitlines())
    contents = (line.partition(":") for line in report["contents"].decode().splitlines())
    return {
        **{
            ("writable", path): it for it, _, path in writable if not _ENGINE_MOUNTS.fullmatch(path)
        },
        **{("contents", path): sorted(names.split()) for path, _, names in contents},
    }


def _names(report: Report) -> Facts:
    hosts = [line.split("#")[0].split() for line in report["hosts"].decode().splitlines()]
    own = {"localhost", report["hostname"].decode().strip()}
    entries = {(name.lower(), words[0]) for words in hosts if words for name in words[1:]}
    resolver = [line.split() for line in report["resolver"].decode().splitlines()]
    lines = {
        key: [word for words in resolver if words[:1] == [key] for word in words[1:]]
        for key in ("nameserver", "search", "options")
    }
    return {
        **{
            ("host_entries", name, address): True
            for name, address in entries
            if name not in own and not name.startswith(("ip6-", "localhost"))
            if not address.startswith(_OWN_ADDRESSES)
        },
        ("name_servers",): lines["nameserver"],
        ("search_domains",): lines["search"],
        ("resolver_options",): lines["options"],
    }


def _devices(report: Report) -> Facts:
    return {("devices", f"/dev/{name}"): True for name in report["devices"].decode().split()}


_READERS: tuple[Callable[[Report], Facts], ...] = (
    *(_process, _environment, _limits, _amounts, _kernel, _mounts, _files, _names, _devices),
)

_PARTS: Mapping[str, tuple[str, ...]] = {
    "arguments": ("arguments", "entrypoint"),
    "capabilities": ("capabilities_added", "capabilities_dropped", "privileged", "user"),
    "contents": ("mounts",),
    "cpu_limit": ("cpu_limit",),
    "devices": ("devices", "privileged", "terminal"),
    "directory": ("working_directory",),
    "environment": ("environment", "environment_files"),
    "exit_code": (),
    "first_process": ("init", "host_pid"),
    "groups": ("groups", "user"),
    "host_entries": ("host_entries", "host_network", "network"),
    "hostname": ("hostname", "host_network", "uts", "domainname"),
    "limits": ("ulimits",),
    "memory_limit": ("memory_limit",),
    "mounts": ("mounts", "shared_memory", "read_only_root", "host_ipc"),
    "name_servers": ("name_servers", "host_network", "network"),
    "network": ("network", "host_network"),
    "no_new_privileges": ("no_new_privileges",),
    "processes": ("pids_limit",),
    "processors": ("cpuset_cpus",),
    "resolver_options": ("resolver_options", "host_network", "network"),
    "search_domains": ("search_domains", "host_network", "network"),
    "seccomp": ("seccomp", "privileged"),
    "sysctls": ("sysctls", "host_network", "host_ipc"),
    "terminal": ("terminal", "interactive"),
    "user": ("user",),
    "writable": ("mounts", "read_only_root", "user"),
}
"""The parts of a run that decide on a piece."""

_OF_PIECE: Mapping[Facet, tuple[str, ...]] = {("environment", "HOME"): ("user",)}

_SINGLE = frozenset({"environment", "mounts", "contents", "writable", "sysctls", "host_entries"})
"""Pieces of which each has a part of its own, told apart by its second word."""


def compare(docker: Told, cluster: Told, ledger: Sequence[Entry]) -> Iterator[Difference]:
    """What is not the same and not how Docker and Kubernetes differ when nothing is said of it."""
    there, here = facts(docker), facts(cluster)
    for facet in sorted({*there, *here}):
        found = Difference(
            facet, there.get(facet), here.get(facet), tuple(_deciding(facet, ledger))
        )
        usual = _USUAL.get(facet[0])
        if facet[0] == "writable" and there.get(("mounts", facet[1]), {}).get("memory"):
            # Docker's belongs to whom the image's folder at its place does, a pod's to anybody.
            found = found._replace(docker=found.cluster if found.docker == "no" else found.docker)
        if found.docker != found.cluster and not (usual and usual(found, ledger)):
            yield found._replace(told=_telling(found))


def _telling(found: Difference) -> tuple[Entry, ...]:
    """The entries that say so; none where one says `changed`, and it is not as that says."""
    told = tuple(entry for entry in found.told if entry.fate != "mapped")
    as_told = _AS_TOLD.get(found.facet[0])
    changed = {entry.fate for entry in told} == {"changed"}
    return () if changed and as_told and not as_told(found.docker, found.cluster) else told


def _deciding(facet: Facet, ledger: Sequence[Entry]) -> Iterator[Entry]:
    parts = _PARTS[facet[0]] + _OF_PIECE.get(facet, ())
    for entry in ledger:
        for part in entry.item.sets:
            alone = facet[0] in _SINGLE and part[0] == parts[0] and len(part) > 1
            if part[0] in parts and (not alone or _named(part) == facet[1]):
                yield entry


def _named(part: Sequence[str]) -> str:
    """As a piece names it; of an entry of the hosts file the name, which is in small letters."""
    return part[1].partition("=")[0].lower() if part[0] == "host_entries" else part[1].rstrip("/")


def _unless_stated(found: Difference, ledger: Sequence[Entry]) -> bool:
    return not found.told


def _usual_environment(found: Difference, ledger: Sequence[Entry]) -> bool:
    """A pod's own name, and the API server's address."""
    name = found.facet[1]
    added = name.startswith("KUBERNETES_") and found.docker is None
    return not found.told and (name == "HOSTNAME" or added)


def _usual_devices(found: Difference, ledger: Sequence[Entry]) -> bool:
    return found.facet[1] in ("/dev/termination-log", "/dev/console") or not found.told


def _usual_sysctls(found: Difference, ledger: Sequence[Entry]) -> bool:
    """Whether anybody may listen on ports below 1024 matters to jobs with such a port."""
    parts = [part for entry in ledger for part in entry.item.sets if part[0] == "ports"]
    low = any(int(part[1].partition("/")[0]) < 1024 for part in parts)
    users = [one.item.value for one in ledger if one.item.sets == (("user",),)]
    root = any(user.partition(":")[0] in ("0", "root") for user in users)
    return found.facet[1] == "net.ipv4.ip_unprivileged_port_start" and (root or not low)


def _usual_user(found: Difference, ledger: Sequence[Entry]) -> bool:
    """Of an image's USER 1000:2000 a kubelet takes the user and not the group; a user's groups of
    the image's /etc/group stay in a pod, whatever group is given."""
    if found.facet[0] == "groups":
        return {*found.docker} <= {*found.cluster}
    return not found.told and found.docker[0] == found.cluster[0]


def _usual_mounts(found: Difference, ledger: Sequence[Entry]) -> bool:
    """Docker's memory without a size may take half of the machine's, a pod's all of it."""
    old, new = found.docker, found.cluster
    unlimited = old and new and old["memory"] and new["memory"] and old["size"] is None
    return bool(unlimited) and {**new, "size": None} == old


_USUAL: Mapping[str, Callable[[Difference, Sequence[Entry]], bool]] = {
    "devices": _usual_devices,
    "environment": _usual_environment,
    "groups": _usual_user,
    "hostname": _unless_stated,
    "mounts": _usual_mounts,
    "name_servers": _unless_stated,
    "resolver_options": _unless_stated,
    "search_domains": _unless_stated,
    "seccomp": _unless_stated,
    "sysctls": _usual_sysctls,
    "user": _usual_user,
}
"""How the two differ where nothing is said of a piece. Besides, no volume of a pod forbids to start
programs from it, as Docker's memory does."""


def _beside(old: Any, new: Any) -> bool:
    return {*old} <= {*new}


_AS_TOLD: Mapping[str, Callable[[Any, Any], bool]] = {
    "contents": lambda _old, new: new == [],
    "hostname": lambda old, new: new == re.sub(r"[^a-z0-9]", "-", old.lower()),
    "name_servers": _beside,
    "resolver_options": _beside,
    "search_domains": _beside,
    "writable": lambda _old, new: new == "yes",
}
"""How a piece differs where the ledger calls it `changed`: an empty directory, a fit name, beside
the cluster's own."""
