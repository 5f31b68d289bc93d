"""Env files: `NAME=VALUE` a line, as compose reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from advisor.errors import InputError
from advisor.files import leads_out
from advisor.jobs.word import Word, word
from advisor.readers.compose.interpolation import interpolate
from advisor.readers.text import read_text

MOST_BYTES = 2**20

_SKIPPED = re.compile(r"(?:\s+|#[^\n]*)*")
_NAME = re.compile(r"(?:export[ \t]+)?(?P<name>[\w.\[\]-]+)[ \t]*(?P<sign>[=:\n]|\Z)[ \t]*")
_VALUE = re.compile(
    r"\"(?P<double>(?:\\.|[^\"\\])*)\"[^\n]*"
    r"|'(?P<single>(?:\\.|[^'\\])*)'[^\n]*|(?P<plain>[^\n]*)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "$": "\\$", '"': '"', "\\": "\\"}


def read_env_file(
    path: str, known: Mapping[str, str | Word] | None = None
) -> dict[str, str | Word] | None:
    """The variables of the file; None when it is not there, no file, no text, or a link out of its
    folder. What `known` has fills in references; without it they are text."""
    if not os.path.isfile(path) or leads_out(path):
        return None
    try:
        content = read_text(path, most=MOST_BYTES)
    except InputError:
        return None
    return parse_dotenv(content.text, known) if content else None


def parse_dotenv(text: str, known: Mapping[str, str | Word] | None = None) -> dict[str, str | Word]:
    """The variables of the text, a later one in place of an earlier. References that neither
    `known` nor an earlier line settles stay expansions.

    A name alone takes what `known` has of it. A line that compose refuses is passed over.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    variables: dict[str, str | Word] = {}
    end = 0
    while (start := _after(_SKIPPED, text, end)) < len(text):
        name = _NAME.match(text, start)
        if name is None:
            end = text.find("\n", start) + 1 or len(text)
            continue
        end = name.end()
        if name["sign"] not in ("=", ":"):
            if known is not None and name["name"] in known:
                variables[name["name"]] = known[name["name"]]
            continue
        match = _VALUE.match(text, end)
        assert match is not None  # a value may be empty
        end, value = match.end(), _value(match)
        if "$" not in value or match["single"] is not None:
            variables[name["name"]] = value
        elif known is None:
            variables[name["name"]] = value.replace(_DOLLAR, "$")
        else:
            filled = _filled(value, {**variables, **known})
            variables[name["name"]] = filled if filled.literal is None else filled.literal
    return variables


def _after(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _filled(value: str, known: Mapping[str, str | Word]) -> Word:

    try:
        return interpolate(value.replace(_DOLLAR, "$$"), known)
    except ValueError:
        return word(value.replace(_DOLLAR, "$"))


_DOLLAR = "\\$"
"""A dollar sign that is text."""


def _value(match: re.Match[str]) -> str:
    """The value as compose has it: a comment needs a space before it, also behind nothing."""
    if match["single"] is not None:
        return match["single"].replace("\\'", "'")
    if match["double"] is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), match["double"])
    return match["plain"].partition(" #")[0].rstrip()
