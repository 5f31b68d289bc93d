"""Where a quoted or bracketed part of bash text ends. Each function takes the offset after the
opening and gives the offset of the closing; ScanError when there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_NESTED = 100
"""Substitutions in one another; nothing written by people comes near."""

_HERE = re.compile(r"<<(-?)[ \t]*(?:'([^'\n]*)'|\"([^\"\n]*)\"|([^\s;&|<>()'\"]+))")
_PLAIN = re.compile(r"[^\\'\"`$(){}\n#<;&|ce \t]+")
_CASE_WORD = re.compile(r"(?<![\w.$/-])(case|esac)(?![\w.=/-])")


class ScanError(Exception):
    """Something that was opened at `offset` and never closed."""

    def __init__(self, what: str, offset: int) -> None:
        self.what = what
        self.offset = offset
        super().__init__(what)


def single_quote_end(text: str, start: int) -> int:
    """The offset of the closing `'`."""
    end = text.find("'", start)
    if end < 0:
        raise ScanError("unterminated single quote", start - 1)
    return end


def ansi_c_end(text: str, start: int) -> int:
    """The closing quote of `$'...'`, where a backslash keeps the next character."""
    return _past_escapes(text, start, "'", "unterminated $' quote")


def backtick_end(text: str, start: int) -> int:
    """The closing backtick; those within are escaped."""
    return _past_escapes(text, start, "`", "unterminated backtick")


def double_quote_end(text: str, start: int, depth: int = 0) -> int:
    """The closing `"`; substitutions in it may hold quotes of their own."""
    at = start
    while at < len(text):
        character = text[at]
        if character == '"':
            return at
        at = _after(text, at, depth, within_quotes=True)
    raise ScanError("unterminated double quote", start - 1)


def brace_end(text: str, start: int, depth: int = 0, *, within_quotes: bool = False) -> int:
    """The offset of the `}` that closes a `${`."""
    at = start
    while at < len(text):
        if text[at] == "}":
            return at
        at = _after(text, at, depth, within_quotes=within_quotes)
    raise ScanError("unterminated ${", start - 2)


def parenthesis_end(text: str, start: int, depth: int = 0) -> int:
    """The `)` of a `$(`, `<(` or array: comments, here-documents and `case` patterns are passed."""
    at, opened, cases, word_start = start, 0, 0, True
    waiting: list[tuple[str, bool]] = []
    while at < len(text):
        character = text[at]
        if character == ")":
            if opened == 0 and cases == 0:
                return at
            opened = max(opened - 1, 0)
        elif character == "(":
            opened += 1
        elif character == "#" and word_start:
            at = _line_end(text, at)
            continue
        elif character == "\n":
            at = _after_here_documents(text, at, waiting)
            word_start = True
            continue
        elif character == "<" and (here := _HERE.match(text, at)) and not here[0].startswith("<<<"):
            delimiter = here[2] or here[3] or (here[4] or "").replace("\\", "")
            waiting.append((delimiter, bool(here[1])))
            at, word_start = here.end(), False
            continue
        elif character in "ce" and (match := _CASE_WORD.match(text, at)):
            cases = cases + 1 if match[1] == "case" else max(cases - 1, 0)
            at, word_start = match.end(), False
            continue
        word_start = character in " \t;&|()"
        plain = _PLAIN.match(text, at)
        if plain is None:
            at = at + 1 if character in "()" else _after(text, at, depth, within_quotes=False)
        else:
            at = plain.end()
    raise ScanError("unterminated (", start - 1)


def _after(text: str, at: int, depth: int, *, within_quotes: bool) -> int:
    """The offset after the character at `at`, or after all that it opens."""
    character = text[at]
    if character == "\\":
        return min(at + 2, len(text))
    if character == "`":
        return backtick_end(text, at + 1) + 1
    opened = text[at : at + 2]
    if opened in ("$(", "${"):
        return _after_substitution(text, at, depth, within_quotes=within_quotes)
    if character == '"':
        return double_quote_end(text, at + 1, depth) + 1
    if within_quotes:
        return at + 1
    return _QUOTES[opened](text, at) if opened in _QUOTES else _after_plain(text, at)


def _after_substitution(text: str, at: int, depth: int, *, within_quotes: bool) -> int:
    if depth >= MOST_NESTED:
        raise ScanError(f"more than {MOST_NESTED} substitutions in one another", at)
    if text[at + 1] == "(":
        return parenthesis_end(text, at + 2, depth + 1) + 1
    return brace_end(text, at + 2, depth + 1, within_quotes=within_quotes) + 1


def _after_plain(text: str, at: int) -> int:
    return single_quote_end(text, at + 1) + 1 if text[at] == "'" else at + 1


_QUOTES: dict[str, Callable[[str, int], int]] = {
    "$'": lambda text, at: ansi_c_end(text, at + 2) + 1,
}


def _past_escapes(text: str, start: int, closing: str, what: str) -> int:
    at = start
    while at < len(text):
        if text[at] == closing:
            return at
        at += 2 if text[at] == "\\" else 1
    raise ScanError(what, start - 1)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _after_here_documents(text: str, newline: int, waiting: list[tuple[str, bool]]) -> int:
    at = newline + 1
    while waiting:
        delimiter, indented = waiting.pop(0)
        at = after_here_document(text, at, delimiter, indented=indented)
    return at


def after_here_document(text: str, at: int, delimiter: str, *, indented: bool) -> int:
    """The offset after the line that ends a here-document whose first line is at `at`."""
    while at < len(text):
        end = _line_end(text, at)
        line = text[at:end].lstrip("\t") if indented else text[at:end]
        at = end + 1
        if line == delimiter:
            break
    return min(at, len(text))


def reference_end(text: str, at: int) -> int:
    """The offset after the `$X`, `$(X)` or `${X}` at `at`."""
    opening = text[at + 1 : at + 2]
    try:
        if opening == "(":
            return parenthesis_end(text, at + 2) + 1
        if opening == "{":
            return brace_end(text, at + 2) + 1
    except ScanError:
        return len(text)
    return min(at + 2, len(text))
