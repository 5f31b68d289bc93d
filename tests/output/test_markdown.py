"""The markdown report: its structure is the same whatever the names in it are."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis.strategies import booleans
from markdown_it import MarkdownIt
from markdown_it.token import Token

from advisor import api
from advisor.output.formats import FORMATS, RenderOptions
from advisor.output.markdown import code, codes, environment, link, plain, prose
from tests.output.sample import SAMPLE
from tests.output.sample_large import LARGE
from tests.output.spoiling import spoil, texts

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _structure(tokens: list[Token]) -> list[str]:
    return [f"{token.type} {token.tag}" for token in tokens]


def _read(text: str, *, full: bool) -> list[Token]:
    return _READER.parse(FORMATS["markdown"](spoil(text), RenderOptions(full=full)))


_PLAIN = {full: _structure(_read("name", full=full)) for full in (False, True)}


@pytest.mark.slow
@given(texts, booleans())
def test_no_name_changes_a_table_or_becomes_html_or_an_image(text: str, full: bool) -> None:
    """Reading the page as markdown takes longest, so it is done once for both."""
    tokens = _read(text, full=full)
    assert _structure(tokens) == _PLAIN[full]
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline & {"html_inline", "image", "s_open", "em_open"} == set()


def test_a_summary_of_the_demo_fits_a_comment() -> None:
    text = api.render(api.audit(api.demo_snapshot()), "markdown")
    assert (len(text) < 20_000, len(text.splitlines()) < 200) == (True, True)


@pytest.mark.slow
def test_a_summary_always_fits_a_comment() -> None:
    for audit in (LARGE, spoil("w" * 3000), spoil("`" * 9000)):
        text = FORMATS["markdown"](audit, RenderOptions())
        assert len(text) < 65_536
        assert _READER.parse(text)[-1].type != "fence"


def test_no_html_is_written() -> None:
    types = {token.type for token in _READER.parse(FORMATS["markdown"](SAMPLE, RenderOptions()))}
    assert "html_block" not in types


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("nvcr.io/x:1", "`nvcr.io/x:1`"),
        ("a|b", "a&#124;b"),
        ("a`b", "a&#96;b"),
        ("<b>", "`<b>`"),
        ("a\nb", "a&#92;nb"),
        ("", ""),
        ("    x", "&#32;   x"),
    ],
)
def test_code(name: str, written: str) -> None:
    assert code(name) == written


@given(texts)
def test_a_name_reads_as_it_is(name: str) -> None:
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    rendered = _READER.parseInline(code(name))[0].children or []
    assert "".join(child.content for child in rendered) == shown


def test_codes_bounds_a_list() -> None:
    assert [codes(("a", "b", "c"), 2), codes((), 2)] == ["`a`, `b` and 1 more", "-"]


def test_prose_keeps_code_and_nothing_else() -> None:
    assert prose("1. run `a b`\n  *now*") == "1&#46; run `a b` &#42;now&#42;"


def test_plain_breaks_addresses() -> None:
    assert plain("see https://x and www.x") == "see https:/&#47;x and www&#46;x"


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://kubernetes.io/docs/?a=1#b", "<https://kubernetes.io/docs/?a=1#b>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://x/> <b>", "https:/&#47;x/&#62; &#60;b&#62;"),
    ],
)
def test_link(url: str, written: str) -> None:
    assert link(url) == written


def test_a_name_that_is_not_given_is_an_error() -> None:
    template = environment().from_string("{{ nothing }}")
    with pytest.raises(jinja2.UndefinedError):
        template.render()


def test_an_underscore_within_a_word_stays_as_it_is() -> None:
    assert plain("HF_TOKEN _x_ a_") == "HF_TOKEN &#95;x&#95; a&#95;"
