"""A word of a command as a shell would read it, with what only the shell knows left as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from advisor.facts.record import Record
from advisor.facts.secrecy import redact_image

_FOREIGN = re.compile(r"\W+", re.ASCII)
_UNSHOWN = re.compile(r"[^\w\s./:@%+=,()'$*~-]")
_BRACED = re.compile(r"\$\{(\w+)(?::?\?[^{}]*)?\}", re.ASCII)
_HOMES = frozenset({"~", "$HOME", "${HOME}"})
_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_PAIR = re.compile(r"\$\$")
_BEFORE_OTHERS = re.compile(r"\$\$|\$(?=\()|\$\Z")
_OF_THE_POD = re.compile(r"[A-Z_][A-Z0-9_]*")
"""Names as controllers and Services give them to pods; a shell's commands have small letters."""

ExpansionKind = Literal[
    "variable", "command", "arithmetic", "home", "percent", "make", "glob", "cluster"
]


class Expansion(Record, frozen=True, kw_only=True):
    """A part that is not known before the shell runs: `$HOME`, `$(id -u)`, a backtick command, `~`,
    `%CD%` of cmd, `$(PWD)` of make; of kind `cluster` where Kubernetes fills in `$(NAME)`.

    `source` is the text as written, `name` the variable's name (empty for a command). `quoted` says
    whether it stood in double quotes; outside of them its value may become several words.
    `withheld`: the script gives it a secret, which must not be repeated elsewhere. `asked` is what
    to give, where it stands for a value that no source has (see `asked_for`). `own`: the script
    gives it a value that is not known, and no other shell has it.
    """

    source: str
    kind: ExpansionKind
    name: str = ""
    quoted: bool = False
    withheld: bool = False
    asked: str = ""
    own: bool = False


class Word(Record, frozen=True, kw_only=True):
    """Text and expansions in order; neighbouring texts are one part, an empty word has none.

    Parts are told apart by being text: whether something is a record takes many times as long.
    """

    parts: tuple[str | Expansion, ...] = ()

    @property
    def literal(self) -> str | None:
        """The text when nothing is left to the shell, else None."""
        texts = [part for part in self.parts if isinstance(part, str)]
        return "".join(texts) if len(texts) == len(self.parts) else None

    @property
    def text(self) -> str:
        """The word for people and for rules: expansions stand as they were written, and what no
        source has by its name."""
        return "".join(
            [
                part if isinstance(part, str) else f"${part.name}" if part.asked else part.source
                for part in self.parts
            ]
        )

    def __str__(self) -> str:
        return self.text

    @property
    def expansions(self) -> tuple[Expansion, ...]:
        """The parts that only a shell can fill in."""
        return tuple([part for part in self.parts if not isinstance(part, str)])

    def __add__(self, other: Word) -> Word:
        return joined((*self.parts, *other.parts))

    def settled(self, values: Mapping[str, str]) -> Word:
        """The word with the variables that `values` gives put in."""
        return joined(
            values[name]
            if not isinstance(part, str)
            and part.kind != "command"
            and (name := part.name or setting_name(part)) in values
            else part
            for part in self.parts
        )


def word(text: str) -> Word:
    """A word without expansions."""
    return Word(parts=(text,) if text else ())


def asked_for(name: str, what: str, *, empty: bool = False, array: bool = False) -> Word:
    """`"${NAME:?what}"`, for a value that only the user has: a shell refuses the command until NAME
    is set. With `empty` it is `${NAME?what}`: any number of words, none of them too. Of an `array`
    it is each element as a word of its own."""
    operator = "?" if empty else ":?"
    source = f"${{{name}{'[@]' if array else ''}{operator}{_shown(what)}}}"
    expansion = Expansion(source=source, kind="variable", name=name, quoted=not empty, asked=what)
    return Word(parts=(expansion,))


def _shown(text: str) -> str:
    """The text without characters that a shell would act on within `${NAME:?text}`."""
    return _UNSHOWN.sub("_", _BRACED.sub(r"$\1", text)).replace("$", r"\$")


def joined(parts: Iterable[str | Expansion]) -> Word:
    """A word of the parts, neighbouring texts put together."""
    merged: list[str | Expansion] = []
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if text := "".join(texts):
            merged.append(text)
        texts.clear()
        merged.append(part)
    if text := "".join(texts):
        merged.append(text)
    return Word(parts=tuple(merged))


