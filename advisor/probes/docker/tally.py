"""What is counted of one place of data, wherever the counting is done."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.facts.host import Measurement

MOST_LINKED = 1_000_000
"""Files with several names that are remembered, to count each once: about 100 MB."""


def unheard(files: int) -> None:
    """Take the number of files, and tell nobody."""
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
