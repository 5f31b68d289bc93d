"""Several reads at once, without holding up an interrupted run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_in_threads(function: Callable[[T], R], items: Sequence[T], workers: int) -> list[R]:
    """`function` of each item, in the order of the items; the first exception is raised again.

    The threads are daemons: an interrupt ends the process without waiting for a slow server.
    """
    results: dict[int, R] = {}
    failures: list[BaseException] = []
    waiting: SimpleQueue[int] = SimpleQueue()
    for index in range(len(items)):
        waiting.put(index)

    def work() -> None:
        while not failures:
            try:
                index = waiting.get_nowait()
            except Empty:
                return
            try:
                results[index] = function(items[index])
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, len(items)))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:
        failures.append(error)
        raise
    if failures:
        raise failures[0]
    return [results[index] for index in range(len(items))]
