"""Text on a terminal where no name can drive it: markup is off and control characters show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.errors import one_line
from advisor.findings.finding import Outcome, Severity
from advisor.output.formats import RenderOptions
from advisor.output.wording import unbroken

OUTCOME_STYLES: dict[Outcome, str] = {
    "move": "bold yellow",
    "unknown": "bold magenta",
    "blocked": "bold red",
    "stay": "bold blue",
    "ok": "bold green",
}
SEVERITY_STYLES: dict[Severity, str] = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold blue",
}


def prose(text: str, style: str = "") -> Text:
    """A sentence: line breaks become spaces, anything else that could drive a terminal shows."""
    shown = Text(one_line(unbroken(text)), style=style)
    shown.highlight_regex(r"`[^`]+`", "bold")
    return shown


def name(text: str, style: str = "") -> Text:
    """A name exactly as it is, with every unprintable character made visible."""
    return Text(one_line(text), style=style, overflow="fold")


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What is written to, and the bounds that hold for it."""

    console: Console
    options: RenderOptions

    def line(self, *parts: Text | str, indent: int = 0) -> None:
        """One paragraph, wrapped at the width with its indent kept."""
        paragraph = Text.assemble(
            *(part if isinstance(part, Text) else prose(part) for part in parts)
        )
        self.put(paragraph, indent=indent)

    def put(self, shown: RenderableType, *, indent: int = 0) -> None:
        """Show anything that rich can draw."""
        self.console.print(Padding(shown, (0, 0, 0, indent)))

    def heading(self, text: str) -> None:
        """The title of a part, with an empty line above."""
        self.line("")
        self.put(Text(one_line(text).upper(), style="bold underline"))

    def bound(self, limit: int) -> int | None:
        """`limit`, or None when everything is to be shown."""
        return None if self.options.verbose else limit

    def more(self, left: int, *, indent: int = 0) -> None:
        """Says how many entries of a bounded list are not here, and where they are."""
        if left > 0:
            report = self.options.report
            place = f"see {report}" if report else "--verbose shows all"
            self.line(prose(f"and {left:,} more: {place}", "dim"), indent=indent)

    def table(self, headers: tuple[str, ...], rows: Iterable[tuple[Text | str, ...]]) -> None:
        """Columns without rules, so that the text stays easy to copy."""
        grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for header in headers:
            grid.add_column(header, overflow="fold")
        for row in rows:
            grid.add_row(*(cell if isinstance(cell, Text) else name(cell) for cell in row))
        self.put(grid, indent=2)

    def text(self) -> str:
        """Everything written so far; no line ends with spaces."""
        written = self.console.file
        assert isinstance(written, StringIO)
        return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"
