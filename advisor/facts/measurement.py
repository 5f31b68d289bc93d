"""How much a place of data holds, counted file by file on the machine that has it."""

from __future__ import annotations

from advisor.facts.record import Record


class Measurement(Record, frozen=True, kw_only=True):
    """What was counted below `path`, on its own filesystem; a file with many names counts once.

    `size` is the length of all files in bytes, holes included; `allocated` what they and their
    folders take up. Both, and `files`, are None when nothing could be counted, and lower bounds
    unless `complete`; `reason` is the clause that says why. `unreadable` counts folders that could
    not be read. `taken` is when, empty for the time of its host.
    """

    path: str
    size: int | None = None
    allocated: int | None = None
    files: int | None = None
    unreadable: int = 0
    complete: bool = False
    reason: str = ""
    taken: str = ""
