"""Words as a manifest holds them: no shell fills anything in, but Kubernetes does."""

from __future__ import annotations

import re
from typing import NamedTuple

from advisor.jobs.translation import Situation
from advisor.jobs.word import Expansion, Word, setting_name

PLACEHOLDER = "SET_ME_"
_DOLLARS = re.compile(r"\$\$+|\$(?=\()")
_DIRECTORIES = frozenset({"PWD", "CD", "CURDIR"})


class FilledWord(NamedTuple):
    """The text with a placeholder for each expansion that is not known, and how to settle each."""

    text: str
    open: tuple[str, ...] = ()


def fill(word: Word, situation: Situation, *, expanded: bool = False) -> FilledWord:
    """`expanded`: Kubernetes expands `$(NAME)` where the text goes, so its own dollars are
    doubled."""
    pieces: list[str] = []
    open_: list[str] = []
    for part in word.parts:
        if isinstance(part, str):
            pieces.append(escape(part) if expanded else part)
        elif part.kind == "cluster":
            pieces.append(part.source)
        else:
            name = setting_name(part)
            value = situation.values.get(name)
            if value is None:
                open_.append(_how(name, part))
                pieces.append(PLACEHOLDER + _shown(name))
            else:
                pieces.append(escape(value) if expanded else value)
    return FilledWord("".join(pieces), tuple(dict.fromkeys(open_)))


def escape(text: str) -> str:
    """Text that Kubernetes gives back as it is: `$(` and `$$` would not be."""
    return _DOLLARS.sub(lambda match: match[0] * 2, text) if "$" in text else text


def _shown(name: str) -> str:
    return {"@": "ARGUMENTS", "*": "ARGUMENTS"}.get(name, name)


def _how(name: str, expansion: Expansion) -> str:
    if expansion.withheld:
        return (
            f"the value of {name} is a secret and is not repeated: put it in place of"
            f" {PLACEHOLDER}{_shown(name)} where it is applied, never in a file that is kept"
        )
    if expansion.asked:
        return (
            f"give --set {name}=VALUE, {expansion.asked}, or put it in place of {PLACEHOLDER}{name}"
        )
    if name in ("@", "*"):
        way = "its words by --set 1=VALUE, --set 2=VALUE and so on"
    elif name in _DIRECTORIES or expansion.source.strip("$()`").strip() == "pwd":
        way = f"--cwd DIRECTORY or --set {name}=VALUE"
    else:
        way = f"--set {name}=VALUE"
    return (
        f"{expansion.source} is only known to a shell, and a manifest has none: give {way}, or"
        f" put the value in place of {PLACEHOLDER}{_shown(name)}"
    )
