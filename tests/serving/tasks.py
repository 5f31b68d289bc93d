"""What the pool's tests have its processes do."""

from __future__ import annotations

import os
import time

_prepared: list[str] = []


def prepare(word: str) -> None:
    _prepared.append(word)


def do(task: tuple[str, float]) -> tuple[str, int]:
    """Sleep, end the process, take memory, raise, or say who one is."""
    what, amount = task
    if what == "sleep":
        time.sleep(amount)
    elif what == "end":
        os._exit(1)
    elif what == "raise":
        raise ValueError(amount)
    return _prepared[0], os.getpid()
