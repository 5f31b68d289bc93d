"""Answers of an engine, read so that a missing, null or odd field costs that field only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

ZERO_TIME = "0001-01-01"


class Document:
    """A JSON object. Every reader takes the keys that lead to a field, outermost first."""

    def __init__(self, data: Any) -> None:
        self._data: dict[str, Any] = data if isinstance(data, dict) else {}

    def text(self, *keys: str) -> str:
        """The text at the keys; empty when absent or not a text."""
        value = self._find(keys)
        return value if isinstance(value, str) else ""

    def number(self, *keys: str) -> int | None:
        """The whole number at the keys; None when absent or not one."""
        value = self._find(keys)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def positive(self, *keys: str) -> int | None:
        """None also for zero and below, which engines send for "not set"."""
        value = self.number(*keys)
        return value if value is not None and value > 0 else None

    def flag(self, *keys: str) -> bool:
        """The boolean at the keys; False when absent."""
        return self._find(keys) is True

    def texts(self, *keys: str) -> tuple[str, ...]:
        """The texts of a list, or a lone text as the only one."""
        value = self._find(keys)
        items = value if isinstance(value, list) else [value]
        return tuple(item for item in items if isinstance(item, str))

    def rows(self, *keys: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts."""
        value = self._find(keys)
        rows = value if isinstance(value, list) else []
        return tuple(Document({"row": row}).texts("row") for row in rows)

    def documents(self, *keys: str) -> tuple[Document, ...]:
        """The objects of a list."""
        value = self._find(keys)
        items = value if isinstance(value, list) else []
        return tuple(Document(item) for item in items if isinstance(item, dict))

    def count(self, *keys: str) -> int:
        """How many entries a list has, whatever they are."""
        value = self._find(keys)
        return len(value) if isinstance(value, list) else 0

    def names(self, *keys: str) -> tuple[str, ...]:
        """The keys of an object."""
        value = self._find(keys)
        return tuple(value) if isinstance(value, dict) else ()

    def texts_by_name(self, *keys: str) -> dict[str, str]:
        """An object of texts."""
        value = self._find(keys)
        items: Mapping[str, Any] = value if isinstance(value, dict) else {}
        return {name: text for name, text in items.items() if isinstance(text, str)}

    def time(self, *keys: str) -> str:
        """A time in UTC to the second, RFC 3339; empty when absent or the zero time."""
        return utc(self.text(*keys))

    def _find(self, keys: tuple[str, ...]) -> Any:
        value: Any = self._data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


def utc(text: str) -> str:
    """An RFC 3339 time in UTC to the second; empty when it is none."""
    if not text or text.startswith(ZERO_TIME):
        return ""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
