"""Work that forked copies share."""

from __future__ import annotations

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
    made = list(map_forked(lambda _: str(os.getpid()).encode(), range(4), 2))
    assert made[0] == made[2] == str(os.getpid()).encode()
    assert made[1] == made[3] != made[0]


def test_a_copy_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    def work(part: int) -> bytes:
        if part == 1:
            raise ValueError("odd")
        return b"even"

    with pytest.raises(RuntimeError, match=r"^ValueError: odd$"):
        list(map_forked(work, range(2), 2))
    assert capfd.readouterr().err == ""


def test_a_copy_that_is_killed_is_an_error() -> None:
    parent = os.getpid()

    def work(_: int) -> bytes:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"here"

    with pytest.raises(RuntimeError, match=r"^a process that shared the work was ended$"):
        list(map_forked(work, range(2), 2))
