"""Equal values kept once: of thousands of pod templates, most parts are the same."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

Value = TypeVar("Value")


class Sharing:
    """Gives, for a record and all that it is made of, the equal one that was met first."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, value: Value) -> Value:
        """Equal to the value. A map stays a map of its own class, shared as everything else, so
        nobody may change one."""
        return cast(Value, self._of(value))

    def _of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._mapping(value)
        try:
            known = self._known.get(value)
        except TypeError:
            return self._made(value)
        if known is not None and type(known) is type(value):
            return known
        made = self._made(value)
        if isinstance(value, str | tuple | msgspec.Struct):
            self._known[made] = made
        return made

    def _made(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._of, value))
        if isinstance(value, msgspec.Struct):
            parts = {name: self._of(getattr(value, name)) for name in value.__struct_fields__}
            return type(value)(**parts)
        return value

    def _mapping(self, value: dict[Any, Any]) -> Any:
        made = {self._of(key): self._of(one) for key, one in value.items()}
        try:
            return self._known.setdefault(_Items(tuple(made.items())), made)
        except TypeError:
            return made


class _Items(msgspec.Struct, frozen=True, gc=False):
    """The entries of a map, told from a tuple of pairs."""

    pairs: tuple[Any, ...]
