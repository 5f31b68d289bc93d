"""Jupyter notebooks, and the cells that a page shows: Python with `!commands` in it, scripts of a
shell, text, and files that a cell writes. Each part has the lines of the file it is of."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.readers.file_kinds import kind_by_name
from advisor.readers.result import Kind

_MAGIC = re.compile(r"[ \t]*%%(?P<name>!|\w+)(?P<rest>[^\n]*)")
_SHELLS = frozenset({"!", "bash", "sh", "sx", "system"})
_AROUND_PYTHON = frozenset({"capture", "prun", "python", "python3", "time", "timeit"})
_LINE_MAGIC = re.compile(r"(?P<indent>[ \t]*)(?:%(?P<name>\w+)(?P<rest>.*)|[^\n#'\"]*\?{1,2})\s*")
_SHELL_LINE = re.compile(r"(?P<indent>[ \t]*)(?:[\w, ]+=[ \t]*)?!{1,2}(?P<command>[^=\n].*)")
_TYPED = re.compile(
    r"[ \t]*!{1,2}[ \t]*(?:sudo[ \t]+)?"
    r"(?:nvidia-docker|docker|podman|runai|srun|apptainer|singularity)\b"
)
_FILLED = re.compile(
    r"(?<!\$)\{(?P<value>[A-Za-z_][\w.]*(?:\[[^\[\]{}]*\])*)\}|\$(?P<name>[A-Za-z_]\w*)"
)
_ASSIGNED = re.compile(r"^[ \t]*(?:for[ \t]+)?(\w+)[ \t]*(?:=(?!=)|in\b)", re.MULTILINE)
_FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>[\w-]*)[^\n]*\n"
    r"(?P<body>.*?)^[ \t]*(?P=fence)",
    re.MULTILINE | re.DOTALL,
)
_PYTHON = frozenset({"python", "python3", "py", "ipython", "ipython3", "jupyter"})


class Part(NamedTuple):
    """A text behind as many empty lines as stand before it, for the reader of that kind."""

    kind: Kind
    text: str


def notebook_parts(text: str, file: str) -> Iterator[Part]:
    """What a notebook holds. Its cells of Python are one program, its cells of text one page.

    Raises InputError for what is no notebook.
    """
    try:
        book = json.loads(text)
        cells = [(cell["cell_type"], _source(cell)) for cell in book["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError("is no notebook of Jupyter", where=file) from None
    starts = _starts(text, cells)
    if starts is None:  # cells that do not have a line of the file for each of their own
        written = {"cells": [{"source": _written(lines)} for _, lines in cells]}
        starts = _starts(json.dumps(written, indent=1), cells) or []
    program: list[tuple[int, list[str]]] = []
    page: list[tuple[int, list[str]]] = []
    for (kind, lines), start in zip(cells, starts, strict=False):
        magic = _MAGIC.match(lines[0]) if kind == "code" and lines else None
        if kind == "markdown":
            page.append((start, lines))
        elif kind == "code" and (magic is None or magic["name"] in _AROUND_PYTHON):
            program.append((start, ["", *lines[1:]] if magic else lines))
        elif magic is not None and (own := _kind(magic)):
            yield Part(own, "\n" * (start + 1) + "\n".join(lines[1:]))
    yield Part("python", _program(program))
    yield Part("markdown", _laid_out(page))


def shown_cells(page: str) -> str:
    """The Python of a page, its `!commands` among it; empty where it shows none that runs a job."""
    cells: list[tuple[int, list[str]]] = []
    for match in _FENCE.finditer(page):
        start, lines = page.count("\n", 0, match.start("body")), match["body"].split("\n")
        if match["language"].lower() in _PYTHON:
            cells.append((start, lines))
        elif any(map(_TYPED.match, lines)):
            cells.append((start, _commands_only(lines)))
    return _program(cells)


def _source(cell: dict[str, Any]) -> list[str]:
    source = cell["source"]
    return ("".join(source) if isinstance(source, list) else source).split("\n")


def _starts(text: str, cells: Sequence[tuple[str, list[str]]]) -> list[int] | None:
    """The number of the line in the file, from 0, that each cell begins on; None where they are
    written in another way than a line of the file for each of the cell's."""
    rows = [_decoded(row.strip().rstrip(",")) for row in text.split("\n")]
    starts: list[int] = []
    at = 0
    for _, lines in cells:
        wanted = _written(lines)
        while rows[at : at + len(wanted)] != wanted:
            at += 1
            if at > len(rows):
                return None
        starts.append(at)
        at += len(wanted)
    return starts


def _written(lines: Sequence[str]) -> list[str]:
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _decoded(row: str) -> str | None:
    try:
        value = json.loads(row) if row.startswith('"') else None
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _kind(magic: re.Match[str]) -> Kind | None:
    """What a cell is that is no Python: a script, or a file that it writes."""
    words = magic["rest"].split()
    if magic["name"] in _SHELLS or (magic["name"] == "script" and words[:1] in (["bash"], ["sh"])):
        return "shell"
    return kind_by_name(words[-1])[1] if magic["name"] in ("file", "writefile") and words else None


def _laid_out(cells: Iterable[tuple[int, list[str]]]) -> str:
    laid: list[str] = []
    for start, lines in cells:
        laid += [*[""] * (start - len(laid)), *lines]
    return "\n".join(laid)


def _program(cells: Sequence[tuple[int, list[str]]]) -> str:
    names = frozenset(_ASSIGNED.findall("\n".join(line for _, lines in cells for line in lines)))
    return _laid_out((start, _python(lines, names)) for start, lines in cells)


def _python(lines: list[str], names: frozenset[str]) -> list[str]:
    """A cell as plain Python of as many lines; of one that is none its commands alone."""
    made = _plain(lines, names)
    try:
        ast.parse("\n".join(made))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _plain(_commands_only(lines), names)
    return made


def _commands_only(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    continued = False
    for line in lines:
        continued = continued or _SHELL_LINE.fullmatch(line) is not None
        kept.append(line.lstrip() if continued else "")
        continued = continued and line.rstrip().endswith("\\")
    return kept


def _plain(lines: Sequence[str], names: frozenset[str]) -> list[str]:
    made: list[str] = []
    for number, line in enumerate(lines):
        if len(made) > number:  # it continues the command in front
            continue
        if shell := _SHELL_LINE.fullmatch(line):
            end = number
            while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
                end += 1
            written = [shell["command"], *lines[number + 1 : end + 1]]
            command = " ".join(each.rstrip().rstrip("\\").strip() for each in written)
            made += [f"{shell['indent']}{_call(command, names)}", *[""] * (end - number)]
        elif magic := _LINE_MAGIC.fullmatch(line):
            pair = re.split(r"[= ]", (magic["rest"] or "").strip(), maxsplit=1)
            sets = magic["name"] in ("env", "set_env") and len(pair) == 2
            set_one = f"os.environ[{pair[0]!r}] = {pair[-1].strip()!r}"
            made.append(magic["indent"] + (set_one if sets else "pass"))
        else:
            made.append(line)
    return made


def _call(command: str, names: frozenset[str]) -> str:
    """The call that runs it, with `{value}` and `$name` of the notebook put in."""
    pieces: list[str] = []
    at = 0
    for match in _FILLED.finditer(command):
        if match["name"] is None or match["name"] in names:
            pieces += [repr(command[at : match.start()]), f"str({match['value'] or match['name']})"]
            at = match.end()
    return f"get_ipython().system({' + '.join([*pieces, repr(command[at:])])})"
