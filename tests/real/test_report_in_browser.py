"""The HTML report in a real chromium: it works, it is accessible, and it reaches for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from advisor import api
from advisor.errors import one_line
from advisor.output.formats import DIFF_FORMATS, FORMATS, RenderOptions
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


def _show_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    page.evaluate("document.querySelectorAll('.view').forEach((v) => v.classList.add('current'))")


def _shown(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(f"{selector}:visible").all_inner_texts()]


def _names(page: Page, topic: str) -> list[str]:
    """Images or data without the outcome that a screen reader says first."""
    return [text.split(":\n")[-1] for text in _shown(page, f"#{topic} .item .name")]


@pytest.mark.parametrize("name", _AUDITS)
def test_it_opens_without_a_word_and_asks_for_nothing(
    browser: Browser, reports: dict[str, Path], heard: list[str], name: str
) -> None:
    page = _opened(browser, reports[name], heard)
    page.wait_for_load_state("load")
    for name in ("plan", "jobs", "things", "findings", "overview"):
        page.locator(f".contents a[href='#{name}']").click()
        assert page.locator(".view:visible").evaluate_all("all => all.map(one => one.id)") == [name]
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
    _show_everything(page)
    assert _violations(page) == []
    page.context.close()


@pytest.mark.parametrize("name", _AUDITS)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(
    browser: Browser, reports: dict[str, Path], heard: list[str], name: str, width: int
) -> None:
    page = _opened(browser, reports[name], heard, viewport={"width": width, "height": 740})
    _show_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


def test_search_goes_through_all_views(page: Page) -> None:
    page.locator("#search").fill("imagenet alice")
    expect(page.locator("#shown-count")).to_have_text("3 of 118 shown")
    assert _names(page, "data") == ["/raid/datasets/imagenet"]
    assert _shown(page, "#plan .item .title") == [
        "Copy /raid/datasets/imagenet on dgx-01 to claim data-imagenet (filer)"
    ]
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".view:visible")).to_have_count(1)


def test_search_opens_what_was_folded(page: Page) -> None:
    found = page.locator("#things .name").filter(has_text="toolbox:2024")
    expect(found).to_be_hidden()
    page.locator("#search").fill("toolbox")
    expect(found).to_be_visible()
    page.locator("#search").fill("")
    expect(found).to_be_hidden()


def test_kinds_filter(page: Page) -> None:
    page.locator("#kind").select_option("unknown")
    assert _names(page, "image") == ["team/notebook"]
    assert _names(page, "data") == ["/scratch/bob"]
    page.locator("#kind").select_option("warning")
    assert _shown(page, "#things .item") == []
    assert len(_shown(page, "#findings .item")) == 3


def test_owners_filter(page: Page) -> None:
    page.locator("#owner").select_option(label="alice")
    assert _shown(page, "#jobs .job summary .name") == ["llm on dgx-01"]
    assert _shown(page, "#questions .item .title b") == ["Q2"]
    for topic, things in (("image", SAMPLE.images), ("data", SAMPLE.data)):
        owned = [one_line(thing.subject.label) for thing in things if "alice" in thing.owners]
        assert sorted(_names(page, topic)) == sorted(owned)


def test_machines_filter(page: Page) -> None:
    page.locator("#host").select_option(label="workstation-7")
    for topic, things in (("image", SAMPLE.images), ("data", SAMPLE.data)):
        held = [one_line(one.subject.label) for one in things if "workstation-7" in one.machines]
        assert sorted(_names(page, topic)) == sorted(held)


def test_reset_brings_everything_back(page: Page) -> None:
    before = _shown(page, ".view")
    page.locator("#search").fill("nothing has this name")
    expect(page.locator(".item:visible")).to_have_count(0)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#shown-count")).to_have_text("")
    assert _shown(page, ".view") == before


def test_it_is_used_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("/")
    page.keyboard.type("toolbox")
    assert page.locator("#search").input_value() == "toolbox"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.locator("#kind").input_value() == "move"


def test_a_link_opens_the_row_it_leads_to(page: Page) -> None:
    page.get_by_role("link", name="GPU node is cordoned").click()
    expect(page.get_by_text("Uncordon it when the work on it is done")).to_be_visible()
    expect(page.locator("#findings")).to_be_visible()


def test_the_link_of_an_open_row_can_be_shared(
    browser: Browser, page: Page, heard: list[str]
) -> None:
    page.locator(".contents a[href='#things']").click()
    row = page.locator("#image details.thing").first
    row.locator("> summary").click()
    assert page.url.endswith(f"#{row.get_attribute('id')}")
    other = browser.new_page()
    other.goto(page.url)
    assert other.locator(f"#{row.get_attribute('id')}").evaluate("row => row.open") is True
    expect(other.locator("#things")).to_be_visible()
    expect(other.locator("#overview")).to_be_hidden()
    row.locator("> summary").click()
    assert page.url.endswith("#things")
    other.close()


def test_the_navigation_stays_visible(page: Page) -> None:
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY > 0")
    assert page.locator(".top").bounding_box()["y"] == 0  # type: ignore[index]


def test_without_its_script_everything_is_there_folded(
    browser: Browser, reports: dict[str, Path], heard: list[str]
) -> None:
    page = _opened(browser, reports["sample"], heard, java_script_enabled=False)
    assert page.locator("#toolbar").is_hidden()
    views = [*page.locator(".view:visible").evaluate_all("all => all.map(one => one.id)")]
    assert views == ["overview", "plan", "jobs", "things", "findings"]
    page.locator("#image-ok > summary").click()
    assert page.get_by_text("nvcr.io/nvidia/pytorch:24.08-py3").is_visible()
    page.context.close()


def _pages(page: Page, path: Path) -> int:
    page.pdf(path=path, format="A4", prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page[^s]", path.read_bytes()))


def test_the_demo_prints_on_twelve_pages(
    browser: Browser, tmp_path: Path, heard: list[str]
) -> None:
    path = tmp_path / "demo.html"
    path.write_text(api.render(api.audit(api.demo_snapshot()), "html"), encoding="utf-8")
    page = _opened(browser, path, heard)
    few = _pages(page, tmp_path / "summary.pdf")
    page.evaluate("document.documentElement.classList.add('everything')")
    assert 2 <= few <= 12 < _pages(page, tmp_path / "all.pdf")
    page.context.close()


def test_a_large_report_filters_within_a_moment(
    browser: Browser, reports: dict[str, Path], heard: list[str]
) -> None:
    page = _opened(browser, reports["large"], heard)
    page.locator("#search").fill("project/image-77:")
    expect(page.locator("#things .item:visible summary .name")).to_have_text(
        [re.compile("registry-37.lab.example/team-9/project/image-77:v5")]
    )
    page.context.close()


def test_a_picture_is_taken(browser: Browser, reports: dict[str, Path], tmp_path: Path) -> None:
    photograph(browser, reports["sample"], tmp_path / "report.png", 1280, 900)
    assert (tmp_path / "report.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
