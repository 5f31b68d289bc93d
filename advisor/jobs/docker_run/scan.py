"""The words between `docker run` and the image, read as the pflag package reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from advisor.jobs.docker_run.flags import Flag, FlagSet, removed_spellings
from advisor.suggestion import suggestion

Fail = Callable[[str, int, str], NoReturn]
"""Raises the error that a word causes: what, the word's number, what to do."""


class Occurrence(NamedTuple):
    """One flag as it was given. `written` is its spelling without the value, `text` the value.

    `bare`: a boolean flag without a value.
    """

    flag: Flag
    written: str
    text: str
    words: tuple[int, ...]
    bare: bool = False


class Scanned(NamedTuple):
    """`stop` is the number of the first word that is no flag; `dashes` that of a `--` before it."""

    occurrences: list[Occurrence]
    stop: int
    dashes: int | None


class Scanner:
    """Reads flags from word `start` on. Only known text is looked at: a word that starts with an
    expansion is never a flag."""

    def __init__(self, flags: FlagSet, texts: Sequence[str], fail: Fail) -> None:
        self._flags = flags
        self._texts = texts
        self._fail = fail
        self._found: list[Occurrence] = []

    def scan(self, start: int, skip: Callable[[int], bool] = lambda _: False) -> Scanned:
        """Stops at the first word that is no flag; those that `skip` accepts are passed over."""
        at = start
        while at < len(self._texts):
            text = self._texts[at]
            if skip(at):
                at += 1
            elif text == "--":
                return Scanned(self._found, at + 1, at)
            elif len(text) < 2 or text[0] != "-":
                break
            elif text[1] == "-":
                at = self._long(at)
            else:
                at = self._cluster(at)
        return Scanned(self._found, at, None)

    def _long(self, at: int) -> int:
        """`--flag`, `--flag=value`, `--flag value`; gives the number of the next word."""
        written, joined, text = self._texts[at].partition("=")
        name = written[2:]
        if not name or name.startswith("-"):
            self._fail(f"bad flag syntax: {self._texts[at]}", at, "")
        flag = self._flags.by_name.get(name)
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

    def _next_word(self, flag: Flag, written: str, at: int) -> int:
        if at + 1 >= len(self._texts):
            self._fail(f"flag needs an argument: {written}", at, f"give {flag.canonical} a value")
        return self._add(flag, written, self._texts[at + 1], (at, at + 1))

    def _add(
        self, flag: Flag, written: str, text: str, words: tuple[int, ...], *, bare: bool = False
    ) -> int:
        self._found.append(Occurrence(flag, written, text, words, bare))
        return words[-1] + 1

    def _unknown(self, written: str, at: int) -> NoReturn:
        removed = removed_spellings().get(written)
        if removed:
            self._fail(f"unknown flag: {written}", at, _replacement(removed.now, removed.note))
        names = [f"--{name}" for name in self._flags.by_name]
        self._fail(f"unknown flag: {written}{suggestion(written, names, listing=False)}", at, "")

    def _unknown_letter(self, letter: str, at: int) -> NoReturn:
        text = self._texts[at]
        what = f"unknown shorthand flag: '{letter}' in {text.partition('=')[0]}"
        removed = removed_spellings().get(text.partition("=")[0])
        if removed:
            self._fail(what, at, _replacement(removed.now, removed.note))
        long = f"-{text.partition('=')[0]}"
        near = suggestion(long, [f"--{name}" for name in self._flags.by_name], listing=False)
        self._fail(f"{what}{near if len(text) > 2 else ''}", at, "")


def _replacement(now: str, note: str) -> str:
    return f"{note}; now {now}" if now else note
