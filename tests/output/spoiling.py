"""The sample with every free text in it replaced, to see what a hostile name can do."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from hypothesis import strategies

from advisor.judging.assessment import Assessment
from tests.output.sample import SAMPLE

_Record = TypeVar("_Record", bound=msgspec.Struct)
_FIXED = {
    "outcome",
    "severity",
    "status",
    "topic",
    "state",
    "strength",
    "scope",
    "taken",
    "action",
    "needed",
    "fate",
    "turn",
    "before",
    "after",
}
_WORDS = {"runai-v1", "runai-v2", "kubernetes", "pilot", "owner", "rest"}
"""Values of which the records allow no other."""
_PATHS = {"source_path"}
"""What is done with a path depends on whether it is known from the root, and on nothing else."""
_ATTACKS = (
    "<script>alert(1)</script>",
    "</style></script>--><b>",
    "' onload='x",
    '" autofocus onfocus="x',
    "javascript:alert(1)",
    "| a | b |\n| --- | --- |",
    "`",
    "``",
    "a`b|c",
    "\\|",
    "]( http://x )![x](http://x)",
    "<http://x>",
    "www.example.com a@b.example",
    "# x",
    "- [x] x",
    "1. x",
    "    code",
    "***",
    "\x1b[2J\x1b]8;;http://x\x07",
    "[bold red]x[/]",
    ":warning:",
    "\u202egnp.exe",
    "a\r\nb\u2028c\x00",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt;",
)

texts = strategies.one_of(
    strategies.sampled_from(_ATTACKS),
    strategies.text(max_size=40),
    strategies.lists(strategies.sampled_from(_ATTACKS), min_size=2, max_size=3).map("".join),
).filter(str.strip)
"""Arbitrary text, and text that was written to break out of a format; a blank one is absent."""


def spoil(text: str, assessment: Assessment = SAMPLE) -> Assessment:
    """Every name, message, reason and link becomes `text`."""
    return spoil_record(text, assessment)


def spoil_record(text: str, record: _Record) -> _Record:
    """The same for any record that is drawn."""
    return msgspec.convert(_spoil(msgspec.to_builtins(record), text), type=type(record))


def _spoil(value: Any, text: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _spoil(entry, text, name) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_spoil(entry, text, key) for entry in value]
    free = isinstance(value, str) and value and key not in _FIXED and value not in _WORDS
    if free and key in _PATHS:
        return f"/{text}"
    return text if free else value
