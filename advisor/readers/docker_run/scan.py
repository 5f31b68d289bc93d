"""The words between `docker run` and the image, read as the pflag package reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from advisor.readers.docker_run.flags import Flag, RemovedFlag, removed_spellings
from advisor.readers.flag_scan import Fail, FlagOccurrence, FlagScanner, FlagSet, ScannedFlags

__all__ = ["Fail", "Occurrence", "Scanned", "Scanner"]

Occurrence = FlagOccurrence[Flag]
Scanned = ScannedFlags[Flag]


class Scanner(FlagScanner[Flag]):
    """A scanner that knows docker's old spellings."""

    def __init__(self, flags: FlagSet[Flag], texts: Sequence[str], fail: Fail) -> None:
        super().__init__(flags, texts, fail, _remedies())


@cache
def _remedies() -> dict[str, str]:
    return {written: _remedy(removed) for written, removed in removed_spellings().items()}


def _remedy(removed: RemovedFlag) -> str:
    return f"{removed.note}; now {removed.now}" if removed.now else removed.note
