"""Work shared with forked copies of this process: what is loaded here is there already."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Generic, NamedTuple, TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")
_LENGTH = 8

MOST_PARTS = 256
"""A ticket is one byte, so that no two processes can ever read half of one."""


class Parcel(NamedTuple, Generic[Result]):
    """How results come from one process to another."""

    pack: Callable[[Result], bytes]
    unpack: Callable[[bytes], Result]


def map_forked(
    work: Callable[[Part], Result],
    parts: Sequence[Part],
    processes: int,
    parcel: Parcel[Result],
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Result]:
    """`work` of each of at most MOST_PARTS parts, in order; whoever is free takes the next one.

    This process takes its share too, after it has done `meanwhile`, and what is left by a copy that
    fails or is killed: so errors are those that `work` raises here. What the copies send is taken
    at once, by threads: a full pipe would have them wait.
    """
    tickets = _Tickets(len(parts))

    def packed(part: Part) -> bytes:
        return parcel.pack(work(part))

    copies = [_Copy(packed, parts, tickets) for _ in range(min(processes, len(parts)) - 1)]
    try:
        for copy in copies:
            copy.take()
        meanwhile()
        found = {number: work(parts[number]) for number in tickets}
        sent = {number: body for copy in copies for number, body in copy.results().items()}
    finally:
        for copy in copies:
            copy.end()
        tickets.close()
    for number, part in enumerate(parts):
        if number in sent:
            yield parcel.unpack(sent.pop(number))
        else:
            yield found.pop(number) if number in found else work(part)


class _Tickets:
    """The numbers of the parts that nobody has taken, in a pipe that all processes read."""

    def __init__(self, count: int) -> None:
        self._reading, writing = os.pipe()
        os.write(writing, bytes(range(count)))
        os.close(writing)

    def __iter__(self) -> Iterator[int]:
        while ticket := os.read(self._reading, 1):
            yield ticket[0]

    def close(self) -> None:
        os.close(self._reading)


class _Copy(Generic[Part]):
    """One forked process and the pipe that its results come through."""

    def __init__(
        self, work: Callable[[Part], bytes], parts: Sequence[Part], tickets: _Tickets
    ) -> None:
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(reading)
            _run(work, parts, tickets, writing)
        os.close(writing)
        self._stream = os.fdopen(reading, "rb")
        self._found: dict[int, bytes] = {}
        self._taking = threading.Thread(target=self._take, daemon=True)

    def take(self) -> None:
        """Begin to take results; not before the last copy is forked, for none may copy a thread."""
        self._taking.start()

    def _take(self) -> None:
        self._found.update(_frames(self._stream))

    def results(self) -> dict[int, bytes]:
        """Those of the parts that it finished, by number; blocks until the copy ends."""
        self._taking.join()
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


def _run(
    work: Callable[[Part], bytes], parts: Sequence[Part], tickets: Iterable[int], writing: int
) -> None:
    """What the copy does; it ends here and runs no clean-up of its parent's."""
    try:
        with os.fdopen(writing, "wb") as stream:
            _write(work, parts, tickets, stream)
    finally:
        os._exit(0)


def _write(
    work: Callable[[Part], bytes],
    parts: Sequence[Part],
    tickets: Iterable[int],
    stream: BinaryIO,
) -> None:
    """Every result, or those before a failure."""
    for number in tickets:
        result = work(parts[number])
        stream.write(number.to_bytes(_LENGTH, "big") + len(result).to_bytes(_LENGTH, "big"))
        stream.write(result)


def _frames(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """What came whole: a copy may end anywhere."""
    while len(head := stream.read(2 * _LENGTH)) == 2 * _LENGTH:
        length = int.from_bytes(head[_LENGTH:], "big")
        body = stream.read(length)
        if len(body) < length:
            return
        yield int.from_bytes(head[:_LENGTH], "big"), body
