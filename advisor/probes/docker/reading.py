"""Reads of one engine that go on where one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from advisor.facts.source import Refusal
from advisor.probes.docker.engine import READERS, EngineError, EngineReader, read
from advisor.probes.docker.threads import map_in_threads
from advisor.probes.result import Progress

T = TypeVar("T")
R = TypeVar("R")

NOT_FOUND = 404


class Reading:
    """One engine being read: what was refused is kept, how far it is gets reported."""

    def __init__(self, reader: EngineReader, target: str, progress: Progress) -> None:
        self.reader = reader
        self.target = target
        self._progress = progress
        self._refused: list[Refusal] = []

    def ask(self, resource: str, *facts: str, **parameters: str) -> Any | None:
        """The JSON value of GET /`resource`; None, and a refusal kept, when it gives none."""
        try:
            return read(self.reader, f"/{resource}", **parameters)
        except EngineError as error:
            self.refuse(resource, error.reason, *facts)
            return None

    def ask_list(self, resource: str, *facts: str, **parameters: str) -> list[Any] | None:
        """The same for an answer that must be a list; null is an empty one."""
        answer = self.ask(resource, *facts, **parameters)
        if answer is None or isinstance(answer, list):
            return answer if answer is not None or self.is_refused(resource) else []
        self.refuse(resource, "the answer is not a list", *facts)
        return None

    def refuse(self, resource: str, reason: str, *facts: str, verb: str = "get") -> None:
        """Keeps that a read gave nothing."""
        self._refused.append(Refusal(resource=resource, verb=verb, reason=reason, facts=facts))

    def is_refused(self, resource: str) -> bool:
        """Whether a read of the resource gave nothing."""
        return any(refusal.resource == resource for refusal in self._refused)

    def refused(self) -> tuple[Refusal, ...]:
        """All refusals, by resource: the threads' order says nothing."""
        return tuple(sorted(self._refused, key=lambda refusal: (refusal.resource, refusal.reason)))

    def each(self, what: str, function: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """`function` of every item, several at once, each reported as done."""
        lock = threading.Lock()
        done = 0

        def step(item: T) -> R:
            nonlocal done
            result = function(item)
            with lock:
                done += 1
                self._progress.advance(self.target, what, done, len(items))
            return result

        return map_in_threads(step, items, READERS)
