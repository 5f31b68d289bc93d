"""Manifests as YAML text that every parser reads alike, 1.1 and 1.2."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(
    r"(?:--?[A-Za-z]|\$\(|[A-Za-z/])[A-Za-z0-9_./@+)-]*(?:[:=, ]+[A-Za-z0-9_./@+$(){}-]+)*",
    re.ASCII,
)
_PUT_IN = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})", re.ASCII)
_COLON = re.compile(r":(?:\s|$)")
_AMOUNT = re.compile(r"\d+(?:m|[KMGT]i)")
_WORDS_OF_YAML = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "~"}
)
_BLOCK = re.compile(r"[\x20-\x7e\n\xa1-\u2027\u2030-\ud7ff]*")

# Read differently, or not at all, by one parser or another, or not to be seen.
_ESCAPED = re.compile(
    "[\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff\U00010000-\U0010ffff]"
)
_LAST_SHORT = 0xFFFF


def manifest_text(documents: Iterable[dict[str, Any]]) -> str:
    """The documents, one after the other, each behind the line that parts them."""
    return "---\n".join("".join(_block(document, 0)) for document in documents)


def _block(value: Any, depth: int) -> list[str]:
    """Lines of a map or a list; lists stand as deep as their key."""
    indent = "  " * depth
    if isinstance(value, list):
        return [line for element in value for line in _element(indent, element, depth)]
    lines: list[str] = []
    for key, entry in value.items():
        head = f"{indent}{_key(str(key))}:"
        if isinstance(entry, dict | list) and entry:
            lines.append(f"{head}\n")
            lines += _block(entry, depth if isinstance(entry, list) else depth + 1)
        elif isinstance(entry, str) and key != "value" and _PUT_IN.fullmatch(entry):
            lines.append(f"{head} {entry}\n")  # in quotes it would stay a text once it is put in
        else:
            lines.append(f"{head} {_scalar(entry, depth + 1)}\n")
    return lines


def _element(indent: str, value: Any, depth: int) -> list[str]:
    """The first line of a map or a list in a list stands behind the dash."""
    if not isinstance(value, dict | list) or not value:
        return [f"{indent}- {_scalar(value, depth + 1)}\n"]
    first, *rest = _block(value, depth + 1)
    return [f"{indent}- {first[len(indent) + 2 :]}", *rest]


def _scalar(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return _text(value, depth)
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return _text(str(value), depth)


def _text(text: str, depth: int) -> str:
    """A block for text of several lines where it gives the same back."""
    lines = text.split("\n")
    if len(lines) > 2 and _BLOCK.fullmatch(text) and _fits_block(lines):
        indent = "  " * depth
        chomping = "" if text.endswith("\n") else "-"
        body = lines[:-1] if text.endswith("\n") else lines
        return f"|{chomping}\n" + "\n".join(f"{indent}{line}" if line else "" for line in body)
    return _line(text)


def _line(text: str) -> str:
    """Plain where nothing could take it for anything else, in quotes where it could."""
    if _AMOUNT.fullmatch(text) or _is_plain(text):
        return text
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


_key = lru_cache(maxsize=1024)(_line)
"""The same few keys stand in every manifest."""


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= _LAST_SHORT else f"\\U{code:08x}"


def _is_plain(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and text.lower() not in _WORDS_OF_YAML
        and not _COLON.search(text)
    )


def _fits_block(lines: list[str]) -> bool:
    """Whether a literal block gives the same text back, and is pleasant to read."""
    return (
        bool(lines[0])
        and not lines[0].startswith(" ")
        and not any(line.endswith(" ") for line in lines)
        and (bool(lines[-1]) or bool(lines[-2]))
    )
