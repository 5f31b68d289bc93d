"""How bytes travel to the API server and back; everything above it can be tried without one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from kubernetes.client.configuration import Configuration
    from urllib3 import BaseHTTPResponse

JSON = "application/json"
CONNECT_SECONDS = 10.0
_PART_BYTES = 1 << 20


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
    """The pool of the `kubernetes` package, with its proxies, certificates and tokens."""

    def __init__(self, configuration: Configuration, *, timeout: float) -> None:
        import urllib3
        from kubernetes.client.rest import RESTClientObject

        if not configuration.verify_ssl:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._configuration = configuration
        self._pool = RESTClientObject(configuration).pool_manager
        self._timeout = urllib3.Timeout(connect=min(timeout, CONNECT_SECONDS), read=timeout)
        self._lock = threading.Lock()

    def send(self, request: Request) -> Answer:
        """The whole answer, read and decoded from gzip where the server chose it."""
        with _errors_in_words():
            response = self._open(request, whole=True)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status, body=response.data, headers=headers)

    def stream(self, request: Request) -> Iterator[bytes]:
        """The body in parts of about a megabyte; the connection is closed when left early."""
        with _errors_in_words():
            response = self._open(request, whole=False)
            try:
                if response.status != 200:
                    raise TransportError(f"the server answered {response.status}")
                while part := response.read(_PART_BYTES):
                    yield part
            finally:
                response.close()

    def _open(self, request: Request, *, whole: bool) -> BaseHTTPResponse:
        return self._pool.request(
            "GET" if request.body is None else "POST",
            self._configuration.host.rstrip("/") + request.path + _encoded(request.query),
            headers=self._headers(request),
            body=request.body,
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=whole,
        )

    def _headers(self, request: Request) -> dict[str, str]:
        with self._lock:
            settings = self._configuration.auth_settings()
        headers = {
            "accept": request.accept,
            "accept-encoding": "gzip",
            "user-agent": "advisor",
        }
        if request.body is not None:
            headers["content-type"] = JSON
        bearer: Any = settings.get("BearerToken")
        if bearer and bearer["value"]:
            headers[bearer["key"]] = bearer["value"]
        return headers


@contextmanager
def _errors_in_words() -> Iterator[None]:
    import urllib3

    try:
        yield
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise TransportError(_words(error)) from error


def _encoded(query: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return f"?{urlencode(query)}" if query else ""


_PLAIN_WORDS = (
    ("certificate verify failed", "its certificate is not trusted"),
    ("name or service not known", "its host name is not known"),
    ("temporary failure in name resolution", "its host name could not be resolved"),
    ("connection refused", "connection refused"),
    ("no route to host", "no route to it"),
    ("network is unreachable", "the network is unreachable"),
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
