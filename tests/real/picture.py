"""The picture in the README: the first screen of the demo's report.

`python -m tests.real.picture` writes docs/report.png anew; look at it before it is kept.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from advisor import api
from tests.real.browser import screenshot

PATH = Path(__file__).parents[2] / "docs" / "report.png"


def write(path: Path = PATH) -> None:
    """Ends with advice when chromium is not installed."""
    settings = api.Settings(registry="registry.lab.example/research")
    text = api.render(api.audit(api.demo_snapshot(), settings), "html")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.html")
        report.write_text(text, encoding="utf-8")
        screenshot(report, path, 1280, 1268)


if __name__ == "__main__":
    write()
    print(f"wrote {PATH}")
