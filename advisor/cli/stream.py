"""Standard output and standard error: results on the one, everything else on the other."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

import click

from advisor.errors import one_line
from advisor.files import STANDARD_STREAM, write_standard_output

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
