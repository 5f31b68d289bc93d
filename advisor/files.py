"""The user's own input and output files; the only way results reach the disk."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from advisor.errors import InputError, OutputError

STANDARD_STREAM = "-"
"""As an input path: standard input; as an output path: standard output."""

MOST_BYTES = 2**28
"""No input, packed or unpacked, is read beyond this."""

_PATIENCE_MILLISECONDS = 10_000
_CHUNK = 2**16
_PIECE = 2**12


def read_bytes(path: str, *, most: int = MOST_BYTES) -> bytes:
    """The whole of a file, or of standard input for `-`; InputError when it cannot be read."""
    if path == STANDARD_STREAM:
        try:
            return _read_at_most(sys.stdin.buffer, input_name(path), most)
        except OSError as error:
            raise InputError(f"cannot be read: {_reason(error)}", where=input_name(path)) from None
    try:
        with open(path, "rb", buffering=0, opener=_opened) as stream:
            size = os.fstat(stream.fileno()).st_size
            return _read_at_most(stream, path, most, min(max(size + 1, _PIECE), _CHUNK))
    except FileNotFoundError:
        raise InputError("there is no such file", where=path, remedy="check the path") from None
    except IsADirectoryError:
        raise InputError(
            "this is a folder, a file is needed", where=path, remedy="name a file in it"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {_reason(error)}", where=path) from None


def _opened(path: str, flags: int) -> int:
    """The file's descriptor. A pipe that nobody writes to would be waited for without an end: such
    as a shell's `<(command)` has a writer at once."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN | select.POLLHUP)
        if not waiting.poll(_PATIENCE_MILLISECONDS):
            os.close(descriptor)
            raise InputError("a pipe that nobody writes to", where=path, remedy="name a file")
    os.set_blocking(descriptor, True)
    return descriptor


def leads_out(path: str) -> bool:
    """Whether it is a link to what is outside of its folder: whose folder it is may be a stranger,
    and what it leads to the secrets of whoever reads it."""
    folder = os.path.realpath(os.path.dirname(path) or ".")
    inside = folder.rstrip(os.sep) + os.sep
    return os.path.islink(path) and not os.path.realpath(path).startswith(inside)


def is_foreign(name: str, folder: str, top: str = "") -> bool:
    """Whether a file that a text in `folder` names is not to be opened: a link that leads out, what
    is outside of `top`, and without a top what an absolute path names elsewhere. A relative one is
    then followed, as whoever named the text would have it."""
    path = os.path.join(folder, name)
    if leads_out(path):
        return True
    if not top and not os.path.isabs(name):
        return False
    inside = os.path.realpath(top or folder or ".").rstrip(os.sep) + os.sep
    return not os.path.realpath(path).startswith(inside)


def input_name(path: str) -> str:
    """What a message calls an input."""
    return "standard input" if path == STANDARD_STREAM else path


def check_outputs(paths: Iterable[str], inputs: Iterable[str] = ()) -> None:
    """Refuse, before any work is done, outputs that collide, could not be written, or would replace
    one of the `inputs`, whatever the spelling and through whatever link."""
    seen: dict[object, str] = {}
    read = {_identity(path): path for path in inputs if path != STANDARD_STREAM}
    for path in paths:
        identity = _identity(path)
        if path != STANDARD_STREAM and identity in read:
            raise OutputError(
                f"the output would replace the input {read[identity]}",
                where=path,
                remedy="name another path",
            )
        if identity in seen:
            raise OutputError(
                f"two outputs go to {_output_name(path)}",
                where="" if path == STANDARD_STREAM else path,
                remedy="give each its own path, as in --format json=report.json",
            )
        seen[identity] = path
        if path != STANDARD_STREAM:
            _check_writable(Path(path))


def write_atomically(path: str, content: bytes) -> None:
    """Write the whole of `content` or nothing; `-` is standard output.

    A new file takes the place of the old one in one step, so a reader never meets half of it, and
    an interruption leaves the old one as it was. Devices and pipes are written to as they are.
    """
    if path == STANDARD_STREAM:
        write_standard_output(content)
        return
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        raise OutputError(f"cannot be written: {_reason(error)}", where=path) from None


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """What is done within is done as a whole: signals that would end the process wait until then.
    Only the main thread hears signals; in another one there is nothing to hold back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {
        number: signal.signal(number, lambda got, _: waiting.append(got)) for number in numbers
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])


def write_standard_output(content: bytes) -> None:
    """All of it: a stream without a buffer (PYTHONUNBUFFERED) may take a part and be silent about
    the rest, as on a full disk, or take nothing while its reader is slow."""
    sys.stdout.flush()
    stream = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
    rest = memoryview(content)
    while rest:
        taken = stream.write(rest)
        if taken is None:
            select.select([], [stream], [])
        rest = rest[taken or 0 :]


def _replace(target: Path, content: bytes) -> None:
    partial = _partial(target)
    try:
        with partial.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def _read_at_most(stream: BinaryIO | FileIO, name: str, most: int, piece: int = _CHUNK) -> bytes:
    """In reads of `piece` bytes: to find room for a large one takes longer than a small file."""
    return join_at_most(iter(lambda: stream.read(piece), b""), name, most)


def join_at_most(chunks: Iterable[bytes], name: str, most: int) -> bytes:
    """The chunks as one; InputError once they pass `most` bytes, before the rest is drawn."""
    joined = bytearray()
    for chunk in chunks:
        joined += chunk
        if len(joined) > most:
            raise InputError(f"holds more than {most:,} bytes", where=name)
    return bytes(joined)


def _check_writable(path: Path) -> None:
    if path.is_dir():
        raise OutputError("this is a folder", where=str(path), remedy="name a file in it")
    if not path.parent.is_dir():
        raise OutputError(
            f"there is no folder {path.parent}", where=str(path), remedy="make the folder first"
        )
    try:
        _try_to_write(Path(os.path.realpath(path)))
    except PermissionError:
        raise OutputError(
            "no permission to write here", where=str(path), remedy="name another path"
        ) from None
    except OSError as error:
        raise OutputError(f"cannot be written: {_reason(error)}", where=str(path)) from None


def _try_to_write(target: Path) -> None:
    """Modes alone do not tell: file systems are read-only, and root may write almost anywhere."""
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError
    if target.is_file() or not target.exists():
        partial = _partial(target)
        try:
            partial.touch(exist_ok=False)
        finally:
            partial.unlink(missing_ok=True)


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}.part")


def _identity(path: str) -> object:
    if path == STANDARD_STREAM:
        return path
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return os.path.realpath(path.replace("\0", ""))
    if stat.S_ISCHR(status.st_mode):
        return object()
    return status.st_dev, status.st_ino


def _output_name(path: str) -> str:
    return "standard output" if path == STANDARD_STREAM else "one path"


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
