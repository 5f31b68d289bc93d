"""Tests of a script whose outcome is known, or is plain for one that is started alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

from advisor.jobs.word import Word
from advisor.readers.shell.variables import Variables, named_by

MOST_HEAD = 300
"""Characters at the start of a block that are looked at."""

_TEST = re.compile(
    r"(?:if[ \t]+)?(?P<not>![ \t]+)?(?:test|\[\[?)[ \t]+(?P<test>[^\n;&|]*?)(?:[ \t]+\]\]?)?[ \t]*"
    r"(?P<then>;|\n|&&|\|\||$)"
)
_HEAD = re.compile(r"(?:el)?if\s+(?P<test>.*?)\s*(?:;|\n)\s*then\b", re.DOTALL)
_JOINT = re.compile(r"\s*(&&|\|\|)\s*")
_QUIET = r"(?:[^;&|\n]|[12]?>&[12]|&>)*"
_OF_MACHINE = re.compile(
    rf"(?:-[abcdefghLpSrstuwx]\s+\S+|(?:command\s+-v|type|which|hash)\s+{_QUIET}"
    rf"|(?:nvidia-smi|nvidia-container-cli|nvidia-ctk|lspci|lsmod|rocm-smi)\b{_QUIET}"
    rf"|docker\s+(?:info|version)\b{_QUIET}|docker\s+image\s+inspect\b{_QUIET})"
    rf"(?:\|\s*e?grep\b{_QUIET})*"
)
"""What a machine that runs the job has: files, a terminal, programs, GPUs."""
_ARGUMENT_LOOP = re.compile(
    r"while\b[^\n]*(?:\$#|\$\{#\}|\bgetopts\b|\$\{?1\b|\bshift\b)"
    r"|for[ \t]+\w+[ \t]*(?:;|\n|in[ \t]+\"?\$[@*])"
)
_COLLECTS = re.compile(
    r"for\s+(\w+)\s+in\s+\"\$@\"\s*;?\s*do\s+\w+\+=\(\s*\"\$\{?\1\}?\"\s*\)\s*;?\s*done"
)
_WORD = r"(?:\"[^\"\s]*\"|'[^'\s]*'|[^\s\"']+)"
_ONE = re.compile(rf"(?:(?P<sign>-[zn])[ \t]+)?(?P<word>{_WORD})")
_TWO = re.compile(
    rf"(?P<left>{_WORD})[ \t]+(?P<sign>==?|!=|-eq|-ne|-gt|-ge|-lt|-le)[ \t]+(?P<right>{_WORD})"
)
_VARIABLE = re.compile(
    r"\$(?:(?P<bare>[A-Za-z_]\w*|[1-9#?])"
    r"|\{(?P<name>[A-Za-z_]\w*|[1-9#])(?P<cut>//[^}/]*/?)?"
    r"(?::?(?P<sign>[-+])(?P<operand>[\w./-]*))?\})",
    re.ASCII,
)
_PLAIN = re.compile(r"[\w./:,@%+-]*", re.ASCII)
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
}


class Outcome(NamedTuple):
    """Whether the test holds, the values that nobody gave and that were taken for it, and what it
    asks of the machine: for a `file`, or for a `program` or a terminal."""

    holds: bool
    taken: dict[str, str]
    machine: str = ""


def outcome(text: str, variables: Variables) -> Outcome | None:
    """The outcome of the test that begins an `if`, `elif` or list; None if only a run could tell.

    What a test asks of the machine (a program, a file, a terminal) is taken to be there.
    """
    text = text[:MOST_HEAD]
    if not re.match(r"(?:el)?if\b", text):
        return _of_list(text, variables)
    head = _HEAD.match(text)
    if head is None:
        return None
    taken: dict[str, str] = {}
    machine: list[str] = []
    holds = _together(head["test"], variables, taken, machine)
    return None if holds is None else Outcome(holds, taken, min(machine, default=""))


def _of_list(text: str, variables: Variables) -> Outcome | None:
    form = _TEST.match(text)
    if form is None or (form["then"] == "&&" and "||" in text):
        return None
    taken: dict[str, str] = {}
    result = _result(form["test"].strip(), variables, taken)
    if result is None:
        return None
    result = result != bool(form["not"])
    return Outcome(result != (form["then"] == "||"), taken)


def _together(
    text: str, variables: Variables, taken: dict[str, str], machine: list[str]
) -> bool | None:
    """Tests with `&&` and `||` between them, from left to right as a shell takes them."""
    pieces = _JOINT.split(text)
    result: bool | None = None
    within = False
    for number in range(0, len(pieces), 2):
        sign = pieces[number - 1] if number else ""
        within = within or re.match(r"(?:!\s*)?\[\[", pieces[number].strip()) is not None
        if not (sign and result is (sign == "||")):
            other = _single(pieces[number], within, variables, taken, machine)
            known = not sign or result is not None or other is (sign == "||")
            result = other if known else None
        within = within and not pieces[number].rstrip().endswith("]]")
    return result


def _single(
    text: str, within: bool, variables: Variables, taken: dict[str, str], machine: list[str]
) -> bool | None:
    """One test or command, which may have `!` in front; `within` `[[ ]]` or not."""
    text, turned = _turned(text.strip())
    if within:
        text, again = _turned(text.removeprefix("[[").removesuffix("]]").strip())
        turned = turned != again
        test: str | None = text
    else:
        form = re.fullmatch(r"(?:test\s+(.*)|\[\s+(.*?)\s+\])", text, re.DOTALL)
        test, again = _turned((form[1] or form[2]).strip()) if form else (None, False)
        turned = turned != again
    if _OF_MACHINE.fullmatch(text if test is None else test):
        machine.append("file" if re.match(r"-[^t]", test or "") else "program")
        return not turned
    result = None if test is None else _result(test, variables, taken)
    return None if result is None else result != turned


def _turned(text: str) -> tuple[str, bool]:
    """The text without `!` in front, and whether it had one."""
    negation = re.match(r"!\s+", text)
    return (text[negation.end() :], True) if negation else (text, False)


def case_word(text: str, variables: Variables, taken: dict[str, str]) -> str | None:
    """What `case WORD in` chooses by; None when it is not known."""
    head = re.match(rf"case[ \t]+(?P<word>{_WORD})[ \t]+in\b", text[:MOST_HEAD])
    return _value(head["word"], variables, taken) if head else None


def case_matches(text: str, word: str) -> bool | None:
    """Whether an item of a `case` is that of the word; None where its patterns are not plain."""
    patterns = text.partition(")")[0].strip().lstrip("(").split("|")
    plain = [pattern.strip().strip("\"'") for pattern in patterns]
    if any(re.search(r"[$`\\]", pattern) for pattern in plain):
        return None
    return any(fnmatchcase(word, pattern) for pattern in plain)


def is_argument_loop(text: str) -> bool:
    """Whether a loop goes over the script's own arguments."""
    return _ARGUMENT_LOOP.match(text[:MOST_HEAD]) is not None


def collects_arguments(text: str) -> bool:
    """Whether a loop does no more than put the script's arguments into an array, one by one."""
    return _COLLECTS.fullmatch(text) is not None


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
    match = _VARIABLE.fullmatch(named_by(bare, variables) or bare)
    if match is None:
        return None
    name = match["bare"] or match["name"]
    if name in ("#", "?"):
        return "0" if name == "?" else _number_of_arguments(variables)
    if name not in variables or variables.may_be_unset(name):
        return _unset(name, match, variables, taken)
    value = variables.value(name)
    literal = value.literal if isinstance(value, Word) else None
    if literal is None or match["cut"]:
        return None
    if match["sign"] == "+":
        return match["operand"]
    return literal or match["operand"] or ""


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
