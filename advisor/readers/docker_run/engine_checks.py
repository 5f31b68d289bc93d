"""What the command lets pass and the daemon then refuses, flag by flag.

From moby: daemon/daemon_unix.go, daemon/container.go, volume/mounts/linux_parser.go.
"""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Callable, Iterator

from advisor.facts.quantity import whole_number
from advisor.jobs.numbers import (
    parse_duration,
    parse_integer,
    parse_nano_cpus,
    parse_size,
    parse_unsigned,
)
from advisor.jobs.word import is_veiled
from advisor.readers.docker_run.contradictions import Contradiction
from advisor.readers.docker_run.flags import GivenFlags, Occurrence
from advisor.readers.docker_run.gpus import parse_gpus
from advisor.readers.docker_run.mounts import Volume, parse_mount, parse_tmpfs, parse_volume
from advisor.readers.docker_run.rights import read_networks
from advisor.readers.flag_scan import names

_LEAST_MEMORY = 6 * 1024**2
_NAME = re.compile(r"/?[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_CPUS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*", re.ASCII)
_IPC = re.compile("|none|private|host|shareable|container:.*", re.DOTALL)
_CAPABILITIES = names(
    "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN"
    " DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE"
    " MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP"
    " SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT"
    " SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM"
)
_SIGNALS = names(
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT"
    " STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
)
_PROPAGATIONS = names("private rprivate slave rslave shared rshared")
_MODES = (
    names("ro rw"),
    names("z Z"),
    _PROPAGATIONS,
    names("nocopy"),
    names("consistent cached delegated"),
)


def find_refused_value(given: GivenFlags) -> Contradiction | None:
    """The first value that the daemon refuses."""
    for name, check in _CHECKS.items():
        occurrences = given.of(name)
        for occurrence in (
            occurrences if occurrences and occurrences[0].flag.repeatable else occurrences[-1:]
        ):
            what = "" if is_veiled(occurrence.text) else check(occurrence.text)
            if what:
                return Contradiction(
                    f"--{occurrence.flag.name}: {what}: '{occurrence.text}'", occurrence
                )
    return next(_volumes(given), None)


def is_absolute(path: str) -> bool:
    """For Linux, or for Windows by a drive letter or a backslash."""
    return path.startswith(("/", "\\")) or path[1:2] == ":"


def _check_name(text: str) -> str:
    good = not text or _NAME.fullmatch(text)
    return "" if good else "a name is two letters or more of a-z, A-Z, 0-9, _, . and -"


def _check_workdir(text: str) -> str:
    return "not an absolute path" if text and not is_absolute(text) else ""


def _check_tmpfs(text: str) -> str:
    return "" if text.startswith("/") else "the path in the container is not absolute"


def _check_gpus(text: str) -> str:
    ask = parse_gpus(text)
    both = ask.devices and ask.count
    return "both a count and devices (several devices need quotes inside)" if both else ""


def _check_memory(text: str) -> str:
    return "less than 6 MiB" if 0 < parse_size(text) < _LEAST_MEMORY else ""


def _check_period(text: str) -> str:
    value = parse_integer(text)
    return "not 1000 to 1000000" if value and not 1000 <= value <= 1_000_000 else ""


def _check_quota(text: str) -> str:
    return "less than 1000" if 0 < parse_integer(text) < 1000 else ""


def _check_interval(text: str) -> str:
    return "less than 1ms" if 0 < parse_duration(text) < 10**6 else ""


def _check_weight(text: str) -> str:
    value = parse_unsigned(text)
    return "not 10 to 1000" if value and not 10 <= value <= 1000 else ""


def _check_score(text: str) -> str:
    return "" if -1000 <= parse_integer(text) <= 1000 else "not -1000 to 1000"


def _check_cpuset(text: str) -> str:
    return "" if not text or _CPUS.fullmatch(text) else "not a list such as 0-3,8"


def _check_signal(text: str) -> str:
    name = text.upper().removeprefix("SIG")
    known = not text or name in _SIGNALS or re.fullmatch(r"RTM(IN(\+\d+)?|AX(-\d+)?)", name)
    return "" if known or whole_number(text, most=64) else "no signal of that name"


def _check_ipc(text: str) -> str:
    return "" if _IPC.fullmatch(text) else "give host, private, shareable, none or container:NAME"


def _check_capability(text: str) -> str:
    name = text.strip().upper().removeprefix("CAP_")
    return "" if name in _CAPABILITIES else "no capability of that name"


def _check_address(text: str) -> str:
    try:
        if text:
            ipaddress.ip_address(text)
    except ValueError:
        return "not an IP address"
    return ""


_CHECKS: dict[str, Callable[[str], str]] = {
    "name": _check_name,
    "workdir": _check_workdir,
    "tmpfs": _check_tmpfs,
    "gpus": _check_gpus,
    "memory": _check_memory,
    "memory-reservation": _check_memory,
    "cpu-period": _check_period,
    "cpu-quota": _check_quota,
    "cpuset-cpus": _check_cpuset,
    "cpuset-mems": _check_cpuset,
    "blkio-weight": _check_weight,
    "oom-score-adj": _check_score,
    "health-interval": _check_interval,
    "health-timeout": _check_interval,
    "health-start-period": _check_interval,
    "stop-signal": _check_signal,
    "ipc": _check_ipc,
    "cap-add": _check_capability,
    "cap-drop": _check_capability,
    "ip": _check_address,
    "ip6": _check_address,
}


