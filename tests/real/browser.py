"""Debian's chromium by playwright, that reaches nothing but the file it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

from tests.real.parts.part import find_binary

expect.set_options(timeout=60_000)  # milliseconds: a busy machine is late, and no fault
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Ends the test when chromium is not installed."""
    path = find_binary("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def screenshot(
    html_path: Path,
    png_path: Path,
    width: int = 1280,
    height: int = 900,
    *,
    scheme: Literal["light", "dark"] = "light",
    whole: bool = False,
) -> None:
    """A picture of a report's first screen, or of all of it; twice as sharp as it is wide."""
    with started_browser() as browser:
        photograph(browser, html_path, png_path, width, height, scheme=scheme, whole=whole)


def photograph(
    browser: Browser,
    html_path: Path,
    png_path: Path,
    width: int,
    height: int,
    *,
    scheme: Literal["light", "dark"] = "light",
    whole: bool = False,
) -> None:
    """`screenshot` in a browser that runs already."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        device_scale_factor=1 if whole else 2,
    )
    page.goto(html_path.resolve().as_uri())
    page.screenshot(path=png_path, full_page=whole)
    page.close()
