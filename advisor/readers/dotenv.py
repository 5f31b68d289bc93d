"""The `.env` file beside a compose file, and the env files that its services name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from advisor.errors import InputError
from advisor.jobs.word import Word, word
from advisor.readers.text import read_text

MOST_BYTES = 2**20

_LINE = re.compile(
    r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>[^']*)'|(?P<plain>[^\n]*))",
    re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "$": "\\$"}


def read_env_file(
    path: str, known: Mapping[str, str | Word] | None = None
) -> dict[str, str | Word] | None:
    """The variables of the file; None when it is not there, is no file or no text. What `known`
    has fills in references; without it they are text."""
    if not os.path.isfile(path):
        return None
    try:
        found = read_text(path, most=MOST_BYTES)
    except InputError:
        return None
    return parse_dotenv(found.text, known) if found else None


def parse_dotenv(text: str, known: Mapping[str, str | Word] | None = None) -> dict[str, str | Word]:
    """The variables of the text, a later one in place of an earlier. References that neither
    `known` nor an earlier line settles stay expansions."""
    found: dict[str, str | Word] = {}
    for match in _LINE.finditer(text):
        value = _value(match)
        if "$" not in value or match["single"] is not None:
            found[match["name"]] = value
        elif known is None:
            found[match["name"]] = value.replace(_DOLLAR, "$")
        else:
            filled = _filled(value, {**found, **known})
            found[match["name"]] = filled if filled.literal is None else filled.literal
    return found


def _filled(value: str, known: Mapping[str, str | Word]) -> Word:
    from advisor.readers.compose.interpolation import interpolate

    try:
        return interpolate(value.replace(_DOLLAR, "$$"), known)
    except ValueError:
        return word(value.replace(_DOLLAR, "$"))


_DOLLAR = "\\$"
"""A dollar sign that is text."""


def _value(match: re.Match[str]) -> str:
    if match["single"] is not None:
        return match["single"]
    if match["double"] is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), match["double"])
    return re.sub(r"(?:^|[ \t]+)#.*", "", match["plain"]).strip()
