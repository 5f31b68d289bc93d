"""Where a key stands in a TOML file; the standard parser keeps no positions."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*\[+\s*(?P<name>[^\[\]]+?)\s*\]+\s*(?:#.*)?$")
_ENTRY = re.compile(r"""^(?P<indent>\s*)(?P<name>(?:[\w.\s-]|"[^"]*"|'[^']*')+?)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.\s"']+))\s*(?:\.|$)""")


def locate(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Line and column of the key at `path`, or of the nearest table around it; else 1, 1.

    Keys inside inline tables are given the place of the line that holds them.
    """
    best, depth = (1, 1), 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = found = _parts(header["name"])
            column = header.start("name") + 1
        elif entry := _ENTRY.match(line):
            found = (*table, *_parts(entry["name"]))
            column = entry.start("name") + 1
        else:
            continue
        if len(found) > depth and path[: len(found)] == found:
            best, depth = (number, column), len(found)
    return best


def _parts(name: str) -> tuple[str, ...]:
    return tuple(next(filter(None, match.groups()), "") for match in _PART.finditer(name))
