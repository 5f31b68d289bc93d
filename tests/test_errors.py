"""Errors, each one line."""

from __future__ import annotations

from advisor.errors import InputError


def test_a_line_holds_nothing_that_drives_a_terminal() -> None:
    error = InputError("a\nb\x1b[31m\u202e", where="x\udcff", remedy="c\rd")
    assert error.line() == "x\\udcff: a\\nb\\x1b[31m\\u202e (c\\rd)"


def test_what_is_quoted_may_be_of_any_length() -> None:
    error = InputError("not a size: " + "9" * 5000, where="x:1:1", remedy="give one")
    assert error.line() == "x:1:1: not a size: " + "9" * 988 + "... (give one)"
