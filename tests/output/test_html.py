"""The HTML report: self-contained, allowed to run only its own script, inert names."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files

import jinja2
import msgspec
import pytest
from hypothesis import example, given

from advisor import api
from advisor.output.formats import FORMATS, RenderOptions
from advisor.output.html import asset, environment
from advisor.output.html_text import flags, moment, prose, web_link
from tests.output.sample import SAMPLE
from tests.output.sample_large import LARGE
from tests.output.spoiling import spoil, texts

_LOADING = {"src", "href", "srcset", "poster", "data", "action", "background", "xlink:href"}
_VARYING = {"href", "id", "aria-labelledby", "aria-label", "content", "class", "datetime", "d"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.bodies: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        self.bodies.setdefault(self.tags[-1][0] if self.tags else "", []).append(data)

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements with the names of their attributes; links are left out (a bad one is no link),
        and what keeps a flag on one line."""
        return [
            (tag, tuple(attributes))
            for tag, attributes in self.tags
            if tag != "a" and attributes != {"class": "flag"}
        ]


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


def _render(text: str) -> str:
    return FORMATS["html"](spoil(text), RenderOptions())


_PLAIN = _read(_render("name")).shape


@pytest.mark.slow
@example("-A")
@given(texts)
def test_no_name_adds_an_element_a_link_or_what_cannot_be_seen(text: str) -> None:
    """Drawing and reading the page takes longest, so it is done once for all three."""
    page = _read(_render(text))
    shape = [entry for entry in page.shape if entry[0] not in ("code", "br")]
    assert shape == [entry for entry in _PLAIN if entry[0] not in ("code", "br")]
    targets = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert [one for one in targets if not one.startswith(("#", "http://", "https://"))] == []
    shown = "".join(page.words)
    assert [c for c in shown if not c.isprintable() and c != "\n"] == []


def test_nothing_is_loaded() -> None:
    loaded = [
        (tag, name, value)
        for tag, attributes in _read(FORMATS["html"](SAMPLE, RenderOptions())).tags
        for name, value in attributes.items()
        if name in _LOADING and tag != "a" and not value.startswith(("#", "data:image/svg+xml,"))
    ]
    assert loaded == []


def test_the_style_asks_for_no_file() -> None:
    folder = files("advisor_reports").joinpath("html")
    styles = [folder.joinpath(name).read_text("utf-8") for name in ("report.css", "views.css")]
    assert re.findall(r"@import|url\((?!#)", "".join(styles)) == []


def test_no_attribute_holds_script_or_style() -> None:
    names = {
        name
        for _, attributes in _read(FORMATS["html"](SAMPLE, RenderOptions())).tags
        for name in attributes
        if name.startswith("on") or name == "style"
    }
    assert names == set()


def test_the_policy_allows_exactly_the_style_and_the_scripts_inside() -> None:
    reader = _read(FORMATS["html"](SAMPLE, RenderOptions()))
    policy = next(a["content"] for tag, a in reader.tags if "http-equiv" in a)

    def digest(tag: str) -> str:
        inside = [body for body in reader.bodies[tag] if body.strip()]
        hashed = [hashlib.sha256(body.encode()).digest() for body in inside]
        return " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in hashed)

    assert policy == (
        f"default-src 'none'; style-src {digest('style')}; script-src {digest('script')}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_every_reference_inside_the_page_leads_somewhere() -> None:
    tags = _read(FORMATS["html"](SAMPLE, RenderOptions())).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    asked = {a["href"][1:] for _, a in tags if a.get("href", "").startswith("#")}
    asked |= {a["aria-labelledby"] for _, a in tags if "aria-labelledby" in a}
    assert (sorted(ids), asked - set(ids)) == (sorted(set(ids)), set())


def test_a_name_that_is_not_given_is_an_error() -> None:
    template = environment().from_string("{{ nothing }}")
    with pytest.raises(jinja2.UndefinedError):
        template.render()


def test_a_large_audit_stays_small() -> None:
    assert len(FORMATS["html"](LARGE, RenderOptions()).encode()) < 5_000_000


def test_a_complete_audit_has_no_notice() -> None:
    complete = msgspec.structs.replace(SAMPLE, state="complete")
    assert "incomplete" not in FORMATS["html"](complete, RenderOptions())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("run `a <b>` now", "run <code>a &lt;b&gt;</code> now"),
        ("folded\n  text\n", "folded text"),
        ("one ` only", "one ` only"),
        ("\x1b[0m", "\\x1b[0m"),
    ],
)
def test_prose(text: str, shown: str) -> None:
    assert prose(text) == shown


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://kubernetes.io/x", True),
        ("http://nas.lab/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https://", False),
        ("https:///etc/passwd", False),
        ("https:kubernetes.io", False),
        ("http://?x", False),
        ("ftp://nas.lab/x", False),
        ("HTTPS://kubernetes.io", True),
        ("", False),
        ("http://[", False),
    ],
)
def test_web_link(url: str, allowed: bool) -> None:
    assert web_link(url) is allowed


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("2026-11-20T09:30:00Z", "2026-11-20 09:30 UTC"),
        ("2026-11-20T09:30:00.123Z", "2026-11-20 09:30 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_moment(time: str, shown: str) -> None:
    assert moment(time) == shown


def test_other_pages_leave_no_names_in_the_report() -> None:
    before = api.render(api.audit(api.demo_snapshot()), "html")
    compared = api.compare(api.audit(api.demo_snapshot()), api.audit(api.demo_snapshot()))
    api.render_diff(compared, "html")
    api.render_check(api.check(["docker run --gpus 1 x:1"], api.demo_snapshot()), "html")
    assert api.render(api.audit(api.demo_snapshot()), "html") == before


def test_a_line_does_not_end_within_a_flag() -> None:
    assert flags("run --gpu 2 (-i a-b) <x>") == (
        'run <span class="flag">--gpu</span> 2 (<span class="flag">-i</span> a-b) &lt;x&gt;'
    )
    assert prose("give --registry, as `a -v=/x:-1`") == (
        'give <span class="flag">--registry</span>, as'
        ' <code>a <span class="flag">-v=</span>/x:-1</code>'
    )


def test_what_a_print_opens() -> None:
    """Readiness and machines are read on paper too, with a script and without one."""
    script, style = asset("report.js"), asset("views.css")
    assert '"#plan details, #readiness, #machines > details"' in script
    assert "#readiness::details-content, #machines > details::details-content" in style
