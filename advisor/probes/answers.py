"""What engines, clusters and registries answer: bodies with an end, and what an error came from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from advisor.facts.quantity import whole_number

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_LONGEST_PAUSE = 10**9
"""Seconds: what a longer Retry-After counts as, far beyond any budget of waiting."""
PART_BYTES = 1 << 17
SLOWEST = 1024
"""Bytes a second that an answer has to keep up with once its time limit is over."""


class EndlessError(Exception):
    """An answer that is too long or comes too slowly; the text is a clause."""


class Pace:
    """How an answer comes: it must not be endless in size or in time.

    `most` is its size in bytes, `patience` the seconds in which it may come as slowly as it likes;
    then it has to have come with `slowest` bytes a second. `name` is what it is read as.
    """

    def __init__(
        self,
        name: str,
        most: int,
        patience: float,
        slowest: float = SLOWEST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._most, self._patience, self._slowest = name, most, patience, slowest
        self._clock = clock
        self._started = clock()
        self._bytes = 0

    def add(self, count: int) -> None:
        """That many more bytes came. Raises EndlessError when that is too many, or too few."""
        self._bytes += count
        if self._bytes > self._most:
            raise EndlessError(f"its answer is too long for {self._name}")
        seconds = self._clock() - self._started
        if seconds > self._patience and self._bytes < self._slowest * seconds:
            raise EndlessError("its answer comes too slowly")


def read_body(response: BaseHTTPResponse, pace: Pace, *, decode: bool | None = None) -> bytes:
    """All of a body; then its connection may serve again. Raises EndlessError."""
    body = bytearray()
    try:
        while part := response.read1(PART_BYTES, decode_content=decode):
            pace.add(len(part))
            body += part
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return bytes(body)


def error_chain(error: BaseException) -> Iterator[BaseException]:
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


def pause_before_next(attempt: int, stated: str) -> float:
    """Seconds to wait after that many attempts: what the answer's Retry-After asks for, else
    doubling from half a second."""
    return retry_after(stated) or 0.5 * float(2 ** (attempt - 1))


def retry_after(stated: str) -> float:
    """Seconds that a Retry-After asks us to wait, 0 when it does not say."""
    text = stated.strip()
    if text.isascii() and text.isdecimal():
        seconds = whole_number(text, most=_LONGEST_PAUSE)
        return float(_LONGEST_PAUSE if seconds is None else seconds)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
