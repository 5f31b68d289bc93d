"""Comma-separated fields with quotes, as Go's encoding/csv reads its first record."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """A table of names, written with blanks between them."""
    return frozenset(text.split())


def split_fields(text: str) -> list[str]:
    """`a,"b=1,2"` as `a` and `b=1,2`. Raises ValueError for nothing at all or a stray quote."""
    # The text from its first line that is not empty; CRLF is one line end.
    normal = text.replace("\r\n", "\n")
    if normal.endswith("\r"):
        normal = normal[:-1]
    rest = normal.lstrip("\n")
    if not rest:
        raise ValueError("empty")
    fields: list[str] = []
    while True:
        field, rest, more = _quoted(rest[1:]) if rest.startswith('"') else _bare(rest)
        fields.append(field)
        if not more:
            return fields


def _bare(text: str) -> tuple[str, str, bool]:
    """A field without quotes, what follows it on the line, and whether a comma was between."""
    line = text.split("\n", 1)[0]
    field, comma, _ = line.partition(",")
    if '"' in field:
        raise ValueError('a quote (") inside a field')
    return field, text[len(field) + 1 :], bool(comma)


def _quoted(text: str) -> tuple[str, str, bool]:
    """A field from behind its opening quote; `""` inside stands for one quote."""
    field, start = "", 0
    while True:
        end = text.find('"', start)
        if end < 0:
            raise ValueError('a quote (") that is not closed')
        field += text[start:end]
        if not text.startswith('"', end + 1):
            break
        field, start = field + '"', end + 2
    after = text[end + 1 :]
    if after and after[0] not in ",\n":
        raise ValueError('text behind a closing quote (")')
    return field, after[1:], after.startswith(",")
