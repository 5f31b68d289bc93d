"""Work shared with forked copies of this process: what is loaded here is there already."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, TypeVar

Part = TypeVar("Part")
_LENGTH = 8
_FAILURE = b"\xff" * _LENGTH
"""Stands where a length would, before the reason of a failure."""


def map_forked(
    work: Callable[[Part], bytes], parts: Sequence[Part], processes: int
) -> Iterator[bytes]:
    """`work` of each part, in order; this process takes its share too.

    What the copies send is taken at once, by threads: a full pipe would have them wait. Raises
    RuntimeError, with the reason, when a copy fails.
    """
    copies = [
        _Copy(work, parts[number::processes]) for number in range(1, min(processes, len(parts)))
    ]
    try:
        for copy in copies:
            copy.take()
        own = [work(part) for part in parts[::processes]]
        results = [own, *(copy.results() for copy in copies)]
    finally:
        for copy in copies:
            copy.end()
    for part in results:
        part.reverse()
    for number in range(len(parts)):
        yield results[number % processes].pop()


class _Copy:
    """One forked process and the pipe that its results come through."""

    def __init__(self, work: Callable[[Part], bytes], parts: Sequence[Part]) -> None:
        self._count = len(parts)
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(reading)
            _run(work, parts, writing)
        os.close(writing)
        self._stream = os.fdopen(reading, "rb")
        self._found: list[bytes] = []
        self._failure = ""
        self._taking = threading.Thread(target=self._take, daemon=True)

    def take(self) -> None:
        """Begin to take results; not before the last copy is forked, for none may copy a thread."""
        self._taking.start()

    def _take(self) -> None:
        self._found.extend(_frames(self._stream))
        self._failure = self._stream.read().decode()

    def results(self) -> list[bytes]:
        """One for each part; blocks until the copy is done."""
        self._taking.join()
        if len(self._found) != self._count:
            raise RuntimeError(self._failure or "a process that shared the work was ended")
        return self._found

    def end(self) -> None:
        """Leave nothing behind, however this process goes on."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            if os.waitpid(self._process, os.WNOHANG) == (0, 0):
                os.kill(self._process, signal.SIGKILL)
                os.waitpid(self._process, 0)
        if self._taking.ident is not None:
            self._taking.join()
        self._stream.close()


def _run(work: Callable[[Part], bytes], parts: Sequence[Part], writing: int) -> None:
    """What the copy does; it ends here and runs no clean-up of its parent's."""
    try:
        with os.fdopen(writing, "wb") as stream:
            _write(work, parts, stream)
    finally:
        os._exit(0)


def _write(work: Callable[[Part], bytes], parts: Sequence[Part], stream: BinaryIO) -> None:
    """Every result, or those before a failure and its reason."""
    try:
        for part in parts:
            result = work(part)
            stream.write(len(result).to_bytes(_LENGTH, "big"))
            stream.write(result)
    except BrokenPipeError:
        return
    except Exception as error:
        stream.write(_FAILURE)
        stream.write(f"{type(error).__name__}: {error}".encode(errors="replace"))


def _frames(stream: BinaryIO) -> Iterator[bytes]:
    while (head := stream.read(_LENGTH)) not in (b"", _FAILURE):
        length = int.from_bytes(head, "big")
        body = stream.read(length)
        if len(body) == length:
            yield body
