"""Words as bash reads them back: what is text stays text, what is left to the shell stays so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from functools import cached_property

from advisor.errors import one_line
from advisor.jobs.word import Expansion, Word, joined
from advisor.jobs.word import word as plain_word

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_ASSIGNED_NAME = re.compile(r"[A-Za-z0-9_./-]+=")
_CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_BARE_VARIABLE = re.compile(r"\$[A-Za-z_]\w*", re.ASCII)
_NAME_CHARACTER = re.compile(r"[\w\[]", re.ASCII)
_OF_POWERSHELL = re.compile(r"\$(?:env:(\w+)|\{env:(\w+)\})", re.IGNORECASE)
_OF_MAKE = re.compile(r"\$[({](\w+)[)}]")
_HOMES = {"~": "$HOME", "~+": "$PWD", "~-": "$OLDPWD"}
_DIRECTORIES = frozenset({"CD", "CURDIR"})
CONTINUED = " \\\n    "


def quote_word(word: Word) -> str:
    """The word for bash. Expansions of cmd, PowerShell and make become the shell's own."""
    if (text := word.literal) is not None:
        return _quote_text(text) or "''"
    parts = [
        part if isinstance(part, str) else _as_bash(part) for part in _without_cluster_s(word).parts
    ]
    return "".join(
        _quote_text(part)
        if isinstance(part, str)
        else _quote_expansion(part, parts[number + 1] if number + 1 < len(parts) else "")
        for number, part in enumerate(parts)
    )


def _without_cluster_s(word: Word) -> Word:
    """What Kubernetes fills in is text to the shell, which would take it for a command."""
    if not any(expansion.kind == "cluster" for expansion in word.expansions):
        return word
    return joined(
        part.source if not isinstance(part, str) and part.kind == "cluster" else part
        for part in word.parts
    )


def quote_words(words: Iterable[Word]) -> str:
    """The words with a blank between each two."""
    return " ".join(map(quote_word, words))


def command_text(groups: Sequence[Sequence[Word]], *, lines: bool = False) -> str:
    """The command; `lines` puts each group on a line of its own."""
    return (CONTINUED if lines else " ").join(quote_words(group) for group in groups if group)


def comment(text: str) -> str:
    """A comment of shell or YAML: whatever the text is, it cannot leave its line or drive a
    terminal. Every comment that is written for people to copy is made here."""
    return f"# {one_line(text)}"


def step(why: str, *commands: str) -> str:
    """Commands under a comment that says what they are for."""
    return "\n".join((comment(why), *commands))


def quote_visibly(text: str) -> str:
    """Text as one word of bash, in which nothing drives a terminal that shows it."""
    if not _CONTROL.search(text):
        return shlex.quote(text)
    escaped = re.sub(r"[\\']", r"\\\g<0>", text).replace("\n", "\\n")
    return "$'" + _CONTROL.sub(lambda match: _by_number(match[0]), escaped) + "'"


def variable_word(name: str) -> Word:
    """`"$NAME"`: the value the variable has where the command is typed."""
    return Word(parts=(Expansion(source=f"${name}", kind="variable", name=name, quoted=True),))


class Expansions:
    """A job's expansions, to be met again in texts where they stand as they were written."""

    def __init__(self, expansions: Iterable[Expansion]) -> None:
        self._known = {expansion.source: expansion for expansion in expansions if expansion.source}

    def word(self, text: str) -> Word:
        """`text`, in which they stand as they were written, as a word again."""
        if not self._known:
            return plain_word(text)
        return joined(self._known.get(piece, piece) for piece in self._pattern.split(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._known, key=len, reverse=True)
        return re.compile(f"({'|'.join(map(re.escape, longest_first))})")


def _quote_text(text: str) -> str:
    if _SAFE.fullmatch(text):
        return text
    name = _ASSIGNED_NAME.match(text)
    start, rest = (name[0], text[name.end() :]) if name else ("", text)
    pieces = re.split(f"({_CONTROL.pattern})", rest)
    return start + "".join(_quote_piece(piece) for piece in pieces if piece)


def _quote_piece(piece: str) -> str:
    """Control characters by number, so that a terminal only shows them; the rest in quotes."""
    if _CONTROL.fullmatch(piece):
        return f"$'{_by_number(piece)}'"
    if _SAFE.fullmatch(piece):
        return piece
    return "'" + piece.replace("'", "'\\''") + "'"


def _by_number(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def _quote_expansion(expansion: Expansion, following: str | Expansion) -> str:
    if expansion.quoted:
        return f'"{expansion.source}"'
    runs_on = isinstance(following, str) and _NAME_CHARACTER.match(following)
    if runs_on and _BARE_VARIABLE.fullmatch(expansion.source):
        return f"${{{expansion.source[1:]}}}"
    return expansion.source


def _as_bash(expansion: Expansion) -> Expansion:
    """The expansion in bash's spelling."""
    source, quoted = _bash_source(expansion)
    return Expansion(
        source=source,
        kind=expansion.kind,
        name=expansion.name,
        quoted=quoted,
    )


def _bash_source(expansion: Expansion) -> tuple[str, bool]:
    source = expansion.source
    if expansion.kind == "home":
        return _HOMES.get(source, f"$(echo {source})"), True
    if expansion.kind == "percent":
        return f"${_variable(source.strip('%'))}", True
    made = _OF_MAKE.fullmatch(source) if expansion.kind == "make" else None
    if made:
        return f"${_variable(made[1])}", True
    other = _OF_POWERSHELL.fullmatch(source)
    if other:
        return f"${_variable(other[1] or other[2])}", True
    return source, expansion.quoted


def _variable(name: str) -> str:
    if name.upper() in _DIRECTORIES:
        return "PWD"
    return {"USERPROFILE": "HOME", "USERNAME": "USER"}.get(name.upper(), name)
