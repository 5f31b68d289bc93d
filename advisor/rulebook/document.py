"""A YAML text as a typed record; what does not fit is an error with its line and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from advisor.errors import RuleError
from advisor.rulebook.position import Key, locate, locate_key
from advisor.yaml_text import YamlError, line_and_column, parse, tag_in

T = TypeVar("T")
_AT = re.compile(r" - at `(?:key in )?\$(.*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN_KEY = re.compile(r"^Object contains unknown field `(.*)`$")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A YAML file: the name it is spoken of by, and its text."""

    file: str
    text: str

    def error(self, what: str, *keys: Key, offset: int | None = None) -> RuleError:
        """An error at the value that `keys` lead to (at its character `offset`)."""
        return self.error_at(what, *locate(self.text, keys, offset=offset))

    def key_error(self, what: str, *keys: Key) -> RuleError:
        """An error at the key itself that `keys` end with."""
        return self.error_at(what, *locate_key(self.text, keys))

    def error_at(self, what: str, line: int, column: int) -> RuleError:
        return RuleError(what, where=f"{self.file}:{line}:{column}")

    def decode(self, type: type[T]) -> T:
        """The text as `type`; raises RuleError for bad YAML and for what does not fit the type."""
        try:
            documents = parse(self.text)
        except YamlError as error:
            raise self.error_at(error.what, error.line, error.column) from None
        if "!" in self.text and (tag := tag_in(documents)):
            written = tag.replace("tag:yaml.org,2002:", "!!")
            place = line_and_column(self.text, max(self.text.find(written), 0))
            raise self.error_at(f"the tag `{written}` means nothing in a rule", *place)
        try:
            return msgspec.convert(documents[0] if documents else None, type)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error)) from None

    def _misfit(self, text: str) -> RuleError:
        match = _AT.search(text)
        what = text[: match.start()] if match else text
        keys = _keys(match.group(1)) if match else ()
        unknown = _UNKNOWN_KEY.match(what)
        if unknown:
            keys = (*keys, unknown.group(1))
            return self.key_error(f"unknown key `{_spelled(keys)}`", *keys)
        prefix = f"`{_spelled(keys)}`: " if keys else ""
        what = what.replace("Object missing required field", "missing key")
        return self.error(prefix + what[0].lower() + what[1:], *keys)


def _keys(path: str) -> tuple[Key, ...]:
    """msgspec's `.examples[0].name` as keys; it stops where the path does not name the key."""
    keys: list[Key] = []
    for name, index in _STEP.findall(path.split("[...]")[0]):
        keys.append(name or int(index))
    return tuple(keys)


def _spelled(keys: Sequence[Key]) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")
