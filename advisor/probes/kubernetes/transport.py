"""How bytes travel to the API server and back; everything above it can be tried without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlencode

import msgspec
import urllib3
from urllib3 import HTTPHeaderDict

from advisor.errors import ProbeError
from advisor.facts.secrecy import MARK
from advisor.probes.answers import PART_BYTES, EndlessError, Pace, read_body

if TYPE_CHECKING:
    from ssl import SSLContext

    from urllib3 import BaseHTTPResponse, PoolManager

    from advisor.probes.kubernetes.credentials import Credentials

JSON = "application/json"
_FAILED = 300
_UNAUTHORIZED = 401
_CONNECTIONS = 8
CONNECT_SECONDS = 10.0
LARGEST_BYTES = 1 << 27
"""The most bytes of an answer, unpacked; a page of a thousand objects has a tenth of that."""
LARGEST_STREAM = 1 << 32
"""The most bytes of a streamed answer: six times the pods of the largest intended cluster."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request; `body` makes it a POST."""

    path: str
    query: dict[str, str] = {}
    accept: str = JSON
    body: bytes | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said, whatever its status; header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class TransportError(Exception):
    """No whole answer came back: refused, broken, timed out or not trusted."""


class Transport(Protocol):
    """Sends one request; called from several threads at once."""

    def send(self, request: Request) -> Answer:
        """The whole answer. Raises TransportError when there is none."""

    def stream(self, request: Request) -> Iterator[bytes]:
        """The body of a successful answer, as it arrives. Raises TransportError."""


class PoolTransport:
    """A pool of connections to one server, by its proxy, each request with its credentials.

    `context` is None for a server without TLS; `server_name` is the name that its certificate has
    to be for, where that is not the URL's. Raises ValueError for a proxy that is none, and
    ImportError for one that takes a further package.
    """

    def __init__(
        self,
        server: str,
        credentials: Credentials,
        *,
        timeout: float,
        context: SSLContext | None = None,
        server_name: str = "",
        proxy: str = "",
    ) -> None:
        self._server = server.rstrip("/")
        self._credentials = credentials
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._pool = _pool(context, server_name, proxy)
        self._timeout = urllib3.Timeout(connect=min(timeout, CONNECT_SECONDS), read=timeout)

    def send(self, request: Request) -> Answer:
        """The whole answer, read and decoded from gzip where the server chose it."""
        with _errors_in_words():
            response = self._open(request)
            if response.status == _UNAUTHORIZED and self._credentials.renew():
                response.close()
                response = self._open(request)
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = read_body(response, self._pace(LARGEST_BYTES))
            if response.status >= _FAILED:
                body = self._without_token(body)
            return Answer(status=response.status, body=body, headers=headers)

    def stream(self, request: Request) -> Iterator[bytes]:
        """The body in parts of about 128 KiB; the connection is closed when left early."""
        with _errors_in_words():
            response = self._open(request)
            try:
                if response.status != 200:
                    raise TransportError(f"the server answered {response.status}")
                pace = self._pace(LARGEST_STREAM)
                parts = iter(lambda: response.read1(PART_BYTES), b"")
                for part in parts:
                    pace.add(len(part))
                    yield part
            finally:
                response.close()

    def _pace(self, most: int) -> Pace:
        return Pace("a list", most, float(self._timeout.read_timeout or 0))

    def _without_token(self, body: bytes) -> bytes:
        """The server's message without the token, which it may quote."""
        secret = self._credentials.secret().encode()
        return body.replace(secret, MARK.encode()) if secret else body

    def _open(self, request: Request) -> BaseHTTPResponse:
        return self._pool.request(
            "GET" if request.body is None else "POST",
            self._server + request.path + _encoded(request.query),
            headers=self._headers(request),
            body=request.body,
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )

    def _headers(self, request: Request) -> HTTPHeaderDict:
        headers = HTTPHeaderDict(
            {"accept": request.accept, "accept-encoding": "gzip", "user-agent": "advisor"}
        )
        if request.body is not None:
            headers["content-type"] = JSON
        for name, value in self._credentials.headers():
            # As bytes that are UTF-8: http.client would refuse a user that is called so.
            headers.add(name, value.encode().decode("latin-1"))
        return headers


def _pool(context: SSLContext | None, server_name: str, proxy: str) -> PoolManager:
    secured: dict[str, Any] = {} if context is None else {"ssl_context": context}
    if server_name:
        secured |= {"server_hostname": server_name}
    if not proxy:
        return urllib3.PoolManager(maxsize=_CONNECTIONS, **secured)
    if proxy.startswith("socks"):
        from urllib3.contrib.socks import SOCKSProxyManager

        return SOCKSProxyManager(proxy, maxsize=_CONNECTIONS, **secured)
    login = urllib3.util.parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=unquote(login)) if login else None
    return urllib3.ProxyManager(proxy, maxsize=_CONNECTIONS, proxy_headers=headers, **secured)


@contextmanager
def _errors_in_words() -> Iterator[None]:
    try:
        yield
    except ProbeError as error:
        raise TransportError(error.line()) from error
    except EndlessError as error:
        raise TransportError(str(error)) from error
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise TransportError(_words(error)) from error


def _encoded(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""


_PLAIN_WORDS = (
    ("hostname mismatch", "its certificate is for another host name"),
    ("ip address mismatch", "its certificate is for another host name"),
    ("certificate has expired", "its certificate has expired"),
    ("certificate is not yet valid", "its certificate is not valid yet"),
    ("certificate verify failed", "its certificate is not trusted"),
    ("name or service not known", "its host name is not known"),
    ("temporary failure in name resolution", "its host name could not be resolved"),
    ("connection refused", "connection refused"),
    ("no route to host", "no route to it"),
    ("network is unreachable", "the network is unreachable"),
    ("failed to parse", "its address is none"),
    ("invalid header value", "its token has characters that no header takes"),
    ("can't encode character", "its token has characters that no header takes"),
    ("failed to decode it", "its answer is not packed as it says"),
    ("badstatusline", "it does not speak HTTP"),
    ("timed out", "it did not answer in time"),
    ("incompleteread", "the connection broke within an answer"),
    ("connection broken", "the connection broke within an answer"),
    ("connection reset", "it reset the connection"),
    ("remote end closed", "it closed the connection"),
    ("wrong version number", "it does not speak TLS"),
)


def _words(error: Exception) -> str:
    """The cause as a clause; urllib3 wraps it in layers of representations."""
    text = str(error)
    lower = text.lower()
    for mark, words in _PLAIN_WORDS:
        if mark in lower:
            return words
    return text[:200] or type(error).__name__
