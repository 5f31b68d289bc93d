"""Files of rules and tables: where they come from, and a YAML text as a typed record. What does not
fit is an error with its line and column."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from advisor.errors import InputError, RuleError
from advisor.yaml_text import YamlError, compose_all, line_and_column, parse, tag_in

MOST_FILES = 2_000
MOST_BYTES = 2**18
"""The largest rule file."""

AREAS = {
    "gpu": "GPU",
    "image": "IMG",
    "data": "DAT",
    "storage": "STO",
    "job": "JOB",
    "preflight": "PRE",
}
"""The folder of every area and the letters its rule ids begin with."""

ID = re.compile(r"^[A-Z]{2,6}\d{3}$")
_BESIDE_AREAS = {"__init__.py", "__pycache__", "catalog"}


class RuleSource(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file that has not been read as one yet. `prefix` is what its id must begin with."""

    document: Document
    stem: str
    prefix: str
    built_in: bool


def built_in_root() -> Traversable:
    """The folder of the rules that ship with advisor."""
    return files("advisor_rules")


def built_in_sources(root: Traversable | None = None) -> Iterator[RuleSource]:
    """The package's rule files, by area; anything else in there is an error."""
    for entry in _sorted(root or built_in_root()):
        if entry.name in AREAS and entry.is_dir():
            prefix = AREAS[entry.name]
            for file in _sorted(entry):
                label = f"rules/{entry.name}/{file.name}"
                yield _source(file, label, prefix=prefix, built_in=True)
        elif entry.name not in _BESIDE_AREAS:
            raise _unexpected(f"rules/{entry.name}")


def directory_sources(directory: Path) -> Iterator[RuleSource]:
    """The rule files of a user's directory and the folders in it, README.md and dot files aside.

    Raises InputError when it cannot be read or holds none.
    """
    paths = sorted(islice(_rule_files(directory), MOST_FILES + 1))
    if len(paths) > MOST_FILES:
        raise _unusable(directory, f"there are more than {MOST_FILES:,} files in this directory")
    if not paths:
        raise _unusable(directory, "there are no rules in this directory")
    for path in paths:
        if not path.is_file():
            raise RuleError("this is no file", where=f"{path}:1:1", remedy="take it away")
        yield _source(path, str(path), prefix="", built_in=False)


def _rule_files(directory: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise _unusable(Path(error.filename), f"not a readable directory: {error.strerror}")

    for folder, folders, names in os.walk(directory, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and name != "README.md":
                yield Path(folder, name)


def _unusable(directory: Path, what: str) -> InputError:
    return InputError(
        what, where=str(directory), remedy="give a directory with one YAML file a rule"
    )


def _source(file: Traversable, label: str, *, prefix: str, built_in: bool) -> RuleSource:
    stem, dot, suffix = file.name.rpartition(".")
    if not dot or suffix != "yaml":
        raise _unexpected(label)
    return RuleSource(
        document=Document(file=label, text=_read(file, label)),
        stem=stem,
        prefix=prefix,
        built_in=built_in,
    )


def _read(file: Traversable, label: str) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise RuleError(f"holds more than {MOST_BYTES:,} bytes", where=f"{label}:1:1")
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"cannot be read: {error}", where=f"{label}:1:1") from None


def _unexpected(label: str) -> RuleError:
    return RuleError(
        "not a rule file", where=f"{label}:1:1", remedy="a rules folder holds ID.yaml files only"
    )


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda entry: entry.name)


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
