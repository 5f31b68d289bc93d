"""Shell text -> commands: which of the three dialects it is, and the reader of that one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from advisor.jobs.word import Expansion
from advisor.readers.shell.command import Dialect, Positions, Script, ShellCommand
from advisor.readers.shell.variables import NOTHING, Known


def shell_commands(
    text: str, *, file: str, line: int = 1, column: int = 1
) -> tuple[ShellCommand, ...]:
    """The commands of `text`, which starts at that line and column of `file`.

    InputError for the first one that cannot be read.
    """
    script = read_script(text, file=file, line=line, column=column)
    for problem in script.problems:
        raise problem.error
    return script.commands


def read_script(
    text: str,
    *,
    file: str,
    line: int = 1,
    column: int = 1,
    dialect: Dialect | None = None,
    known: Known = NOTHING,
) -> Script:
    """The commands of a script, and what could not be read; without `dialect` it is found out."""
    text = text.replace("\r\n", "\n")
    positions = Positions(text, file=file, line=line, column=column)
    return read_text(text, positions, dialect, known=known)


def read_text(
    text: str,
    positions: Positions,
    dialect: Dialect | None = None,
    places: Mapping[str, Expansion] | None = None,
    known: Known = NOTHING,
) -> Script:
    """The commands of a text whose positions are known; `places` as in `read_bash`."""
    return _READERS[dialect or dialect_of(text)](text, positions, places or {}, known)


_Places = Mapping[str, Expansion]


def _read_bash(text: str, positions: Positions, places: _Places, known: Known) -> Script:
    from advisor.readers.shell.bash_script import read_bash

    return read_bash(text, positions, places, known)


def _read_cmd(text: str, positions: Positions, _: _Places, known: Known) -> Script:
    from advisor.readers.shell.windows import read_cmd

    return read_cmd(text, positions, known)


def _read_powershell(text: str, positions: Positions, _: _Places, known: Known) -> Script:
    from advisor.readers.shell.powershell import read_powershell

    return read_powershell(text, positions, known)


_READERS: dict[Dialect, Callable[[str, Positions, _Places, Known], Script]] = {
    "bash": _read_bash,
    "cmd": _read_cmd,
    "powershell": _read_powershell,
}


FENCES: dict[str, Dialect] = {
    "bat": "cmd",
    "batch": "cmd",
    "cmd": "cmd",
    "dos": "cmd",
    "powershell": "powershell",
    "ps": "powershell",
    "ps1": "powershell",
    "pwsh": "powershell",
}

_BASH = re.compile(r"\\[ \t]*$|\$\(pwd\)|`pwd`|^#!.*sh", re.MULTILINE)
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_CONTINUATIONS: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    ("powershell", re.compile(r"(?<=[ \t])`[ \t]*\n(?=[ \t]*\S)")),
    ("cmd", re.compile(r"(?<=[ \t])\^[ \t]*\n(?=[ \t]*\S)")),
)
_SIGNS: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    ("powershell", re.compile(r"\$env:\w|\$\{env:\w", re.IGNORECASE)),
    (
        "cmd",
        re.compile(
            r"%(?:cd|userprofile|homepath|homedrive|username|appdata|localappdata|temp|tmp)%"
            r"|%~dp0",
            re.IGNORECASE,
        ),
    ),
    ("cmd", re.compile(r"""(?:(?<=[ \t=,])|(?<=^))["']?[A-Za-z]:\\[\w.]""", re.MULTILINE)),
)


def dialect_of(text: str) -> Dialect:
    """bash unless the text has the continuation lines, variables or paths of another shell."""
    if _BASH.search(text):
        return "bash"
    bare = _QUOTED.sub('""', text) if "\n" in text else ""
    looks = (*((bare, *sign) for sign in _CONTINUATIONS), *((text, *sign) for sign in _SIGNS))
    return next((dialect for where, dialect, sign in looks if sign.search(where)), "bash")


def dialect_of_script(text: str) -> Dialect:
    """bash for a file that is called so, unless its lines are continued as PowerShell's are."""
    ticks = _CONTINUATIONS[0][1]
    return "powershell" if ticks.search(_QUOTED.sub('""', text)) else "bash"
