"""The commands of a Python program."""

from __future__ import annotations

import ast
from typing import NamedTuple

from msgspec.structs import replace

from advisor.errors import InputError
from advisor.readers.python.program import Found, Program
from advisor.readers.shell.command import Positions, Script, ShellCommand, with_places
from advisor.readers.shell.commands import read_text
from advisor.readers.shell.variables import NOTHING, Known


class PythonScript(NamedTuple):
    """Commands that belong together, and the text of the script that they make up."""

    script: Script
    text: str = ""


def read_python(text: str, file: str, known: Known = NOTHING) -> list[PythonScript]:
    """The commands that the program runs, and the scripts that it writes, each by itself.

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
    return [_script(found, program) for found in ordered]


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
