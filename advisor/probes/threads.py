"""Several reads at once, without holding up an interrupted run: what still runs is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

T = TypeVar("T")
R = TypeVar("R")


def map_in_threads(function: Callable[[T], R], items: Sequence[T], workers: int) -> list[R]:
    """`function` of each item, in the order of the items; the first item's exception is raised."""
    if not items:
        return []
    pool = _pool(items, workers)
    try:
        return list(pool.map(function, items))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def results_as_they_come(
    function: Callable[[T], R], items: Sequence[T], *, workers: int, stall: float
) -> Iterator[tuple[T, R | None]]:
    """Each item with its result, in the order in which they come; an exception is raised again.

    When nothing came for `stall` seconds the rest gets None: a server may never end its answer.
    """
    pool = _pool(items, workers)
    done: SimpleQueue[Future[R]] = SimpleQueue()
    waiting = {pool.submit(function, item): item for item in items}
    try:
        for future in waiting:
            future.add_done_callback(done.put)
        while waiting:
            future = done.get(timeout=stall)
            yield waiting.pop(future), future.result()
    except Empty:
        yield from ((item, None) for item in waiting.values())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pool(items: Sequence[object], workers: int) -> ThreadPoolExecutor:
    """Most commands read nothing in threads, and the import takes as long as reading their job."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max(1, min(workers, len(items))))
