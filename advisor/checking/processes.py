"""Work in parts, shared among forked processes or the workers of a Dask cluster.

What is loaded here is loaded in a process that is forked here; a worker has to make it from what it
is sent.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import active_children, get_context, parent_process
from threading import Lock, Thread
from typing import Any

from advisor import __version__
from advisor.errors import AdvisorError, InputError, ProbeError, fault

Work = Callable[[int], bytes]
_CONNECT_SECONDS = 10
_TRIES = 3
_WINDOW = 64
"""Parts that are with the workers, or done and not yet taken."""
_START_WORKERS = "start some with: dask worker SCHEDULER:8786"
_ON_WORKER = Lock()
_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_work: Work
"""The work that a forked child process does; only set there."""


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


def map_parts(
    work: Callable[[bytes, bytes], bytes],
    order: bytes,
    parts: Sequence[bytes],
    processes: int,
    engine: str = "",
) -> Generator[bytes, None, None]:
    """`work` of the order and each part, in order: in forked processes, or with the `engine`
    `dask://HOST:PORT` by that scheduler's workers. `work` is a function of a module, and what it
    gives depends on its arguments alone.

    Raises what `work` raises, and ProbeError when a process is killed or the scheduler is gone. A
    worker that is killed costs time: the others do its parts again.
    """
    if engine:
        yield from _map_on_dask(work, order, parts, engine)
    elif processes < 2 or len(parts) < 2:
        yield from (work(order, part) for part in parts)
    else:
        yield from map_in_processes(lambda n: work(order, parts[n]), len(parts), processes)


def dask_address(engine: str) -> str:
    """The scheduler's address as Dask writes it; InputError for an engine that is none."""
    match = re.fullmatch(r"dask://(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})", engine)
    if match is None:
        raise InputError(
            f"'{engine}' is no engine", where="--engine", remedy="as in: dask://scheduler:8786"
        )
    return f"tcp://{match[1]}:{match[2]}"


def check_version(wanted: str) -> None:
    """InputError on a worker whose advisor is not the one that sends the work."""
    if wanted != __version__:
        what = f"this worker has advisor {__version__}, the command is of {wanted}"
        raise InputError(what, remedy="install the same version on every worker")


def _map_on_dask(
    work: Callable[[bytes, bytes], bytes], order: bytes, parts: Sequence[bytes], engine: str
) -> Iterator[bytes]:
    address = dask_address(engine)
    try:
        import distributed
    except ModuleNotFoundError:
        raise InputError(
            "--engine dask:// needs distributed, which is not installed",
            remedy="pip install 'cluster-readiness-advisor[dask]'",
        ) from None
    for name in [
        logger for logger in logging.root.manager.loggerDict if logger.startswith("distributed")
    ]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is said here, once
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise _no_scheduler(engine, error) from None
    try:
        if not client.ncores():
            raise ProbeError("the scheduler has no workers", where=engine, remedy=_START_WORKERS)
        # A task, since what is scattered to a worker is lost with it.
        sent = client.submit(bytes, order, pure=False)
        executor = client.get_executor(pure=False, retries=_TRIES)
        yield from _in_window(executor, partial(_one_at_a_time, work), sent, parts)
    except AdvisorError:
        raise
    except (CancelledError, TimeoutError, OSError, RuntimeError) as error:
        raise _no_scheduler(engine, error) from None
    finally:
        client.close(timeout=1)


def _in_window(
    executor: Executor, work: Callable[[Any, bytes], bytes], order: Any, parts: Sequence[bytes]
) -> Iterator[bytes]:
    """The results in order; no more than a window of them wait to be taken."""
    waiting: deque[Future[bytes]] = deque()
    for part in parts:
        waiting.append(executor.submit(work, order, part))
        if len(waiting) >= _WINDOW:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _one_at_a_time(work: Callable[[bytes, bytes], bytes], order: bytes, part: bytes) -> bytes:
    """On a worker, which may have several threads: what a process keeps from part to part is not
    made for two of them."""
    with _ON_WORKER:
        return work(order, part)


def _no_scheduler(engine: str, error: Exception) -> ProbeError:
    return ProbeError(
        f"the scheduler does not answer: {fault(error)}",
        where=engine,
        remedy="is it running? without --engine this machine does the work",
    )


def _begin(work: Work) -> None:
    """What a child does first. It lives too short for collecting garbage to pay."""
    global _work
    _work = work
    gc.disable()
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """For a thread: end this process with its parent. One that is killed can't end its children,
    and they would wait for work for good."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _done(number: int) -> bytes:
    return _work(number)
