"""Rights of the container and the namespaces it shares with its machine."""

from __future__ import annotations

import re
from typing import NamedTuple

from advisor.jobs.numbers import TRUE, parse_decimal_integer
from advisor.jobs.run import Security
from advisor.jobs.word import is_veiled
from advisor.readers.docker_run.environment import pairs
from advisor.readers.docker_run.flags import GivenFlags
from advisor.readers.flag_scan import split_fields

_LONG = re.compile(r"[0-9A-Za-z_]=[0-9A-Za-z_]")
_KEYS = frozenset(
    {"name", "alias", "ip", "ip6", "mac-address", "link-local-ip", "driver-opt", "gw-priority"}
)

LAST_COUNTS = frozenset({"seccomp", "no-new-privileges"})
"""Security options of which the engine takes the last and forgets the others."""


def read_networks(given: GivenFlags) -> list[_Network]:
    """All networks, the first is the container's mode; podman's own forms are names."""
    return [read_network(text) for text in given.all("network")]


def read_security(given: GivenFlags) -> Security:
    """Capabilities without their prefix; `options` are the security options with no field."""
    networks = read_networks(given)
    plain = given.veil.plain
    options = [security_option(text) for text in given.all("security-opt")]
    last = dict(options)
    bound = last.get("no-new-privileges", "false")
    return Security(
        privileged=given.on("privileged"),
        capabilities_added=_capabilities(given, "cap-add"),
        capabilities_dropped=_capabilities(given, "cap-drop"),
        read_only_root=given.on("read-only"),
        host_network=bool(networks) and networks[0].name == "host",
        host_pid=given.last("pid") == "host",
        host_ipc=given.last("ipc") == "host",
        no_new_privileges=bound in ("", *TRUE) or is_veiled(bound),
        seccomp=plain(last.get("seccomp", "")),
        sysctls=pairs(given.texts("sysctl")),
        options=tuple(f"{name}={value}" for name, value in options if name not in LAST_COUNTS),
    )


def read_network(text: str) -> _Network:
    """One network; podman's own forms are names."""
    try:
        return parse_network(text)
    except ValueError:
        return _Network(name=text)


def security_option(text: str) -> tuple[str, str]:
    """Name and value; a colon separates them in old spellings."""
    separator = "=" if "=" in text else ":"
    name, _, value = text.partition(separator)
    return name, value


def _capabilities(given: GivenFlags, name: str) -> tuple[str, ...]:
    names = (text.strip().upper().removeprefix("CAP_") for text in given.all(name))
    return tuple(dict.fromkeys(map(given.veil.plain, names)))


class _Network(NamedTuple):
    """One network: its name, and what was said of the attachment."""

    name: str
    values: dict[str, str] = {}

    @property
    def user_defined(self) -> bool:
        """Neither one of Docker's own nor another container's; unknown counts as not."""
        own = self.name in ("", "default", "bridge", "host", "none")
        return not own and not self.name.startswith("container:") and not is_veiled(self.name)


def parse_network(text: str) -> _Network:
    """A name, or `name=,alias=,ip=,...`. Raises ValueError."""
    if not _LONG.search(text):
        return _Network(name=text)
    values: dict[str, str] = {}
    for field in split_fields(text):
        name, equals, value = field.lower().partition("=")
        if not equals or not name:
            raise ValueError(f"{field!r} is not KEY=VALUE")
        name, value = name.strip(), value.strip()
        if name not in _KEYS:
            raise ValueError(f"unknown key {name!r}")
        if name == "driver-opt" and (value.startswith("=") or "=" not in value):
            raise ValueError("driver-opt is not KEY=VALUE")
        if name == "gw-priority" and not is_veiled(value):
            parse_decimal_integer(value)
        values[name] = value
    if not values.get("name"):
        raise ValueError("no name")
    return _Network(name=values["name"], values=values)
