"""The commands of a Python program."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.findings.finding import Place
from advisor.jobs.word import Word
from advisor.readers.python import containers
from advisor.readers.python.expressions import Expressions
from advisor.readers.python.follower import Instance, Kind, Routine, Scope
from advisor.readers.python.library import called
from advisor.readers.python.values import (
    MOST_WORDS,
    Arguments,
    Value,
    as_list,
    as_word,
    as_words,
    is_open,
    name_of,
    open_name,
    unknown,
)
from advisor.readers.shell.command import Positions, Script, ShellCommand, with_places
from advisor.readers.shell.commands import read_text
from advisor.readers.shell.variables import NOTHING, Known

_RUNS = re.compile(
    r"(?:\w*_)?(?:run|call|check_call|check_output|popen|getoutput|getstatusoutput|system|shell|sh"
    r"|exec|execute|exec[lv]p?e?|spawn[lv]p?e?|exec_command|exec_run|sudo|local|cmd|command)(?:_\w*)?"
    r"|create_subprocess_(?:exec|shell)|posix_spawnp?|BashOperator|SSHOperator",
    re.IGNORECASE,
)
"""Names of functions that run the command they are given."""
_SPELLED_OUT = frozenset({"create_subprocess_exec", "execl", "execlp", "spawnl", "spawnlp"})
"""Those that are given a command word by word."""
_COMMAND = ("args", "cmd", "command", "commands", "bash_command", "argv")
_BEGINS = re.compile(
    r"\s*(?:sudo\s+)?(?:nvidia-docker|docker|podman|srun|runai|apptainer|singularity|enroot)\s"
)
_BATCH = re.compile(r"\A\s*#!.*sh\b|^[ \t]*#(?:SBATCH|PBS)[ \t]+-", re.MULTILINE)


_OF_SCRIPT = re.compile(
    r"^[ \t]*(?:sudo[ \t]+)?"
    r"(?:(?:nvidia-docker|docker|podman)[ \t]+run|srun|runai|apptainer|singularity)[ \t]",
    re.MULTILINE,
)


class Found(NamedTuple):
    """A command in words, or a text that a shell reads; `told` is what of it is not carried over.
    `whole`: it is a script of its own, `aside`: it is of a way that is not taken as things stand.
    `taken` has what nobody gives, and the program does without."""

    words: tuple[Word, ...]
    text: Word | None
    place: Place
    end_line: int
    told: str = ""
    whole: bool = False
    aside: bool = False
    taken: tuple[str, ...] = ()


class Program(Expressions):
    """One file, gone through once."""

    def __init__(self, file: str, known: Known = NOTHING) -> None:
        super().__init__(file, known)
        self.found: list[Found] = []
        self._candidates: list[tuple[ast.AST, Value]] = []

    def follow(self, tree: ast.Module) -> None:
        """Go through the whole program: the module, then the functions that nothing called."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self.mentioned.add(name_of(node))
                if name_of(node) in ("add_argument", "option"):
                    self.note_option(node)
        self.run(tree.body, self.module)
        self.left(self.module)
        self.call_the_rest()
        ran = [[each.text for each in found.words] for found in self.found]
        texts = [found.text.text for found in self.found if found.text is not None]
        for node, value in self._candidates:
            words = [each.text for each in as_words(value)] if isinstance(value, list) else []
            begun = any(each[: len(words)] == words for each in ran) if words else False
            if not begun and not any(as_word(value).text in text for text in texts):
                self._note(node, value)
                ran.append(words)
        reached = {found.place for found in self.found if not found.aside}
        kept: dict[tuple[Place, bool], Found] = {}
        for found in self.found:
            if found.aside and found.place not in reached:
                kept.setdefault((found.place, found.whole), found)
        self.found = [
            found
            for found in self.found
            if not found.aside or kept.get((found.place, found.whole)) is found
        ]

    def left(self, scope: Scope) -> None:
        """Commands that are made here, and that somebody else may run."""
        for name, value in scope.names.items():
            if name not in scope.nodes or len(self._candidates) >= MOST_WORDS:
                continue
            if isinstance(value, list):
                begins = " ".join(each.text for each in as_words(value[:4])) + " "
            else:
                begins = value.text[:100] if isinstance(value, Word) else ""
            if _BEGINS.match(begins) and (isinstance(value, list) or " run " in begins):
                node = scope.nodes[name]
                self._candidates.append((node, value.copy() if isinstance(value, list) else value))

    def called(self, node: ast.Call, scope: Scope) -> Value:
        """What a call gives; the command that it runs is noted."""
        callee = _spoken(node.func)
        given = self._arguments(node, scope)
        own = self.value(node.func.value, scope) if isinstance(node.func, ast.Attribute) else None
        routine = scope.find(callee)
        if isinstance(own, (Instance, Kind)) and isinstance(node.func, ast.Attribute):
            routine = own.find(node.func.attr) if isinstance(own, Instance) else Scope
        if isinstance(routine, Kind):
            return self.make(routine, given)
        if isinstance(routine, Routine):
            if not self._command_of(name_of(node), given, node, only_texts=True):
                return self.call(routine, given, own if isinstance(own, Instance) else None)
            self._called.add(routine.node)
            return unknown(name_of(node))
        last = name_of(node)
        if containers.is_start(callee):
            made = containers.started(given)
            self._note(node, list(made.words), _left(made.left))
            return containers.Container(given.named.get("name"))
        if containers.is_build(callee):
            self._note(node, containers.built(given))
            return unknown("image")
        if isinstance(own, containers.Container) and last in ("exec_run", "execute"):
            self._note(node, containers.executed(own, given))
            return unknown("result")
        if last in containers.RECORDS:
            names = containers.RECORDS[last]
            return {**dict(zip(names, given.positional, strict=False)), **given.named}
        settings = last == "get" and isinstance(own, Word) and isinstance(given.get(0), Word)
        if settings or last == "getenv":
            own_value = settings and "environ" not in callee
            return self.stated(given.get(0), given.get(1, "default"), own=own_value)
        if last == "getattr" and isinstance(given.get(0), Instance):
            return given.get(0).find(as_word(given.get(1)).text)
        if last == "str":
            return self.spelled(given.get(0))
        if last == "getattr" and isinstance(given.get(1), Word):
            return self.stated(given.get(1), given.get(2), own=True)
        if last == "vars" or callee == "print":
            return unknown(last)
        self._command_of(last, given, node)
        for value in given.positional:
            self._note_script(node, value, written=last in ("write", "write_text"))
        value = called(last, given, own, self.file)
        return _named(callee, given) if is_open(value) and open_name(value) == "CALL" else value

    def _arguments(self, node: ast.Call, scope: Scope) -> Arguments:
        positional: list[Value] = []
        for each in node.args:
            if isinstance(each, ast.Starred):
                positional += as_list(self.value(each.value, scope), name_of(each))
            else:
                positional.append(self.value(each, scope))
        named: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                named[keyword.arg] = value
            elif isinstance(value, dict):
                named.update({key: each for key, each in value.items() if isinstance(key, str)})
        return Arguments(positional, named)

    def _command_of(
        self, name: str, given: Arguments, node: ast.AST, *, only_texts: bool = False
    ) -> bool:
        """Note the command that a function runs; whether there is one. Of the program's own
        functions (`only_texts`) those count whose whole command they are given."""
        if not _RUNS.fullmatch(name) and not name.endswith("Operator"):
            return False
        values = [*given.positional, *(given.named[key] for key in _COMMAND if key in given.named)]
        if name in _SPELLED_OUT:
            values = [values]
        lists = [value for value in values if isinstance(value, list)]
        texts = [value for value in values if isinstance(value, Word) and not is_open(value)]
        for value in (*lists, *texts):
            words = as_words(value) if isinstance(value, list) else (as_word(value),)
            shown = " ".join(each.text for each in words)
            if _BEGINS.search(f" {shown} ") and (not only_texts or _BEGINS.match(shown + " ")):
                self._note(node, value)
                return True
        return False

    def assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Put a value in its place; a text that is a script may be written to a file later."""
        self._note_script(target, value)
        super().assign(target, value, scope)

    def _note_script(self, node: ast.AST, value: Value, *, written: bool = False) -> None:
        """Note a text that is a script; one that is `written` to a file may begin anyhow."""
        if not isinstance(value, Word) or "\n" not in value.text:
            return
        if _BATCH.search(value.text) or (written and _OF_SCRIPT.search(value.text)):
            whole = self.settled(value, {})
            if not any(found.whole and found.text == whole for found in self.found):
                self._note(node, value, whole=True)

    def _note(self, node: ast.AST, value: Value, told: str = "", *, whole: bool = False) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        found = Found(
            words=as_words(value) if isinstance(value, list) else (),
            text=value if isinstance(value, Word) else None,
            place=Place(file=self.file, line=line, column=column + 1),
            end_line=getattr(node, "end_lineno", None) or line,
            told="; ".join(filter(None, (told, _REPEATED if self.repeated else ""))),
            whole=whole,
            aside=self.aside > 0,
            taken=tuple(self.not_given[-1]) if self.not_given else (),
        )
        if len(self.found) < MOST_WORDS and found not in self.found:
            self.found.append(found)


def _named(callee: str, given: Arguments) -> Word:
    """What a call gives that nobody knows, by the last names of its function and a text that it is
    given."""
    first = given.get(0)
    text = first.literal or "" if isinstance(first, Word) else ""
    return unknown("_".join([*callee.split(".")[-2:], *([text] if len(text) < 20 else [])]))


_REPEATED = "the program runs it in a loop: submit it for each of the values"


def _left(names: tuple[str, ...]) -> str:
    return f"what {', '.join(names)} says is not carried over" if names else ""


def _spoken(node: ast.expr) -> str:
    """`a.b.c` of a call's function; calls and items within as the names of what they give."""
    pieces: list[str] = []
    while isinstance(node, ast.Attribute):
        pieces.append(node.attr)
        node = node.value
    pieces.append(name_of(node))
    return ".".join(reversed(pieces))


