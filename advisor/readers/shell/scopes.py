"""What is known of variables within and after loops, branches, functions and subshells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from advisor.facts.secrecy import looks_secret
from advisor.jobs.word import Word
from advisor.readers.shell.structure import Event
from advisor.readers.shell.variables import POSITIONAL, Value, Variables

TEMPLATES = {
    "case_statement": "in a case branch",
    "c_style_for_statement": "in a for loop",
    "for_statement": "in a for loop",
    "function_definition": "in a function",
    "if_statement": "in an if branch",
    "while_statement": "in a while or until loop",
}
_LOOPS = frozenset({"c_style_for_statement", "for_statement", "while_statement"})
_BRANCHES = frozenset({"case_item", "elif_clause", "else_clause"})
_APART = frozenset({"command_substitution", "pipeline", "process_substitution", "subshell"})


_ONCE = frozenset({"case_statement", "if_statement", "list"})

_MOST_HEAD = 300
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


@dataclass
class _Block:
    kind: str
    start: int
    before: dict[str, Value]
    assigned: set[str] = field(default_factory=set)
    outcomes: list[dict[str, Value]] = field(default_factory=list)
    test: _Outcome | None = None
    end: int = 0


class Scopes:
    """Keeps `variables` right while the blocks of a script are entered and left.

    `assignments` are the offsets and names of all assignments of the script in order.
    """

    def __init__(
        self, variables: Variables, assignments: Sequence[tuple[int, str]], text: str = ""
    ) -> None:
        self.defaults: dict[str, str] = {}
        self._text = text
        self._variables = variables
        self._assignments = assignments
        self._blocks: list[_Block] = []

    @property
    def template(self) -> str:
        """Why a command here may run several times or never; empty at the top of the script."""
        reasons = [TEMPLATES[b.kind] for b in self._blocks if b.kind in TEMPLATES]
        return ", ".join(dict.fromkeys(reasons))

    def enter(self, event: Event) -> None:
        """Go into a block."""
        if event.block in _BRANCHES and self._blocks:
            outer = self._blocks[-1]
            if not outer.outcomes:
                outer.outcomes.append(self._variables.snapshot())
            self._variables.restore(outer.before)
        block = _Block(event.block, event.offset, self._variables.snapshot(), end=event.end)
        if event.block in ("if_statement", "list"):
            block.test = _outcome(self._text[event.offset : event.end], self._variables)
        self._blocks.append(block)
        if event.block in _LOOPS:
            self._variables.forget(self._within(event))
        elif event.block == "function_definition":
            self._variables.forget({*self._several(event), *POSITIONAL})

    def leave(self) -> None:
        """Come out of the innermost block."""
        block = self._blocks.pop()
        if block.kind in _APART or block.kind == "function_definition":
            self._variables.restore(block.before)
            return
        inner_list = block.kind == "list" and self._blocks and self._blocks[-1].kind == "list"
        if block.kind in _BRANCHES and self._blocks:
            self._blocks[-1].outcomes.append(self._variables.snapshot())
        elif block.kind in _LOOPS and _is_argument_loop(self._text[block.start : block.end]):
            self._take_defaults(block)
        elif not inner_list:
            self._forget(block)
        if self._blocks:
            self._blocks[-1].assigned |= block.assigned

    def _take_defaults(self, block: _Block) -> None:
        """A script that is given nothing keeps the values from before."""
        for name in block.assigned:
            value = block.before.get(name)
            self._variables.take_default(name, value)
            literal = value.literal if isinstance(value, Word) else None
            if literal and not looks_secret(name, literal):
                self.defaults[name] = literal

    def _forget(self, block: _Block) -> None:
        """What the block may have changed is unknown, but for a value that it only adds to."""
        ends = block.outcomes or [self._variables.snapshot()]
        if block.test and block.assigned and len(ends) <= 2:
            self.defaults.update(block.test.taken)
            otherwise = ends[1] if len(ends) == 2 else block.before
            self._variables.restore(ends[0] if block.test.holds else otherwise)
            return
        if block.kind in TEMPLATES and block.kind not in _LOOPS:
            self._variables.restore(block.before)
        for name in block.assigned:
            before = block.before.get(name)
            made = [end.get(name) for end in ends if end.get(name) != before]
            adds = block.kind in _ONCE and len(made) == 1 and _extends(made[0], before)
            self._variables.assign(name, made[0] if adds else None)

    def note(self, names: Iterable[str], offset: int) -> None:
        """Names were assigned here; the first command of `a && b` always runs."""
        if self._blocks and not self._always_runs(offset):
            self._blocks[-1].assigned.update(names)
        elif self._blocks:
            self._outer_than_lists().update(names)

    def _always_runs(self, offset: int) -> bool:
        return self._blocks[-1].kind == "list" and self._outermost_list().start == offset

    def _outermost_list(self) -> _Block:
        outer = self._blocks[-1]
        for block in reversed(self._blocks):
            if block.kind != "list":
                break
            outer = block
        return outer

    def _outer_than_lists(self) -> set[str]:
        for block in reversed(self._blocks):
            if block.kind != "list":
                return block.assigned
        return set()

    def _within(self, event: Event) -> set[str]:
        return {name for at, name in self._assignments if event.offset <= at < event.end}

    def _several(self, event: Event) -> set[str]:
        """Names whose value depends on when the function is called, or that it assigns itself."""
        inside = self._within(event)
        outside = Counter(
            name for at, name in self._assignments if not event.offset <= at < event.end
        )
        return inside | {name for name, times in outside.items() if times > 1}


def _extends(now: Value, before: Value) -> bool:
    """Whether one value is the other with something behind it."""
    if isinstance(now, tuple) and isinstance(before, tuple):
        return now[: len(before)] == before
    if not (isinstance(now, Word) and isinstance(before, Word)) or not before.parts:
        return False
    return (
        now.text.startswith(before.text) and now.parts[: len(before.parts) - 1] == before.parts[:-1]
    )


class _Outcome(NamedTuple):
    """Whether the test holds, and the values that nobody gave and that were taken for it."""

    holds: bool
    taken: dict[str, str]


def _outcome(text: str, variables: Variables) -> _Outcome | None:
    """Of the test at the start of an `if` or of a list; None where only a run could tell."""
    form = _TEST.match(text[:_MOST_HEAD])
    if form is None or (form["then"] == "&&" and "||" in text):
        return None
    taken: dict[str, str] = {}
    result = _result(form["test"].strip(), variables, taken)
    if result is None:
        return None
    result = result != bool(form["not"])
    return _Outcome(result != (form["then"] == "||"), taken)


def _is_argument_loop(text: str) -> bool:
    """Whether a loop goes over the script's own arguments."""
    return _ARGUMENT_LOOP.match(text[:_MOST_HEAD]) is not None


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
