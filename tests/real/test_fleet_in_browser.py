"""The first page of a fleet's site as a browser shows it: the search, the links, and its policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.cli.process import run
from tests.fleet.conftest import make_fleet
from tests.real.browser import started_browser

pytestmark = pytest.mark.real


def test_search_and_links_without_a_server(tmp_path: Path) -> None:
    make_fleet(tmp_path)
    site = tmp_path / "site"
    assert run(["fleet", "report", str(tmp_path / "fleet"), "-o", str(site)]) == 3
    with started_browser() as browser:
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto((site / "index.html").as_uri())
        rows = page.locator("#targets tbody tr:visible")
        assert rows.count() == 5
        page.fill("#search", "idle HOST")
        assert (rows.count(), page.text_content("#shown-count")) == (1, "1 of 5")
        page.reload()
        assert (rows.count(), page.input_value("#search")) == (1, "idle HOST")
        page.fill("#search", "")
        page.click("text=dgx")
        assert page.url.endswith("/reports/clusters/dgx.html")
        assert "dgx" in (page.text_content("h1, h2") or "") + page.title()
        assert told == []