def is_of_pod(name: str, own: Collection[str]) -> bool:
    """Whether a pod may have a variable of the name: one of its container's `own`, or one that its
    controller, a Service or a whole ConfigMap gives it."""
    return name in own or _OF_THE_POD.fullmatch(name) is not None


def from_cluster(text: str, is_variable: Callable[[str], bool]) -> Iterator[str | Expansion]:
    """Text of a pod's command or variable as Kubernetes reads it: `$$` is a dollar sign, `$(NAME)`
    a variable, and whatever else is in `$(...)` stays as it is."""
    closed = text.rfind(")") + 1
    end = 0
    for match in chain(_REFERENCE.finditer(text, 0, closed), _PAIR.finditer(text, closed)):
        yield text[end : match.start()]
        end = match.end()
        if match[0] == "$$":
            yield "$"
        elif is_variable(match[1]):
            yield Expansion(source=match[0], kind="cluster", name=match[1], quoted=True)
        else:
            yield match[0]
    yield text[end:]


def for_cluster(given: Word, own: Collection[str]) -> Word:
    """The word as a pod has to hold it: of its text, each dollar sign that Kubernetes would take
    for its own is doubled. `own` are the variables of the container."""
    last = len(given.parts) - 1
    return joined(
        part if not isinstance(part, str) else _doubled(part, own, runs_on=number < last)
        for number, part in enumerate(given.parts)
    )


def _doubled(text: str, own: Collection[str], *, runs_on: bool) -> str:
    """`runs_on`: what follows is not text, and might close a `$(`."""
    if "$" not in text:
        return text

    def doubled(match: re.Match[str]) -> str:
        is_taken = match[0] == "$$" or is_of_pod(match[1], own)
        return match[0].replace("$", "$$") if is_taken else match[0]

    closed = text.rfind(")") + 1
    open_ = _BEFORE_OTHERS if runs_on else _PAIR
    return _REFERENCE.sub(doubled, text[:closed]) + open_.sub(r"\g<0>\g<0>", text[closed:])


def setting_name(expansion: Expansion) -> str:
    """What the user calls it with `--set`: the variable's name, or one made of a command."""
    if expansion.source in _HOMES:
        return "HOME"
    if expansion.name and expansion.kind != "command":
        return expansion.name if expansion.name in ("@", "*") else _FOREIGN.sub("_", expansion.name)
    return _FOREIGN.sub("_", expansion.source).strip("_").upper() or "VALUE"


def image_word(given: Word) -> Word:
    """The word without a login before its registry; a password left to the shell stays."""
    shown = redact_image(given.text)
    if shown == given.text:
        return given
    hidden, at, rest = shown.partition("@")
    kept = len(rest)
    parts: list[str | Expansion] = []
    for part in reversed(given.parts):
        text = part.source if isinstance(part, Expansion) else part
        if kept <= 0:
            break
        parts.append(part if isinstance(part, Expansion) else text[-kept:])
        kept -= len(text)
    return joined((hidden + at, *reversed(parts)))


_FIRST, _LAST = 0x100000, 0x10FFFD
_VEILED = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


def is_veiled(text: str) -> bool:
    """Whether some of `text` is not known before the shell runs."""
    return _VEILED.search(text) is not None


class Veil:
    """The words of one command as plain text, their expansions hidden behind one character each:
    what takes a value apart works on text, and what it takes out becomes words again. Characters
    that the command's own text uses are left alone."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._hidden: dict[str, Expansion] = {}
        self._next = _FIRST
        self._used = {
            character
            for word in words
            for part in word.parts
            if isinstance(part, str)
            for character in _VEILED.findall(part)
        }
        self.texts = tuple(self.cover(word) for word in words)

    def word(self, text: str) -> Word:
        """A piece of the command's text as a word again."""
        if not self._hidden:
            return joined((text,))
        return joined(self._hidden.get(character, character) for character in text)

    def plain(self, text: str) -> str:
        """For people and rules: expansions as they were written."""
        return self.word(text).text

    def cover(self, word: Word) -> str:
        """Another word's text, its expansions hidden as well."""
        return "".join(
            self._hide(part) if isinstance(part, Expansion) else part for part in word.parts
        )

    def _hide(self, expansion: Expansion) -> str:
        while chr(self._next) in self._used and self._next < _LAST:
            self._next += 1
        character = chr(self._next)
        self._next = min(self._next + 1, _LAST)
        self._hidden[character] = expansion
        return character
