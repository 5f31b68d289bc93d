"""Rights of the container and the namespaces it shares with its machine."""

from __future__ import annotations

from advisor.jobs.run import Security
from advisor.readers.docker_run.environment import pairs
from advisor.readers.docker_run.given import Given
from advisor.readers.docker_run.networks import Network, parse_network


def read_networks(given: Given) -> list[Network]:
    """All networks, the first is the container's mode; podman's own forms are names."""
    return [read_network(text) for text in given.all("network")]


def read_security(given: Given) -> Security:
    """Capabilities without their prefix; `options` are the security options with no field."""
    networks = read_networks(given)
    options = [_normal(text) for text in given.texts("security-opt")]
    seccomp = [value for name, value in options if name == "seccomp"]
    return Security(
        privileged=given.on("privileged"),
        capabilities_added=_capabilities(given, "cap-add"),
        capabilities_dropped=_capabilities(given, "cap-drop"),
        read_only_root=given.on("read-only"),
        host_network=bool(networks) and networks[0].name == "host",
        host_pid=given.last("pid") == "host",
        host_ipc=given.last("ipc") == "host",
        no_new_privileges=any(
            name == "no-new-privileges" and value in ("", "true") for name, value in options
        ),
        seccomp=seccomp[-1] if seccomp else "",
        sysctls=pairs(given.texts("sysctl")),
        options=tuple(
            f"{name}={value}"
            for name, value in options
            if name not in ("seccomp", "no-new-privileges")
        ),
    )


def read_network(text: str) -> Network:
    """One network; podman's own forms are names."""
    try:
        return parse_network(text)
    except ValueError:
        return Network(name=text)


def _normal(text: str) -> tuple[str, str]:
    """Name and value; a colon separates them in old spellings."""
    separator = "=" if "=" in text else ":"
    name, _, value = text.partition(separator)
    return name, value


def _capabilities(given: Given, name: str) -> tuple[str, ...]:
    found = (text.strip().upper().removeprefix("CAP_") for text in given.all(name))
    return tuple(dict.fromkeys(map(given.veil.plain, found)))
