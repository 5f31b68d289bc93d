"""Work shared among forked processes: rules and tables that are loaded here are loaded there."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from threading import Thread

from advisor.errors import ProbeError

Work = Callable[[int], bytes]
_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_work: Work
"""Of a child: what it was forked for."""


def map_in_processes(
    work: Work, count: int, processes: int, meanwhile: Callable[[], object] = lambda: None
) -> Iterator[bytes]:
    """`work` of every number below `count`, in order; `meanwhile` is done by this process when the
    others have begun.

    Raises what `work` raises, and ProbeError when a process is killed. Where no process may be
    made, everything is done here.
    """
    # What a terminal sends reaches all of its processes. The children are forked with it blocked:
    # this one alone says that it was interrupted, and ends them.
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTIONS)
    pool: ProcessPoolExecutor | None = None
    try:
        try:
            pool = ProcessPoolExecutor(processes, get_context("fork"), _begin, (work,))
            results = pool.map(_done, range(count))
        except (ImportError, NotImplementedError, OSError):  # no semaphores, too many processes
            results = map(work, range(count))
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        meanwhile()
        yield from results
    except BrokenProcessPool:
        raise ProbeError(
            "a process that reads and judges inputs was killed",
            remedy="is there enough memory? name fewer inputs at once",
        ) from None
    finally:
        for child in active_children():
            child.kill()
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)


def _begin(work: Work) -> None:
    """What a child does first. It lives too short for collecting garbage to pay."""
    global _work
    _work = work
    gc.disable()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed can't end its children, and they would wait for work for good."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _done(number: int) -> bytes:
    return _work(number)
