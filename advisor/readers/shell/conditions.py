"""Tests of a script whose outcome is known, or is plain for one that is started alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from advisor.jobs.word import Word
from advisor.readers.shell.variables import Variables

MOST_HEAD = 300
"""Characters at the start of a block that are looked at."""

_TEST = re.compile(
    r"(?:if[ \t]+)?(?P<not>![ \t]+)?(?:test|\[\[?)[ \t]+(?P<test>[^\n;&|]*?)(?:[ \t]+\]\]?)?[ \t]*"
    r"(?P<then>;|\n|&&|\|\||$)"
)
_ARGUMENT_LOOP = re.compile(
    r"while\b[^\n]*(?:\$#|\$\{#\}|\bgetopts\b|\$\{?1\b|\bshift\b)"
    r"|for[ \t]+\w+[ \t]*(?:;|\n|in[ \t]+\"?\$[@*])"
)
_WORD = r"(?:\"[^\"\s]*\"|'[^'\s]*'|[^\s\"']+)"
_ONE = re.compile(rf"(?:(?P<sign>-[zn])[ \t]+)?(?P<word>{_WORD})")
_TWO = re.compile(
    rf"(?P<left>{_WORD})[ \t]+(?P<sign>==?|!=|-eq|-ne|-gt|-ge|-lt|-le)[ \t]+(?P<right>{_WORD})"
)
_VARIABLE = re.compile(
    r"\$(?:(?P<bare>[A-Za-z_]\w*|[1-9#])"
    r"|\{(?P<name>[A-Za-z_]\w*|[1-9#])(?::?(?P<sign>[-+])(?P<operand>[\w./-]*))?\})",
    re.ASCII,
)
_PLAIN = re.compile(r"[\w./:,@%+-]*", re.ASCII)
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda one, other: one == other,
    "-ne": lambda one, other: one != other,
    "-gt": lambda one, other: one > other,
    "-ge": lambda one, other: one >= other,
    "-lt": lambda one, other: one < other,
    "-le": lambda one, other: one <= other,
}


class Outcome(NamedTuple):
    """Whether the test holds, and the values that nobody gave and that were taken for it."""

    holds: bool
    taken: dict[str, str]


def outcome(text: str, variables: Variables) -> Outcome | None:
    """Of the test at the start of an `if` or of a list; None where only a run could tell."""
    form = _TEST.match(text[:MOST_HEAD])
    if form is None or (form["then"] == "&&" and "||" in text):
        return None
    taken: dict[str, str] = {}
    result = _result(form["test"].strip(), variables, taken)
    if result is None:
        return None
    result = result != bool(form["not"])
    return Outcome(result != (form["then"] == "||"), taken)


def is_argument_loop(text: str) -> bool:
    """Whether a loop goes over the script's own arguments."""
    return _ARGUMENT_LOOP.match(text[:MOST_HEAD]) is not None


def _result(test: str, variables: Variables, taken: dict[str, str]) -> bool | None:
    two = _TWO.fullmatch(test)
    if two is not None:
        left, right = (_value(two[side], variables, taken) for side in ("left", "right"))
        if left is None or right is None:
            return None
        if two["sign"] in _NUMBERS:
            numbers = left.isdecimal() and right.isdecimal()
            return _NUMBERS[two["sign"]](int(left), int(right)) if numbers else None
        return (left == right) == (two["sign"] != "!=")
    one = _ONE.fullmatch(test)
    value = _value(one["word"], variables, taken) if one else None
    if one is None or value is None:
        return None
    return (value == "") == (one["sign"] == "-z")


def _value(text: str, variables: Variables, taken: dict[str, str]) -> str | None:
    """The word's value; None when it is not known."""
    bare = text[1:-1] if text[:1] in ("'", '"') else text
    if text[:1] == "'" or _PLAIN.fullmatch(bare):
        return bare
    match = _VARIABLE.fullmatch(bare)
    if match is None:
        return None
    name = match["bare"] or match["name"]
    if name == "#":
        return _number_of_arguments(variables)
    if name not in variables:
        return _unset(name, match, variables, taken)
    value = variables.value(name)
    found = value.literal if isinstance(value, Word) else None
    if found is None:
        return None
    if match["sign"] == "+":
        return match["operand"]
    return found or match["operand"] or ""


def _unset(
    name: str, match: re.Match[str], variables: Variables, taken: dict[str, str]
) -> str | None:
    if not variables.may_be_unset(name):
        return None
    value = match["operand"] or "" if match["sign"] == "-" else ""
    taken[name] = value
    return value


def _number_of_arguments(variables: Variables) -> str | None:
    arguments = variables.value("@") if "@" in variables else ()
    return str(len(arguments)) if isinstance(arguments, tuple) else None
