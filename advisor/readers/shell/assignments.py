"""Which variables a command of bash changes, and what an assignment gives one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from advisor.jobs.word import Expansion, Word
from advisor.readers.shell.command import Text
from advisor.readers.shell.evaluation import Evaluator
from advisor.readers.shell.fields import MOST_WORDS
from advisor.readers.shell.raw_command import (
    DECLARATIONS,
    RawAssignment,
    RawCommand,
    RawWord,
    plain,
)
from advisor.readers.shell.structure import Event
from advisor.readers.shell.variables import POSITIONAL, OneOf, Value, Variables

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOP = re.compile(r"(?:for|select)[ \t]+([A-Za-z_][A-Za-z0-9_]*)")
_ARITHMETIC = re.compile(r"(?<![$(])\(\(([^()\n]{0,200})\)\)")
_HARMLESS = re.compile(r"(?:.*/)?(?:activate|conda\.sh|\.?bashrc|\.?(?:bash_)?profile)")
_LOCAL = frozenset({"local", "declare", "typeset"})


def assigned_names(command: RawCommand) -> list[str]:
    """The names that the command assigns in the shell that runs it."""
    if not command.words:
        return [assignment.name for assignment in command.assignments]
    name = command.name
    if name in DECLARATIONS:
        return [assignment.name for assignment in command.declared]
    reader = _ASSIGNING.get(name)
    return reader(arguments(command)) if reader else []


def moved_names(command: RawCommand) -> list[str]:
    """The variables that a change of the working directory sets."""
    return ["PWD"] if command.name in ("cd", "pushd", "popd") else []


def is_local(command: RawCommand) -> bool:
    """Whether what the command assigns in a function ends with it."""
    return command.name in _LOCAL and "-g" not in arguments(command)


def changes_anything(command: RawCommand) -> bool:
    """Whether it runs text that is not here: `source config.sh`, `eval`."""
    if command.name == "eval":
        return True
    if command.name not in ("source", ".") or len(command.words) < 2:
        return False
    last = command.words[1].segments[-1]
    return not (isinstance(last, Text) and _HARMLESS.fullmatch(last.text))


def assigned_where(
    text: str, events: Sequence[Event], commands: Mapping[int, RawCommand]
) -> list[tuple[int, str]]:
    """The offsets and names of all assignments, those of loops and of `((...))` too."""
    assignments = [
        (offset, name)
        for offset, command in commands.items()
        for name in (*assigned_names(command), *moved_names(command))
    ]
    loops = [
        (event.offset, form[1])
        for event in events
        if (event.block, event.kind) == ("for_statement", "enter")
        and (form := _LOOP.match(text, event.offset))
    ]
    counted = [
        (match.start(), name)
        for match in _ARITHMETIC.finditer(text)
        for name in _NAME.findall(match[1])
    ]
    return sorted([*assignments, *loops, *counted])


def arguments(command: RawCommand) -> list[str]:
    """The words after the name; one that is not plain text is empty."""
    return [plain(word.segments) for word in command.words[1:]]


def _after_options(words: list[str]) -> list[str]:
    return [word for word in words if _NAME.fullmatch(word)]


def _arguments_set(words: list[str]) -> list[str]:
    return [*POSITIONAL] if words[:1] == ["--"] else []


def _after_flag(words: list[str]) -> list[str]:
    return words[1:2] if words[:1] == ["-v"] else []


_ASSIGNING: dict[str, Callable[[list[str]], list[str]]] = {
    "read": _after_options,
    "mapfile": _after_options,
    "readarray": _after_options,
    "unset": _after_options,
    "getopts": lambda words: words[1:2],
    "let": lambda words: _NAME.findall(" ".join(words)),
    "printf": _after_flag,
    "set": _arguments_set,
}


class AssignedValues:
    """Works out values against the variables of one point of a script."""

    def __init__(self, text: str, variables: Variables, evaluator: Evaluator) -> None:
        self._text = text
        self._variables = variables
        self._evaluator = evaluator

    def value(self, assignment: RawAssignment) -> Value:
        """The value; None when it cannot be put in elsewhere, or is more than people write."""
        if assignment.indexed:
            return None
        made: Value
        if assignment.elements is None:
            made = self._evaluator.value(assignment.value)
        else:
            made = self._array(assignment.elements)
        # Options say by themselves what is open in them; without it all of them would be lost.
        options = isinstance(made, Word) and made.text.startswith("-")
        listed = options or assignment.elements is not None
        if made is None or not all(self._evaluator.is_movable(w, listed) for w in _words(made)):
            return None
        if self._variables.is_given(assignment.name) and not _is_plain(made):
            return None  # the user knows what its command gives
        whole = self._appended(assignment.name, made) if assignment.append else made
        if whole is None or len(_words(whole)) > MOST_WORDS:
            return None
        return whole

    def _array(self, elements: tuple[RawWord, ...]) -> Value:
        if any(self._text.startswith("[", element.start) for element in elements):
            return None
        made: list[Word] = []
        for element in elements:
            made += self._evaluator.words(element.segments)
            if len(made) > MOST_WORDS:
                return None
        return tuple(made)

    def _appended(self, name: str, made: Value) -> Value:
        if name not in self._variables:
            inherited = Expansion(source=f"${{{name}}}", kind="variable", name=name)
            return made if isinstance(made, tuple) else Word(parts=(inherited,)) + (made or Word())
        before = self._variables.value(name)
        several = self._variables.alternatives(name)
        if several and isinstance(made, Word):
            return OneOf(each + made for each in several)
        if before is None or made is None:
            return None
        if isinstance(made, Word) and isinstance(before, Word):
            return before + made
        if isinstance(made, Word):
            first = tuple(_words(before))
            return (*((first[0] + made,) if first else (made,)), *first[1:])
        return (*_words(before), *_words(made))


def _words(value: Word | tuple[Word, ...]) -> tuple[Word, ...]:
    return (value,) if isinstance(value, Word) else value


def _is_plain(value: Value) -> bool:
    """Whether no command has a part in the value."""
    return not any(
        part.kind == "command" for each in _words(value or ()) for part in each.expansions
    )
