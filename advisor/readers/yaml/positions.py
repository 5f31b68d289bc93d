"""Where the values of a text stand; slow, so only for files that something is said about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from advisor.yaml_text import compose_all

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
