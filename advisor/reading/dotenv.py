"""The `.env` file beside a compose file, and the env files that its services name."""

from __future__ import annotations

import os
import re

from advisor.errors import InputError
from advisor.reading.text import read_text

MOST_BYTES = 2**20

_LINE = re.compile(
    r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*)\"|'(?P<single>[^']*)'|(?P<plain>[^\n]*))",
    re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_dotenv(path: str) -> dict[str, str]:
    """The variables of the file; none when it is not there or is no text."""
    return read_env_file(path) or {}


def read_env_file(path: str) -> dict[str, str] | None:
    """The variables of the file; None when it is not there, is no file or no text."""
    if not os.path.isfile(path):
        return None
    try:
        found = read_text(path, most=MOST_BYTES)
    except InputError:
        return None
    return parse_dotenv(found.text) if found else None


def parse_dotenv(text: str) -> dict[str, str]:
    """The variables of the text, a later one in place of an earlier."""
    return {match["name"]: _value(match) for match in _LINE.finditer(text)}


def _value(match: re.Match[str]) -> str:
    if match["single"] is not None:
        return match["single"]
    if match["double"] is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), match["double"])
    return re.sub(r"(?:^|[ \t]+)#.*", "", match["plain"]).strip()
