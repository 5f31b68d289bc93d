"""What the user may say of how registries are asked."""

from __future__ import annotations

import msgspec

from advisor.errors import InputError
from advisor.probes.registry.address import is_host

TIMEOUT_SECONDS = 10.0


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
        from advisor.probes.registry.trust import tls_context

        tls_context([options.authority])
