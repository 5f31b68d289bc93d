"""Which proxy leads to a server: the kubeconfig's, or the environment's as Go programs read it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from advisor.errors import ProbeError

_OF_KUBECONFIG = frozenset({"http", "https", "socks5"})
_OF_ENVIRONMENT = _OF_KUBECONFIG | {"socks5h"}
_PORTS = {"http": 80, "https": 443}


def proxy_of(server: str, stated: str, environment: Mapping[str, str] = os.environ) -> str:
    """The proxy's URL, empty for none; NO_PROXY says nothing of one that the kubeconfig names."""
    if stated:
        scheme = urlsplit(stated).scheme
        if scheme not in _OF_KUBECONFIG:
            raise ProbeError(
                f"its proxy-url has the scheme {scheme!r}", remedy="use http, https or socks5"
            )
        return _by_name(stated)
    scheme = urlsplit(server).scheme
    found = _either(environment, f"{scheme}_proxy")
    if not found or _is_direct(server, _either(environment, "no_proxy")):
        return ""
    url = found if urlsplit(found).scheme in _OF_ENVIRONMENT else f"http://{found}"
    return _by_name(url)


def _by_name(url: str) -> str:
    """A SOCKS proxy is given the server's name, not its address."""
    return f"socks5h{url[len('socks5') :]}" if url.startswith("socks5://") else url


def _either(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.upper()) or environment.get(name) or ""


def _is_direct(server: str, exceptions: str) -> bool:
    parts = urlsplit(server)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS.get(parts.scheme)
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    rules = (rule.strip().lower() for rule in exceptions.split(","))
    return any(_covers(rule, host, address, port) for rule in rules if rule)


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _covers(rule: str, host: str, address: _Address | None, port: int | None) -> bool:
    if rule == "*":
        return True
    if address is not None and "/" in rule:
        try:
            return address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    if _address(rule) is None:
        name, colon, number = rule.rpartition(":")
        if colon and number.isdigit():
            if int(number) != port:
                return False
            rule = name
    rule = rule.strip("[]")
    if address is not None:
        return _address(rule) == address
    rule = rule.removeprefix("*")
    if rule.startswith("."):
        return host.endswith(rule)
    return host == rule or host.endswith(f".{rule}")


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
