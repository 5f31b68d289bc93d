"""Lists in answers without a limit, shared out among threads: all of them, or none."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Sink = TypeVar("Sink")


class Streams(Generic[Sink]):
    """The paths of the lists, for `at_once` threads; more get none. What each thread read is kept
    until all are through."""

    def __init__(self, paths: Iterable[str], *, at_once: int) -> None:
        self._at_once = at_once
        self._changed = threading.Condition()
        self._waiting = list(paths)
        self._busy = 0
        self._failed = False
        self._sinks: list[Sink] = []

    @contextmanager
    def taking(self, sink: Sink) -> Iterator[Iterator[str]]:
        """The paths that one thread gets, one after another. A list that cannot be read this way
        ends it for all of them."""
        with self._changed:
            self._busy += 1
            allowed = self._busy <= self._at_once
        try:
            yield self._paths() if allowed else iter(())
            with self._changed:
                self._sinks.append(sink)
        except Exception:  # the pages tell what is wrong with what could not be read this way
            self._failed = True
        except BaseException:
            self._failed = True
            raise
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def result(self) -> tuple[Sink, ...] | None:
        """What was read when every thread is through; None when anything went wrong."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0)
            return None if self._failed else tuple(self._sinks)

    def _paths(self) -> Iterator[str]:
        while not self._failed:
            with self._changed:
                if not self._waiting:
                    return
                path = self._waiting.pop()
            yield path
