"""Work that forked copies share."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.forking import map_forked


@given(st.lists(st.integers(0, 3000), max_size=9), st.integers(1, 4))
def test_results_come_in_order_whoever_made_them(parts: list[int], processes: int) -> None:
    made = map_forked(lambda size: b"x" * size * 40, parts, processes)
    assert list(made) == [b"x" * size * 40 for size in parts]


def test_the_work_is_shared() -> None:
    both = multiprocessing.get_context("fork").Barrier(2)

    def work(_: int) -> bytes:
        both.wait(60)
        return str(os.getpid()).encode()

    assert len(set(map_forked(work, range(2), 2))) == 2


def test_what_is_done_meanwhile_comes_before_this_process_takes_a_part() -> None:
    done = []
    made = map_forked(lambda part: bytes([part, len(done)]), range(3), 1, lambda: done.append(1))
    assert list(made) == [bytes([0, 1]), bytes([1, 1]), bytes([2, 1])]


def test_a_copy_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    parent = os.getpid()
    both = multiprocessing.get_context("fork").Barrier(2)

    def work(_: int) -> bytes:
        both.wait(60)
        if os.getpid() != parent:
            raise ValueError("odd")
        return b"even"

    with pytest.raises(RuntimeError, match=r"^ValueError: odd$"):
        list(map_forked(work, range(2), 2))
    assert capfd.readouterr().err == ""


def test_a_copy_that_is_killed_is_an_error() -> None:
    parent = os.getpid()
    both = multiprocessing.get_context("fork").Barrier(2)

    def work(_: int) -> bytes:
        both.wait(60)
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"here"

    with pytest.raises(RuntimeError, match=r"^a process that shared the work was ended$"):
        list(map_forked(work, range(2), 2))
