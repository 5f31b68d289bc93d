"""The documents of a YAML or JSON text, or one error with its line and column; and where their
values stand, which is slow, so only for files that something is said about."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

from advisor.errors import InputError
from advisor.yaml_text import YamlError, compose_all, line_and_column, parse

MOST_CHARACTERS = 32 * 2**20
"""A longer text is refused: no manifest written by a person or exported by a tool is near it."""

_DIVIDER = re.compile(r"---(?:\s|$)")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")

_OnTag = Callable[[str, Any], Any]
"""What stands for a value with a tag, given the tag and the value."""

_MERGE = "<<"
_MERGE_KEY = re.compile(r"<<(?=[\"']?[ \t]*:)")
_TEXT = frozenset({str})
_SCALARS = frozenset({str, int, float, bool, type(None)})

# Each key has a colon before a blank, or behind a quote; texts may have more such, never fewer.
_BLANKS = (": ", ":\n", ":\t", ":\r")
_BEHIND_QUOTE = re.compile(r"[\"']:(?=\S)")
_COMMENT = re.compile(r"^([^\"'#\n]*[ \t])?#.*$", re.MULTILINE)


def parse_documents(text: str, file: str, on_tag: _OnTag | None = None) -> list[Any]:
    """Every document of the text; maps have text keys, merges are done, and tags are dropped
    unless `on_tag` makes something of them.

    Raises InputError, with file, line and column, for a text that is too long, binary or not
    YAML, and for repeated keys and aliases that expand beyond measure.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        raise error_at(
            f"holds more than {MOST_CHARACTERS:,} characters",
            file,
            1,
            1,
            "split it into files of one job each",
        )
    try:
        documents = parse(text)
    except YamlError as error:
        raise error_at(error.what, file, error.line, error.column, _remedy(text)) from None
    keys, changes = _survey(documents)
    _check_repeats(text, file, keys)
    if not changes:
        return documents
    try:
        return [_plain(document, on_tag) if on_tag else _plain(document) for document in documents]
    except ValueError as error:
        match = (_MERGE_KEY if _MERGE in str(error) else _TEMPLATE).search(text)
        where = line_and_column(text, match.start()) if match else (1, 1)
        raise error_at(str(error), file, *where, _remedy(text)) from None


def readable_documents(text: str, file: str) -> tuple[str, list[Any], list[InputError]]:
    """The text with nothing in place of each document that is not YAML, the documents of the rest,
    and what is wrong with each that is not.

    Raises InputError, as `parse_documents` does, where no document can be read.
    """
    try:
        return text, parse_documents(text, file), []
    except InputError as error:
        lines = text.split("\n")
        starts = [0, *(n for n, line in enumerate(lines) if n and _DIVIDER.match(line))]
        problems: list[InputError] = []
        for start, end in itertools.pairwise([*starts, len(lines)]):
            try:
                parse_documents("\n" * start + "\n".join(lines[start:end]), file)
            except InputError as own:
                problems.append(own)
                lines[start:end] = ["---", *[""] * (end - start - 1)]
        if len(problems) in (0, len(starts)):
            raise error from None
    readable = "\n".join(lines)
    return readable, parse_documents(readable, file), problems


def error_at(what: str, file: str, line: int, column: int, remedy: str = "") -> InputError:
    """An error at a position of a file."""
    return InputError(what, where=f"{file}:{line}:{column}", remedy=remedy)


RENDER = "have the template filled in first, as in helm template FOLDER | advisor check -"


def _remedy(text: str) -> str:
    return RENDER if is_template(text) else ""


def is_template(text: str) -> bool:
    """Whether something else makes the text: it has `{{ }}` in it."""
    return _TEMPLATE.search(text) is not None


def _survey(documents: list[Any]) -> tuple[int, bool]:
    """How many keys all maps have together, and whether `plain` would change any of it."""
    count, changes = 0, False
    waiting: list[Any] = [documents]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            count += len(value)
            if _MERGE in value or not _TEXT.issuperset(map(type, value)):
                changes = True
            waiting += [entry for entry in value.values() if type(entry) not in _SCALARS]
        elif type(value) is list:
            waiting += [entry for entry in value if type(entry) not in _SCALARS]
        elif _is_tagged(value):
            changes = True
            waiting.append(value.value)
    return count, changes


