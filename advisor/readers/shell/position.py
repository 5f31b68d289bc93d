"""From an offset in a text to line and column in the file it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from copy import copy

from advisor.errors import InputError
from advisor.findings.finding import Place


class Positions:
    """Places in `text`, whose first character stands at `line` and `column` of `file`."""

    def __init__(self, text: str, *, file: str, line: int = 1, column: int = 1) -> None:
        self._file = file
        self._line = line
        self._column = column
        self._starts = [0, *(i + 1 for i, character in enumerate(text) if character == "\n")]
        self._anchors: Sequence[tuple[int, int]] = ()
        self._keys: Sequence[int] = ()

    @property
    def file(self) -> str:
        """The file's name."""
        return self._file

    def of_made(self, anchors: Sequence[tuple[int, int]]) -> Positions:
        """Places for a text made from this one.

        `anchors` are pairs of an offset there and the one it came from, in rising order.
        """
        made = copy(self)
        made._anchors = anchors
        made._keys = [offset for offset, _ in anchors]
        return made

    def place(self, offset: int) -> Place:
        """The place of a character."""
        origin = self._origin(offset)
        row = bisect_right(self._starts, origin) - 1
        column = origin - self._starts[row] + (self._column if row == 0 else 1)
        return Place(file=self._file, line=self._line + row, column=column)

    def error(self, what: str, offset: int, remedy: str = "") -> InputError:
        """An error at a character."""
        place = self.place(offset)
        where = f"{place.file}:{place.line}:{place.column}"
        return InputError(what, where=where, remedy=remedy)

    def _origin(self, offset: int) -> int:
        if not self._anchors:
            return offset
        index = bisect_right(self._keys, offset) - 1
        if index < 0:
            return offset
        made, came_from = self._anchors[index]
        limit = self._anchors[index + 1][1] if index + 1 < len(self._anchors) else None
        origin = came_from + offset - made
        return origin if limit is None else min(origin, max(limit - 1, came_from))
