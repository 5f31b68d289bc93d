"""Why a registry could not be asked, in one clause with what to do about it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator

import urllib3.exceptions as trouble

from advisor.probes.registry.failure import UnreachableError

_TLS = (
    (
        r"self.signed|unable to get local issuer|verify failed.*unknown|unable to get issuer",
        "its certificate is not trusted here (give its authority with --registry-ca FILE)",
    ),
    (r"hostname mismatch|ip address mismatch|doesn't match", "its certificate is for another name"),
    (r"expired", "its certificate has expired"),
    (r"verify.failed", "its certificate is not trusted here (see --registry-ca FILE)"),
    (
        r"wrong.version|record.layer|unknown.protocol|packet.length|http.request",
        "it speaks no TLS (add --plain-http HOST if it shall be asked without)",
    ),
    (r"certificate.required|bad.certificate|handshake", "it wants a client certificate"),
)


def describe(error: BaseException, seconds: float) -> UnreachableError:
    """`seconds` was the time limit."""
    chain = list(_chain(error))
    through = "the proxy: " if any(isinstance(one, trouble.ProxyError) for one in chain) else ""
    tls = next((one for one in chain if isinstance(one, ssl.SSLError | trouble.SSLError)), None)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError):
        return UnreachableError(through + _tls_reason(chain))
    for kind, text, dropped in _kinds(seconds):
        if any(isinstance(one, kind) for one in chain):
            return UnreachableError(through + text, dropped=dropped)
    return UnreachableError(f"{through}the connection failed ({type(chain[-1]).__name__})")


def _kinds(seconds: float) -> tuple[tuple[type[BaseException], str, bool], ...]:
    silence = f"no answer within {seconds:g} s"
    return (
        (trouble.NameResolutionError, "there is no host of that name", False),
        (ConnectionRefusedError, "nothing listens there (connection refused)", False),
        (trouble.ConnectTimeoutError, f"no connection within {seconds:g} s", False),
        (trouble.ReadTimeoutError, silence, False),
        (TimeoutError, silence, False),
        (trouble.IncompleteRead, "its answer breaks off", True),
        (trouble.InvalidHeader, "its answer is not HTTP", False),
        (trouble.ProtocolError, "it ended the connection without an answer", True),
        (trouble.ProxyError, "it refuses the connection", False),
        (OSError, "there is no way to it from here", False),
    )


def _tls_reason(chain: list[BaseException]) -> str:
    said = " ".join(str(one) for one in chain)
    found = (text for pattern, text in _TLS if re.search(pattern, said, re.IGNORECASE))
    return next(found, "TLS with it fails")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what caused it and what it wraps, outermost first."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = [link.__cause__, link.__context__, getattr(link, "reason", None)]
        inner += [getattr(link, "original_error", None), *link.args]
        waiting += [item for item in inner if isinstance(item, BaseException)]
