"""Standard output and standard error: results on the one, everything else on the other; bars for
what takes longer than a second are silent where nobody watches."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

import click

from advisor.errors import one_line
from advisor.files import STANDARD_STREAM, write_standard_output

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from advisor.probes.common import Progress


PLAIN_WIDTH = 100
"""Columns where there is no terminal to ask."""

_CHUNK = 2**20


def print_result(text: str) -> None:
    """Text on standard output; a reader that has had enough is no error."""
    try:
        for start in range(0, len(text), _CHUNK):
            part = text[start : start + _CHUNK]
            write_standard_output(part.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        silence(sys.stdout)


def print_note(text: str, *, quiet: bool = False) -> None:
    """One line on standard error, control characters made visible."""
    if not quiet:
        click.echo(one_line(text), err=True)


def note_written(path: str, *, quiet: bool = False) -> None:
    """Says where a result went, unless that was standard output."""
    if path != STANDARD_STREAM:
        print_note(f"wrote {path}", quiet=quiet)


def silence(stream: TextIO) -> None:
    """Let nothing more reach a standard stream that nobody reads or that has no room."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())


def colored(no_color: bool) -> bool:
    """Whether standard output takes escape sequences: a terminal, and no NO_COLOR."""
    return not no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def width() -> int:
    """Columns of the terminal, or a fixed number so that piped output is the same everywhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PLAIN_WIDTH


PATIENCE_SECONDS = 1.0


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Progress]:
    """Progress for probes; bars only on a terminal, and gone when the block ends."""
    if quiet or not sys.stderr.isatty():
        from advisor.probes.common import NoProgress

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
