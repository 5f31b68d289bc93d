"""Lists in answers without a limit, shared out among threads: all of them, or none."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Sink = TypeVar("Sink")

_SLICE_BYTES = 1 << 18
_ITEMS = b'"items":['
_BETWEEN_OBJECTS = b'},{"metadata":{'
_LONGEST_HEAD = 1 << 16
_LARGEST_OBJECT = 1 << 24
"""The most bytes without the end of an object; a cluster stores at most a tenth of that."""


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


class NotSliceableError(Exception):
    """The body is no list in the compact form that the API server writes, or it ends too early."""


def slices(chunks: Iterable[bytes], kind: str, *, size: int = _SLICE_BYTES) -> Iterator[bytes]:
    """Pages of a list of that kind, each `{"items":[...]}`; whether one is JSON is for its decoder.

    Objects of a list begin with their metadata. A cut at the wrong place leaves no valid JSON on
    either side, so a decoder cannot take it for anything else. Raises NotSliceableError.
    """
    parts = iter(chunks)
    pending = bytearray(_after_head(parts, f'"kind":"{kind}"'.encode()))
    for part in parts:
        pending += part
        if len(pending) >= size:
            cut = pending.rfind(_BETWEEN_OBJECTS)
            if cut >= 0:
                yield _page(pending[: cut + 1])
                del pending[: cut + 2]
        if len(pending) > _LARGEST_OBJECT:
            raise NotSliceableError("one of its objects has no end")
    whole = pending.rstrip()
    if not whole.endswith(b"]}"):
        raise NotSliceableError("the list ended too early")
    yield _page(whole[:-2])


def _page(objects: bytearray) -> bytes:
    return b'{"items":[' + objects + b"]}"


def _after_head(parts: Iterator[bytes], kind: bytes) -> bytes:
    head = b""
    for part in parts:
        head += part
        before, marker, rest = head.partition(_ITEMS)
        if marker and kind not in before:
            break
        if marker:
            return rest
        if len(head) > _LONGEST_HEAD:
            break
    raise NotSliceableError("there is no list of objects in it")
