"""Where the registry of a name is reached."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from advisor.facts.image_reference import DOCKER_HUB

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,39}\])(?::[0-9]{1,5})?"
)
_ENDPOINTS = {DOCKER_HUB: "registry-1.docker.io"}
"""Names that stand for another host in the API."""


def is_host(text: str) -> bool:
    """Whether `text` is a host name or address, perhaps with a port; names are anybody's text."""
    return _HOST.fullmatch(text) is not None and _port_is_possible(text)


def _port_is_possible(text: str) -> bool:
    try:
        return urlsplit(f"//{text}").port != 0
    except ValueError:
        return False


def base_url(registry: str, plain_http: Collection[str]) -> str:
    """The URL that /v2/ follows."""
    scheme = "http" if registry in plain_http else "https"
    return f"{scheme}://{_ENDPOINTS.get(registry, registry)}"


def is_internal(host: str) -> bool:
    """Whether a host is this machine or its link: nothing a registry elsewhere may send us to."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local or address.is_unspecified
