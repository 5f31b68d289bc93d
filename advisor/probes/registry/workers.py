"""Many look-ups at once that end even when a server never does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def work_through(
    function: Callable[[T], R], items: Sequence[T], *, workers: int, stall: float
) -> Iterator[tuple[T, R | None]]:
    """Each item with its result, in the order in which they come.

    When nothing came for `stall` seconds the rest gets None. The threads are daemons, and one that
    hangs is left behind. The first exception is raised again.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, R | None, BaseException | None]] = SimpleQueue()
    for index in range(len(items)):
        waiting.put(index)
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put((index, function(items[index]), None))
            except BaseException as error:
                done.put((index, None, error))

    for _ in range(min(workers, len(items))):
        threading.Thread(target=work, daemon=True).start()
    try:
        yield from _collect(items, done, stall)
    finally:
        stopped.set()


def _collect(
    items: Sequence[T],
    done: SimpleQueue[tuple[int, R | None, BaseException | None]],
    stall: float,
) -> Iterator[tuple[T, R | None]]:
    missing = set(range(len(items)))
    while missing:
        try:
            index, result, error = done.get(timeout=stall)
        except Empty:
            break
        if error is not None:
            raise error
        missing.discard(index)
        yield items[index], result
    for index in sorted(missing):
        yield items[index], None
