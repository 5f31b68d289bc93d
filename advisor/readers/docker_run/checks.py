"""Whether a value is one that docker takes, for values that are kept as they are written.

Each raises ValueError with a clause that says what is wrong.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from advisor.jobs import numbers
from advisor.jobs.numbers import parse_decimal_integer, parse_integer, parse_size
from advisor.jobs.word import is_veiled
from advisor.readers.docker_run.flags import Engine, Kind
from advisor.readers.docker_run.gpus import is_cdi_name, parse_gpus
from advisor.readers.docker_run.mounts import parse_mount, parse_volume
from advisor.readers.docker_run.ports import parse_expose, parse_publish
from advisor.readers.docker_run.rights import parse_network
from advisor.readers.flag_scan import names

_CGROUP_RULE = re.compile(r"[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}")
_DOMAIN_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*\.?[ \t\r\n\f\v]*")
_BYTE, _PAIR = "[0-9a-fA-F]{2}", "[0-9a-fA-F]{4}"
_MAC = re.compile(
    rf"{_BYTE}([:-]){_BYTE}(?:\1{_BYTE}){{4}}(?:\1{_BYTE}){{0,2}}|{_PAIR}(?:\.{_PAIR}){{2,3}}"
)
_SYSCTLS = names(
    "kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax"
    " kernel.shmmni kernel.shm_rmid_forced"
)
ULIMITS = names(
    "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending"
    " stack"
)
_SYSTEMS = names(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9"
    " solaris windows zos macos"
)
_ARCHITECTURES = names(
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le"
    " mips64p32 mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm i386 x86_64 x86-64"
    " aarch64 armhf armel"
)
_PLATFORM_PART = re.compile(r"[A-Za-z0-9_.-]+")
_SYSTEM_PART = re.compile(r"([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?")


def check_stream(text: str) -> None:
    """A stream of `--attach`."""
    if text.lower() not in ("stdin", "stdout", "stderr"):
        raise ValueError("give stdin, stdout or stderr")


def check_cgroup_rule(text: str) -> None:
    """`c 1:3 rwm`."""
    if not _CGROUP_RULE.fullmatch(text):
        raise ValueError("not a rule such as 'c 1:3 rwm'")


def check_address(text: str) -> None:
    """An IP address, spaces around it allowed."""
    try:
        if "%" in text:
            raise ValueError
        ipaddress.ip_address(text.strip())
    except ValueError:
        raise ValueError("not an IP address") from None


def check_domain(text: str) -> None:
    """A search domain; a dot alone means none."""
    trimmed = text.strip(" ")
    if trimmed == ".":
        return
    if not re.search("[a-zA-Z]", trimmed) or not _DOMAIN.fullmatch(trimmed):
        raise ValueError("not a domain")


def check_mac_address(text: str) -> None:
    """Six or eight bytes in hexadecimal."""
    if text and not _MAC.fullmatch(text.strip()):
        raise ValueError("not a MAC address")


def check_extra_host(text: str) -> None:
    """`HOST:IP` or `HOST=IP`, `host-gateway` for the address."""
    separator = "=" if "=" in text else ":"
    host, divider, address = text.partition(separator)
    if not divider or not host:
        raise ValueError("not HOST:IP")
    if address != "host-gateway":
        inner = address[1:-1] if address[:1] == "[" and address[-1:] == "]" else address
        check_address(inner)


def check_link(text: str) -> None:
    """`NAME[:ALIAS]`."""
    if not text or text.count(":") > 1:
        raise ValueError("not NAME or NAME:ALIAS")


def check_sysctl(text: str) -> None:
    """`NAME=VALUE` of a parameter that has a namespace."""
    name, equals, _ = text.partition("=")
    if not equals or not (name in _SYSCTLS or name.startswith(("net.", "fs.mqueue."))):
        raise ValueError("not a kernel parameter that containers have of their own")


def check_security_option(text: str) -> None:
    """`NAME=VALUE` or `NAME:VALUE`; no-new-privileges needs no value."""
    name, separator, value = text.partition("=")
    if not separator and name != "no-new-privileges":
        name, separator, value = text.partition(":")
    if (not separator or not value) and name != "no-new-privileges":
        raise ValueError("not NAME=VALUE")


def check_key_value(text: str) -> None:
    """`NAME=VALUE`."""
    if "=" not in text:
        raise ValueError("not NAME=VALUE")


def check_environment(text: str) -> None:
    """`NAME` or `NAME=VALUE`."""
    if not text.partition("=")[0]:
        raise ValueError("no name before the value")


def check_label(text: str) -> None:
    """`NAME` or `NAME=VALUE`, no blanks in the name."""
    name = text.partition("=")[0].lstrip(" \t")
    if not name:
        raise ValueError("no name before the value")
    if " " in name or "\t" in name:
        raise ValueError("blanks in the name")


def parse_ulimit(text: str) -> tuple[str, int, int]:
    """Name, soft and hard limit; -1 is none."""
    name, equals, amounts = text.partition("=")
    if not equals:
        raise ValueError("not NAME=SOFT[:HARD]")
    if name not in ULIMITS:
        raise ValueError(f"no limit of that name; there is: {', '.join(sorted(ULIMITS))}")
    parts = [parse_decimal_integer(part) for part in amounts.split(":", 2)[:3]]
    if len(parts) > 2:
        raise ValueError("more than SOFT:HARD")
    soft, hard = parts[0], parts[-1]
    if hard != -1 and (soft == -1 or soft > hard):
        raise ValueError("the soft limit is above the hard one")
    return name, soft, hard


def check_ulimit(text: str) -> None:
    """`NAME=SOFT[:HARD]`."""
    parse_ulimit(text)


def check_swap(text: str) -> None:
    """A size, or -1."""
    if text != "-1":
        parse_size(text)


def check_swappiness(text: str) -> None:
    """0 to 100, or -1."""
    parse_integer(text)


def check_weight_device(text: str) -> None:
    """`/dev/PATH:WEIGHT`."""
    weight = parse_decimal_integer(_device_amount(text), low=0, high=2**16 - 1)
    if weight and not 10 <= weight <= 1000:
        raise ValueError("a weight is 0 or 10 to 1000")


def check_rate_device(text: str) -> None:
    """`/dev/PATH:BYTES`."""
    parse_size(_device_amount(text))


def check_count_device(text: str) -> None:
    """`/dev/PATH:COUNT`."""
    parse_decimal_integer(_device_amount(text), low=0, high=2**64 - 1)


def check_restart(text: str) -> None:
    """`no`, `on-failure[:N]`, `always`, `unless-stopped`, or nothing."""
    name, colon, retries = text.partition(":")
    if colon and not name:
        raise ValueError("no policy before the colon")
    count = parse_decimal_integer(retries) if retries else 0
    if name not in ("", "no", "on-failure", "always", "unless-stopped"):
        raise ValueError("give no, on-failure[:N], always or unless-stopped")
    if count and name != "on-failure":
        raise ValueError("a number of retries goes with on-failure only")
    if count < 0:
        raise ValueError("a number of retries cannot be negative")


def check_pull(text: str) -> None:
    """`always`, `missing` or `never`."""
    if text not in ("", "always", "missing", "never"):
        raise ValueError("give always, missing or never")


def check_platform(text: str) -> None:
    """`OS[/ARCH[/VARIANT]]` or an architecture."""
    if not text:
        return
    parts = text.split("/", 3)
    system = _SYSTEM_PART.fullmatch(parts[0])
    if len(parts) > 3 or not system or not all(map(_PLATFORM_PART.fullmatch, parts[1:])):
        raise ValueError("not OS/ARCH[/VARIANT]")
    known = system[1].lower() in _SYSTEMS or parts[0].lower() in _ARCHITECTURES
    if len(parts) == 1 and not known:
        raise ValueError("neither a system nor an architecture")


def check_pid(text: str) -> None:
    """`host` or `container:NAME`."""
    if text not in ("", "host") and not re.fullmatch("container:.+", text, re.DOTALL):
        raise ValueError("give host or container:NAME")


def check_host_only(text: str) -> None:
    """`host`."""
    if text not in ("", "host"):
        raise ValueError("give host")


def check_cgroupns(text: str) -> None:
    """`host` or `private`."""
    if text not in ("", "host", "private"):
        raise ValueError("give host or private")


def _device_amount(text: str) -> str:
    path, colon, amount = text.partition(":")
    if not colon or not path.startswith("/dev/"):
        raise ValueError("not /dev/PATH:AMOUNT")
    return amount


def _check_device(text: str) -> None:
    """`HOST[:CONTAINER][:rwm]` or a CDI name. Raises ValueError."""
    if is_cdi_name(text):
        return
    parts = text.split(":")
    if len(parts) > 3 or not parts[0]:
        raise ValueError("not HOST[:CONTAINER][:rwm] or VENDOR/CLASS=NAME")
    if len(parts) == 3 and not is_veiled(parts[2]) and not _is_mode(parts[2]):
        raise ValueError("the permissions are some of r, w and m")
    inside = parts[0] if len(parts) == 1 or (len(parts) == 2 and _is_mode(parts[1])) else parts[1]
    if not is_veiled(inside) and not inside.startswith("/"):
        raise ValueError("the path in the container is not absolute")


def _is_mode(text: str) -> bool:
    """Each of r, w and m at most once, and one at least."""
    return bool(text) and set(text) <= set("rwm") and len(set(text)) == len(text)


Check = Callable[[str], object]

WHOLE: dict[Kind, Check] = {
    "bool": numbers.parse_bool,
    "bytes": numbers.parse_size,
    "cgroup-rule": check_cgroup_rule,
    "cgroupns": check_cgroupns,
    "count": numbers.parse_unsigned,
    "count-device": check_count_device,
    "cpus": numbers.parse_nano_cpus,
    "domain": check_domain,
    "duration": numbers.parse_duration,
    "extra-host": check_extra_host,
    "integer": numbers.parse_integer,
    "ip-address": check_address,
    "key-value": check_key_value,
    "link": check_link,
    "mac-address": check_mac_address,
    "pid": check_pid,
    "platform": check_platform,
    "pull": check_pull,
    "rate-device": check_rate_device,
    "restart": check_restart,
    "security-option": check_security_option,
    "small-count": lambda text: numbers.parse_unsigned(text, high=2**16 - 1),
    "stream": check_stream,
    "swap-bytes": check_swap,
    "swappiness": check_swappiness,
    "sysctl": check_sysctl,
    "ulimit": check_ulimit,
    "userns": check_host_only,
    "uts": check_host_only,
    "weight-device": check_weight_device,
}
"""Checked only when nothing of the value is left to the shell."""

PARTS: dict[Kind, Check] = {
    "device": _check_device,
    "env": check_environment,
    "expose": parse_expose,
    "gpus": parse_gpus,
    "label": check_label,
    "network": parse_network,
    "publish": parse_publish,
    "volume": parse_volume,
}
"""Checked as far as the value is known."""

LATE: frozenset[Kind] = frozenset(
    {"cgroupns", "mac-address", "pid", "platform", "pull", "restart", "userns", "uts"}
)
"""Kinds that docker checks once all flags are read: of several values only the last counts."""


def check_value(kind: Kind, text: str, engine: Engine) -> None:
    """Raises ValueError with a clause that says what is wrong."""
    if kind == "mount":
        parse_mount(text, engine)
    elif kind in PARTS:
        PARTS[kind](text)
    elif kind in WHOLE and not is_veiled(text):
        WHOLE[kind](text)
