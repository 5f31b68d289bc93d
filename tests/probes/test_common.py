"""Several reads at once."""

from __future__ import annotations

import threading
import time

import pytest

from advisor.probes.common import map_in_threads, results_as_they_come


def test_threads_keep_the_order_and_raise_what_was_raised() -> None:
    assert map_in_threads(lambda number: number * 2, range(100), 4) == list(range(0, 200, 2))
    with pytest.raises(ZeroDivisionError):
        map_in_threads(lambda number: 1 // number, [1, 0, 2], 2)


def test_a_server_that_never_ends_holds_up_nobody() -> None:
    release = threading.Event()

    def answer(number: int) -> int:
        if number == 1:
            release.wait(120)
        return number * 10

    started = time.monotonic()
    found = dict(results_as_they_come(answer, [0, 1, 2], workers=2, stall=3))
    release.set()
    assert found == {0: 0, 1: None, 2: 20}
    assert time.monotonic() - started < 60


def test_a_fault_of_ours_is_raised() -> None:
    def answer(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        dict(results_as_they_come(answer, [0], workers=1, stall=1))
