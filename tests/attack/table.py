"""A plugin of pytest that writes what was tried, and how it went, into docs/security.md.

`pytest -p tests.attack.table -m attack`: a row for each test, and as many cases as it had. Rows of
tests that this run left out stay as they were.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- written by make attack: begin -->", "<!-- written by make attack: end -->"
HEAD = "| what is tried | by | cases | survived |\n|---|---|---|---|\n"
_ROW = re.compile(r"\| (?P<what>.*) \| `(?P<file>.*)` \| (?P<cases>\d+) \| (?P<passed>\d+) \|")

Key = tuple[str, str]


class Table:
    """Counts the cases of each test by file and name."""

    def __init__(self) -> None:
        self.cases: Counter[Key] = Counter()
        self.passed: Counter[Key] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a case once it was called, or could not be set up."""
        if report.when != "call" and report.passed:
            return
        file, _, name = report.nodeid.partition("::")
        key = file, name.partition("[")[0].removeprefix("test_").replace("_", " ")
        self.cases[key] += 1
        self.passed[key] += report.passed

    def pytest_sessionfinish(self) -> None:
        """Put the rows into the page."""
        if self.cases:
            PAGE.write_text(self.put_into(PAGE.read_text("utf-8")), "utf-8")

    def put_into(self, page: str) -> str:
        """The page with the rows of this run in place of their older ones."""
        before, _, rest = page.partition(BEGIN)
        old, _, after = rest.partition(END)
        rows: dict[Key, tuple[int, int]] = {
            (row["file"], row["what"]): (int(row["cases"]), int(row["passed"]))
            for row in _ROW.finditer(old)
            if (ROOT / row["file"]).exists()
        }
        run = {file for file, _ in self.cases}
        rows = {key: counts for key, counts in rows.items() if key[0] not in run}
        rows |= {key: (self.cases[key], self.passed[key]) for key in self.cases}
        lines = (
            f"| {what} | `{file}` | {cases} | {passed} |\n"
            for (file, what), (cases, passed) in sorted(rows.items())
        )
        return f"{before}{BEGIN}\n{HEAD}{''.join(lines)}{END}{after}"


def pytest_configure(config: pytest.Config) -> None:
    """One table for the whole run; workers of xdist report to it."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(), "attack-table")
