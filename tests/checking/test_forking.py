"""Work that forked copies share."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.checking.forking import Parcel, map_forked

AS_IT_IS: Parcel[bytes] = Parcel(pack=bytes, unpack=bytes)


@given(st.lists(st.integers(0, 3000), max_size=9), st.integers(1, 4))
def test_results_come_in_order_whoever_made_them(parts: list[int], processes: int) -> None:
    made = map_forked(lambda size: b"x" * size * 40, parts, processes, AS_IT_IS)
    assert list(made) == [b"x" * size * 40 for size in parts]


def test_the_work_is_shared() -> None:
    both = multiprocessing.get_context("fork").Barrier(2)

    def work(_: int) -> bytes:
        both.wait(60)
        return str(os.getpid()).encode()

    assert len(set(map_forked(work, range(2), 2, AS_IT_IS))) == 2


def test_what_is_done_meanwhile_comes_before_this_process_takes_a_part() -> None:
    done = []
    made = map_forked(
        lambda part: bytes([part, len(done)]), range(3), 1, AS_IT_IS, lambda: done.append(1)
    )
    assert list(made) == [bytes([0, 1]), bytes([1, 1]), bytes([2, 1])]


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 // 0])
def test_what_a_copy_leaves_undone_is_done_here(
    end: Callable[[], object], capfd: pytest.CaptureFixture[str]
) -> None:
    parent = os.getpid()
    both = multiprocessing.get_context("fork").Barrier(2)
    waited: list[int] = []

    def work(part: int) -> bytes:
        if not waited:
            waited.append(both.wait(60))
        if os.getpid() != parent:
            end()
        return bytes([part])

    assert list(map_forked(work, range(4), 2, AS_IT_IS)) == [b"\0", b"\1", b"\2", b"\3"]
    assert capfd.readouterr().err == ""


def test_an_error_of_the_work_is_raised_wherever_it_happens() -> None:
    def work(part: int) -> bytes:
        raise ValueError(f"part {part}")

    with pytest.raises(ValueError, match=r"^part \d$"):
        list(map_forked(work, range(4), 3, AS_IT_IS))