def _volumes(given: GivenFlags) -> Iterator[Contradiction]:
    for occurrence in given.of("volume"):
        volume = parse_volume(occurrence.text)
        if volume.source[:1] == "~":
            yield Contradiction(
                f"--volume: a ~ that the shell does not expand: '{occurrence.text}'",
                occurrence,
                "write $HOME, or the ~ outside of quotes at the start of the word",
            )
        elif what := _wrong_volume(volume):
            yield Contradiction(f"--volume: {what}: '{occurrence.text}'", occurrence)


def _wrong_volume(volume: Volume) -> str:
    if not is_veiled(volume.target[:1]) and not is_absolute(volume.target):
        return "the path in the container is not absolute"
    if volume.target.strip("/") == "":
        return "the path in the container is /"
    named = volume.source and not volume.bind and not is_veiled(volume.source)
    if named and not _NAME.fullmatch(volume.source):
        return "neither a path nor the name of a volume"
    for option in volume.options:
        if not any(option in modes for modes in _MODES) and not is_veiled(option):
            return f"unknown option {option!r}"
    if any(len(modes.intersection(volume.options)) > 1 for modes in _MODES):
        return "two options that exclude each other"
    if volume.source and not volume.bind and _PROPAGATIONS.intersection(volume.options):
        return "propagation goes with paths, not volumes"
    misplaced = volume.bind and "nocopy" in volume.options
    return "nocopy goes with volumes, not paths" if misplaced else ""


_OF_THE_OTHER = ("hostname", "publish", "publish-all", "expose", "link", "dns", "add-host")
"""What a container that joins the network of another cannot have."""


def find_engine_conflict(given: GivenFlags, *, command: bool) -> Contradiction | None:
    """The first one found; `command` says whether words follow the image."""
    if given.last("entrypoint") == "" and not command:
        return Contradiction(
            "--entrypoint: empty, so nothing is left to run",
            given.of("entrypoint")[-1],
            "give a command behind the image",
        )
    checks: tuple[Callable[[GivenFlags], Iterator[Contradiction]], ...] = (
        _targets,
        _memory,
        _cpus,
        _joined_network,
        _several_networks,
        _host_network,
        _host_name,
    )
    return next((conflict for check in checks for conflict in check(given)), None)


def _targets(given: GivenFlags) -> Iterator[Contradiction]:
    """A repeated tmpfs counts once, and so does a volume repeated as it is."""
    seen: dict[str, Occurrence] = {}
    for occurrence in given.of("volume", "mount", "tmpfs"):
        # Empty where it is not known, or for an anonymous volume, which gives way.
        if occurrence.flag.name == "mount":
            text = parse_mount(occurrence.text).target
        elif occurrence.flag.name == "tmpfs":
            text = parse_tmpfs(occurrence.text).target
        else:
            volume = parse_volume(occurrence.text)
            text = volume.target if volume.source else ""
        target = posixpath.normpath(text) if text and not is_veiled(text) else ""
        before = seen.setdefault(target, occurrence)
        same = before.flag.name == occurrence.flag.name
        again = occurrence.flag.name == "tmpfs" or (
            occurrence.flag.name == "volume" and before.text == occurrence.text
        )
        if target and before is not occurrence and not (same and again):
            yield Contradiction(f"--{occurrence.flag.name}: {target} is mounted twice", occurrence)


def _memory(given: GivenFlags) -> Iterator[Contradiction]:
    limit, reserved = (_bytes(given, name) for name in ("memory", "memory-reservation"))
    swap = given.known("memory-swap")
    swapped = parse_size(swap) if swap not in (None, "-1") else 0
    if is_veiled(given.last("memory") or ""):
        return
    if limit and reserved > limit:
        yield Contradiction(
            "--memory-reservation is above --memory", given.of("memory-reservation")[-1]
        )
    if swapped and not limit:
        yield Contradiction("--memory-swap needs --memory", given.of("memory-swap")[-1])
    if swapped and limit and swapped < limit:
        yield Contradiction(
            "--memory-swap is below --memory",
            given.of("memory-swap")[-1],
            "it is memory and swap together",
        )


def _cpus(given: GivenFlags) -> Iterator[Contradiction]:
    cpus = given.known("cpus")
    nano = parse_nano_cpus(cpus) if cpus is not None else 0
    if nano < 0:
        yield Contradiction("--cpus cannot be negative", given.of("cpus")[-1])
    for name in ("cpu-period", "cpu-quota"):
        if nano > 0 and parse_integer(given.known(name) or "0") > 0:
            yield Contradiction(f"--cpus and --{name} exclude each other", given.of(name)[-1])


def _joined_network(given: GivenFlags) -> Iterator[Contradiction]:
    if _mode(given).startswith("container:"):
        for name in _OF_THE_OTHER:
            if given.last(name) and (name != "publish-all" or given.on(name)):
                yield Contradiction(
                    f"--{name} has no place with --network container:NAME", given.of(name)[-1]
                )


def _several_networks(given: GivenFlags) -> Iterator[Contradiction]:
    own = [network.name for network in read_networks(given) if not network.user_defined]
    if own and len(given.all("network")) > 1 and not is_veiled(own[0]):
        yield Contradiction(
            f"--network {own[0]} excludes any other network", given.of("network")[-1]
        )


def _host_network(given: GivenFlags) -> Iterator[Contradiction]:
    if _mode(given) == "host" and given.all("link"):
        yield Contradiction("--link has no place with --network host", given.of("link")[-1])


def _host_name(given: GivenFlags) -> Iterator[Contradiction]:
    if given.last("uts") == "host" and given.last("hostname"):
        yield Contradiction("--hostname has no place with --uts host", given.of("hostname")[-1])


def _mode(given: GivenFlags) -> str:
    networks = read_networks(given)
    return networks[0].name if networks else "default"


def _bytes(given: GivenFlags, name: str) -> int:
    value = given.known(name)
    return parse_size(value) if value is not None else 0
