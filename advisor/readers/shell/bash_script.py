"""The commands of bash text, each with what the script had assigned by then put in."""

from __future__ import annotations

import posixpath
from bisect import bisect, bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, Word, word
from advisor.readers.shell.assignments import (
    AssignedValues,
    arguments,
    assigned_names,
    assigned_where,
    changes_anything,
    is_local,
    moved_names,
)
from advisor.readers.shell.command import (
    Parameter,
    Positions,
    Problem,
    Script,
    ShellCommand,
    with_places,
)
from advisor.readers.shell.conditions import collects_arguments, is_argument_loop
from advisor.readers.shell.evaluation import Evaluator
from advisor.readers.shell.fields import TooManyWordsError
from advisor.readers.shell.raw_command import (
    DECLARATIONS,
    RawAssignment,
    RawCommand,
    loop_words,
    raw_commands,
)
from advisor.readers.shell.scanner import ScanError
from advisor.readers.shell.scopes import Scopes
from advisor.readers.shell.structure import (
    MOST_NESTED,
    Event,
    events,
    followed_functions,
    function_name,
    required_names,
)
from advisor.readers.shell.substitution import from_here
from advisor.readers.shell.variables import NOTHING, Known, Variables, elsewhere, path_from_script

MOST_CALLS = 200
"""Calls of functions that are followed."""

MOST_ROUNDS = 200
"""Words of all loops that are gone through one by one."""

_ONLY_ASSIGN = frozenset({"", "[", "[[", ":", "echo", "local", "mkdir", "set", "test"})
"""The commands of a loop that only puts words together; the first is an assignment alone."""

_SEVERAL = "in a case branch"
_START, _HOME = (
    Expansion(source=f"${name}", kind="variable", name=name) for name in ("PWD", "HOME")
)


def read_bash(
    text: str,
    positions: Positions,
    places: Mapping[str, Expansion] | None = None,
    known: Known = NOTHING,
) -> Script:
    """The commands of `text`; `places` are characters in it that stand for an expansion."""
    return _Reader(text, positions, places or {}, known).read()


