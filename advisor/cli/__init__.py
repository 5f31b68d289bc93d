"""The `advisor` command: one thin module per command, loaded when that command runs."""

from __future__ import annotations

import math
import os
import signal
import time
from types import FrameType
from typing import NoReturn

_INTERRUPTED = 130

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_ONE_INTERRUPTION = 1.0
"""Seconds in which more signals change nothing."""


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    try:
        _heed_signals()  # before the imports, which take longer than some commands
        from advisor.cli.process import run_process

        run_process()
    except KeyboardInterrupt:
        os.write(2, b"advisor: interrupted\n")
        os._exit(_INTERRUPTED)


def _heed_signals() -> None:
    """Interruptions that follow each other closely count as one, which is reported."""
    last = -math.inf

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal last
        now = time.monotonic()
        if now - last > _ONE_INTERRUPTION:
            last = now
            raise KeyboardInterrupt

    for number in _SIGNALS:
        signal.signal(number, interrupt)