class PythonScript(NamedTuple):
    """Commands that belong together, and the text of the script that they make up."""

    script: Script
    text: str = ""


def read_python(text: str, file: str, known: Known = NOTHING) -> list[PythonScript]:
    """The commands that the program runs, together, and the scripts that it writes, each by itself.

    Raises InputError for what is no Python 3, with its place.
    """
    try:
        tree = ast.parse(text)
        program = Program(file, known)
        program.follow(tree)
    except SyntaxError as error:
        where = f"{file}:{error.lineno or 1}:{error.offset or 1}"
        raise InputError(f"not Python 3: {error.msg}", where=where) from None
    except (RecursionError, MemoryError, ValueError):
        raise InputError("too deep to be followed", where=file) from None
    ordered = sorted(program.found, key=lambda found: (found.place.line, found.place.column))
    made = [_script(found, program) for found in ordered]
    own = _together([script for script, text in made if not text])
    return [
        *([PythonScript(own)] if own.commands or own.problems else ()),
        *filter(_is_whole, made),
    ]


def _is_whole(made: PythonScript) -> bool:
    return made.text != ""


def _together(scripts: Sequence[Script]) -> Script:
    """One script of them all: what one command builds or starts, another uses."""
    return Script(
        commands=tuple(command for script in scripts for command in script.commands),
        problems=tuple(problem for script in scripts for problem in script.problems),
        defaults={name: text for script in scripts for name, text in script.defaults.items()},
        unread=tuple(dict.fromkeys(name for script in scripts for name in script.unread)),
    )


def _script(found: Found, program: Program) -> PythonScript:
    taken = dict.fromkeys(found.taken, "")
    told = (found.told,) if found.told else ()
    if found.text is None:
        words = tuple(program.settled(given, taken) for given in found.words)
        command = ShellCommand(
            words=words,
            positions=tuple(found.place for _ in words),
            place=found.place,
            source=" ".join(given.text for given in words),
            end_line=found.end_line,
            repairs=told,
        )
        return PythonScript(Script(commands=(command,), defaults=taken))
    whole = program.settled(found.text, taken)
    text, places = with_places(whole.parts)
    positions = Positions(text, file=found.place.file, line=found.place.line)
    script = read_text(text, positions, "bash", places, program.known)
    commands = tuple(
        replace(
            command,
            place=found.place,
            positions=tuple(found.place for _ in command.words),
            end_line=found.end_line,
            repairs=(*command.repairs, *told),
        )
        for command in script.commands
    )
    defaults = {**script.defaults, **taken}
    script = replace(script, commands=commands, defaults=defaults)
    return PythonScript(script, whole.text if found.whole else "")