class _Reader:
    def __init__(
        self,
        text: str,
        positions: Positions,
        places: Mapping[str, Expansion],
        known: Known,
        outer: Variables | None = None,
    ) -> None:
        self._text = text
        self._known = known
        self._unread: list[str] = []
        self._places = places
        self._positions = positions
        self._variables = outer or Variables(known)
        self._evaluator = Evaluator(self._variables, places, known)
        self._values = AssignedValues(text, self._variables, self._evaluator)
        self._commands: list[ShellCommand] = []
        self._problems: list[Problem] = []
        found = events(text)
        self._events = [event for event in found if event.kind != "deep"]
        for event in [event for event in found if event.kind == "deep"][:1]:
            what = f"nested more than {MOST_NESTED} levels deep, and not read"
            self._problem(what, event.offset, event.offset, "give the command by itself")
        self._offsets = [event.offset for event in self._events]
        self._raw, errors = raw_commands(text, self._events)
        for error, start in errors:
            self._problem(error.what, error.offset, start)
        self._required = required_names(text, self._events)
        self._functions, self._global = self._function_names()
        names = {offset: command.name for offset, command in self._raw.items()}
        self._bodies, self._apart = followed_functions(text, self._events, names)
        self._within: list[str] = []
        self._rounds = 0
        self._folders: dict[str, int] = {}
        self._calls: Counter[str] = Counter()
        self._inside: defaultdict[str, list[ShellCommand]] = defaultdict(list)
        assignments = assigned_where(text, self._events, self._raw)
        times = Counter(name for _, name in assignments)
        self._evaluator.once = frozenset(name for name, count in times.items() if count == 1)
        self._scopes = Scopes(self._variables, assignments, text, self._required)

    def read(self) -> Script:
        self._play(self._events)
        commands = tuple(sorted(self._commands, key=_order))
        return Script(
            commands=commands,
            problems=tuple(self._problems),
            defaults={**self._evaluator.defaults, **self._scopes.defaults},
            values={
                name: value
                for name in sorted(self._evaluator.once)
                if (value := self._evaluator.literal(name)) is not None
            },
            unread=tuple(dict.fromkeys(self._unread)),
        )

    def _play(self, events: Iterable[Event]) -> None:
        """Go through a part of the script; a body that its calls play is left out where it is
        defined."""
        done: set[int] = set()
        skipped, block = -1, ""
        for event in events:
            ends = (event.offset, event.block) == (skipped, block)
            if event.offset < skipped or (ends and event.kind == "leave"):
                continue
            function = event.block == "function_definition"
            loop = event.block == "for_statement"
            if (function and event.offset in self._apart) or (loop and self._play_rounds(event)):
                skipped, block = event.end, event.block
            elif event.kind == "enter":
                self._scopes.enter(event)
            elif event.kind == "leave":
                self._scopes.leave()
            elif event.offset not in done and (command := self._raw.get(event.offset)):
                done.add(event.offset)
                self._run(command)

    def _play_rounds(self, loop: Event) -> bool:
        """Go through a loop over known words once for each, where it does no more than assign;
        whether it is such a loop."""
        inner = bisect(self._offsets, loop.offset), bisect_left(self._offsets, loop.end)
        inside = self._events[slice(*inner)]
        names = {self._raw[event.offset].name for event in inside if event.offset in self._raw}
        head = loop_words(self._text, loop.offset) if names <= _ONLY_ASSIGN else None
        text = self._text[loop.offset : loop.end]
        collects = collects_arguments(text)
        if loop.kind != "enter" or head is None or is_argument_loop(text) is not collects:
            return False
        rounds = [made for each in head[1] for made in self._evaluator.words(each.segments)]
        open_ = not collects and any(made.literal is None for made in rounds)
        self._rounds += len(rounds)
        if open_ or self._rounds > MOST_ROUNDS:
            return False
        for made in rounds:
            self._variables.assign(head[0], made)
            self._play(inside)
        self._scopes.note(self._scopes.assigned_in(loop), loop.offset)
        return True

    def _call(self, made: ShellCommand, name: str) -> None:
        """What a function does with the words behind its name."""
        if name in self._within or sum(self._calls.values()) >= MOST_CALLS:
            self._variables.forget(self._global)
            return
        self._within.append(name)
        self._calls[name] += 1
        start, end = self._bodies[name]
        first = len(self._commands)
        earlier = {(command.place, command.words) for command in self._inside[name]}
        with self._variables.arguments_of(made.words[1:]):
            inner = bisect(self._offsets, start), bisect_left(self._offsets, end)
            self._play(self._events[slice(*inner)])
        given = self._commands[first:]
        self._inside[name] += given
        if self._calls[name] > 1:
            self._commands[first:] = [
                replace(command, place=made.place)
                for command in given
                if (command.place, command.words) not in earlier
            ]
        self._within.pop()

    def _problem(self, what: str, at: int, start: int, remedy: str = "close it") -> None:
        end = self._text.find("\n", max(at, start))
        source = self._text[start : len(self._text) if end < 0 else end]
        error = self._positions.error(what, at, remedy)
        self._problems.append(Problem(error=error, source=source))

    def _function_names(self) -> tuple[set[str], set[str]]:
        """The script's functions, and the variables that calling one of them may change."""
        names: set[str] = set()
        changed: set[str] = set()
        ends: list[int] = []
        for event in self._events:
            ends = [end for end in ends if end > event.offset]
            if event.block == "function_definition" and event.kind == "enter":
                ends.append(event.end)
                names.add(function_name(self._text[event.offset : event.end]))
            elif ends and (command := self._raw.get(event.offset)) and not is_local(command):
                changed.update(assigned_names(command))
        return names, changed

    def _run(self, command: RawCommand) -> None:
        """Note what the command changes and give it out when it is one to run."""
        try:
            self._apply(command)
        except (ScanError, TooManyWordsError):
            self._problem(
                "a word becomes too much once braces and variables are put in",
                command.start,
                command.start,
                "write it out",
            )

    def _apply(self, command: RawCommand) -> None:
        if not command.words:
            self._assign(command.assignments, command.start)
            return
        if command.name in DECLARATIONS:
            self._declare(command)
            return
        if command.name == "eval" and self._evaluate_each(command):
            return
        made = self._command(command)
        changed = assigned_names(command)
        self._variables.forget(changed)
        if made is not None:
            self._commands.append(made)
            self._follow(command.name, made.words[1:])
        self._scopes.note([*changed, *moved_names(command)], command.start)
        if changes_anything(command) and not (made and self._source_file(made)):
            self._variables.forget_all()
        called = made.words[0].literal if made else None  # `"$@"` may name a function too
        if made is not None and called in self._bodies:
            self._call(made, called or "")
        elif command.name in self._functions:
            self._variables.forget(self._global)

    def _gone_to(self) -> Word | None:
        """The folder that the script went to by then; None where it stayed."""
        if "PWD" not in self._variables or self._known.directory:
            return None
        value = self._variables.value("PWD")
        return value if isinstance(value, Word) else None

    def _source_file(self, made: ShellCommand) -> bool:
        """Take over what a file assigns that stands beside the script, or where a path from there
        leads to; whether there is such a file."""
        if made.words[0].text == "eval" or len(made.words) < 2:
            return False
        name = path_from_script(made.words[1], self._gone_to(), self._known)
        text = self._known.sourced(name) if self._known.sourced and "$" not in name else None
        if text is None:
            self._unread.append(name)
            return False
        known = self._known._replace(sourced=None)
        inner = _Reader(text, Positions(text, file=name), {}, known, self._variables).read()
        self._evaluator.defaults.update(inner.defaults)
        return True

    def _evaluate_each(self, command: RawCommand) -> bool:
        """Read what `eval` runs: in turn all that branches give the one variable it is given."""
        only = command.words[1].segments if len(command.words) == 2 else []
        name = only[0].name if len(only) == 1 and isinstance(only[0], Parameter) else ""
        several = self._variables.alternatives(name)
        for value in several:
            self._variables.assign(name, value)
            made = self._command(command)
            if made is None or not self._evaluate(replace(made, template=_SEVERAL)):
                return False
        if several:
            self._variables.may_be(name, several)
            return True
        made = self._command(command)
        return made is not None and self._evaluate(made)

    def _evaluate(self, made: ShellCommand) -> bool:
        """Read what `eval` runs; whether all of its programs are known."""
        text, places = with_places(part for each in made.words[1:] for part in (*each.parts, " "))
        inner = _Reader(text, Positions(text, file=""), places, self._known, self._variables)
        script = inner.read()
        if script.problems or any(command.words[0].literal is None for command in script.commands):
            return False
        for command in script.commands:
            positions = tuple(made.place for _ in command.words)
            template = made.template or command.template
            whole = replace(made, words=command.words, positions=positions, template=template)
            self._commands.append(replace(whole, assignments=command.assignments))
        self._evaluator.defaults |= script.defaults
        return True

    def _follow(self, name: str, words: Sequence[Word]) -> None:
        """What `cd`, `shift` and `set --` do to the folder and the arguments."""
        first = words[0].literal if words else None
        if name == "cd" and words and words[0].text in ("$PWD", "${PWD}"):
            return
        if name == "cd" and words:
            there = None if first == "-" else from_here(words[0], self._evaluator)
            if there is None and first not in (None, "-"):
                there = Word(parts=(_START, f"/{posixpath.normpath(first or '')}"))
            self._variables.assign("PWD", there or self._elsewhere(words[0].text))
        elif name in ("pushd", "popd"):
            self._variables.assign("PWD", self._elsewhere(" ".join(each.text for each in words)))
        elif name == "cd":
            self._variables.assign("PWD", Word(parts=(_HOME,)))
        elif name == "shift":
            self._variables.shift(int(first) if first and first.isdecimal() else 1)
        elif name == "set" and first == "--":
            self._variables.set_arguments(tuple(words[1:]))

    def _elsewhere(self, target: str) -> Word:
        """The folder that a `cd` goes to which only the shell knows."""
        return elsewhere(self._folders.setdefault(target, len(self._folders) + 1))

    def _assign(self, assignments: list[RawAssignment], offset: int) -> None:
        for assignment in assignments:
            value = self._values.value(assignment)
            if self._text[assignment.start : assignment.end] == f"{assignment.name}=$?":
                value = word("0")
            if value == Word() and assignment.name in self._required:
                value = None
                self._evaluator.defaults.pop(assignment.name, None)
            self._variables.assign(assignment.name, value)
            self._scopes.note([assignment.name], offset)

    def _declare(self, command: RawCommand) -> None:
        self._assign(command.declared, command.start)
        words = arguments(command)
        if command.name == "export" or any(word.startswith("-x") for word in words):
            for name in [*words, *(assignment.name for assignment in command.declared)]:
                self._variables.export(name)
        elif command.name == "local":
            self._variables.forget(word for word in words if not word.startswith("-"))

    def _source(self, command: RawCommand) -> str:
        """The command as it was written, what only make or a pipeline knows included."""
        text = self._text[command.start : command.end]
        if not self._places:
            return text
        parts = (self._places.get(character) for character in text)
        return "".join(
            place.source if place else character
            for place, character in zip(parts, text, strict=True)
        )

    def _command(self, command: RawCommand) -> ShellCommand | None:
        words: list[Word] = []
        places: list[Place] = []
        self._evaluator.program(command.words[0].segments)
        for raw in command.words:
            made = self._evaluator.words(raw.segments)
            words += made
            places += [self._positions.place(raw.start)] * len(made)
        if not words:
            return None
        return ShellCommand(
            words=tuple(words),
            positions=tuple(places),
            place=self._positions.place(command.start),
            source=self._source(command),
            end_line=self._positions.place(max(command.end - 1, command.start)).line,
            assignments=tuple(
                (assignment.name, self._evaluator.value(assignment.value))
                for assignment in command.assignments
            ),
            exported=dict(self._variables.exported()),
            directory=self._gone_to(),
            redirections=tuple(command.redirections),
            given=None if command.given is None else self._evaluator.value(command.given),
            terminator=command.terminator,
            template=self._scopes.template,
            repairs=tuple(command.repairs),
        )


def _order(command: ShellCommand) -> tuple[int, int]:
    return command.place.line, command.place.column
