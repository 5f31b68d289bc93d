"""What the user may say of how registries are asked and whom they trust, and the hosts that are
asked."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from advisor.errors import InputError
from advisor.facts.image_reference import DOCKER_HUB

TIMEOUT_SECONDS = 10.0

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,39}\])(?::[0-9]{1,5})?"
)
_ENDPOINTS = {DOCKER_HUB: "registry-1.docker.io"}
"""Names that stand for another host in the API."""


class RegistryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How registries are asked.

    `authority` is a PEM file with authorities trusted besides the system's. `plain_http` names the
    hosts (with their port) that are asked without TLS; no other is, not even on loopback. `timeout`
    is in seconds, for one answer.
    """

    authority: str = ""
    plain_http: tuple[str, ...] = ()
    timeout: float = TIMEOUT_SECONDS


def check_options(options: RegistryOptions) -> None:
    """InputError for a host that is none or an authority that cannot be used."""
    for host in options.plain_http:
        if not is_host(host):
            raise InputError(
                f"'{host}' is no host",
                where="--plain-http",
                remedy="host and port without http://, as in: registry.example.com:5000",
            )
    if options.authority:
        tls_context([options.authority])


def tls_context(authorities: Iterable[str]) -> ssl.SSLContext:
    """A context that checks certificates, with more authorities than the system's. InputError
    names a file that is no certificate."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        # A Python that has no authorities of its own, as on macOS.
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    for path in authorities:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise unusable(path, error) from None
    return context


def unusable(path: str, error: Exception) -> InputError:
    """What is said of a file that is no certificate."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else "no PEM certificate"
    if isinstance(error, ssl.SSLError):
        why = "it holds no certificate in PEM form"
    return InputError(f"cannot be used as a certificate: {why}", where=path)


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
