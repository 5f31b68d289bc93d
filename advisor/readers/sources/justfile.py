"""Recipes of a justfile as a script."""

from __future__ import annotations

import re

from msgspec.structs import replace

from advisor.readers.shell.command import Script
from advisor.readers.shell.commands import read_script
from advisor.readers.shell.known import NOTHING, Known

_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*?)\s*$", re.ASCII)
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_DEFAULT = re.compile(
    r"(?:env(?:_var_or_default)?\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*)?"
    r"(?P<text>'[^']*'|\"[^\"]*\")(?(name)\s*\))"
)
"""A text, or what the environment may say in its place."""
_FOLDERS = frozenset({"justfile_directory()", "invocation_directory()"})
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_MARKS = re.compile(r"^(\s+)[@-]+")


def read_justfile(text: str, file: str, known: Known = NOTHING) -> Script:
    """The lines of all recipes, each in its own place."""
    values: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for line in text.split("\n"):
        match = _ASSIGNMENT.match(line)
        stated = _DEFAULT.fullmatch(match[2]) if match else None
        if match and stated:
            values[match[1]] = known.values.get(stated["name"] or "", stated["text"][1:-1])
            if stated["name"]:
                defaults[stated["name"]] = values[match[1]]

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name in values:
            return values[name]
        if _NAME.fullmatch(name):
            return "${" + name.replace("-", "_") + "}"
        return "$PWD" if name in _FOLDERS else f"$({name})"

    body = [
        _PLACE.sub(filled, _MARKS.sub(r"\1", line)) if line[:1] in (" ", "\t") else ""
        for line in text.split("\n")
    ]
    script = read_script("\n".join(body), file=file, dialect="bash", known=known)
    return replace(script, defaults={**script.defaults, **defaults})
