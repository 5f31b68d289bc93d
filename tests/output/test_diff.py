"""Differences: the same structure whatever the names in them, and what may be concluded."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import msgspec
from hypothesis import given
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from advisor.judging.difference import Difference, Side
from advisor.output.diff_view import arrange_diff, progress_line, side
from advisor.output.formats import DIFF_FORMATS, RenderOptions
from tests.output.diff_sample import DIFF, SAME
from tests.output.golden import SCHEMA_FOLDER
from tests.output.spoiling import spoil_record, texts

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("code", "br"):
            self.found.append((tag, *(name for name, _ in attrs)))


def _html(text: str) -> list[tuple[str, ...]]:
    reader = _Tags()
    reader.feed(DIFF_FORMATS["html"](spoil_record(text, DIFF), RenderOptions()))
    return reader.found


def _markdown(text: str) -> list[str]:
    drawn = DIFF_FORMATS["markdown"](spoil_record(text, DIFF), RenderOptions())
    return [f"{token.type} {token.tag}" for token in _READER.parse(drawn)]


_PLAIN_HTML, _PLAIN_MARKDOWN = _html("name"), _markdown("name")


@given(texts)
def test_no_name_adds_an_element_or_an_attribute(text: str) -> None:
    assert _html(text) == _PLAIN_HTML


@given(texts)
def test_no_name_changes_a_table_a_list_or_a_heading(text: str) -> None:
    assert _markdown(text) == _PLAIN_MARKDOWN


@given(texts)
def test_no_name_drives_a_terminal(text: str) -> None:
    drawn = DIFF_FORMATS["terminal"](spoil_record(text, DIFF), RenderOptions())
    assert re.findall(r"[^\n -~]", drawn.encode("ascii", "ignore").decode()) == []


def test_json_keeps_to_its_schema_and_reads_back() -> None:
    text = DIFF_FORMATS["json"](DIFF, RenderOptions())
    schema = json.loads((SCHEMA_FOLDER / "difference.schema.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(json.loads(text))) == []
    assert msgspec.json.decode(text, type=Difference) == DIFF


def test_lesser_findings_are_counted() -> None:
    view = arrange_diff(DIFF, RenderOptions(min_severity="error"))
    every = (*DIFF.added, *DIFF.fixed, *DIFF.gone)
    assert view.hidden == sum(finding.severity != "error" for finding in every)


def test_two_of_the_same_say_so() -> None:
    assert arrange_diff(SAME, RenderOptions()).headline == (
        f"Findings: 0 fixed, 0 new, 0 changed, 0 not seen again, {SAME.same} as before"
    )


def test_a_side_says_what_it_is() -> None:
    one = Side(target="x", taken="2026-11-20T09:30:00Z", state="incomplete", assumed="4 nodes")
    assert side(one) == "x, read on 2026-11-20 09:30 UTC, assumed, incomplete"


def test_progress_says_what_is_not_known() -> None:
    assert [progress_line(wave) for wave in DIFF.progress] == [
        "1 of 3 done, 1 not known",
        "0 of 3 done, 2 not known",
    ]
