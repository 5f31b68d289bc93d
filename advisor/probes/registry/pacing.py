"""One registry's patience: what it answers to too many requests, and when to give up on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock

from advisor.facts.quantity import whole_number
from advisor.probes.answers import pause_before_next
from advisor.probes.registry.transport import Answer, Sender, UnreachableError

ATTEMPTS = 4
LONGEST_PAUSE = 30.0
"""Seconds; a registry that wants us to wait longer is not asked again."""
FAILURES_IN_A_ROW = 8
_FEW_PULLS = 10
"""Pulls of an allowance (Docker Hub counts manifests read) that are left to the user."""


class Pacer:
    """The Sender of one registry. It repeats what may be repeated, waits when told to, and fails
    at once for all that follow when the registry is not there.

    `counts_pulls` says that reading a manifest uses up an allowance, `few_pulls_left` that this is
    nearly spent.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        counts_pulls: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sender = sender
        self._sleep = sleep
        self._lock = Lock()
        self._paused_until = 0.0
        self._failures = 0
        self._answered = False
        self._given_up: UnreachableError | None = None
        self.counts_pulls = counts_pulls
        self.few_pulls_left = False

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send a request, again after 429 and 5xx, which are never given back."""
        for attempt in range(1, ATTEMPTS + 1):
            self._wait()
            try:
                answer = self._sender.send(method, url, headers, body)
            except UnreachableError as error:
                self._failed(error)
                if error.dropped and attempt == 1:
                    continue
                raise
            self._worked(answer)
            if answer.status != 429 and answer.status < 500:
                return answer
            self._pause(answer, attempt)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self) -> None:
        with self._lock:
            if self._given_up is not None:
                raise UnreachableError(self._given_up.reason)
            pause = self._paused_until - time.monotonic()
        if pause > 0:
            self._sleep(pause)

    def _failed(self, error: UnreachableError) -> None:
        with self._lock:
            self._failures += 1
            never = not self._answered and not error.dropped
            if never or self._failures >= FAILURES_IN_A_ROW:
                self._given_up = self._given_up or error

    def _worked(self, answer: Answer) -> None:
        left = whole_number(answer.headers.get("RateLimit-Remaining", "").partition(";")[0].strip())
        with self._lock:
            self._answered = True
            self._failures = 0
            if left is not None:
                self.counts_pulls = True
                self.few_pulls_left = left < _FEW_PULLS

    def _pause(self, answer: Answer, attempt: int) -> None:
        limited = answer.status == 429
        pause = pause_before_next(attempt, answer.headers.get("Retry-After", ""))
        if pause > LONGEST_PAUSE or attempt == ATTEMPTS:
            text = f"it answers {answer.status}"
            if limited:
                text = "it takes no more requests for now (429)"
            error = UnreachableError(text)
            with self._lock:
                self._given_up = error if limited else self._given_up
            raise error
        with self._lock:
            until = time.monotonic() + pause
            self._paused_until = max(self._paused_until, until) if limited else self._paused_until
        if not limited:
            self._sleep(pause)
