"""How bytes travel to the API server and back, and requests that are repeated where that can help;
everything above can be tried without a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import unquote, urlencode

import msgspec
import urllib3
from urllib3 import HTTPHeaderDict

from advisor.errors import ProbeError, one_line
from advisor.facts.secrecy import MARK
from advisor.objects.base import Status
from advisor.probes.answers import PART_BYTES, EndlessError, Pace, pause_before_next, read_body

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


FailureKind = Literal[
    "unauthorized",
    "denied",
    "absent",
    "expired",
    "invalid",
    "unreachable",
    "server",
    "fault",
]
_KINDS: dict[int, FailureKind] = {
    401: "unauthorized",
    403: "denied",
    404: "absent",
    405: "absent",
    410: "expired",
}
_WORTH_REPEATING = frozenset({408, 429, 500, 502, 503, 504})
ATTEMPTS = 4
FIRST_ATTEMPTS = 2
PATIENCE_SECONDS = 30.0
BUDGET_SECONDS = 60.0
"""The most seconds of waiting before retries for one server, over all of its forty lists."""
_REASON_LENGTH = 300
_WHOLE = frozenset({200, 201})
"""201 answers what is posted. 204 has no content, and 206 only a part of it."""
_NO_ANSWER = Answer(status=0, body=b"")


class ReadError(Exception):
    """A read that gave nothing; `reason` is a clause for people."""

    def __init__(self, kind: FailureKind, reason: str, *, token: str = "") -> None:
        self.kind = kind
        self.reason = one_line(reason)[:_REASON_LENGTH]
        self.token = token
        super().__init__(self.reason)


class Client:
    """Gets bytes from one server; safe to share between threads.

    `pause` waits that many seconds. A server that
    never answered yet is tried twice; once a read has failed for want of any connection, later
    ones are tried once only. All waiting together has a budget.
    """

    def __init__(self, transport: Transport, *, pause: Callable[[float], None]) -> None:
        self._transport = transport
        self._pause = pause
        self._attempts = FIRST_ATTEMPTS
        self._lock = threading.Lock()
        self._budget = BUDGET_SECONDS

    def get(self, path: str, query: dict[str, str] | None = None, accept: str = JSON) -> bytes:
        """The body of a successful answer. Raises ReadError."""
        return self._ask(Request(path=path, query=query or {}, accept=accept))

    def stream(self, path: str, query: dict[str, str]) -> Iterator[bytes]:
        """The body of a successful answer in parts, tried once. Raises ReadError."""
        try:
            yield from self._transport.stream(Request(path=path, query=query))
        except TransportError as error:
            raise ReadError("unreachable", str(error)) from error

    def post(self, path: str, body: bytes) -> bytes:
        """The body of a successful answer to a question that has to be posted."""
        return self._ask(Request(path=path, body=body))

    def _ask(self, request: Request) -> bytes:
        attempt = 1
        while True:
            answer, failure = self._try_once(request)
            if failure is None:
                return answer.body
            delay = pause_before_next(attempt, answer.headers.get("retry-after", ""))
            last = attempt >= (self._attempts if answer is _NO_ANSWER else ATTEMPTS)
            if last or not _repeatable(answer) or delay > PATIENCE_SECONDS:
                break
            if not self._may_wait(delay):
                break
            self._pause(delay)
            attempt += 1
        if answer is _NO_ANSWER:
            self._attempts = 1
        raise failure

    def _may_wait(self, seconds: float) -> bool:
        """Whether the server's budget of waiting has room for these; many lists share it."""
        with self._lock:
            self._budget -= seconds
            return self._budget >= 0

    def _try_once(self, request: Request) -> tuple[Answer, ReadError | None]:
        try:
            answer = self._transport.send(request)
        except TransportError as error:
            return _NO_ANSWER, ReadError("unreachable", str(error))
        self._attempts = ATTEMPTS
        return answer, None if answer.status in _WHOLE else _failure(answer)


def _repeatable(answer: Answer) -> bool:
    return answer is _NO_ANSWER or answer.status in _WORTH_REPEATING


def _failure(answer: Answer) -> ReadError:
    try:
        status = msgspec.json.decode(answer.body, type=Status)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        status = Status()
    message = status.message or f"the server answered {answer.status}"
    if answer.status == 429:
        message = f"too many requests: {message}"
    token = status.metadata.token if status.metadata else None
    return ReadError(_KINDS.get(answer.status, "server"), message, token=token or "")
