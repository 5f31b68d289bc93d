"""Processes for requests: bounded in time and number, each killed and replaced by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from advisor.serving.pool import BrokenWorkerError, BusyError, TooSlowError, WorkerPool
from tests.serving import tasks

Pool = WorkerPool[tuple[str, float], tuple[str, int]]


def _with_pool(test: Callable[[Pool], Awaitable[None]], waiting: int = 4) -> None:
    async def run() -> None:
        pool: Pool = WorkerPool(
            tasks.do,
            tasks.prepare,
            ("ready",),
            shared=tasks.__name__,
            processes=2,
            waiting=waiting,
            seconds=1.5,
        )
        await pool.start()
        try:
            await test(pool)
        finally:
            await pool.stop()

    asyncio.run(run())


def _lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to pass")


def test_each_request_has_a_process_that_was_made_ready() -> None:
    async def test(pool: Pool) -> None:
        found = await asyncio.gather(*(pool.run(("sleep", 0.3)) for _ in range(2)))
        assert [word for word, _ in found] == ["ready", "ready"]
        assert len({process for _, process in found}) == 2

    _with_pool(test)


def test_what_runs_over_is_killed_and_replaced() -> None:
    async def test(pool: Pool) -> None:
        both = {process for _, process in await asyncio.gather(*[pool.run(("sleep", 0.3))] * 1)}
        slow = asyncio.create_task(pool.run(("sleep", 60)))
        await asyncio.sleep(0.2)
        _, other = await pool.run(("who", 0))
        with pytest.raises(TooSlowError):
            await slow
        assert pool.ready == 1
        await _until(lambda: pool.ready == 2)
        again = {
            process
            for _, process in await asyncio.gather(
                pool.run(("sleep", 0.3)), pool.run(("sleep", 0.3))
            )
        }
        assert other in again
        gone = (both | {other}) - again
        assert not any(map(_lives, gone))

    _with_pool(test)


def test_one_that_ends_by_itself_breaks_no_other() -> None:
    async def test(pool: Pool) -> None:
        beside = asyncio.create_task(pool.run(("sleep", 1)))
        await asyncio.sleep(0.1)
        with pytest.raises(BrokenWorkerError):
            await pool.run(("end", 0))
        assert (await beside)[0] == "ready"
        await _until(lambda: pool.ready == 2)

    _with_pool(test)


def test_an_error_of_the_work_is_raised_and_the_process_stays() -> None:
    async def test(pool: Pool) -> None:
        before = {
            p for _, p in await asyncio.gather(pool.run(("sleep", 0.3)), pool.run(("sleep", 0.3)))
        }
        with pytest.raises(ValueError, match="7"):
            await pool.run(("raise", 7))
        after = {
            p for _, p in await asyncio.gather(pool.run(("sleep", 0.3)), pool.run(("sleep", 0.3)))
        }
        assert before == after

    _with_pool(test)


def test_no_more_wait_than_may() -> None:
    async def test(pool: Pool) -> None:
        running = [asyncio.create_task(pool.run(("sleep", 1))) for _ in range(5)]
        await asyncio.sleep(0.2)
        with pytest.raises(BusyError):
            await pool.run(("who", 0))
        assert len(await asyncio.gather(*running)) == 5
        await pool.run(("who", 0))

    _with_pool(test, waiting=3)


def test_stopping_leaves_no_process() -> None:
    processes: set[int] = set()

    async def test(pool: Pool) -> None:
        found = await asyncio.gather(pool.run(("sleep", 0.3)), pool.run(("sleep", 0.3)))
        processes.update(process for _, process in found)
        asyncio.create_task(_quiet(pool.run(("sleep", 60))))  # noqa: RUF006
        await asyncio.sleep(0.1)

    _with_pool(test)
    for _ in range(100):
        if not any(map(_lives, processes)):
            return
        import time

        time.sleep(0.05)
    raise AssertionError("processes are left")


async def _quiet(running: Awaitable[object]) -> None:
    with suppress(Exception):
        await running
