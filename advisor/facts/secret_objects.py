"""Secrets that objects in a text hold under a name: lines of YAML, JSON on one line, XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from advisor.facts.secret_shapes import (
    MARK,
    hidden,
    is_trivial,
    looks_secret,
    name_words,
    names_secret,
)

VALUE_KEYS = ("value", "default", "enum", "values", "suggestions")
"""Keys of what an object holds that has a name."""
NAME_KEYS = ("name", "key")

_QUOTES = r"[\\\"']{0,16}"
_NAME_KEY = rf"(?<![\w.-])(?:{'|'.join(NAME_KEYS)}){_QUOTES}\s{{0,8}}:\s{{0,8}}{_QUOTES}"
_VALUE_KEY = rf"(?<![\w.-])(?:{'|'.join(VALUE_KEYS)}){_QUOTES}\s{{0,8}}:\s{{0,8}}{_QUOTES}"
# The rest of one object, with objects in it that hold none.
_REST = r"(?:[^{}\n]|\{[^{}\n]{0,300}\}){0,300}?"
_STATED = (
    r"(\[[^\[\]{}\n]{1,2000}\]|\$\{[^{}\"'\s]*\}|(?<=\")[^\"\\\n]+|(?<=')[^'\\\n]+"
    r"|[^\"'\s,{}\[\]\\]+)"
)
# `{"name": "HF_TOKEN", "value": "x"}` in any order and with keys between.
NAMED_VALUE = re.compile(rf"{_NAME_KEY}([A-Za-z_][\w.-]{{0,199}})({_REST}{_VALUE_KEY}){_STATED}")
VALUE_NAMED = re.compile(
    rf"({_VALUE_KEY}){_STATED}(?={_REST}{_NAME_KEY}([A-Za-z_][\w.-]{{0,199}}))"
)
# `"HF_TOKEN": {"exclude": false, "value": "x"}`.
ITEM_VALUE = re.compile(
    rf"(?<![\w.-])([A-Za-z_][\w.-]{{0,199}})"
    rf"({_QUOTES}\s{{0,8}}:\s{{0,8}}\{{{_REST}{_VALUE_KEY}){_STATED}"
)
# `<password>x</password>`, `<name>a.password</name><value>x</value>`, `key="Password" value="x"`.
XML_PAIR = re.compile(r"(?<=<)([A-Za-z_][\w.:-]{0,199})(>\s{0,200})([^<>\s][^<>\n]{0,4096})(?=</)")
XML_NAMED = re.compile(
    r"(?:(?<=<name>)|(?<=key=[\"'])|(?<=name=[\"']))([^<>\"'\s]{1,200})"
    r"(</name>\s{0,200}<value>|[\"']\s{1,200}value=[\"'])([^<>\"'\n]{1,4096})"
)
# A key on a line of its own: `? password`, then `: x`.
KEY_LINE = re.compile(
    r"(?<=\? )[\"']?([A-Za-z_][\w.-]{0,199})([\"']?[ \t]{0,40}\n[ \t]{0,400}:[ \t]{1,40}[\"']?)"
    r"([^\n\"']{1,4096})"
)
_LINE = re.compile(
    r"(?P<indent>[ \t]{0,400}(?:-[ \t]+)*)"
    r"(?:(?P<quote>[\"']?)(?P<key>[$A-Za-z_][\w./-]{0,199})(?P=quote)[ \t]*:(?=\s|\Z))?"
)
_VALUE = re.compile(
    r"[ \t]*(?:-[ \t]+)*(?:(?:![\w!:/.-]*|&[\w.-]+)(?=\s|\Z)[ \t]*){0,4}"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\n]*?),?(?:[ \t]+#[^\n]*)?[ \t\r]*\Z"
)
_SAYS_ANYTHING = re.compile(r"\w")
_BLOCK = re.compile(r"[|>][-+\d]{0,2}")
_DEEPEST = 100


class _Entry:
    """A key of an object and where in the text its value stands."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.is_block = False
        self.spans: list[tuple[int, int]] = []


class _Object:
    """An object that is being read, which goes under the name `owner`."""

    def __init__(self, column: int, owner: str) -> None:
        self.column = column
        self.owner = owner
        self.entries: list[_Entry] = []


