"""Processes that work on requests: each on one at a time, for a bounded time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from typing import Any, Generic, TypeVar

SERVED = 5_000
"""Requests after which a process is replaced, so that nothing it keeps can grow for ever."""

_Asked = TypeVar("_Asked")
_Answered = TypeVar("_Answered")


class BusyError(Exception):
    """Too many requests wait already."""


class TooSlowError(Exception):
    """It took longer than a request may; its process was killed."""


class BrokenWorkerError(Exception):
    """Its process ended, most likely for want of memory."""


class _Worker:
    """One process. It has an executor of its own: when it is killed, no other one breaks."""

    def __init__(
        self, prepare: Callable[..., None], arguments: tuple[Any, ...], shared: str
    ) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload([shared])
        self.executor = ProcessPoolExecutor(1, context, prepare, arguments)
        self.process = 0
        self.served = 0

    async def begin(self) -> None:
        """Returns when the process is ready. BrokenProcessPool when it cannot be."""
        self.process = await asyncio.wrap_future(self.executor.submit(os.getpid))

    def end(self) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
        self.executor.shutdown(wait=False, cancel_futures=True)


class WorkerPool(Generic[_Asked, _Answered]):
    """So many processes, each made ready by `prepare(*arguments)`, which then `work` on requests.

    A request waits for a process when `waiting` others do not yet, and then has `seconds`. `work`
    is called in the process: what it takes and gives crosses over to it. All of them are forked
    from a process that has imported the module `shared` and nothing else.
    """

    def __init__(
        self,
        work: Callable[[_Asked], _Answered],
        prepare: Callable[..., None],
        arguments: tuple[Any, ...],
        *,
        shared: str,
        processes: int,
        waiting: int,
        seconds: float,
    ) -> None:
        self._work = work
        self._process = partial(_Worker, prepare, arguments, shared)
        self._processes, self._most_waiting, self._seconds = processes, waiting, seconds
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers: set[_Worker] = set()
        self._replacing: set[asyncio.Task[None]] = set()
        self._waiting = 0

    @property
    def ready(self) -> int:
        """How many processes are alive."""
        return len(self._workers)

    async def start(self) -> None:
        """All processes, at once. BrokenProcessPool when one cannot be made ready."""
        await asyncio.gather(*(self._add() for _ in range(self._processes)))

    async def run(self, asked: _Asked) -> _Answered:
        """What `work` gives. BusyError, TooSlowError, BrokenWorkerError, and what it raises."""
        if self._free.empty() and self._waiting >= self._most_waiting:
            raise BusyError
        self._waiting += 1
        try:
            worker = await self._free.get()
        finally:
            self._waiting -= 1
        try:
            future = asyncio.wrap_future(worker.executor.submit(self._work, asked))
            answered = await asyncio.wait_for(future, self._seconds)
        except TimeoutError:
            self._replace(worker)
            raise TooSlowError from None
        except BrokenProcessPool:
            self._replace(worker)
            raise BrokenWorkerError from None
        except asyncio.CancelledError:
            self._replace(worker)
            raise
        except Exception:
            self._free.put_nowait(worker)
            raise
        worker.served += 1
        if worker.served >= SERVED:
            self._replace(worker)
        else:
            self._free.put_nowait(worker)
        return answered

    async def stop(self) -> None:
        """End every process, also one that is being replaced."""
        for task in self._replacing:
            task.cancel()
        await asyncio.gather(*self._replacing, return_exceptions=True)
        for worker in tuple(self._workers):
            self._drop(worker)

    async def _add(self) -> None:
        worker = self._process()
        try:
            await worker.begin()
        except BaseException:
            worker.end()
            raise
        self._workers.add(worker)
        self._free.put_nowait(worker)

    def _drop(self, worker: _Worker) -> None:
        self._workers.discard(worker)
        worker.end()

    def _replace(self, worker: _Worker) -> None:
        """End the process now, and have another one made ready meanwhile."""
        self._drop(worker)
        task = asyncio.get_running_loop().create_task(self._add_again())
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _add_again(self) -> None:
        """Try until there is one: the machine may be short of memory for a while."""
        pause = 0.1
        while True:
            try:
                return await self._add()
            except (BrokenProcessPool, OSError):
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)
