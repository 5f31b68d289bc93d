"""What is known of a value of a Python program: texts are words, with what is open in them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.shell.command import with_places

Value = Any
"""A Word for a text, an open one for what is not known; numbers, lists, maps as they are."""

MOST_WORDS = 500
MOST_TEXT = 20_000
"""A list or a text of more is not followed: it is one that grows at each step."""


class Arguments(NamedTuple):
    """What a call is given, evaluated."""

    positional: list[Value]
    named: dict[str, Value]

    def get(self, number: int, *names: str) -> Value:
        """The argument at a position or of one of the names; None without it."""
        if number < len(self.positional):
            return self.positional[number]
        return next((self.named[name] for name in names if name in self.named), None)


def unknown(name: str, *, several: bool = False, own: bool = True) -> Word:
    """A value that only a run tells, by a name that a shell can have for it; `several`: a
    list. It is the program's `own` but for variables of the environment."""
    spelled = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").upper() or "VALUE"
    spelled = f"VALUE_{spelled}" if spelled[0].isdigit() and not spelled.isdecimal() else spelled
    expansion = Expansion(
        source=f"${spelled}", kind="variable", name=spelled, quoted=not several, own=own
    )
    return Word(parts=(expansion,))


def name_of(node: ast.AST) -> str:
    """What to call the value of an expression that is not known."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, (ast.Subscript, ast.Starred, ast.Await)):
        return name_of(node.value)
    return str(getattr(node, "id", "") or getattr(node, "attr", "") or "value")


def as_word(value: Value, name: str = "value") -> Word:
    """The value as `str` makes a text of it."""
    if isinstance(value, Word):
        return value if len(value.text) <= MOST_TEXT else unknown(name)
    if value is None or isinstance(value, (bool, int, float, str)):
        return word(str(value))
    return unknown(name)


def as_words(values: Iterable[Value]) -> tuple[Word, ...]:
    """The values of a list as the words of a command."""
    return tuple(as_word(value) for value in values)


def as_key(value: Value) -> str | Word:
    """The value as a key of a map: plain text where it is known."""
    text = as_word(value)
    return text if text.literal is None else text.literal


def is_open(value: Value) -> bool:
    """Whether nothing is known of a value."""
    return isinstance(value, Word) and len(value.parts) == 1 and value.literal is None


def open_name(value: Word) -> str:
    """By which name somebody gives a value that is not known."""
    first = value.parts[0] if value.parts else ""
    return "" if isinstance(first, str) else first.name


def as_list(value: Value, name: str) -> list[Value]:
    """The elements of a value; of one that is not known any number, as one open word."""
    if isinstance(value, list):
        return value[:MOST_WORDS]
    if isinstance(value, dict):
        return list(map(as_word, value))
    if isinstance(value, Word) and value.literal is not None:
        return [value]
    return [unknown(open_name(value) if is_open(value) else name, several=True)]


def copied(value: Value) -> Value:
    """A list or map that later changes leave alone."""
    return value.copy() if isinstance(value, (list, dict)) else value


def merged(name: str, value: Value, other: Value) -> Value:
    """What a name holds where only a run tells which of two ways was taken: what both have, and
    what one of them adds."""
    if value == other:
        return value
    if isinstance(value, list) and isinstance(other, list):
        short, long = sorted((value, other), key=len)
        same = next(
            (at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
        )
        return long if same == len(short) else [*short[:same], unknown(name, several=True)]
    if isinstance(value, Word) and isinstance(other, Word) and not (value.parts and other.parts):
        longer = value if value.parts else other
        return longer if longer.text.lstrip().startswith("-") else unknown(name, several=True)
    return unknown(name)


def with_blanks(words: Sequence[Word], between: Word) -> Word:
    """The texts joined as by `between.join(...)`."""
    parts: list[str | Expansion] = []
    for number, each in enumerate(words):
        parts += [*(between.parts if number else ()), *each.parts]
    return joined(parts)


def split(text: Word) -> list[Value]:
    """The words of a text as `shlex.split` gives them, which no shell reads."""
    written, places = with_places(text.parts)
    try:
        pieces = shlex.split(written)
    except ValueError:
        pieces = written.split()
    return [restored(piece, places) for piece in pieces]


def restored(text: str, places: Mapping[str, Expansion]) -> Word:
    """A piece of a text that `with_places` made, as a word again."""
    return joined(places.get(character, character) for character in text) if places else word(text)


def quoted(value: Word) -> Word:
    """The text as one word for a shell, as `shlex.quote` makes it."""
    if value.literal is not None:
        return word(shlex.quote(value.literal))
    return joined(
        replace(part, quoted=True) if isinstance(part, Expansion) else part for part in value.parts
    )


def formatted(text: Word, arguments: Arguments) -> Word:
    """`text.format(...)` for fields without a way of writing."""
    template = text.literal
    if template is None:
        return text
    parts: list[str | Expansion] = []
    end = number = 0
    for match in _FIELD.finditer(template):
        parts.append(template[end : match.start()].replace("}}", "}"))
        end = match.end()
        if match["brace"]:
            parts.append("{")
            continue
        name = match["name"]
        at = int(name) if name.isdecimal() and len(name) < 4 else number
        number += not name
        given = arguments.named.get(name)
        if given is None and (not name or name.isdecimal()):
            given = arguments.get(at)
        parts += as_word(unknown(name) if given is None else given).parts
    return joined([*parts, template[end:].replace("}}", "}")])


_FIELD = re.compile(r"(?P<brace>\{\{)|\{(?P<name>\w*)(?:[.\[][^{}]*)?(?:![rsa])?(?::[^{}]*)?\}")


def filled(text: Word, given: Value) -> Word:
    """`text % given`."""
    template = text.literal
    if template is None:
        return text
    values = given if isinstance(given, list) else [given]
    parts: list[str | Expansion] = []
    end = number = 0
    for match in _PERCENT.finditer(template):
        parts.append(template[end : match.start()])
        end = match.end()
        if match[0] == "%%":
            parts.append("%")
            continue
        name = match["name"]
        named = given.get(name) if name and isinstance(given, dict) else None
        value = named if name else values[number] if number < len(values) else None
        parts += as_word(unknown(name or "value") if value is None else value).parts
        number += not name
    return joined([*parts, template[end:]])


_PERCENT = re.compile(r"%%|%(?:\((?P<name>\w+)\))?[-0-9.]*[sdrifg]")


def path_of(pieces: Sequence[Word]) -> Word:
    """The pieces as one path; one that begins at the root goes before all in front of it."""
    whole: tuple[str | Expansion, ...] = ()
    for piece in pieces:
        first = piece.parts[0] if piece.parts else ""
        if isinstance(first, str) and first.startswith("/"):
            whole = piece.parts
        elif piece.parts:
            ends = bool(whole) and isinstance(whole[-1], str) and whole[-1].endswith("/")
            whole = (*whole, *(["/"] if whole and not ends else []), *piece.parts)
    return joined(whole)


_EXITS = frozenset({"exit", "_exit", "abort", "quit"})


def leaves(node: ast.expr) -> bool:
    """Whether an expression ends the program."""
    if not isinstance(node, ast.Call):
        return False
    holder = name_of(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    return name_of(node) in _EXITS or (name_of(node) == "error" and "parser" in holder)


def changed(body: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that statements assign, or whose lists they change."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, (ast.Attribute, ast.Subscript)):
                yield from [node.value.id] if isinstance(node.value, ast.Name) else []
