"""Terminal sessions: the lines somebody typed, without the prompts and the output."""

from __future__ import annotations

import re
from collections.abc import Sequence

_DOLLAR = re.compile(
    r"[ \t]*(?:\([\w.-]+\)[ \t]*)?"
    r"(?:\[?[\w.-]+@[\w.-]+[^$#%\n]{0,80}[$#%]|\$|%|❯|➜[ \t]+\S+)[ \t]+(?=\S)"
)
_WINDOWS = re.compile(r"[ \t]*(?:PS[ \t]+)?[A-Za-z]:\\[^>\n]{0,200}>[ \t]*(?=\S)|[ \t]*PS>[ \t]*")
_ROOT = re.compile(
    r"[ \t]*#[ \t]+(?=(?:sudo[ \t]+)?(?:nvidia-)?(?:docker|podman|nerdctl|runai)[ \t])"
)
_SECOND = re.compile(r"[ \t]*>[ \t]+")
_CONTINUED = re.compile(r"(?:\\|[ \t]\^|[ \t]`)[ \t]*$")


def without_prompts(lines: Sequence[str], *, comments: bool = False) -> list[str]:
    """The lines with prompts made blank, and with the output once there is a prompt.

    `comments`: a `#` is no prompt.
    """
    prompts = [_prompt(line, comments) for line in lines]
    if not any(prompts):
        return list(lines)
    typed: list[str] = []
    continued = False
    for line, prompt in zip(lines, prompts, strict=True):
        mark = prompt or (_SECOND.match(line) if continued else None)
        if prompt or continued:
            end = mark.end() if mark else 0
            typed.append(" " * end + line[end:])
            continued = _CONTINUED.search(line) is not None
        else:
            typed.append("")
    return typed


def _prompt(line: str, comments: bool) -> re.Match[str] | None:
    root = None if comments else _ROOT.match(line)
    return _DOLLAR.match(line) or _WINDOWS.match(line) or root
