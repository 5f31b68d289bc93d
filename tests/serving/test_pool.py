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


def _with_pool(
    test: Callable[[Pool], Awaitable[None]], waiting: int = 4, seconds: float = 120
) -> None:
    async def run() -> None:
        pool: Pool = WorkerPool(
            tasks.do,
            tasks.prepare,
            ("ready",),
            shared=tasks.__name__,
            processes=2,
            waiting=waiting,
            seconds=seconds,
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
    async with asyncio.timeout(120):
        while not true():
            await asyncio.sleep(0.05)


async def _both(pool: Pool) -> set[int]:
    """Those that two requests at the same time get; each takes one that is free at once."""
    found = await asyncio.gather(pool.run(("who", 0)), pool.run(("who", 0)))
    assert [word for word, _ in found] == ["ready", "ready"]
    return {process for _, process in found}


def test_each_request_has_a_process_that_was_made_ready() -> None:
    async def test(pool: Pool) -> None:
        assert len(await _both(pool)) == 2

    _with_pool(test)


def test_what_runs_over_is_killed_and_replaced() -> None:
    async def test(pool: Pool) -> None:
        both = await _both(pool)
        slow = asyncio.create_task(pool.run(("sleep", 600)))
        await asyncio.sleep(0)
        _, other = await pool.run(("who", 0))
        with pytest.raises(TooSlowError):
            await slow
        assert pool.ready == 1
        await _until(lambda: pool.ready == 2)
        again = await _both(pool)
        assert (len(both), both & again) == (2, {other})
        await _until(lambda: not any(map(_lives, both - {other})))

    _with_pool(test, seconds=4)


def test_one_that_ends_by_itself_breaks_no_other() -> None:
    async def test(pool: Pool) -> None:
        beside = asyncio.create_task(pool.run(("sleep", 1)))
        await asyncio.sleep(0)
        with pytest.raises(BrokenWorkerError):
            await pool.run(("end", 0))
        assert (await beside)[0] == "ready"
        await _until(lambda: pool.ready == 2)

    _with_pool(test)


def test_an_error_of_the_work_is_raised_and_the_process_stays() -> None:
    async def test(pool: Pool) -> None:
        before = await _both(pool)
        with pytest.raises(ValueError, match="7"):
            await pool.run(("raise", 7))
        assert await _both(pool) == before

    _with_pool(test)


def test_no_more_wait_than_may() -> None:
    async def test(pool: Pool) -> None:
        running = [asyncio.create_task(pool.run(("sleep", 1))) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await pool.run(("who", 0))
        assert len(await asyncio.gather(*running)) == 5
        await pool.run(("who", 0))

    _with_pool(test, waiting=3)


def test_stopping_leaves_no_process() -> None:
    processes: set[int] = set()

    async def test(pool: Pool) -> None:
        processes.update(await _both(pool))
        asyncio.create_task(_quiet(pool.run(("sleep", 600))))  # noqa: RUF006
        await asyncio.sleep(0)

    _with_pool(test)
    asyncio.run(_until(lambda: not any(map(_lives, processes))))


async def _quiet(running: Awaitable[object]) -> None:
    with suppress(Exception):
        await running
