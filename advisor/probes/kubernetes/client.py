"""Requests that are repeated where that can help, and a plain failure where it cannot."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from advisor.errors import one_line
from advisor.objects.base import Status
from advisor.probes.answers import pause_before_next
from advisor.probes.kubernetes.transport import JSON, Answer, Request, Transport, TransportError

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
        return answer, None if 200 <= answer.status < 300 else _failure(answer)


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
