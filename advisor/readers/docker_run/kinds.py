"""What is checked of a flag's value, by the kind the table of flags gives it."""

from __future__ import annotations

from collections.abc import Callable

from advisor.jobs import numbers
from advisor.readers.docker_run import checks
from advisor.readers.docker_run.flags import Engine, Kind
from advisor.readers.docker_run.gpus import is_cdi_name, parse_gpus
from advisor.readers.docker_run.mounts import parse_mount
from advisor.readers.docker_run.ports import parse_expose, parse_publish
from advisor.readers.docker_run.rights import parse_network
from advisor.readers.docker_run.volumes import parse_volume
from advisor.readers.masking import is_veiled


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
    "cgroup-rule": checks.check_cgroup_rule,
    "cgroupns": checks.check_cgroupns,
    "count": numbers.parse_unsigned,
    "count-device": checks.check_count_device,
    "cpus": numbers.parse_nano_cpus,
    "domain": checks.check_domain,
    "duration": numbers.parse_duration,
    "extra-host": checks.check_extra_host,
    "integer": numbers.parse_integer,
    "ip-address": checks.check_address,
    "key-value": checks.check_key_value,
    "link": checks.check_link,
    "mac-address": checks.check_mac_address,
    "pid": checks.check_pid,
    "platform": checks.check_platform,
    "pull": checks.check_pull,
    "rate-device": checks.check_rate_device,
    "restart": checks.check_restart,
    "security-option": checks.check_security_option,
    "small-count": lambda text: numbers.parse_unsigned(text, high=2**16 - 1),
    "stream": checks.check_stream,
    "swap-bytes": checks.check_swap,
    "swappiness": checks.check_swappiness,
    "sysctl": checks.check_sysctl,
    "ulimit": checks.check_ulimit,
    "userns": checks.check_host_only,
    "uts": checks.check_host_only,
    "weight-device": checks.check_weight_device,
}
"""Checked only when nothing of the value is left to the shell."""

PARTS: dict[Kind, Check] = {
    "device": _check_device,
    "env": checks.check_environment,
    "expose": parse_expose,
    "gpus": parse_gpus,
    "label": checks.check_label,
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
