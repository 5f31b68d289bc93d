"""Flags among a command's words, read as the pflag package reads them, and given by name; and
comma-separated fields with quotes, as Go's encoding/csv reads its first record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, NoReturn, Protocol, TypeVar

from advisor.errors import suggestion
from advisor.jobs.numbers import parse_bool
from advisor.jobs.word import Veil, Word, is_veiled

Fail = Callable[[str, int, str], NoReturn]
"""Raises the error that a word causes: what, the word's number, what to do."""


class AnyFlag(Protocol):
    """What has to be known of a flag; its kind of value is `bool` for a switch."""

    @property
    def name(self) -> str: ...

    @property
    def short(self) -> str: ...

    @property
    def value(self) -> str: ...

    @property
    def canonical(self) -> str: ...


F = TypeVar("F", bound=AnyFlag)


class FlagSet(NamedTuple, Generic[F]):
    """The flags that a command takes, by long name and by letter."""

    by_name: Mapping[str, F]
    by_letter: Mapping[str, F]


class FlagOccurrence(NamedTuple, Generic[F]):
    """One flag as it was given. `written` is its spelling without the value, `text` the value.

    `bare`: a boolean flag without a value.
    """

    flag: F
    written: str
    text: str
    words: tuple[int, ...]
    bare: bool = False


class ScannedFlags(NamedTuple, Generic[F]):
    """`stop` is the number of the first word that is no flag; `dashes` that of a `--` before it."""

    occurrences: list[FlagOccurrence[F]]
    stop: int
    dashes: int | None


class FlagScanner(Generic[F]):
    """Reads flags from a word on. Only known text is looked at: a word that starts with an
    expansion is never a flag. `removed` has the remedy for spellings that are gone; `unlisted`
    makes a flag of a name that is near none of those known, told whether a value follows."""

    def __init__(
        self,
        flags: FlagSet[F],
        texts: Sequence[str],
        fail: Fail,
        removed: Mapping[str, str] | None = None,
        unlisted: Callable[[str, bool], F] | None = None,
    ) -> None:
        self._unlisted = unlisted
        self._flags = flags
        self._texts = texts
        self._fail = fail
        self._removed = removed or {}
        self._found: list[FlagOccurrence[F]] = []

    def scan(self, start: int, skip: Callable[[int], bool] = lambda _: False) -> ScannedFlags[F]:
        """Stops at the first word that is no flag; those that `skip` accepts are passed over."""
        at = start
        while at < len(self._texts):
            text = self._texts[at]
            if skip(at):
                at += 1
            elif text == "--":
                return ScannedFlags(self._found, at + 1, at)
            elif len(text) < 2 or text[0] != "-":
                break
            elif text[1] == "-":
                at = self._long(at)
            else:
                at = self._cluster(at)
        return ScannedFlags(self._found, at, None)

    def _long(self, at: int) -> int:
        """`--flag`, `--flag=value`, `--flag value`; gives the number of the next word."""
        written, joined, text = self._texts[at].partition("=")
        name = written[2:]
        if not name or name.startswith("-"):
            self._fail(f"bad flag syntax: {self._texts[at]}", at, "")
        flag = self._flags.by_name.get(name)
        if flag is None and self._unlisted is not None and not self._near(written):
            following = self._texts[at + 1 : at + 2]
            takes_value = bool(joined) or bool(following and not following[0].startswith("-"))
            flag = self._unlisted(name, takes_value)
        if flag is None:
            self._unknown(written, at)
        if joined:
            return self._add(flag, written, text, (at,))
        if flag.value == "bool":
            return self._add(flag, written, "true", (at,), bare=True)
        return self._next_word(flag, written, at)

    def _cluster(self, at: int) -> int:
        """`-itd`, `-p1:2`, `-e=A=1`, `-v /a:/b`; gives the number of the next word."""
        rest = self._texts[at][1:]
        while rest:
            if rest.startswith("test."):
                return at + 1
            letter, after = rest[0], rest[1:]
            flag = self._flags.by_letter.get(letter)
            if flag is None:
                self._unknown_letter(letter, at)
            written = f"-{letter}"
            if len(after) > 1 and after[0] == "=":
                return self._add(flag, written, after[1:], (at,))
            if flag.value != "bool":
                if after:
                    return self._add(flag, written, after, (at,))
                return self._next_word(flag, written, at)
            self._add(flag, written, "true", (at,), bare=True)
            rest = after
        return at + 1

    def _next_word(self, flag: F, written: str, at: int) -> int:
        if at + 1 >= len(self._texts):
            self._fail(f"flag needs an argument: {written}", at, f"give {flag.canonical} a value")
        return self._add(flag, written, self._texts[at + 1], (at, at + 1))

    def _add(
        self, flag: F, written: str, text: str, words: tuple[int, ...], *, bare: bool = False
    ) -> int:
        self._found.append(FlagOccurrence(flag, written, text, words, bare))
        return words[-1] + 1

    def _unknown(self, written: str, at: int) -> NoReturn:
        if written in self._removed:
            self._fail(f"unknown flag: {written}", at, self._removed[written])
        self._fail(f"unknown flag: {written}{self._near(written)}", at, "")

    def _near(self, written: str) -> str:
        """The flag that a mistyped one may have meant."""
        names = [f"--{name}" for name in self._flags.by_name]
        return suggestion(written, names, listing=False)

    def _unknown_letter(self, letter: str, at: int) -> NoReturn:
        text = self._texts[at]
        what = f"unknown shorthand flag: '{letter}' in {text.partition('=')[0]}"
        if text.partition("=")[0] in self._removed:
            self._fail(what, at, self._removed[text.partition("=")[0]])
        long = f"-{text.partition('=')[0]}"
        near = suggestion(long, [f"--{name}" for name in self._flags.by_name], listing=False)
        self._fail(f"{what}{near if len(text) > 2 else ''}", at, "")


