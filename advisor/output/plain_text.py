"""Lines for a terminal without the library that the audit's screens need: it costs 60 ms."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from advisor.errors import one_line
from advisor.output.formats import RenderOptions
from advisor.output.wording import unbroken

_CODES = {
    "bold": "1",
    "dim": "2",
    "error": "1;31",
    "blocked": "1;31",
    "warning": "1;33",
    "move": "1;33",
    "info": "1;34",
    "ok": "1;32",
    "unknown": "1;35",
}
_CODE = re.compile(r"`[^`]+`")


class Page:
    """Lines written so far; styles are escape sequences only where the options allow colour."""

    def __init__(self, options: RenderOptions) -> None:
        self._options = options
        self._width = max(options.width, 40)
        self._lines: list[str] = []

    def line(self, text: str = "", *, indent: int = 0) -> None:
        """A line as it is; every part of it has been made inert."""
        self._lines.append(f"{' ' * indent}{text}".rstrip())

    def prose(
        self, text: str, *, indent: int = 0, hanging: int = 0, lead: str = "", style: str = ""
    ) -> None:
        """A sentence behind `lead`, wrapped at the width; what follows the first line stands
        `hanging` columns further in."""
        room = max(self._width - indent, 30)
        wrapped = textwrap.wrap(
            one_line(unbroken(text)),
            room,
            initial_indent=" " * len(lead),
            subsequent_indent=" " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [lead]
        first = self.styled(lead, style) if lead and style else lead
        self.line(first + self._marked(wrapped[0][len(lead) :]), indent=indent)
        for part in wrapped[1:]:
            self.line(self._marked(part), indent=indent)

    def heading(self, text: str) -> None:
        """A title with an empty line above."""
        self.line()
        self.line(self.styled(one_line(text), "bold"))

    def styled(self, text: str, style: str) -> str:
        """The text in a style of the table above."""
        if not self._options.color:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"

    def table(self, rows: Sequence[tuple[str, ...]], tones: Sequence[str], column: int) -> None:
        """Columns as wide as their widest cell; `column` is coloured by `tones`, a row each."""
        widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
        for row, tone in zip(rows, tones, strict=True):
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            if tone:
                cells[column] = self.styled(cells[column], tone)
            self.line("  ".join(cells), indent=2)

    def text(self) -> str:
        """Everything written."""
        return "\n".join(self._lines).strip("\n") + "\n"

    def _marked(self, text: str) -> str:
        if not self._options.color:
            return text
        return _CODE.sub(lambda match: self.styled(match[0], "bold"), text)