def _plain(value: Any, on_tag: _OnTag = lambda _, value: value) -> Any:
    """The value with merges done and keys as the text they stand for, its tags dropped unless
    `on_tag` makes something of them. Raises ValueError for a key that is a map or a list."""
    if isinstance(value, dict):
        # Keys of the map itself win over merged ones, earlier merged maps over later ones.
        mapping = {_key(key): _plain(entry, on_tag) for key, entry in value.items()}
        if _MERGE not in mapping:
            return mapping
        stated = mapping.pop(_MERGE)
        merged: dict[str, Any] = {}
        for base in stated if isinstance(stated, list) else [stated]:
            if not isinstance(base, dict):
                raise ValueError("'<<' merges a map or a list of maps")
            merged = {**base, **merged}
        return {**merged, **mapping}
    if isinstance(value, list):
        return [_plain(entry, on_tag) for entry in value]
    if _is_tagged(value):
        return on_tag(value.tag or "", _plain(value.value, on_tag))
    return value


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if _is_tagged(key):
        if isinstance(key.value, dict | list):
            raise ValueError("a key that is itself a map or a list")
        return _key(key.value)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return str(key)


def _is_tagged(value: Any) -> bool:
    return hasattr(value, "tag") and hasattr(value, "value")


def _check_repeats(text: str, file: str, keys: int) -> None:
    """Raises InputError at a key that its map has already; `keys` is how many were read.

    As many as there are colons means that none was lost; only else are the positions of the keys
    looked at, which takes far longer.
    """
    if not _has_alias(text):
        if _colons(text) == keys:
            return
        if "#" in text and _colons(_COMMENT.sub(r"\1", text)) == keys:
            return
    for document in compose_all(text):
        _check(document, file)


def _colons(text: str) -> int:
    quoted = len(_BEHIND_QUOTE.findall(text)) if '":' in text or "':" in text else 0
    return sum(map(text.count, _BLANKS)) + text.endswith(":") + quoted


def _has_alias(text: str) -> bool:
    """Whether values may have been multiplied, so that counting says nothing."""
    return "*" in text and "&" in text


def _check(node: Any, file: str) -> None:
    """Check each node once, though aliases lead to it several times."""
    import yaml

    seen: set[int] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, yaml.SequenceNode):
            waiting += reversed(current.value)
        elif isinstance(current, yaml.MappingNode):
            _check_map(current, file)
            waiting += [value for _, value in reversed(current.value)]


def _check_map(node: Any, file: str) -> None:
    import yaml

    names: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in names:
            mark = key.start_mark
            raise InputError(
                f"key `{key.value}` is given twice",
                where=f"{file}:{mark.line + 1}:{mark.column + 1}",
                remedy="keep one of them",
            )
        names.add(key.value)


Path = Sequence[str | int]


class Positions:
    """The positions of one text; line and column count from 1."""

    def __init__(self, text: str) -> None:
        self._documents = compose_all(text.removeprefix("\ufeff"))
        self._keys: dict[int, dict[str, tuple[Any, Any]]] = {}
        """What a mapping has, by the identity of its node."""

    def of(self, path: Path, document: int = 0) -> tuple[int, int]:
        """The position of the key that `path` ends with, of the element where that is a number,
        or of the nearest thing above it that the text has."""
        if document >= len(self._documents):
            return 1, 1
        node = self._documents[document]
        mark = node.start_mark
        for step in path:
            below = self._below(node, step)
            if below is None:
                break
            node, mark = below
        return mark.line + 1, mark.column + 1

    def _below(self, node: Any, step: str | int) -> tuple[Any, Any] | None:
        """The value one step down, and the mark that stands for it."""
        import yaml

        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            entry = node.value[step] if 0 <= step < len(node.value) else None
            return (entry, entry.start_mark) if entry is not None else None
        if not isinstance(node, yaml.MappingNode):
            return None
        own = self._own_keys(node).get(str(step))
        merges = () if own else [value for key, value in node.value if key.value == "<<"]
        merged = (self._merged(value, step) for value in merges)
        return own or next((entry for entry in merged if entry), None)

    def _own_keys(self, node: Any) -> dict[str, tuple[Any, Any]]:
        """Where a key is twice, the first."""
        known = self._keys.get(id(node))
        if known is None:
            pairs = reversed(node.value)
            known = {key.value: (value, key.start_mark) for key, value in pairs if _is_plain(key)}
            self._keys[id(node)] = known
        return known

    def _merged(self, node: Any, step: str | int) -> tuple[Any, Any] | None:
        import yaml

        for child in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if entry := self._below(child, step):
                return entry
        return None


def _is_plain(key: Any) -> bool:
    """Whether a key is a text, and no list or mapping."""
    return isinstance(key.value, str)


def position(text: str, path: Path, document: int = 0) -> tuple[int, int]:
    """`Positions` for a single question."""
    return Positions(text).of(path, document)
