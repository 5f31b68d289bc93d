"""Where the values of a text stand; slow, so only for files that something is said about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from advisor.jobs.yaml.expansion import compose_all

Path = Sequence[str | int]


class Positions:
    """The positions of one text; line and column count from 1."""

    def __init__(self, text: str) -> None:
        self._documents = compose_all(text.removeprefix("\ufeff"))

    def of(self, path: Path, document: int = 0) -> tuple[int, int]:
        """The position of the key that `path` ends with, of the element where that is a number,
        or of the nearest thing above it that the text has."""
        if document >= len(self._documents):
            return 1, 1
        node = self._documents[document]
        mark = node.start_mark
        for step in path:
            below = _below(node, step)
            if below is None:
                break
            node, mark = below
        return mark.line + 1, mark.column + 1


def position(text: str, path: Path, document: int = 0) -> tuple[int, int]:
    """`Positions` for a single question."""
    return Positions(text).of(path, document)


def _below(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """The value one step down, and the mark that stands for it."""
    import yaml

    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        found = node.value[step] if 0 <= step < len(node.value) else None
        return (found, found.start_mark) if found is not None else None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if key.value == str(step):
            return value, key.start_mark
    for key, value in node.value:
        if key.value == "<<" and (merged := _merged(value, step)):
            return merged
    return None


def _merged(node: Any, step: str | int) -> tuple[Any, Any] | None:
    import yaml

    for one in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        if found := _below(one, step):
            return found
    return None
