"""Values as markdown that cannot become structure: no table, list, link or HTML of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from advisor.errors import one_line
from advisor.output.html_text import web_link
from advisor.output.wording import unbroken

_CODE = re.compile(r"`([^`]+)`")
_PLAIN_CODE = re.compile(r"[^`|\\\s](?:[^`|\\]*[^`|\\\s])?")
_INERT = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`*_{}[]<>~|&$@^="})
_WITHIN_WORD = re.compile("(?<=[A-Za-z0-9])&#95;(?=[A-Za-z0-9])")
"""There an underscore marks nothing, and a page is also read as it is: `HF_TOKEN`."""

_LINE_START = re.compile(r"^\s*(?:[-+#]|\d+[.)](?=\s|$))")
_INDENT = re.compile(r"^ {2}")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


class Markdown(str):
    """Text that is markdown already; whatever else a template prints is escaped."""

    __slots__ = ()


def visible(value: Any) -> Any:
    """What a template prints: any text that is not markdown on purpose is made plain."""
    return value if isinstance(value, Markdown) or not isinstance(value, str) else plain(value)


def plain(text: str) -> Markdown:
    """The same characters for the reader, with no meaning for any markdown reader."""
    shown = _ADDRESS.sub(_last_inert, one_line(text).translate(_INERT))
    shown = _LINE_START.sub(_last_inert, _WITHIN_WORD.sub("_", shown))
    return Markdown(_INDENT.sub("&#32; ", shown))


def code(text: str) -> Markdown:
    """A name as a code span, or plain where a span could not hold it in a table."""
    shown = one_line(text)
    if _PLAIN_CODE.fullmatch(shown):
        return Markdown(f"`{shown}`")
    return Markdown(re.sub("^ ", "&#32;", plain(shown)))


def codes(names: Iterable[str], limit: int) -> Markdown:
    """The first `limit` names as code, then how many more there are; `-` when there are none."""
    every = tuple(names)
    shown = ", ".join(code(name) for name in islice(every, limit))
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return Markdown(f"{shown}{more}" or "-")


def choices(commands: Iterable[str]) -> Markdown:
    """Commands of which any one will do; `none` where there is none."""
    return Markdown(" or ".join(code(command) for command in commands) or "none")


def fence(text: str, language: str, indent: int = 0) -> Markdown:
    """A block of code whose fence is longer than any run of backticks in it."""
    runs = [len(run) for run in re.findall(r"`+", text)]
    mark = "`" * max(3, *(run + 1 for run in runs)) if runs else "```"
    lines = (f"{mark}{language}", *(one_line(line) for line in text.splitlines()), mark)
    return Markdown("\n".join(f"{' ' * indent}{line}".rstrip() for line in lines))


def prose(text: str) -> Markdown:
    """A message, with what stands between backticks kept as code where it can be."""
    parts = _CODE.split(one_line(unbroken(text).strip()))
    return Markdown(
        "".join(
            code(part) if index % 2 else plain(part) if index == 0 else _inner(part)
            for index, part in enumerate(parts)
        )
    )


def link(url: str) -> Markdown:
    """A web address that can be followed; anything else as plain text."""
    safe = re.fullmatch(r"[A-Za-z0-9:/?#.,;=&%+~_-]+", url)
    return Markdown(f"<{url}>") if safe and web_link(url) else plain(url)


def _inner(text: str) -> Markdown:
    return Markdown(_ADDRESS.sub(_last_inert, text.translate(_INERT)))


def _last_inert(match: re.Match[str]) -> str:
    """What was found, with its last character as an entity."""
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"