def without_objects(text: str) -> str:
    """The text without what its objects hold under a name that says secret."""
    if "\n" in text and ":" in text:
        text = _without_lines(text)
        text = KEY_LINE.sub(_stated, text) if "? " in text else text
    if ":" in text and ("value" in text or "default" in text or "enum" in text or "sugg" in text):
        text = NAMED_VALUE.sub(_stated, text)
        text = ITEM_VALUE.sub(_stated, text) if "{" in text else text
        text = VALUE_NAMED.sub(lambda match: match[1] + shown_under(match[3], match[2]), text)
    if "<" in text:
        text = XML_NAMED.sub(_stated, XML_PAIR.sub(_stated, text))
    return text


def shown_under(name: str, value: str) -> str:
    """The value that goes under a name, or MARK."""
    secret = looks_secret(name, value) and not is_trivial(value) and MARK not in value
    return hidden(value) if secret else value


def _stated(match: re.Match[str]) -> str:
    """The match with its third group, what goes under the name in the first, replaced."""
    return match[0][: match.start(3) - match.start()] + shown_under(match[1], match[3])


def _without_lines(text: str) -> str:
    """The text without the values of its lines of YAML, whatever stands between the lines of a name
    and of its value. Lines of anything else are passed over."""
    pieces, end = [], 0
    for start, stop in sorted(_secret_spans(text)):
        if start >= end:
            pieces += [text[end:start], MARK]
            end = stop
    return "".join([*pieces, text[end:]]) if pieces else text


def _secret_spans(text: str) -> Iterator[tuple[int, int]]:
    for read in _objects(text):
        named = read.owner
        for entry in reversed(read.entries):
            if entry.key in NAME_KEYS and entry.spans:
                named = text[slice(*entry.spans[0])]
        for entry in read.entries:
            name = named if entry.key in VALUE_KEYS else entry.key
            for start, stop in entry.spans if name not in NAME_KEYS else ():
                if _is_secret(name, text[start:stop]):
                    yield start, stop


def _is_secret(name: str, value: str) -> bool:
    if not names_secret(name, value) or is_trivial(value) or hidden(value) != MARK:
        return False
    return value.partition(" ")[0].lower() not in name_words("sentence_words")


def _objects(text: str) -> Iterator[_Object]:
    """The objects that lines of `key: value` make by their columns, each once it is closed."""
    opened: list[_Object] = []
    begins = [0, *(match.end() for match in re.finditer("\n", text)), len(text)]
    for start, stop in pairwise(begins):
        line = text[start:stop].rstrip()
        head = _LINE.match(line)
        first = len(line) - len(line.lstrip())
        if head is None or first == len(line) or line[first] == "#":
            continue
        dashed = line[first] == "-" and line[first + 1 : first + 2] in ("", " ", "\t")
        # A line that is no part of any object ends those of its column.
        while opened and opened[-1].column > first - (not head["key"] and not dashed):
            yield opened.pop()
        _go_on(opened, line, start, first, whole=bool(head["key"]))
        if not head["key"]:
            continue
        column = len(head["indent"])
        if not opened or opened[-1].column < column:
            owner = opened[-1].entries[-1].key if opened and not dashed else ""
            opened.append(_Object(column, owner))
        entry = _Entry(head["key"])
        opened[-1].entries.append(entry)
        _take(entry, line, start, head.end())
        if len(opened) > _DEEPEST:
            yield opened.pop(0)
    yield from opened


def _take(entry: _Entry, line: str, start: int, at: int) -> None:
    """Add to the entry what stands in the line from a place on."""
    found = _VALUE.match(line, at)
    value = found["value"] if found else ""
    if found is None or not value:
        return
    if _BLOCK.fullmatch(value):
        entry.is_block = True
    elif value[0] not in "{[" and _SAYS_ANYTHING.search(value):
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        begin, end = found.span("value")
        entry.spans.append((start + begin + quoted, start + end - quoted))


def _go_on(opened: list[_Object], line: str, start: int, column: int, *, whole: bool) -> None:
    """Add a line to the entry above that it belongs to; one with a key of its own only where that
    is a block of text."""
    for read in reversed(opened):
        entry = read.entries[-1]
        inside = column > read.column or (line[column] == "-" and column == read.column)
        if inside and (entry.is_block or not whole):
            _take(entry, line, start, column)
            return
