"""Values as HTML: all of them escaped, with what no eye can see made visible."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from advisor.errors import one_line
from advisor.output.wording import unbroken

_CODE = re.compile(r"`([^`]+)`")
_FLAG = re.compile(r"((?<![^\s'\"(\[])--?[A-Za-z][A-Za-z0-9-]*=?)", re.ASCII)


def visible(value: Any) -> Any:
    """What a template prints: direction marks and control characters of names become escapes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return one_line(value)
    return value


def prose(text: str) -> Markup:
    """A message, with what stands between backticks set as code."""
    parts = _CODE.split(one_line(unbroken(text)))
    if len(parts) == 1:
        return flags(parts[0])
    return Markup("").join(
        Markup("<code>{}</code>").format(flags(part)) if index % 2 else flags(part)
        for index, part in enumerate(parts)
    )


def flags(text: str) -> Markup:
    """Text in which a line never ends within a flag: browsers break after any of its dashes."""
    parts = _FLAG.split(one_line(text))
    if len(parts) == 1:
        return escape(parts[0])
    return Markup("").join(
        Markup('<span class="flag">{}</span>').format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def lines(text: str) -> Markup:
    """Several lines kept as lines, each with its odd characters made visible."""
    return Markup("\n").join(flags(line) for line in text.splitlines())


def web_link(url: str) -> bool:
    """Whether a link may be made clickable: only plain web addresses are."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def moment(time: str) -> str:
    """`2026-11-20T09:30:00Z` as `2026-11-20 09:30 UTC`; anything else as it is."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z", time)
    return f"{match[1]} {match[2]} UTC" if match else time
