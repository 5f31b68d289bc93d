"""Counting what is below a folder of this machine: names and inodes are read, no contents."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from threading import Thread

from advisor.probes.docker.tally import MOST_LINKED, Tally, unheard

OPEN_FOLDERS = 64
ENTRIES_PER_LOOK = 512
GRACE_SECONDS = 2.0
BLOCK = 512


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
        """Fill the tally."""
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
