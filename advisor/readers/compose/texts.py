"""The texts in a parsed document, with tags on some of its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from advisor.readers.compose.merging import Tagged
from advisor.readers.yaml.positions import Path


def leads(value: Any, path: Path) -> bool:
    """Whether there is something at the path."""
    for step in path:
        value = value.value if isinstance(value, Tagged) else value
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return False
            value = value[step]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return False
    return True


def strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in the value, with its path."""
    if isinstance(value, Tagged):
        yield from strings(value.value, path)
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from strings(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from strings(entry, (*path, index))


def replaced(value: Any, texts: Iterator[str]) -> Any:
    """The value with each of its strings replaced, in the same order."""
    if isinstance(value, Tagged):
        return Tagged(value.tag, replaced(value.value, texts))
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: replaced(entry, texts) for key, entry in value.items()}
    return [replaced(entry, texts) for entry in value] if isinstance(value, list) else value
