"""The stage that every record from outside passes before it is kept: each text of each field, by
the name it goes under and by its shape, so that a new field is covered without being thought of."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from advisor.facts.secrecy import (
    MARK,
    RANDOM_VALUE,
    VALUE_KEYS,
    looks_secret,
    redact_image,
    redact_named,
    redact_text,
    redact_words,
)
from advisor.facts.secret_shapes import without_shapes
from advisor.facts.source import Redaction

# Names of images and of contents, which may look like a token and are none.
IMAGE_FIELDS = frozenset(
    {
        *("image", "images", "image_id", "names", "tags", "digests", "reference"),
        *("id", "digest", "layers"),
    }
)
_NO_NAME = re.compile(r"[\s=]")
_LONGEST_KEPT = 200
_KEPT = (int, float, bool, type(None), bytes)
T = TypeVar("T")


def redact(value: T, redactor: str = "record", path: str = "") -> tuple[T, tuple[Redaction, ...]]:
    """The value with every secret in it replaced, and where how many were.

    Doing it again changes nothing. Values without a secret are given back as they are.
    """
    counts: dict[str, int] = {}
    clean: T = _value(value, path, "", counts)
    return clean, tuple(
        Redaction(path=place, redactor=redactor, count=count)
        for place, count in sorted(counts.items())
    )


def without_secrets(value: T) -> T:
    """The value with every secret in it replaced, without the list of places."""
    return redact(value)[0]


def without_values(value: T, secrets: Sequence[str], left: Collection[str] = ()) -> T:
    """The value with each of the secrets replaced wherever it stands; fields in `left` stay."""
    if not secrets:
        return value
    pattern = re.compile("|".join(map(re.escape, secrets)))
    clean: T = _mapped(value, lambda text: pattern.sub(MARK, text), left)
    return clean


def _mapped(value: Any, change: Callable[[str], str], left: Collection[str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        made = {
            name: _mapped(field, change, left)
            for name, field in fields.items()
            if field and name not in left
        }
        changes = {name: changed for name, changed in made.items() if changed != fields[name]}
        return msgspec.structs.replace(value, **changes) if changes else value
    if isinstance(value, dict):
        return {
            _mapped(key, change, left): _mapped(entry, change, left) for key, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(_mapped(entry, change, left) for entry in value)
    return value


def _value(value: Any, path: str, field: str, counts: dict[str, int]) -> Any:
    if isinstance(value, str):
        return _text(value, path, field, counts)
    if isinstance(value, _KEPT):
        return value
    if isinstance(value, msgspec.Struct):
        return _struct(value, path, counts)
    if isinstance(value, Mapping):
        return _mapping(value, path, field, counts)
    if isinstance(value, list | tuple):
        return _sequence(value, path, field, counts)
    return value


def _text(text: str, path: str, field: str, counts: dict[str, int]) -> str:
    if field in IMAGE_FIELDS and _NO_NAME.search(text) is None:
        clean = redact_image(text)
    else:
        clean = _short_text(text) if len(text) <= _LONGEST_KEPT else redact_text(text)[0]
    return _noted(text, clean, path, counts)


@lru_cache(maxsize=65536)
def _short_text(text: str) -> str:
    return redact_text(text)[0]


_short_words = lru_cache(maxsize=65536)(redact_words)


def _noted(before: str, after: str, path: str, counts: dict[str, int]) -> str:
    if before == after:
        # The very text: an equal one from a cache would be written where a default is left out.
        return before
    counts[path] = counts.get(path, 0) + 1
    return after


def _struct(record: msgspec.Struct, path: str, counts: dict[str, int]) -> Any:
    changes = {}
    for field in record.__struct_fields__:
        value = getattr(record, field)
        if not value or isinstance(value, _KEPT):
            continue
        clean = _value(value, f"{path}.{field}" if path else field, field, counts)
        if clean is not value:
            changes[field] = clean
    return msgspec.structs.replace(record, **changes) if changes else record


def _mapping(mapping: Mapping[Any, Any], path: str, field: str, counts: dict[str, int]) -> Any:
    """A map; what it holds is judged by the name in it, or by the one that it goes under."""
    stated = mapping.get("name", mapping.get("key", field))
    clean: dict[Any, Any] = {}
    for key, value in mapping.items():
        held = key in VALUE_KEYS and isinstance(stated, str) and bool(stated)
        name = str(stated) if held else str(key)
        if isinstance(value, str):
            clean[_key(key)] = _noted(value, _short_named(name, value), path, counts)
        elif held and isinstance(value, list | tuple) and looks_secret(name, RANDOM_VALUE):
            clean[_key(key)] = [_held(name, entry, path, counts) for entry in value]
        else:
            clean[_key(key)] = _value(value, path, name, counts)
    return mapping if _same(clean, mapping) else clean


def _held(name: str, entry: Any, path: str, counts: dict[str, int]) -> Any:
    if isinstance(entry, str):
        return _noted(entry, _short_named(name, entry), path, counts)
    return _value(entry, path, name, counts)


@lru_cache(maxsize=65536)
def _short_named(name: str, value: str) -> str:
    return redact_named(name, value)


def _key(key: Any) -> Any:
    if not isinstance(key, str):
        return key
    return _short_text(key) if " " in key else without_shapes(key, MARK)


def _same(clean: Mapping[Any, Any], before: Mapping[Any, Any]) -> bool:
    return clean.keys() == before.keys() and all(
        clean[key] is value or clean[key] == value for key, value in before.items()
    )


def _sequence(values: Any, path: str, field: str, counts: dict[str, int]) -> Any:
    """A list; one of texts is looked at as the words of a command."""
    if field in IMAGE_FIELDS and all(isinstance(value, str) for value in values):
        clean: list[Any] = [_text(value, path, field, counts) for value in values]
    elif all(isinstance(value, str) for value in values):
        short = sum(map(len, values)) <= _LONGEST_KEPT
        words, count = (_short_words if short else redact_words)(tuple(values))
        clean = list(words)
        if count:
            counts[path] = counts.get(path, 0) + count
    else:
        clean = [
            _value(element, f"{path}[{_called(element, number)}]", field, counts)
            for number, element in enumerate(values)
        ]
    if all(new is old or new == old for new, old in zip(clean, values, strict=True)):
        return values
    return clean if isinstance(values, list) else tuple(clean)


def _called(value: Any, number: int) -> str:
    """What an element is called in a path: by its name where it has one."""
    name = getattr(value, "name", None) or (value.get("name") if isinstance(value, dict) else None)
    return without_shapes(name, MARK) if isinstance(name, str) and name else str(number)
