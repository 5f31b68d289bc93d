"""One server process: started apart from the terminal, watched until ready, ended as a group."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import urllib3

START_SECONDS, STOP_SECONDS = 180, 15
"""Longer than any server needs on a busy machine; who is ready sooner is not waited for."""
LOG_LINES = 25


class StartError(Exception):
    """A server that ended or stayed silent; the text holds the end of its log."""


def start(
    stack: ExitStack,
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    seconds: float = START_SECONDS,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Starts `command` and returns once `ready()`; `stack` stops it.

    `ready` may raise what a request or a command raises for "not yet". StartError after `seconds`.
    """
    process = stack.enter_context(running(command, log=log, environment=environment or {}))
    deadline = time.monotonic() + seconds
    while not _answers(ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartError(_failure(command[0], process, log))
        time.sleep(0.05)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` in its own process group, which is ended with the block."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*_follow_parent(), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            _stop(process)


def _follow_parent() -> tuple[str, ...]:
    """A prefix that ends the server when the test run is killed and no teardown can happen.

    Linux sends that signal when the starting thread ends, so only the main thread may use it.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or threading.current_thread() is not threading.main_thread():
        return ()
    return (setpriv, "--pdeathsig", "TERM", "--")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sent, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)


def _answers(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except (OSError, urllib3.exceptions.HTTPError, subprocess.CalledProcessError):
        return False


def _failure(name: str, process: subprocess.Popen[bytes], log: Path) -> str:
    state = "is not ready" if process.poll() is None else f"ended with {process.returncode}"
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    return "\n".join((f"{name} {state}; the end of its log:", *lines))
