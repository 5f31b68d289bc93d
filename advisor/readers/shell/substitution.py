"""What `$(...)` and `${X%...}` give, where reading alone tells it: paths, and parts of a text."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from advisor.jobs.word import Word
from advisor.readers.shell.command import Opaque, Segments
from advisor.readers.shell.raw_command import RawCommand
from advisor.readers.shell.scanner import ScanError

MOST_TEXT = 2000
"""Characters of a substitution that is looked into."""

_QUIET = r"(?:\s*(?:[12]?>\s*/dev/null|&>\s*/dev/null|2>&1))*"
_GO_AND_LOOK = re.compile(
    rf"(?:cd|pushd)\s+(?:-P\s+)?(?:--\s+)?(?P<to>\S.*?){_QUIET}\s*(?:&&|;)\s*pwd(?:\s+-[LP])?",
    re.DOTALL,
)
_CUT = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?P<sign>%%?|##?)(?P<pattern>[^{}]*)\}", re.ASCII)
_CHANGED = re.compile(
    r"\$\{(?P<name>[A-Za-z_]\w*)(?P<sign>//?)(?P<old>[\w.,:@ -]+)(?:/(?P<new>[\w.,:@ -]*))?\}",
    re.ASCII,
)
_CASED = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?P<sign>,,|\^\^)\}", re.ASCII)
_ARITHMETIC = re.compile(r"[\d\s()*/%+-]{1,80}", re.ASCII)
_NAME = re.compile(r"\$?\{?([A-Za-z_]\w*)\}?", re.ASCII)


class Reads(Protocol):
    """The questions that substitution asks the script's variables."""

    def words(self, segments: Segments) -> list[Word]: ...

    def literal(self, name: str) -> str | None: ...


def settled_opaque(part: Opaque, reads: Reads) -> str | None:
    """The text in its place; None where only a shell could tell."""
    if len(part.source) > MOST_TEXT:
        return None
    if part.kind == "command":
        return _command(part.source, reads)
    if part.kind == "arithmetic":
        return _calculated(part.source[3:-2], reads)
    return _parameter(part.source, reads) if part.kind == "variable" else None


def _command(source: str, reads: Reads) -> str | None:
    """`pwd`, `cd DIR && pwd`, and programs that only take a path apart."""
    inner = (source[2:-1] if source.startswith("$(") else source[1:-1]).strip()
    gone = _GO_AND_LOOK.fullmatch(inner)
    if gone is not None:
        to = _literals(f"cd {gone['to']}", reads)
        return from_here(to[1], reads) if to and len(to) == 2 else None
    words = _literals(inner, reads)
    if not words:
        return None
    name, arguments = words[0], [word for word in words[1:] if not word.startswith("-")]
    read = _PATHS.get(name)
    if name == "readlink" and not {"-f", "-e", "-m"} & set(words):
        return None
    return read(arguments, reads) if read else None


def _literals(text: str, reads: Reads) -> list[str] | None:
    """The words of a single command of which nothing is open."""
    command = RawCommand(text, 0)
    try:
        command.read()
        words = [word for raw in command.words for word in reads.words(raw.segments)]
    except ScanError:
        return None
    texts = [word.literal for word in words]
    whole = command.end >= len(text) and not command.assignments
    return [text for text in texts if text is not None] if whole and None not in texts else None


def from_here(path: str, reads: Reads) -> str | None:
    """An absolute path of one that is meant from the current folder."""
    here = reads.literal("PWD")
    if not path.startswith("/") and here is None:
        return None
    return posixpath.normpath(posixpath.join(here or "/", path))


def _here(arguments: Sequence[str], reads: Reads) -> str | None:
    return None if arguments else reads.literal("PWD")


def _whole_path(arguments: Sequence[str], reads: Reads) -> str | None:
    return from_here(arguments[0], reads) if len(arguments) == 1 else None


def _folder(arguments: Sequence[str], _: Reads) -> str | None:
    if len(arguments) != 1 or not arguments[0]:
        return None
    path = arguments[0].rstrip("/") or "/"
    return posixpath.dirname(path).rstrip("/") or ("/" if path.startswith("/") else ".")


def _last(arguments: Sequence[str], _: Reads) -> str | None:
    if not 1 <= len(arguments) <= 2:
        return None
    name = posixpath.basename(arguments[0].rstrip("/")) or "/"
    ending = arguments[1] if len(arguments) == 2 else ""
    return name.removesuffix(ending) if name != ending else name


_PATHS: dict[str, Callable[[Sequence[str], Reads], str | None]] = {
    "pwd": _here,
    "realpath": _whole_path,
    "readlink": _whole_path,
    "dirname": _folder,
    "basename": _last,
}


def _calculated(text: str, reads: Reads) -> str | None:
    """Whole numbers and the four operations."""

    def number(match: re.Match[str]) -> str:
        value = reads.literal(match[1]) or ""
        return value if re.fullmatch(r"0|[1-9]\d{0,8}", value) else "?"

    plain = _NAME.sub(number, text)
    if not _ARITHMETIC.fullmatch(plain) or "**" in plain or re.search(r"\b0\d", plain):
        return None
    try:
        return str(_result(ast.parse(plain.strip(), mode="eval").body))
    except (SyntaxError, ArithmeticError, ValueError):
        return None


def _result(node: ast.expr) -> int:
    """Division as bash does it: towards zero."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_result(node.operand)
    if not isinstance(node, ast.BinOp) or type(node.op) not in _OPERATIONS:
        raise ValueError
    return _OPERATIONS[type(node.op)](_result(node.left), _result(node.right))


def _divided(dividend: int, divisor: int) -> int:
    # A shell rounds towards zero, Python's // downwards.
    whole = abs(dividend) // abs(divisor)
    return whole if (dividend < 0) == (divisor < 0) else -whole


_OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: _divided,
    ast.Mod: lambda left, right: left - right * _divided(left, right),
}


def _parameter(source: str, reads: Reads) -> str | None:
    for form, change in ((_CUT, _cut), (_CHANGED, _changed), (_CASED, _cased)):
        match = form.fullmatch(source)
        value = reads.literal(match["name"]) if match else None
        if match and value is not None:
            return change(value, match)
    return None


def _cut(value: str, match: re.Match[str]) -> str | None:
    """`%` and `#` cut the shortest end or start that the pattern fits, twice the longest."""
    if set(match["pattern"]) & set("\"'\\$`~()|!+@"):
        return None
    lengths = range(len(value) + 1)
    tried = lengths if len(match["sign"]) == 1 else reversed(lengths)
    for length in tried:
        at_end = match["sign"][0] == "%"
        piece = value[len(value) - length :] if at_end else value[:length]
        if fnmatchcase(piece, match["pattern"].replace("[^", "[!")):
            return value[: len(value) - length] if at_end else value[length:]
    return value


def _changed(value: str, match: re.Match[str]) -> str:
    times = -1 if match["sign"] == "//" else 1
    return value.replace(match["old"], match["new"] or "", times)


def _cased(value: str, match: re.Match[str]) -> str:
    return value.lower() if match["sign"] == ",," else value.upper()
