"""Which shell a text was written for."""

from __future__ import annotations

import re

from advisor.readers.shell.command import Dialect

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
