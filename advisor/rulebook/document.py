"""A YAML text as a typed record; what does not fit is an error with its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from advisor.errors import RuleError
from advisor.yaml_text import YamlError, compose_all, line_and_column, parse, tag_in

Key = str | int


def locate(text: str, keys: Sequence[Key], *, offset: int | None = None) -> tuple[int, int]:
    """Line and column, from 1, of the value at `keys`, or of the nearest thing above it.

    A last key that the text has as a key only (one that nobody knows) leads to that key. With
    `offset` the value is a scalar and the place of its character number `offset` is wanted.
    """
    import yaml

    node = next(iter(compose_all(text)), None)
    for key in keys:
        below = _child(node, key)
        if below is None:
            break
        node = below
    if node is None:
        return 1, 1
    if offset is not None and isinstance(node, yaml.ScalarNode):
        index = _align(text, node, offset)
        line_start = text.rfind("\n", 0, index) + 1
        return text.count("\n", 0, index) + 1, index - line_start + 1
    return node.start_mark.line + 1, node.start_mark.column + 1


def locate_key(text: str, keys: Sequence[Key]) -> tuple[int, int]:
    """The same for the key itself instead of its value."""
    import yaml

    node = next(iter(compose_all(text)), None)
    for key in keys[:-1]:
        node = _child(node, key) or node
    if isinstance(node, yaml.MappingNode):
        for name, _ in node.value:
            if name.value == str(keys[-1]):
                return name.start_mark.line + 1, name.start_mark.column + 1
    return locate(text, keys)


def oddities(text: str) -> Iterator[tuple[int, int, str]]:
    """What the fast parser lets pass: repeated keys, tags, a second document."""
    documents = compose_all(text)
    for document in documents[1:]:
        mark = document.start_mark
        yield mark.line + 1, mark.column + 1, "a second document in one file"
    if documents:
        yield from _repeated_keys(documents[0])


def _repeated_keys(node: Any) -> Iterator[tuple[int, int, str]]:
    import yaml

    seen: set[str] = set()
    if isinstance(node, yaml.SequenceNode):
        for element in node.value:
            yield from _repeated_keys(element)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in seen:
                mark = key.start_mark
                yield mark.line + 1, mark.column + 1, f"key `{key.value}` is given twice"
            seen.add(key.value)
            yield from _repeated_keys(value)


def _child(node: Any, key: Key) -> Any:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def _align(text: str, node: Any, offset: int) -> int:
    """The index in the text of a scalar's character `offset`, whatever the scalar's style.

    Characters that are not white space come in the same order in the value and in the text, so
    walking both finds the place through folding, indentation and doubled quotes.
    """
    index = _content_start(text, node)
    last = index
    for character in node.value[: offset + 1]:
        if character.isspace():
            continue
        index = text.find(character, index, node.end_mark.index)
        if index < 0:
            return int(last)
        last, index = index, index + 1
    reached = node.value[offset : offset + 1]
    return int(last if reached and not reached.isspace() else index)


def _content_start(text: str, node: Any) -> int:
    start: int = node.start_mark.index
    if node.style in ("|", ">"):
        return text.index("\n", start) + 1
    return start + 1 if node.style in ("'", '"') else start


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
