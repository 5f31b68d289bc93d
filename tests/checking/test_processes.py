"""Work that forked processes share."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.checking.processes import map_in_processes
from advisor.errors import ExitCode, ProbeError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("sizes", "processes"), [([], 1), ([7, 0, 120_000, 3, 1], 2), ([5], 4)])
def test_results_come_in_order_whoever_made_them(sizes: list[int], processes: int) -> None:
    made = map_in_processes(lambda number: b"x" * sizes[number], len(sizes), processes)
    assert list(made) == [b"x" * size for size in sizes]


def test_the_work_is_shared_and_not_done_here() -> None:
    both = multiprocessing.get_context("fork").Barrier(2)

    def work(_: int) -> bytes:
        both.wait(60)
        return str(os.getpid()).encode()

    made = set(map_in_processes(work, 2, 2))
    assert len(made) == 2
    assert str(os.getpid()).encode() not in made


def test_what_is_done_meanwhile_comes_before_the_first_result() -> None:
    steps: list[object] = []
    made = map_in_processes(lambda number: bytes([number]), 2, 1, lambda: steps.append("meanwhile"))
    steps.extend(made)
    assert steps == ["meanwhile", b"\0", b"\1"]


def test_a_process_that_is_killed_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    def work(number: int) -> bytes:
        if number == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return bytes([number])

    with pytest.raises(ProbeError, match="was killed") as told:
        list(map_in_processes(work, 3, 2))
    assert told.value.exit_code == ExitCode.INCOMPLETE
    assert capfd.readouterr().err == ""
    assert multiprocessing.active_children() == []


def test_an_error_of_the_work_is_raised_wherever_it_happens() -> None:
    def work(number: int) -> bytes:
        raise ValueError(f"part {number}")

    with pytest.raises(ValueError, match=r"^part \d$"):
        list(map_in_processes(work, 4, 3))
    assert multiprocessing.active_children() == []


def test_without_semaphores_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("advisor.checking.processes.ProcessPoolExecutor", refused)
    done: list[int] = []
    made = map_in_processes(lambda number: bytes([number]), 3, 2, lambda: done.append(1))
    assert (list(made), done) == ([b"\0", b"\1", b"\2"], [1])


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda run: os.killpg(run.pid, signal.SIGINT), ExitCode.INTERRUPTED),
        (lambda run: run.terminate(), ExitCode.INTERRUPTED),
        (lambda run: run.kill(), -signal.SIGKILL),
    ],
    ids=["Ctrl-C reaches all", "terminated", "killed"],
)
def test_a_run_that_ends_early_leaves_no_process(
    end: Callable[[subprocess.Popen[bytes]], None], expected: int, tmp_path: Path
) -> None:
    for number in range(900):
        command = f"docker run --gpus 1 -e N={number} reg.example/lab/train:{number}"
        (tmp_path / f"{number}.sh").write_text(command)
    run = subprocess.Popen(
        [sys.executable, "-m", "advisor", "check", str(tmp_path), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        children = _until(lambda: _children_of(run.pid))
        end(run)
        _, said = run.communicate(timeout=300)
        assert run.returncode == expected
        assert said.decode() == ("advisor: interrupted\n" if expected > 0 else "")
        assert _until(lambda: not any(map(_is_running, children)))
    finally:
        run.kill()
        run.wait()


def _until(condition: Callable[[], object]) -> object:
    """What the condition gives once it gives something; five minutes are enough on any machine."""
    end = time.monotonic() + 300
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def _children_of(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    return [int(number) for number in found.read_text().split()] if found.exists() else []


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
