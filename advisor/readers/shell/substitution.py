"""What `$(...)` and `${X%...}` give, where reading alone tells it: paths, and parts of a text.

The front of a path may be left to the shell: the folder of `$HOME/models/x` is `$HOME/models`.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.shell.command import Opaque, Segments
from advisor.readers.shell.raw_command import RawCommand
from advisor.readers.shell.scanner import ScanError
from advisor.readers.shell.variables import SCRIPT_FOLDER

MOST_TEXT = 2000
"""Characters of a substitution that is looked into."""

_QUIET = r"(?:\s*(?:[12]?>\s*/dev/null|&>\s*/dev/null|2>&1))*"
_GO_AND_LOOK = re.compile(
    rf"(?:cd|pushd)\s+(?:-P\s+)?(?:--\s+)?(?P<to>\S.*?){_QUIET}\s*(?:&&|;)\s*pwd(?:\s+-[LP])?",
    re.DOTALL,
)
_CUT = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*|0)(?P<sign>%%?|##?)(?P<pattern>[^{}]*)\}", re.ASCII)
_FOLDER_OF = re.compile(r"\$\{([A-Za-z_]\w*|0)(?:\[0\])?%/\*\}", re.ASCII)
_PIECE = r"(?:\\[^\w\s]|[\w.,:@ -])"
_CHANGED = re.compile(
    rf"\$\{{(?P<name>[A-Za-z_]\w*)(?P<sign>//?)(?P<old>(?:{_PIECE}|\[(?:\\.|[^\]\[\\/$`])+\])+)"
    rf"(?:/(?P<new>{_PIECE}*))?\}}",
    re.ASCII,
)
_CASED = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?P<sign>,,|\^\^)\}", re.ASCII)
_ARITHMETIC = re.compile(r"[\d\s()*/%+-]{1,80}", re.ASCII)
_NAME = re.compile(r"\$?\{?([A-Za-z_]\w*)\}?", re.ASCII)


class Reads(Protocol):
    """The questions that substitution asks the script's variables."""

    def words(self, segments: Segments) -> list[Word]: ...

    def scalar(self, name: str) -> Word | None: ...

    def literal(self, name: str) -> str | None: ...

    def is_assigned(self, name: str) -> bool: ...


def settled_opaque(part: Opaque, reads: Reads) -> Word | None:
    """What stands in its place; None where only a shell could tell."""
    if len(part.source) > MOST_TEXT:
        return None
    if part.kind == "command":
        return _command(part.source, reads)
    text = None
    if part.kind == "arithmetic":
        text = _calculated(part.source[3:-2], reads)
    elif part.kind == "variable":
        if (folder := _FOLDER_OF.fullmatch(part.source)) and (path := reads.scalar(folder[1])):
            return _folder([path], reads)
        text = _parameter(part.source, reads)
    return None if text is None else word(text)


_IN_COMMAND = re.compile(
    r"\\.|'[^'\"]*'|\$(?P<name>[A-Za-z_]\w*|\d)|\$\{(?P<braced>\w+)(?P<operator>[^}]*)\}", re.DOTALL
)
"""The variables of a command's text, and what only looks like one."""

_PLAIN = re.compile(r"[\w.,:/@%+=-]+", re.ASCII)


def with_values(source: str, reads: Reads) -> tuple[str, bool]:
    """A command that another shell is to run, with the values of the script's own variables put in;
    and whether it needs none that is not known."""
    complete = True

    def put_in(match: re.Match[str]) -> str:
        nonlocal complete
        name = match["name"] or match["braced"]
        if not name or not reads.is_assigned(name):
            return match[0]
        held = None if match["operator"] else reads.literal(name)
        if held is not None and _PLAIN.fullmatch(held):
            return held
        complete = False
        return match[0]

    return _IN_COMMAND.sub(put_in, source), complete


