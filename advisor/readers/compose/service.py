"""Reading of one service: its values by key, refused where compose would refuse them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from msgspec.structs import replace

from advisor.jobs.numbers import parse_bool, parse_duration, parse_float, parse_size
from advisor.jobs.run import Seconds, Whole
from advisor.jobs.word import Expansion, Word, is_veiled
from advisor.readers.compose.merging import as_pairs
from advisor.readers.compose.project import Body, Project
from advisor.readers.yaml_documents import Path

T = TypeVar("T")
_NANOSECONDS = 10**9


class Service:
    """A service of a project. Values are texts under the project's veil."""

    def __init__(self, project: Project, name: str, body: Body) -> None:
        self.project = project
        self.name = name
        self.body = body
        self.veil = project.veil

    def at(self, *keys: str | int) -> Path:
        """The path of a key below the service."""
        return ("services", self.name, *keys)

    def get(self, *keys: str) -> Any:
        """The value below these keys of the service; None when it is absent."""
        value: Any = self.body
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def refuse(self, what: str, *keys: str | int) -> NoReturn:
        """InputError at the key."""
        self.project.refuse(what, self.at(*keys))

    def scalar(self, *keys: str) -> str | None:
        """A scalar as text. InputError for a list or a map."""
        return scalar_text(value) if (value := self._scalar(*keys)) is not None else None

    def plain(self, *keys: str) -> str:
        """A scalar with expansions as they were written; empty when absent."""
        return self.veil.plain(self.scalar(*keys) or "")

    def word(self, *keys: str) -> Word | None:
        """A scalar as a word; None when absent or empty."""
        text = self.scalar(*keys)
        return self.veil.word(text) if text else None

    def on(self, *keys: str) -> bool:
        """A switch; one that is left open counts as on."""
        value = self._scalar(*keys)
        if value is None or isinstance(value, bool):
            return bool(value)
        return is_veiled(str(value)) or self.parsed(parse_bool, *keys) is True

    def parsed(self, parse: Callable[[str], T], *keys: str) -> T | Word | None:
        """A scalar that has a form, a word where it is left open; None where absent. InputError for
        another."""
        text = self.scalar(*keys)
        if not text:
            return None
        if is_veiled(text):
            return self.veil.word(text)
        try:
            return parse(text)
        except (ValueError, OverflowError) as error:
            self.refuse(str(error), *keys)

    def size(self, *keys: str) -> Whole | None:
        """Bytes; zero is no limit."""
        return self.parsed(parse_size, *keys) or None

    def millicores(self, *keys: str) -> Whole | None:
        """Thousandths of a CPU; zero is no limit."""
        cores = self.parsed(parse_float, *keys)
        if isinstance(cores, Word):
            return cores
        if cores is None or not 0 < cores < 2**32:
            return None
        return max(round(cores * 1000), 1)

    def seconds(self, *keys: str) -> Seconds | None:
        """A duration."""
        nanoseconds = self.parsed(parse_duration, *keys)
        return nanoseconds / _NANOSECONDS if isinstance(nanoseconds, int) else nanoseconds

    def whole(self, *keys: str) -> Whole | None:
        """A whole number."""
        return self.parsed(int, *keys)

    def list(self, *keys: str) -> list[Any]:
        """A list, a scalar as a list of one, nothing when absent."""
        value = self.get(*keys)
        if value is None:
            return []
        if isinstance(value, dict):
            self.refuse("a list is expected", *keys)
        return value if isinstance(value, list) else [value]

    def texts(self, *keys: str) -> tuple[str, ...]:
        """A list of scalars, with expansions as they were written."""
        return tuple(self.veil.plain(scalar_text(entry)) for entry in self.list(*keys))

    def pairs(self, *keys: str) -> dict[str, str | None]:
        """A map or a list of `NAME=VALUE`."""
        value = self.get(*keys)
        if value is not None and not isinstance(value, dict | list):
            self.refuse("a map or a list of NAME=VALUE is expected", *keys)
        pairs = as_pairs(value)
        for name, entry in pairs.items():
            if isinstance(entry, dict):
                self.refuse(f"the value of {name} must be a text or a number", *keys)
        return {
            name: None if entry is None else scalar_text(entry) for name, entry in pairs.items()
        }

    def plain_pairs(self, *keys: str) -> dict[str, str]:
        """The pairs with expansions as they were written; an absent value is empty."""
        return {
            self.veil.plain(name): self.veil.plain(value or "")
            for name, value in self.pairs(*keys).items()
        }

    def command(self, key: str) -> tuple[Word, ...] | None:
        """Words of a list, or of a text split as a shell would."""
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, list):
            return tuple(self.veil.word(scalar_text(entry)) for entry in value)
        text = self.scalar(key) or ""
        try:
            words = shlex.split(text)
        except ValueError as error:
            self.refuse(f"cannot be split into words: {error}".lower(), key)
        bare = _outside_quotes(text)
        return tuple(_split_open(self.veil.word(word), word, bare) for word in words)

    def _scalar(self, *keys: str) -> Any:
        value = self.get(*keys)
        if isinstance(value, dict | list):
            self.refuse("a single value is expected", *keys)
        return value


def scalar_text(value: Any) -> str:
    """A scalar as the text that compose makes of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "" if value is None else str(value)


def _outside_quotes(text: str) -> str:
    """The text without what stands in quotes."""
    return re.sub(r"\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"", "", text, flags=re.DOTALL)


def _split_open(word: Word, veiled: str, bare: str) -> Word:
    """A variable outside of quotes may be several words, or none: compose splits what it gives."""
    hidden = [character for character in veiled if is_veiled(character)]
    expansions = iter(hidden)
    return Word(
        parts=tuple(
            replace(part, quoted=next(expansions, "") not in bare)
            if isinstance(part, Expansion)
            else part
            for part in word.parts
        )
    )
