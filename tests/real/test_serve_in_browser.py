"""`advisor serve` in a real chromium: typing, copying, forms, history, keyboard, phones, dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from advisor.serving.openapi import EXAMPLES
from tests.real.browser import started_browser
from tests.serving.served import Served, served

COMMAND = "docker run --gpus 2 -v /raid/sets:/data --ulimit memlock=-1 lab/train:3 t.py $EPOCHS"
SECRET = "docker run -e API_TOKEN=hunter2-Xk29 lab/train:3"

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def heard() -> list[str]:
    """What a page said, and what it asked of others."""
    return []


@pytest.fixture
def page(browser: Browser, server: Served, heard: list[str]) -> Iterator[Page]:
    opened = _opened(browser, server, heard)
    yield opened
    opened.context.close()
    assert heard == []


def _opened(
    browser: Browser, server: Served, heard: list[str], path: str = "/", **options: Any
) -> Page:
    context = browser.new_context(**options)
    page = context.new_page()
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: heard.extend(_foreign(request.url, server)))
    page.goto(f"{server.url}{path}")
    return page


def _foreign(url: str, server: Served) -> list[str]:
    return [] if url.startswith((server.url, "data:")) else [f"request: {url}"]


def _violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


def _command(page: Page) -> Any:
    return page.locator("div.written:not(.ledger):visible .copyable:not(.before) pre")


def _type(page: Page, text: str) -> None:
    with page.expect_response("**/answer"):
        page.fill("#text", text)
    expect(page.locator("#answer")).to_have_class("answer")


def test_what_is_typed_is_answered_at_once(page: Page) -> None:
    page.fill("#text", "")
    expect(page.locator("#answer h2")).to_have_text("Nothing to check yet")
    page.locator("#text").press_sequentially("docker run lab/x", delay=5)
    expect(page.locator(".ruling h2")).to_have_text("Unknown")
    expect(_command(page)).to_contain_text("--image lab/x")
    page.fill("#text", "docker run --gpus 64 lab/x")
    expect(page.locator(".ruling h2")).to_have_text("Cannot run")
    page.fill("#text", "docker run 'lab")
    expect(page.locator(".note")).to_be_visible()


def test_an_answer_to_what_was_typed_before_never_comes_later(page: Page, server: Served) -> None:
    """The first answer is held back until the second is there."""
    held: list[Any] = []

    def hold(route: Any) -> None:
        if not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/answer", hold)
    with page.expect_request("**/answer"):
        page.fill("#text", "docker run lab/first")
    page.fill("#text", "docker run lab/second")
    expect(_command(page)).to_contain_text("lab/second")
    assert len(held) == 1
    held[0].fulfill(body="<p>late</p>", content_type="text/html")
    page.wait_for_timeout(300)
    expect(_command(page)).to_contain_text("lab/second")


def test_the_three_forms_and_their_copies(browser: Browser, server: Served) -> None:
    heard: list[str] = []
    rights = ["clipboard-read", "clipboard-write"]
    page = _opened(browser, server, heard, permissions=rights)
    _type(page, COMMAND)
    begins = {"runai-v2": "runai training", "runai-v1": "runai submit", "kubernetes": "apiVersion"}
    for target, begin in begins.items():
        page.check(f"[name=target][value={target}]", force=True)
        expect(_command(page)).to_have_count(1)
        written = _command(page).text_content()
        page.locator("div.written:visible .copyable:not(.before) .copy").click()
        expect(page.locator("#said")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{written}\n"
        assert copied.startswith(begin)
    page.fill("#text", COMMAND.replace("--gpus 2", "--gpus 1"))
    expect(_command(page)).to_contain_text("nvidia.com/gpu: 1")
    page.context.close()
    assert heard == []


def test_copying_without_the_right_to(browser: Browser, server: Served) -> None:
    """Where the page has no secure address the old way is taken."""
    page = _opened(browser, server, [])
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.locator(".copy:visible").first.click()
    expect(page.locator("#said")).to_have_text("Copied.")
    expect(page.locator(".copy:visible").first).to_be_focused()
    page.context.close()


def test_fields_go_into_the_command_while_one_types(page: Page) -> None:
    _type(page, COMMAND)
    field = page.locator("[name='data:/raid/sets']")
    field.press_sequentially("filer:/vol/sets", delay=20)
    expect(_command(page)).to_contain_text("path=/vol/sets,server=filer")
    expect(field).to_be_focused()
    expect(field).to_have_value("filer:/vol/sets")
    page.keyboard.type("-2")
    expect(field).to_have_value("filer:/vol/sets-2")
    page.fill("[name='set:EPOCHS']", "90")
    expect(_command(page)).to_contain_text("t.py 90")
    expect(_command(page)).to_contain_text("path=/vol/sets-2,server=filer")
    page.fill("[name='registry']", "registry.example.com/team")
    page.click(".more summary")
    page.fill("[name='project']", "team-a")
    expect(_command(page)).to_contain_text("--project team-a")
    page.uncheck("[name=lines]")
    expect(_command(page)).not_to_contain_text("\\\n")
    field.fill("Not a claim")
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_flag_is_explained_where_it_stands(page: Page) -> None:
    _type(page, COMMAND)
    page.locator(".source a.told", has_text="--ulimit").hover()
    tip = page.locator("#tip")
    expect(tip).to_contain_text("left out: --ulimit memlock=-1")
    expect(tip).to_contain_text("a job has the limits of the node's container runtime")
    expect(page.locator(".row.lit:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    _command(page).locator(".told", has_text="--gpu-devices-request").hover()
    expect(tip).to_contain_text("--gpus 2 → --gpu-devices-request 2")
    expect(page.locator(".source .told.lit")).to_have_text("--gpus 2")
    page.locator(".source a.told", has_text="--gpus").focus()
    expect(tip).to_contain_text("the same number of GPUs")
    page.keyboard.press("Enter")
    expect(page.locator(".row:focus")).to_contain_text("--gpus 2")
    names = page.locator(".ledger:visible .row .pair code:first-child").all_text_contents()
    assert names[:5] == [
        "docker run",
        "--gpus 2",
        "-v /raid/sets:/data",
        "--ulimit memlock=-1",
        "IMAGE lab/train:3",
    ]


def test_the_link_holds_the_text_where_no_server_sees_it(
    browser: Browser, server: Served, page: Page
) -> None:
    _type(page, 'docker run -e A=zürich lab/x:1 "t $X"')
    page.fill("[name='set:X']", "7")
    expect(_command(page)).to_contain_text("t 7")
    page.check("[name=target][value=runai-v1]", force=True)
    address = page.evaluate("location.href")
    asked: list[str] = []
    context = browser.new_context()
    other = context.new_page()
    other.on("request", lambda request: asked.append(request.url))
    other.goto(address)
    expect(other.locator("#text")).to_have_value('docker run -e A=zürich lab/x:1 "t $X"')
    expect(_command(other)).to_contain_text("runai submit")
    expect(_command(other)).to_contain_text("t 7")
    assert [url for url in asked if "?" in url] == []
    context.close()
    assert "zürich" not in server.log
    assert "#" not in server.log


def test_back_goes_to_the_text_before(page: Page) -> None:
    _type(page, "docker run lab/one")
    expect(_command(page)).to_contain_text("lab/one")
    page.locator("#text").blur()
    page.click(".examples >> text=compose file")
    expect(_command(page)).to_contain_text("WANDB_MODE=offline")
    _type(page, "docker run lab/three")
    expect(_command(page)).to_contain_text("lab/three")
    page.go_back()
    expect(page.locator("#text")).to_have_value(EXAMPLES[1].text)
    expect(_command(page)).to_contain_text("WANDB_MODE=offline")
    page.go_back()
    expect(page.locator("#text")).to_have_value("docker run lab/one")
    expect(_command(page)).to_contain_text("lab/one")
    page.go_forward()
    expect(_command(page)).to_contain_text("WANDB_MODE=offline")


def test_a_secret_is_in_no_link(page: Page) -> None:
    _type(page, SECRET)
    expect(page.locator("#link")).to_be_disabled()
    assert page.evaluate("location.hash") == ""
    _type(page, SECRET.replace("=hunter2-Xk29", ""))
    expect(page.locator("#link")).to_be_enabled()
    assert page.evaluate("location.hash").startswith("#in=")


def test_a_link_that_is_none_shows_the_page(browser: Browser, server: Served) -> None:
    for hash in ("#in=", "#in=!!!", "#in=e30", "#in=bnVsbA", "#other", "#in=eyJ0ZXh0IjoxfQ"):
        heard: list[str] = []
        page = _opened(browser, server, heard, path=f"/{hash}")
        expect(page.locator("#text")).to_have_value(EXAMPLES[0].text)
        expect(page.locator(".ruling h2")).to_be_visible()
        page.context.close()
        assert heard == []


def test_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("docker run --gpus 1 lab/typed")
    expect(page.locator("#text")).to_have_value("docker run --gpus 1 lab/typed")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_be_focused()
    expect(_command(page)).to_contain_text("lab/typed")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "target":
            break
    page.keyboard.press("ArrowRight")
    expect(_command(page)).to_contain_text("runai submit")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.className"))
        visible = page.evaluate(
            "(() => { const one = document.activeElement.getBoundingClientRect();"
            " return one.width > 0 && one.height > 0 })()"
        )
        assert visible or page.evaluate("document.activeElement === document.body")
    assert {"copy", "told ok lit"} <= seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, server: Served, scheme: Any) -> None:
    heard: list[str] = []
    page = _opened(browser, server, heard, color_scheme=scheme)
    for text in (*(one.text for one in EXAMPLES), "", "docker run 'x", f"{COMMAND}\n{COMMAND}"):
        _type(page, text)
        page.wait_for_timeout(300)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert _violations(page) == []
    page.check("[name=target][value=kubernetes]", force=True)
    assert _violations(page) == []
    page.context.close()
    assert heard == []


@pytest.mark.parametrize("width", [320, 360, 768, 1000, 1920])
def test_no_width_makes_the_page_scroll_sideways(
    browser: Browser, server: Served, width: int
) -> None:
    page = _opened(browser, server, [], viewport={"width": width, "height": 740})
    for text in (*(one.text for one in EXAMPLES), f"docker run lab/{'x' * 200} {'y' * 400}"):
        _type(page, text)
        page.wait_for_timeout(200)
        for target in ("runai-v1", "kubernetes", "runai-v2"):
            page.check(f"[name=target][value={target}]", force=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_without_a_script(browser: Browser, server: Served) -> None:
    heard: list[str] = []
    page = _opened(browser, server, heard, java_script_enabled=False)
    page.click(".examples >> text=Slurm script")
    expect(page.locator("#text")).to_have_value(EXAMPLES[4].text)
    page.fill("#text", COMMAND)
    page.click("#go")
    expect(page.locator("#text")).to_have_value(COMMAND)
    expect(page.locator(".ruling h2")).to_be_visible()
    page.fill("[name='data:/raid/sets']", "claim-sets")
    page.fill("[name='set:EPOCHS']", "90")
    page.click("#go")
    expect(_command(page)).to_contain_text("claimname=claim-sets,path=/data")
    expect(_command(page)).to_contain_text("t.py 90")
    expect(page.locator("[name='set:EPOCHS']")).to_have_value("90")
    page.check("[name=target][value=kubernetes]", force=True)
    expect(_command(page)).to_contain_text("claimName: claim-sets")
    expect(page.locator(".copy:visible")).to_have_count(0)
    page.context.close()
    assert heard == []


def test_hostile_text_is_text(page: Page) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'
    _type(page, f"docker run -e 'A={hostile}' -v '/{hostile}:/x' lab/train:3 '{hostile}'")
    expect(_command(page)).to_contain_text("<script>alert(1)</script>")
    assert page.locator("#answer script, #answer img").count() == 0


def test_the_report_is_a_page_and_the_plan_is_in_it(page: Page) -> None:
    page.click("nav >> text=Plan")
    expect(page.locator("#plan")).to_be_in_viewport()
    page.go_back()
    expect(page.locator("#text")).to_be_visible()


def test_a_token_is_given_on_a_page(browser: Browser) -> None:
    token = "a-token-that-is-long-enough-7"
    with served("--workers", "1", token=token) as server:
        page = browser.new_context().new_page()
        page.goto(server.url)
        assert _violations(page) == []
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#fault")).to_have_text("That is not the token.")
        page.fill("#token", token)
        page.keyboard.press("Enter")
        expect(page.locator(".ruling h2")).to_be_visible()
        assert token not in page.url
        _type(page, COMMAND)
        expect(_command(page)).to_contain_text("lab/train:3")
        page.click("text=Sign out")
        expect(page.locator("#token")).to_be_visible()
        page.context.close()