def flag_set(flags: Iterable[F]) -> FlagSet[F]:
    """The flags of a table that one command takes; the last of a name or letter counts."""
    listed = list(flags)
    return FlagSet(
        by_name={flag.name: flag for flag in listed},
        by_letter={flag.short: flag for flag in listed if flag.short},
    )


class Given(Generic[F]):
    """The flags that a command gave, by canonical name (without its dashes). Values have been
    checked."""

    def __init__(self, veil: Veil, occurrences: Iterable[FlagOccurrence[F]]) -> None:
        self.veil = veil
        self.occurrences = tuple(occurrences)
        self._numbers: dict[str, list[int]] = {}
        for number, occurrence in enumerate(self.occurrences):
            self._numbers.setdefault(occurrence.flag.canonical, []).append(number)

    def of(self, *names: str) -> list[FlagOccurrence[F]]:
        """Every occurrence of the flags, in the order given."""
        numbers = {number for name in names for number in self._numbers.get(f"--{name}", ())}
        return [self.occurrences[number] for number in sorted(numbers)]

    def last(self, *names: str) -> str | None:
        """The value that counts of flags that are not repeatable; None when none is given."""
        occurrences = self.of(*names)
        return occurrences[-1].text if occurrences else None

    def on(self, name: str) -> bool:
        """Whether a switch is on; one left to the shell is taken for on."""
        value = self.last(name)
        return value is not None and (is_veiled(value) or parse_bool(value))

    def word(self, *names: str) -> Word | None:
        """The value that counts, as a word; None when it is not given."""
        value = self.last(*names)
        return None if value is None else self.veil.word(value)

    def text(self, *names: str) -> str:
        """The value that counts, expansions as written; empty when it is not given."""
        return self.veil.plain(self.last(*names) or "")


def names(text: str) -> frozenset[str]:
    """A table of names, written with blanks between them."""
    return frozenset(text.split())


def split_fields(text: str) -> list[str]:
    """`a,"b=1,2"` as `a` and `b=1,2`. Raises ValueError for nothing at all or a stray quote."""
    # The text from its first line that is not empty; CRLF is one line end.
    normal = text.replace("\r\n", "\n")
    if normal.endswith("\r"):
        normal = normal[:-1]
    rest = normal.lstrip("\n")
    if not rest:
        raise ValueError("empty")
    fields: list[str] = []
    while True:
        field, rest, more = _quoted(rest[1:]) if rest.startswith('"') else _bare(rest)
        fields.append(field)
        if not more:
            return fields


def _bare(text: str) -> tuple[str, str, bool]:
    """A field without quotes, what follows it on the line, and whether a comma was between."""
    line = text.split("\n", 1)[0]
    field, comma, _ = line.partition(",")
    if '"' in field:
        raise ValueError('a quote (") inside a field')
    return field, text[len(field) + 1 :], bool(comma)


def _quoted(text: str) -> tuple[str, str, bool]:
    """A field from behind its opening quote; `""` inside stands for one quote."""
    field, start = "", 0
    while True:
        end = text.find('"', start)
        if end < 0:
            raise ValueError('a quote (") that is not closed')
        field += text[start:end]
        if not text.startswith('"', end + 1):
            break
        field, start = field + '"', end + 2
    after = text[end + 1 :]
    if after and after[0] not in ",\n":
        raise ValueError('text behind a closing quote (")')
    return field, after[1:], after.startswith(",")