def _command(source: str, reads: Reads) -> Word | None:
    """`pwd`, `cd DIR && pwd`, and programs that only take a path apart."""
    inner = (source[2:-1] if source.startswith("$(") else source[1:-1]).strip()
    gone = _GO_AND_LOOK.fullmatch(inner)
    if gone is not None:
        to = _words(f"cd {gone['to']}", reads)
        return from_here(to[1], reads) if len(to) == 2 else None
    words = _words(inner, reads)
    if not words:
        return None
    name, arguments = words[0].text, [each for each in words[1:] if not each.text.startswith("-")]
    read = _PATHS.get(name)
    if name == "readlink" and not {"-f", "-e", "-m"} & {each.text for each in words}:
        return None
    return read(arguments, reads) if read else None


def _words(text: str, reads: Reads) -> list[Word]:
    """The words of a single command; none of several."""
    command = RawCommand(text, 0)
    try:
        command.read()
        words = [word for raw in command.words for word in reads.words(raw.segments)]
    except ScanError:
        return []
    return words if command.end >= len(text) and not command.assignments else []


_WHOLE = ("HOME", "PWD", SCRIPT_FOLDER.name)


def from_here(path: Word, reads: Reads) -> Word | None:
    """An absolute path of one that is meant from the current folder."""
    front = path.parts[0] if path.parts else ""
    absolute = front[:1] == "/" if isinstance(front, str) else front.asked or front.name in _WHOLE
    if not absolute:
        here = reads.scalar("PWD")
        if here is None:
            return None
        path = here + word("/") + path
    front, *behind = path.parts
    if isinstance(front, str):
        return None if behind else word(posixpath.normpath(front))
    below = "".join(part for part in behind if isinstance(part, str))
    if len(behind) > 1 or (below and not below.startswith("/")):
        return None
    below = posixpath.normpath(f".{below}")
    return joined((front, "" if below == "." else f"/{below}"))


def _here(arguments: Sequence[Word], reads: Reads) -> Word | None:
    return None if arguments else reads.scalar("PWD")


def _whole_path(arguments: Sequence[Word], reads: Reads) -> Word | None:
    return from_here(arguments[0], reads) if len(arguments) == 1 else None


def _parted(path: Word) -> tuple[Word, str] | None:
    """The folder and the last name of a path; None where the shell knows where it is parted."""
    *before, last = path.parts or ("",)
    if isinstance(last, Expansion):
        return None
    above, slash, name = last.rstrip("/").rpartition("/")
    if before:
        return (joined((*before, above.rstrip("/"))), name) if slash else None
    root = "/" if last.startswith("/") else "."
    return word(above.rstrip("/") or root), name or ("/" if last else "")


def _folder(arguments: Sequence[Word], _: Reads) -> Word | None:
    parted = _parted(arguments[0]) if len(arguments) == 1 and arguments[0].parts else None
    return parted[0] if parted else None


def _last(arguments: Sequence[Word], _: Reads) -> Word | None:
    parted = _parted(arguments[0]) if 1 <= len(arguments) <= 2 else None
    ending = arguments[1].literal if len(arguments) == 2 else ""
    if parted is None or ending is None:
        return None
    name = parted[1]
    return word(name.removesuffix(ending) if name != ending else name)


_PATHS: dict[str, Callable[[Sequence[Word], Reads], Word | None]] = {
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


def _changed(value: str, match: re.Match[str]) -> str | None:
    """`/` puts a text in the place of the first that the pattern fits, `//` of all."""
    pattern = re.sub(r"\\(.)|(\[)[!^]|([.])", _as_regular, match["old"])
    new = re.sub(r"\\(.)", r"\1", match["new"] or "")
    if "[:" in pattern:
        return None
    try:
        return re.sub(pattern, lambda _: new, value, count=match["sign"] == "/")
    except re.error:
        return None


def _as_regular(piece: re.Match[str]) -> str:
    """A piece of a shell's pattern as one of a regular expression."""
    return "[^" if piece[2] else re.escape(piece[1] or piece[3])


def _cased(value: str, match: re.Match[str]) -> str:
    return value.lower() if match["sign"] == ",," else value.upper()
