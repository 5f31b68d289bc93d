"""Bars on standard error for what takes longer than a second; silent where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from advisor.probes.result import NoProgress, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

PATIENCE_SECONDS = 1.0


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Progress]:
    """Progress for probes; bars only on a terminal, and gone when the block ends."""
    if quiet or not sys.stderr.isatty():
        yield NoProgress()
        return
    bars = LateBars(PATIENCE_SECONDS)
    try:
        yield bars
    finally:
        bars.stop()


class LateBars:
    """One bar for each read at each target, from the first report after `patience` seconds."""

    def __init__(self, patience: float) -> None:
        self._show_from = time.monotonic() + patience
        self._lock = Lock()
        self._bars: Bars | None = None
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._stopped = False

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        """Show how far a read is; called from any thread."""
        with self._lock:
            if self._stopped or time.monotonic() < self._show_from:
                return
            bars = self._started()
            key = (target, what)
            if key not in self._tasks:
                self._tasks[key] = bars.add_task(f"{target}: {what}", total=None)
            bars.update(self._tasks[key], completed=done, total=total)

    def stop(self) -> None:
        """Take the bars off the screen; late reports are ignored."""
        with self._lock:
            self._stopped = True
            if self._bars is not None:
                self._bars.stop()

    def _started(self) -> Bars:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bars

            self._bars = Bars(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bars.start()
        return self._bars
