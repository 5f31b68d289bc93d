"""The HTML report in a real chromium: it works, it is accessible, and it reaches for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from advisor.errors import one_line
from advisor.output.formats import DIFF_FORMATS, FORMATS
from advisor.output.options import RenderOptions
from tests.output.diff_sample import DIFF
from tests.output.sample import EMPTY, SAMPLE
from tests.output.sample_large import LARGE
from tests.output.sample_things import HOSTILE
from tests.output.spoiling import spoil
from tests.real.browser import photograph, started_browser

_AUDITS = {
    "sample": SAMPLE,
    "empty": EMPTY,
    "large": LARGE,
    "hostile": spoil(HOSTILE + "</script><script>alert(2)</script>" + "w" * 300),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    paths = {name: folder / f"{name}.html" for name in _AUDITS}
    for name, path in paths.items():
        path.write_text(FORMATS["html"](_AUDITS[name], RenderOptions()), encoding="utf-8")
    return paths


@pytest.fixture
def heard() -> list[str]:
    """What a page said, asked for or opened beyond its own file."""
    return []


@pytest.fixture
def page(browser: Browser, reports: dict[str, Path], heard: list[str]) -> Iterator[Page]:
    opened = _opened(browser, reports["sample"], heard)
    yield opened
    opened.context.close()


def _opened(browser: Browser, path: Path, heard: list[str], **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("data:", path.as_uri()))
            else heard.append(f"request: {request.url}")
        ),
    )
    page.goto(path.as_uri())
    return page


def _violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


def _shown(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(f"{selector}:visible").all_inner_texts()]


@pytest.mark.parametrize("name", _AUDITS)
def test_it_opens_without_a_word_and_asks_for_nothing(
    browser: Browser, reports: dict[str, Path], heard: list[str], name: str
) -> None:
    page = _opened(browser, reports[name], heard)
    page.wait_for_load_state("load")
    page.locator("#unfold").click()
    assert heard == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_in_a_difference(
    browser: Browser, tmp_path: Path, heard: list[str], scheme: Any, width: int
) -> None:
    path = tmp_path / "diff.html"
    path.write_text(DIFF_FORMATS["html"](DIFF, RenderOptions()), encoding="utf-8")
    size: Any = {"width": width, "height": 900}
    page = _opened(browser, path, heard, color_scheme=scheme, bypass_csp=True, viewport=size)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert (_violations(page), heard) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["sample", "empty", "hostile"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(
    browser: Browser, reports: dict[str, Path], heard: list[str], name: str, scheme: Any, width: int
) -> None:
    page = _opened(
        browser,
        reports[name],
        heard,
        color_scheme=scheme,
        bypass_csp=True,
        viewport={"width": width, "height": 900},
    )
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert _violations(page) == []
    page.context.close()


@pytest.mark.parametrize("name", _AUDITS)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(
    browser: Browser, reports: dict[str, Path], heard: list[str], name: str, width: int
) -> None:
    page = _opened(browser, reports[name], heard, viewport={"width": width, "height": 740})
    page.locator("#unfold").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


def test_search_narrows_to_what_was_typed(page: Page) -> None:
    page.locator("#search").fill("imagenet alice")
    expect(page.locator("#shown-count")).to_have_text("3 of 118 shown")
    assert _shown(page, "#data .item .name") == ["/raid/datasets/imagenet"]
    assert _shown(page, "#plan .item label") == [
        "Copy /raid/datasets/imagenet on dgx-01 to claim data-imagenet (filer)"
    ]


def test_search_opens_what_was_folded(page: Page) -> None:
    found = page.get_by_text("toolbox:2024", exact=True)
    expect(found).to_be_hidden()
    page.locator("#search").fill("toolbox")
    expect(found).to_be_visible()
    page.locator("#search").fill("")
    expect(found).to_be_hidden()


def test_outcomes_filter(page: Page) -> None:
    for outcome in ("move", "blocked", "stay", "ok"):
        page.locator(f'input[value="{outcome}"]').uncheck()
    assert _shown(page, "#image .item .name") == ["team/notebook"]
    assert _shown(page, "#data .item .name") == ["/scratch/bob"]


def test_severities_filter(page: Page) -> None:
    page.locator("#unfold").click()
    page.locator('input[value="error"]').uncheck()
    page.locator('input[value="info"]').uncheck()
    assert _shown(page, "#findings .item .name") == [
        "dgx-02",
        "segmentation:latest",
        "llm-finetune:v3",
    ]


def test_areas_filter(page: Page) -> None:
    page.locator("#unfold").click()
    page.locator("#area").select_option("data")
    assert _shown(page, "#image .item .name") == []
    assert _shown(page, "#plan .item label") == []
    assert len(_shown(page, "#data .item .name")) == len(SAMPLE.data)


def test_owners_filter(page: Page) -> None:
    page.locator("#unfold").click()
    page.locator("#owner").select_option(label="alice")
    assert _shown(page, "#jobs .item h3") == ["llm on dgx-01"]
    assert _shown(page, "#questions .item label b") == ["Q2"]
    for topic, things in (("image", SAMPLE.images), ("data", SAMPLE.data)):
        owned = [one_line(thing.subject.label) for thing in things if "alice" in thing.owners]
        assert sorted(_shown(page, f"#{topic} .item .name")) == sorted(owned)


def test_machines_filter(page: Page) -> None:
    page.locator("#unfold").click()
    page.locator("#host").select_option(label="workstation-7")
    for topic, things in (("image", SAMPLE.images), ("data", SAMPLE.data)):
        held = [one_line(one.subject.label) for one in things if "workstation-7" in one.machines]
        assert sorted(_shown(page, f"#{topic} .item .name")) == sorted(held)


def test_reset_brings_everything_back(page: Page) -> None:
    before = _shown(page, ".item .name")
    page.locator("#search").fill("nothing has this name")
    expect(page.locator(".item:visible")).to_have_count(0)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#shown-count")).to_have_text("")
    assert _shown(page, ".item .name") == before


def test_it_is_used_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("/")
    page.keyboard.type("toolbox")
    assert page.locator("#search").input_value() == "toolbox"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.locator("#area").input_value() == "image"
    for _ in ("owner", "host", "move"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator('input[value="move"]').is_checked() is False


def test_a_link_opens_the_fold_it_leads_to(page: Page) -> None:
    page.get_by_role("link", name="GPU node is cordoned").click()
    expect(page.get_by_text("Uncordon it when the work on it is done")).to_be_visible()


def test_it_reads_without_its_script(
    browser: Browser, reports: dict[str, Path], heard: list[str]
) -> None:
    page = _opened(browser, reports["sample"], heard, java_script_enabled=False)
    assert page.locator("#toolbar").is_hidden()
    page.locator("#image-ok > summary").click()
    assert page.get_by_text("nvcr.io/nvidia/pytorch:24.08-py3").is_visible()
    page.context.close()


def test_it_prints(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    page.pdf(path=path, format="A4")
    assert path.read_bytes()[:5] == b"%PDF-"


def test_a_large_report_filters_within_a_moment(
    browser: Browser, reports: dict[str, Path], heard: list[str]
) -> None:
    page = _opened(browser, reports["large"], heard)
    page.locator("#search").fill("project/image-77:")
    expect(page.locator(".item:visible .name")).to_have_text(
        ["registry-37.lab.example/team-9/project/image-77:v5"], timeout=2000
    )
    page.context.close()


def test_a_picture_is_taken(browser: Browser, reports: dict[str, Path], tmp_path: Path) -> None:
    photograph(browser, reports["sample"], tmp_path / "report.png", 1280, 900)
    assert (tmp_path / "report.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
