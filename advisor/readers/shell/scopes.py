"""What is known of variables within and after loops, branches, functions and subshells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from advisor.facts.secrecy import looks_secret
from advisor.jobs.word import Word
from advisor.readers.shell.conditions import (
    Outcome,
    case_matches,
    case_word,
    is_argument_loop,
    outcome,
)
from advisor.readers.shell.structure import Event
from advisor.readers.shell.variables import POSITIONAL, UNSET, Value, Variables

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


_EXITS = re.compile(r"(?:^|[\n;{&])[ \t]*exit\b[^\n;]*(?:[\s;}]|\bfi\b)*\Z")
"""A branch that ends the script."""


@dataclass
class _Block:
    kind: str
    start: int
    before: dict[str, Value]
    assigned: set[str] = field(default_factory=set)
    outcomes: list[dict[str, Value] | None] = field(default_factory=list)
    tests: list[Outcome | None] = field(default_factory=list)
    end: int = 0
    word: str | None = None


class Scopes:
    """Keeps `variables` right while the blocks of a script are entered and left.

    `assignments` are the offsets and names of all assignments of the script in order, `required`
    the names without which it ends.
    """

    def __init__(
        self,
        variables: Variables,
        assignments: Sequence[tuple[int, str]],
        text: str,
        required: Set[str],
    ) -> None:
        self.defaults: dict[str, str] = {}
        self._text = text
        self._required = required
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
        text = self._text[event.offset : event.end]
        if event.block in _BRANCHES and self._blocks:
            self._enter_branch(event, text)
        block = _Block(event.block, event.offset, self._variables.snapshot(), end=event.end)
        if event.block in ("if_statement", "list"):
            block.tests.append(outcome(text, self._variables))
        elif event.block == "case_statement":
            block.word = case_word(text, self._variables, self.defaults)
        self._blocks.append(block)
        if event.block in _LOOPS:
            self._variables.forget(self.assigned_in(event))
        elif event.block == "function_definition":
            self._variables.forget({*self._several(event), *POSITIONAL})

    def _enter_branch(self, event: Event, text: str) -> None:
        """Another way through the block around: it starts from what was before that."""
        outer = self._blocks[-1]
        if event.block != "case_item" and not outer.outcomes:
            outer.outcomes.append(self._end_of(outer.start, event.offset))
        self._variables.restore(outer.before)
        if event.block == "case_item":
            matches = None if outer.word is None else case_matches(text, outer.word)
            outer.tests.append(None if matches is None else Outcome(matches, {}))
        elif event.block == "elif_clause":
            outer.tests.append(outcome(text, self._variables))
        else:
            outer.tests.append(Outcome(holds=True, taken={}))

    def _end_of(self, start: int, end: int) -> dict[str, Value] | None:
        """The variables at the end of a branch; None where the branch ends the script."""
        return None if _EXITS.search(self._text[start:end]) else self._variables.snapshot()

    def leave(self) -> None:
        """Come out of the innermost block."""
        block = self._blocks.pop()
        if block.kind in _APART or block.kind == "function_definition":
            self._variables.restore(block.before)
            return
        inner_list = block.kind == "list" and self._blocks and self._blocks[-1].kind == "list"
        if block.kind in _BRANCHES and self._blocks:
            self._blocks[-1].outcomes.append(self._end_of(block.start, block.end))
        elif block.kind in _LOOPS and is_argument_loop(self._text[block.start : block.end]):
            self._take_defaults(block)
        elif not inner_list:
            self._forget(block)
        if self._blocks:
            self._blocks[-1].assigned |= block.assigned

    def _take_defaults(self, block: _Block) -> None:
        """A script that is given nothing keeps the values from before, or has none."""
        for name in sorted(block.assigned):  # a set has no order of its own
            self._take(name, block.before.get(name, None if name in self._required else UNSET))

    def _take(self, name: str, value: Value) -> None:
        """A value that holds where the user gives no other, with a note."""
        self._variables.take_default(name, value)
        literal = value.literal if isinstance(value, Word) else None
        if literal and not looks_secret(name, literal):
            self.defaults[name] = literal

    def _forget(self, block: _Block) -> None:
        """What the block may have changed is unknown, but for a value that one of its branches adds
        to while the others leave all as it was."""
        alone = not block.outcomes and block.kind != "case_statement"
        ends = [self._end_of(block.start, block.end)] if alone else block.outcomes
        if block.kind in _ONCE and block.assigned and self._follow(block, ends):
            return
        if block.kind in TEMPLATES and block.kind not in _LOOPS:
            self._variables.restore(block.before)
        changing = [
            end
            for end in ends
            if end and any(end.get(name) != block.before.get(name) for name in block.assigned)
        ]
        only = block.kind in _ONCE and len(changing) == 1
        for name in sorted(block.assigned):  # a set has no order of its own
            before = block.before.get(name)
            made = [end.get(name) for end in changing if end.get(name) != before]
            adds = only and len(made) == 1 and _extends(made[0], before)
            if adds:
                self._variables.assign(name, made[0])
            else:
                self._variables.may_be(name, [before, *made])

    def _follow(self, block: _Block, ends: Sequence[dict[str, Value] | None]) -> bool:
        """Take the one way through the block that its tests leave, where they leave one."""
        way: dict[str, Value] | None = block.before
        machine = ""
        for number, test in enumerate(block.tests):
            if test is None:
                return False
            self.defaults.update(test.taken)
            machine = test.machine or machine
            if test.holds:
                way = ends[number] if number < len(ends) else block.before
                break
        if way is None:
            return False
        self._variables.restore(way)
        for name in sorted(block.assigned) if machine else ():
            value = way.get(name)
            if machine == "program" or _is_option(value):
                self._take(name, value)
            else:
                self._variables.may_be(name, [value])
        return True

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

    def assigned_in(self, event: Event) -> set[str]:
        """The names that a block assigns."""
        return {name for at, name in self._assignments if event.offset <= at < event.end}

    def _several(self, event: Event) -> set[str]:
        """Names whose value depends on when the function is called, or that it assigns itself."""
        inside = self.assigned_in(event)
        outside = Counter(
            name for at, name in self._assignments if not event.offset <= at < event.end
        )
        return inside | {name for name, times in outside.items() if times > 1}


def _is_option(value: Value) -> bool:
    """Whether a value says no more than that something is there."""
    return not isinstance(value, Word) or not value.parts or value.text.startswith("-")


def _extends(now: Value, before: Value) -> bool:
    """Whether one value is the other with something behind it."""
    if isinstance(now, tuple) and isinstance(before, tuple):
        return now[: len(before)] == before
    if not (isinstance(now, Word) and isinstance(before, Word)):
        return False
    if not before.parts:
        return now.text.startswith("-")
    return (
        now.text.startswith(before.text) and now.parts[: len(before.parts) - 1] == before.parts[:-1]
    )
