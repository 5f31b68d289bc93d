"""Where the simple commands of bash text start, which loops and branches they stand in, and which
of its functions start jobs.

The tree is tree-sitter's bash grammar's. Of the words it is not asked: where a text is broken or
not quite bash it still finds the commands, but parts their words differently than bash does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MOST_NESTED = 200
"""Loops, branches and substitutions in one another; what is deeper is not looked at."""

MOST_FUNCTIONS = 200
"""Functions that are looked at."""

_STARTS = re.compile(
    r"docker|podman|nerdctl|runai|srun|apptainer|singularity|enroot|shifter"
    r"|(?:^|[;&|{(]|\b(?:if|while|until|then|do|else|time|exec|eval|sudo|nohup)\b)"
    r"[ \t]*\"?\$(?:[@*]|\{[@*]\})",
    re.IGNORECASE | re.MULTILINE,
)
"""Also the words of a function that runs the command among them."""
_NAME = re.compile(r"[\w-]+")

EventKind = Literal["command", "deep", "enter", "leave"]


class Event(NamedTuple):
    """A command's start, or the start or end of a block of the grammar's kind `block`; `deep` is
    what may be a job and is nested so deep that it is not looked at."""

    offset: int
    kind: EventKind
    block: str = ""
    end: int = 0


BLOCKS = frozenset(
    {
        "case_item",
        "case_statement",
        "command_substitution",
        "c_style_for_statement",
        "elif_clause",
        "else_clause",
        "for_statement",
        "function_definition",
        "if_statement",
        "list",
        "pipeline",
        "process_substitution",
        "subshell",
        "while_statement",
    }
)
_COMMANDS = frozenset({"command", "declaration_command", "unset_command", "variable_assignment"})
_SKIPPED = frozenset({"comment", "heredoc_body", "regex", "test_command"})
_TO_FILL_IN = re.compile(r"(?<!<)<[A-Za-z][\w .:/-]*>")
_LEADING = re.compile(r"(?:[ \t]+|(?:then|do|else|elif|if|while|until|time|!|\{|\()(?=[ \t(])|\()*")


def events(text: str) -> list[Event]:
    """Commands and blocks of `text` in order of their offsets.

    The grammar's scanner looks characters up in a table of the C library's that ends before most
    of Unicode does, and crashes: it gets a `?` for each that is not ASCII, which parts no words.
    An `<image>` that a reader is to replace ends its line and takes nothing from the next.
    """
    gathered: list[Event] = []
    plain = _TO_FILL_IN.sub(lambda match: "x" * len(match[0]), text)
    _walk(_parser().parse(plain.encode("ascii", errors="replace")).root_node, gathered)
    hidden = [event for event in gathered if event.kind == "deep"]
    starts = [_STARTS.search(text, event.offset, event.end) for event in hidden]
    deep = [Event(match.start(), "deep") for match in starts if match]
    looked = [event for event in gathered if event.kind != "deep"]
    return _with_broken_lines(text, [*looked, *deep])


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def _walk(root: Node, gathered: list[Event]) -> None:
    """Note the events below `root`, without recursion; an ERROR node is a block of its own."""
    stack: list[tuple[Node | Event, int]] = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, Event):
            gathered.append(node)
            continue
        kind = node.type
        if kind in _SKIPPED:
            continue
        if depth > MOST_NESTED * 5:
            gathered.append(Event(node.start_byte, "deep", end=node.end_byte))
            continue
        if kind in _COMMANDS:
            gathered.append(Event(node.start_byte, "command"))
        elif kind in BLOCKS or kind == "ERROR":
            gathered.append(Event(node.start_byte, "enter", kind, node.end_byte))
            stack.append((Event(node.end_byte, "leave", kind), depth))
        stack.extend((child, depth + 1) for child in reversed(node.named_children))


def _with_broken_lines(text: str, gathered: list[Event]) -> list[Event]:
    """The events, and in what the grammar could not read each line as a command that may be one."""
    lines = [
        Event(start, "command")
        for event in gathered
        if event.block == "ERROR" and event.kind == "enter"
        for start in _line_starts(text, event.offset, event.end)
    ]
    kept = [event for event in gathered if event.block != "ERROR"]
    return sorted([*lines, *kept], key=lambda event: event.offset) if lines else kept


def _line_starts(text: str, start: int, end: int) -> list[int]:
    starts = []
    at = text.rfind("\n", 0, start) + 1
    while at <= min(end, len(text) - 1):
        leading = _LEADING.match(text, at)
        starts.append(leading.end() if leading else at)
        newline = text.find("\n", at)
        if newline < 0:
            break
        at = newline + 1
    return starts


def followed_functions(
    text: str, events: Sequence[Event], names: Mapping[int, str]
) -> tuple[dict[str, tuple[int, int]], set[int]]:
    """The functions that start jobs and are called with nothing open in front: where their
    definitions are, and where each of a name begins. `names` are those of commands by offset."""
    bodies: dict[str, tuple[int, int]] = {}
    starts: dict[str, set[int]] = {}
    blocks: list[str] = []
    for event in events:
        if event.kind == "leave":
            blocks.pop()
        if event.kind != "enter":
            continue
        if event.block == "function_definition" and len(bodies) < MOST_FUNCTIONS:
            body = (event.offset, event.end)
            name = function_name(text[slice(*body)])
            starts.setdefault(name, set()).add(event.offset)
            if name not in bodies or "if_statement" not in blocks:
                bodies[name] = body
        blocks.append(event.block)
    texts = {name: text[slice(*body)] for name, body in bodies.items()}
    starting = {name for name, body in texts.items() if _STARTS.search(body)}
    mentioned = {name: {*_NAME.findall(body)} & bodies.keys() for name, body in texts.items()}
    before = -1
    while len(starting) != before:
        before = len(starting)
        starting |= {name for name, others in mentioned.items() if others & starting}
    called = {
        name
        for offset, name in names.items()
        if name in starting and not (bodies[name][0] <= offset < bodies[name][1])
    }
    handing = {name for name, body in texts.items() if _HANDS_ON.search(body)}
    for offset, name in names.items():
        given = _FIRST_WORD.match(text, offset + len(name)) if name in handing else None
        if given and given[1] in starting:
            called |= {name, given[1]}
    return {name: bodies[name] for name in called}, {at for name in called for at in starts[name]}


_HANDS_ON = re.compile(r"(?:^|[\n;{&|]|\bthen|\belse|\bdo)[ \t]*\"?\$[@*]")
"""A function runs the words that it is given."""
_FIRST_WORD = re.compile(r"[ \t]+[\"']?([\w-]+)")


def function_name(text: str) -> str:
    """The name in a definition: `name() {`, `function name {`."""
    head = text.removeprefix("function").lstrip()
    return head.split("(", 1)[0].split("{", 1)[0].strip()


_EXITS = re.compile(r"\bexit\b[^\n;}]*[\s;]*\}\s*\Z")
_EMPTY = re.compile(r"-z\s+\"?\$\{?(\w+)", re.ASCII)


def required_names(text: str, events: Sequence[Event]) -> set[str]:
    """The names without which the script ends, also by a function that ends it (`usage`)."""
    bodies = [
        text[event.offset : event.end]
        for event in events
        if (event.block, event.kind) == ("function_definition", "enter")
    ]
    ends = ["exit", *(re.escape(function_name(body)) for body in bodies if _EXITS.search(body))]
    ending = re.compile(
        r"\[(?P<test>[^\]\n]*-z[^\]\n]*)\](?:(?!\bfi\b)[^\0]){0,400}?"
        rf"(?<![\w-])(?:{'|'.join(ends)})(?![\w-])",
        re.ASCII,
    )
    return {name for match in ending.finditer(text) for name in _EMPTY.findall(match["test"])}
