"""What an engine's inspect answered; what is missing or of the wrong kind is empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Inspected:
    """One answer, or a part of it."""

    def __init__(self, value: Any) -> None:
        self._value = value if isinstance(value, Mapping) else {}

    def value(self, *keys: str) -> Any:
        """Whatever stands there; None when nothing does."""
        found: Any = self._value
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def text(self, *keys: str) -> str:
        """A text, else empty."""
        found = self.value(*keys)
        return found if isinstance(found, str) else ""

    def number(self, *keys: str) -> int:
        """A whole number, else 0."""
        found = self.value(*keys)
        return found if isinstance(found, int) and not isinstance(found, bool) else 0

    def on(self, *keys: str) -> bool:
        """Whether it is true."""
        return self.value(*keys) is True

    def texts(self, *keys: str) -> list[str]:
        """The texts of a list; one text is a list of it."""
        found = self.value(*keys)
        if isinstance(found, str):
            return [found]
        return [text for text in _list(found) if isinstance(text, str)]

    def parts(self, *keys: str) -> list[Inspected]:
        """The objects of a list."""
        return [Inspected(part) for part in _list(self.value(*keys)) if isinstance(part, Mapping)]

    def names(self, *keys: str) -> list[str]:
        """The keys of an object, in order."""
        found = self.value(*keys)
        return [str(key) for key in found] if isinstance(found, Mapping) else []

    def pairs(self, *keys: str) -> dict[str, str]:
        """The texts of an object by key."""
        found = self.value(*keys)
        items: Iterable[tuple[Any, Any]] = found.items() if isinstance(found, Mapping) else ()
        return {
            str(key): "" if value is None else value
            for key, value in items
            if value is None or isinstance(value, str)
        }


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
