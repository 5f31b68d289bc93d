"""Counting what is below a folder of this machine: names and inodes are read, no contents."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from threading import Thread

from advisor.facts.host import Measurement

MOST_LINKED = 1_000_000
"""Files with several names that are remembered, to count each once: about 100 MB."""

OPEN_FOLDERS = 64
ENTRIES_PER_LOOK = 512
GRACE_SECONDS = 2.0
BLOCK = 512


def unheard(files: int) -> None:
    """Progress that nobody watches."""
    del files


class Tally:
    """Sums of one place so far. `linked` are the inodes of files with several names; of a place
    that was counted elsewhere only their number is known, `links`.

    `device` is the filesystem that the place is on, None while it was not seen. `mounts` counts
    what another filesystem covers below, `faults` entries whose reading failed for another reason
    than a missing right; `late` is set where the time ran out.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.device: int | None = None
        self.size = 0
        self.allocated = 0
        self.files = 0
        self.unreadable = 0
        self.mounts = 0
        self.faults = 0
        self.late = False
        self.crowded = False
        self.linked: set[int] = set()
        self.links = 0

    def absorb(self, inner: Tally) -> None:
        """Add a place below that was counted before; it shares no file with this one."""
        self.size += inner.size
        self.allocated += inner.allocated
        self.files += inner.files
        self.unreadable += inner.unreadable
        self.mounts += inner.mounts
        self.faults += inner.faults
        self.late |= inner.late
        self.crowded |= inner.crowded
        self.linked |= inner.linked
        self.links += inner.links

    def measurement(self, path: str) -> Measurement:
        """The record; nothing is known of a place that was never seen."""
        reason = "; ".join(self._missing())
        if self.device is None:
            return Measurement(path=path, reason=reason or "it is not there any more")
        return Measurement(
            path=path,
            size=self.size,
            allocated=self.allocated,
            files=self.files,
            unreadable=self.unreadable,
            complete=not reason,
            reason=reason,
        )

    def _missing(self) -> Iterator[str]:
        if self.late:
            yield f"time ran out after {self.seconds:g} s (give more with --measure-timeout)"
        if self.unreadable:
            yield f"{_counted(self.unreadable, 'folder')} could not be read"
        if self.mounts:
            yield f"{_counted(self.mounts, 'mount')} below it, not entered"
        if self.crowded:
            yield f"more than {MOST_LINKED:,} files have several names"
        if self.faults:
            yield f"{_counted(self.faults, 'entry', 'entries')} gave errors"


def _counted(count: int, noun: str, nouns: str = "") -> str:
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def measure_here(
    root: str,
    *,
    seconds: float,
    mounts: Collection[str] = (),
    known: Mapping[str, Tally] | None = None,
    heard: Callable[[int], None] = unheard,
) -> Tally:
    """What is below `root`, a path without links; it comes back when `seconds` are over.

    `mounts` are paths that are not entered though their device may be the same; `known` are
    folders that were counted before. `heard` gets the number of files now and then.
    """
    tally = Tally(seconds)
    walker = _Walker(tally, frozenset(mounts), known or {}, heard)
    # A filesystem whose server is gone holds its reader up for good.
    thread = Thread(target=walker.walk, args=(root,), daemon=True)
    thread.start()
    thread.join(seconds + GRACE_SECONDS)
    if thread.is_alive():
        walker.stopped = True
        tally.late = True
    return tally


class _Folder:
    """A folder whose entries are being read; `denied` once one of them may not be looked at.

    With `whole` all names are read at once, so that nothing stays open. Raises OSError.
    """

    def __init__(self, path: str, *, whole: bool) -> None:
        reader = os.scandir(path)
        self.entries: Iterator[os.DirEntry[str]] = reader
        self.close = reader.close
        self.denied = False
        if whole:
            with reader:
                self.entries = iter(list(reader))


class _Walker:
    """One walk, depth first; few folders are open at a time, and few names are held."""

    def __init__(
        self,
        tally: Tally,
        mounts: Collection[str],
        known: Mapping[str, Tally],
        heard: Callable[[int], None],
    ) -> None:
        self.stopped = False
        self._tally = tally
        self._mounts = mounts
        self._known = known
        self._heard = heard
        self._stack: list[_Folder] = []
        self._device = -1
        self._deadline = time.monotonic() + tally.seconds

    def walk(self, root: str) -> None:
        """Count all below the folder into the tally."""
        try:
            status = os.lstat(root)
        except FileNotFoundError:
            return
        except PermissionError:
            self._tally.unreadable += 1
            return
        except OSError:
            self._tally.faults += 1
            return
        self._device = self._tally.device = status.st_dev
        self._count(status)
        if stat.S_ISDIR(status.st_mode):
            self._open(root)
        self._read_all()

    def _read_all(self) -> None:
        seen = 0
        while self._stack and not self.stopped:
            seen += 1
            if seen % ENTRIES_PER_LOOK == 0 and self._out_of_time():
                break
            self._step(self._stack[-1])
        for folder in self._stack:
            folder.close()

    def _out_of_time(self) -> bool:
        self._heard(self._tally.files)
        self._tally.late |= time.monotonic() >= self._deadline
        return self._tally.late

    def _step(self, folder: _Folder) -> None:
        """The next entry of the folder, or the end of it."""
        try:
            entry = next(folder.entries, None)
        except OSError:
            self._tally.faults += 1
            entry = None
        if entry is None:
            self._stack.pop().close()
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except PermissionError:
            self._tally.unreadable += not folder.denied
            folder.denied = True
            return
        except OSError:
            self._tally.faults += 1
            return
        if status.st_dev != self._device or entry.path in self._mounts:
            self._tally.mounts += 1
        elif not stat.S_ISDIR(status.st_mode):
            self._count(status)
        elif not self._absorbed(entry.path):
            self._count(status)
            self._open(entry.path)

    def _count(self, status: os.stat_result) -> None:
        tally = self._tally
        if not stat.S_ISDIR(status.st_mode):
            if status.st_nlink > 1:
                if status.st_ino in tally.linked:
                    return
                if len(tally.linked) >= MOST_LINKED:
                    tally.crowded = True
                    return
                tally.linked.add(status.st_ino)
            tally.files += 1
            tally.size += status.st_size
        tally.allocated += status.st_blocks * BLOCK

    def _absorbed(self, path: str) -> bool:
        """Whether the folder was counted before, and shares no file with what is counted here."""
        inner = self._known.get(path)
        if inner is None or inner.device != self._device:
            return False
        if not self._tally.linked.isdisjoint(inner.linked):
            return False
        self._tally.absorb(inner)
        return True

    def _open(self, path: str) -> None:
        try:
            folder = _Folder(path, whole=len(self._stack) >= OPEN_FOLDERS)
        except (FileNotFoundError, NotADirectoryError):
            return
        except PermissionError:
            self._tally.unreadable += 1
        except OSError:
            self._tally.faults += 1
        else:
            self._stack.append(folder)
