"""Which proxy a host is reached through: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from advisor.probes.registry.address import is_internal


def proxy_for(url: str, environment: Mapping[str, str]) -> str:
    """The URL of the proxy, empty for a direct connection. Loopback is never asked through one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = _variable(environment, f"{parts.scheme}_proxy") or _variable(environment, "all_proxy")
    if not proxy or is_internal(host):
        return ""
    exceptions = _variable(environment, "no_proxy").split(",")
    if any(_matches(entry.strip().lower(), host, parts.port) for entry in exceptions):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""


def _matches(entry: str, host: str, port: int | None) -> bool:
    """A domain with all below it, an address, a network, either with a port, or `*`."""
    if entry in ("", "*"):
        return entry == "*"
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        pass
    name, _, wanted = entry.partition(":")
    if wanted and wanted != str(port):
        return False
    name = name.removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")
