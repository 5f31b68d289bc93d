"""HTTP to registries and their token servers, bounded in size, time and redirects: whom a TLS
connection trusts, and the ways in which a look-up ends without an image."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from math import inf
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple, Protocol
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import urllib3
import urllib3.exceptions as trouble
from urllib3.exceptions import HTTPError

from advisor import __version__
from advisor.errors import InputError
from advisor.probes.answers import EndlessError, Pace, error_chain, read_body
from advisor.probes.registry.options import RegistryOptions, is_internal, tls_context, unusable


class LookUpError(Exception):
    """No answer that verifies an image. `reason` is a clause that holds no text of a server."""

    status: Literal["missing", "denied", "unreachable"] = "unreachable"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MissingError(LookUpError):
    """The registry answered, and does not have the image."""

    status = "missing"


class DeniedError(LookUpError):
    """The registry may or may not have it, and does not tell us."""

    status = "denied"


class UnreachableError(LookUpError):
    """Nothing was learned: no answer, or none that makes sense.

    `dropped` says that the connection ended too early, as one that was kept open for long does.
    """

    def __init__(self, reason: str, *, dropped: bool = False) -> None:
        super().__init__(reason)
        self.dropped = dropped


AT_ONCE = 8
LARGEST = 4 * 1024 * 1024
"""Bytes of one answer; the distribution specification lets manifests have no more."""
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_COMMON = {"User-Agent": f"advisor/{__version__}", "Accept-Encoding": "identity"}

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


class Answer(NamedTuple):
    """`headers` take any case; a repeated one is joined with a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sender(Protocol):
    """Sends one request. Raises UnreachableError."""

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """The answer at the end of all redirects."""


class Transport:
    """The Sender over sockets: TLS unless told otherwise, proxies as the environment says."""

    def __init__(
        self,
        options: RegistryOptions,
        environment: Mapping[str, str],
        folders: tuple[Path, ...] | None = None,
    ) -> None:
        self._options = options
        self._environment = environment
        self._folders = certificate_folders(environment) if folders is None else folders
        self._pools: dict[tuple[str, str], urllib3.PoolManager] = {}
        self._lock = Lock()

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Follows redirects; a login is not shown to another host than the first."""
        given = dict(headers)
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._send_once(method, url, {**_COMMON, **given}, body)
            target = answer.headers.get("Location", "")
            if answer.status not in _REDIRECTS or not target:
                return answer
            if body is not None:
                raise UnreachableError("it sends a login to another address")
            url, before = self._follow(url, target), urlsplit(url)
            if _origin(urlsplit(url)) != _origin(before):
                given = {name: given[name] for name in given if name != "Authorization"}
        raise UnreachableError("it sends us from one address to the next without an end")

    def close(self) -> None:
        """Gives back all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()

    def _follow(self, url: str, target: str) -> str:
        try:
            address = urlsplit(urljoin(url, target))
            before = urlsplit(url)
            host, _ = address.hostname or "", address.port
        except ValueError:
            raise UnreachableError("it sends us to an address that is none") from None
        if address.scheme not in ("http", "https") or not host or address.username is not None:
            raise UnreachableError("it sends us to an address that is none")
        plain = address.scheme == "http" and address.netloc not in self._options.plain_http
        if plain and address.netloc != before.netloc:
            raise UnreachableError(
                "it sends us to an address without TLS that no --plain-http names"
            )
        if plain and before.scheme == "https":
            raise UnreachableError("it sends us to an address without TLS")
        if is_internal(host) and not is_internal(before.hostname or ""):
            raise UnreachableError("it sends us to an address of this machine")
        return address.geturl()

    def _send_once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        seconds = self._options.timeout
        deadline = time.monotonic() + seconds
        try:
            response = self._pool(url).urlopen(
                method,
                url,
                body=body,
                headers=dict(headers),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=seconds, read=seconds),
            )
            pace = Pace("a manifest", LARGEST, deadline - time.monotonic(), slowest=inf)
            return Answer(response.status, response.headers, read_body(response, pace))
        except EndlessError as error:
            raise UnreachableError(str(error)) from error
        except (HTTPError, OSError, ValueError) as error:
            raise _describe(error, seconds) from error

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        key = (parts.scheme, parts.netloc)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._make_pool(url, parts)
            return self._pools[key]

    def _make_pool(self, url: str, parts: SplitResult) -> urllib3.PoolManager:
        try:
            context = registry_context(parts.netloc, self._options.authority, self._folders)
        except InputError as error:
            raise UnreachableError(f"{error.where} {error.what}") from error
        proxy = proxy_for(url, self._environment)
        if not proxy:
            return urllib3.PoolManager(maxsize=AT_ONCE, block=True, ssl_context=context)
        login = urlsplit(proxy)
        pair = None
        if login.username is not None:
            pair = f"{unquote(login.username)}:{unquote(login.password or '')}"
        return urllib3.ProxyManager(
            proxy,
            proxy_headers=urllib3.make_headers(proxy_basic_auth=pair),
            maxsize=AT_ONCE,
            block=True,
            ssl_context=context,
        )


def _origin(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc


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


def _describe(error: BaseException, seconds: float) -> UnreachableError:
    """`seconds` was the time limit."""
    chain = list(error_chain(error))
    through = "the proxy: " if any(isinstance(link, trouble.ProxyError) for link in chain) else ""
    tls = next((link for link in chain if isinstance(link, ssl.SSLError | trouble.SSLError)), None)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError):
        said = " ".join(str(link) for link in chain)
        reasons = (text for pattern, text in _TLS if re.search(pattern, said, re.IGNORECASE))
        return UnreachableError(through + next(reasons, "TLS with it fails"))
    for kind, text, dropped in _kinds(seconds):
        if any(isinstance(link, kind) for link in chain):
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


_SYSTEM_FOLDERS = ("/etc/docker/certs.d", "/etc/containers/certs.d")
_USER_FOLDERS = (".config/docker/certs.d", ".config/containers/certs.d")


def certificate_folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where docker and podman look for a folder with the name of a registry."""
    home = environment.get("HOME", "")
    own = [Path(home) / folder for folder in _USER_FOLDERS] if home else []
    return (*own, *map(Path, _SYSTEM_FOLDERS))


def registry_context(registry: str, authority: str, folders: Iterable[Path]) -> ssl.SSLContext:
    """The context for one registry: the system's authorities, the user's, and those that docker
    and podman keep for it. InputError names a file that is no certificate."""
    files = [path for folder in folders for path in _listed(folder / registry)]
    authorities = [str(path) for path in files if path.suffix == ".crt"]
    context = tls_context([*([authority] if authority else []), *authorities])
    for certificate in (path for path in files if path.suffix == ".cert"):
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate, certificate.with_suffix(".key"), password="")
        except (OSError, ssl.SSLError, ValueError) as error:
            raise unusable(str(certificate), error) from None
    return context


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
