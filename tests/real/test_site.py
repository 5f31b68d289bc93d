"""The documentation site: it builds without a warning, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from advisor import api
from tests.real.browser import started_browser

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make site` builds it; `strict` makes each dead link an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_every_rule_has_a_page(site: Path) -> None:
    pages = {path.stem for path in (site / "rules").glob("*.html")}
    assert pages == set(api.load_rulebook(api.Settings()))


def test_links_within_a_page_lead_somewhere(site: Path) -> None:
    dead = {}
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="?([^"\s>]+)', text))
        wanted = set(re.findall(r'<a [^>]*href="?#([^"\s>]+)', text))
        if wanted - ids:
            dead[str(path.relative_to(site))] = wanted - ids
    assert dead == {}


def test_a_reader_finds_the_way_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    asked: list[str] = []
    with started_browser() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "index.html").as_uri())
        page.get_by_role("link", name="Guide for researchers").first.click()
        expect(page.locator("h1")).to_contain_text("Guide for researchers")
        page.goto((site / "rules.html").as_uri())
        page.locator("td").get_by_role("link", name="IMG006", exact=True).click()
        expect(page.locator("h1")).to_contain_text("IMG006")
    assert [url for url in asked if not url.startswith("file:")] == []
