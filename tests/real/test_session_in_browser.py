"""A session held from the report: what is ticked and answered stays, and can be carried on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from advisor.judging.assessment import for_owner
from advisor.output.formats import FORMATS, RenderOptions
from tests.output.sample import SAMPLE
from tests.output.sample_plan import PLAN
from tests.real.browser import started_browser

_COPY = "Copy /raid/datasets/imagenet on dgx-01 to claim data-imagenet (filer)"
_PUSH = "Push llm-finetune:v3 as registry.lab.example/llm-finetune:v3-dgx-01"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("session") / "report.html"
    path.write_text(FORMATS["html"](SAMPLE, RenderOptions()), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(f"{report.as_uri()}#plan")
    _unfold(opened)
    yield opened
    context.close()
    assert said == []


def _unfold(page: Page) -> None:
    page.evaluate(
        "document.querySelectorAll('#plan details').forEach((fold) => { fold.open = true; })"
    )


def _reload(page: Page) -> None:
    page.reload()
    _unfold(page)


def _elsewhere(browser: Browser, report: Path) -> Page:
    """The same report in another person's browser."""
    page = browser.new_context().new_page()
    page.goto(f"{report.as_uri()}#plan")
    _unfold(page)
    return page


def _export(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def _import(page: Page, path: Path) -> None:
    page.locator("#import").set_input_files(path)


def test_ticks_are_counted_and_survive_a_reload(page: Page) -> None:
    expect(page.locator("#progress-text")).to_have_text("0 of 9 steps done")
    page.get_by_label(_PUSH).check()
    expect(page.locator("#progress-text")).to_have_text("1 of 9 steps done")
    _reload(page)
    assert page.get_by_label(_PUSH).is_checked()
    expect(page.locator("#progress-text")).to_have_text("1 of 9 steps done")
    expect(page.locator("[data-done-of=wave-1]")).to_have_text("1 of 4 done")
    width = page.locator("#progress-bar").get_attribute("width")
    assert round(float(width or 0), 1) == 33.3


def test_answers_survive_a_reload(page: Page) -> None:
    page.get_by_label("Answer to Q2").fill('yes: "all" of </it>')
    _reload(page)
    assert page.get_by_label("Answer to Q2").input_value() == 'yes: "all" of </it>'


def test_what_is_exported_is_imported_elsewhere(
    browser: Browser, page: Page, report: Path, tmp_path: Path
) -> None:
    page.get_by_label(_PUSH).check()
    page.get_by_label("Answer to Q2").fill("keep it")
    kept = _export(page, tmp_path)
    other = _elsewhere(browser, report)
    assert not other.get_by_label(_PUSH).is_checked()
    _import(other, kept)
    expect(other.get_by_label(_PUSH)).to_be_checked()
    expect(other.locator("#keep-said")).to_have_text(
        "2 of 2 entries merged, the newer one where two differ."
    )
    assert other.get_by_label("Answer to Q2").input_value() == "keep it"
    other.reload()
    assert other.get_by_label(_PUSH).is_checked()
    other.context.close()


def test_what_several_people_did_is_merged_and_conflicts_are_shown(
    browser: Browser, page: Page, report: Path, tmp_path: Path
) -> None:
    page.get_by_label("Your name").fill("alice")
    page.get_by_label(_PUSH).check()
    page.get_by_label("Answer to Q2").fill("keep it")
    kept = _export(page, tmp_path)
    other = _elsewhere(browser, report)
    other.get_by_label("Your name").fill("bob")
    other.get_by_label(_COPY).check()
    other.get_by_label("Answer to Q2").fill("delete it")
    _import(other, kept)
    expect(other.get_by_label(_PUSH)).to_be_checked()
    assert other.get_by_label(_COPY).is_checked()
    assert other.get_by_label("Answer to Q2").input_value() == "delete it"
    shown = other.locator("#conflicts li")
    expect(shown).to_have_count(1)
    said = r"Q2 .*: kept “delete it” \(bob, [-0-9 :]+\), not “keep it” \(alice, [-0-9 :]+\) .*"
    assert re.fullmatch(said, shown.inner_text())
    shown.get_by_role("button").click()
    assert other.get_by_label("Answer to Q2").input_value() == "keep it"
    expect(shown).to_have_count(0)
    other.context.close()


def test_an_export_says_which_report_it_belongs_to_and_who_did_what(
    page: Page, tmp_path: Path
) -> None:
    page.get_by_label("Your name").fill("alice")
    page.get_by_label(_PUSH).check()
    exported = json.loads(_export(page, tmp_path).read_text(encoding="utf-8"))
    key = page.locator("body").get_attribute("data-key")
    ((step, entry),) = exported.pop("entries").items()
    assert step == page.get_by_label(_PUSH).get_attribute("data-step")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", entry.pop("at"))
    assert entry == {"value": True, "by": "alice"}
    assert exported == {"advisor": "session", "version": 2, "report": key, "person": "alice"}


@pytest.mark.parametrize(
    "content", ["", "[]", "null", '{"advisor": "session", "done": 3}', "x" * 1000]
)
def test_an_import_of_anything_else_changes_nothing(
    page: Page, tmp_path: Path, content: str
) -> None:
    page.get_by_label(_PUSH).check()
    path = tmp_path / "other.json"
    path.write_text(content)
    _import(page, path)
    expect(page.locator("#keep-said")).to_contain_text("nothing was changed")
    assert page.get_by_label(_PUSH).is_checked()


def test_an_older_export_of_another_report_is_merged_and_named(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    step = page.get_by_label(_PUSH).get_attribute("data-step")
    other: dict[str, Any] = {"advisor": "session", "report": "x", "done": ["gone", step]}
    path.write_text(json.dumps(other))
    _import(page, path)
    expect(page.locator("#keep-said")).to_have_text(
        "1 of 2 entries merged, the newer one where two differ."
        " Some were written by another report."
    )
    assert page.get_by_label(_PUSH).is_checked()


def test_clear_asks_first_and_can_be_undone(page: Page) -> None:
    page.get_by_label(_PUSH).check()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Keep them").click()
    assert page.get_by_label(_PUSH).is_checked()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Clear all ticks and answers").click()
    assert not page.get_by_label(_PUSH).is_checked()
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_label(_PUSH).is_checked()
    _reload(page)
    assert page.get_by_label(_PUSH).is_checked()


def test_a_command_is_copied_as_it_is_shown(page: Page) -> None:
    page.locator(".contents a[href='#jobs']").click()
    page.locator("details.job > summary").first.click()
    page.get_by_role("button", name="Copy today's command of llm on dgx-01").click()
    assert page.evaluate("navigator.clipboard.readText()") == PLAN.jobs[0].command


def test_without_its_script_there_is_no_button_that_does_nothing(
    browser: Browser, report: Path
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(report.as_uri())
    assert page.locator("button:visible").count() == 0
    page.get_by_label(_PUSH).check()
    page.context.close()


def test_one_persons_page_shows_their_jobs_first(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "alice.html"
    path.write_text(FORMATS["html"](for_owner(SAMPLE, "alice"), RenderOptions()), encoding="utf-8")
    page = browser.new_context().new_page()
    page.goto(path.as_uri())
    assert page.get_by_role("heading", level=1).inner_text() == (
        "1 of 1 image and 1 of 1 data path must move before alice's job can run on this cluster."
    )
    views = page.locator(".contents a").evaluate_all("all => all.map(one => one.hash)")
    assert views[:3] == ["#overview", "#jobs", "#plan"]
    page.locator(".contents a[href='#jobs']").click()
    assert page.get_by_text("docker run").first.is_visible()
    page.context.close()


def test_nothing_is_cut_on_paper(page: Page) -> None:
    """At the width of a page no box is wider than it, and no text scrolls away inside of one."""
    page.set_viewport_size({"width": 718, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter((one) => {
          const box = one.getBoundingClientRect();
          const hidden = one.closest('.quiet, .alternative, thead, svg, .keep');
          return !hidden && box.width > 0
            && (box.right > innerWidth + 1 || one.scrollHeight > one.clientHeight + 2
              && getComputedStyle(one).overflowY === 'auto');
        }).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert cut == []
