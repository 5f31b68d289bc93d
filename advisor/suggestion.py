"""What a mistyped word may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

_BAD_CHOICE = re.compile(r"^Invalid enum value (.+)$")


def suggestion(word: str, known: Iterable[str], *, listing: bool = True) -> str:
    """`, did you mean 'audit'?` for the nearest known word.

    Without a near one all of them, or nothing where `listing` them would be too long.
    """
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f", did you mean '{near[0]}'?"
    return f"; there is: {', '.join(words)}" if listing else ""


def with_choices(what: str, shape: Any, keys: Sequence[str | int]) -> str:
    """msgspec's words for a value that is none of a few, with those few: `shape` is the type that
    was asked for, `keys` lead to the value in it. Other words stay as they are."""
    match = _BAD_CHOICE.match(what)
    choices = _choices(msgspec.inspect.type_info(shape), keys) if match else ()
    return f"{match[1]} is none of: {', '.join(choices)}" if match and choices else what


def _choices(kind: msgspec.inspect.Type, keys: Sequence[str | int]) -> tuple[str, ...]:
    if isinstance(kind, msgspec.inspect.UnionType):
        found = (_choices(one, keys) for one in kind.types)
        return next((choices for choices in found if choices), ())
    if not keys:
        values = kind.values if isinstance(kind, msgspec.inspect.LiteralType) else ()
        return tuple(str(value) for value in values)
    if isinstance(kind, msgspec.inspect.StructType):
        fields = {field.encode_name: field.type for field in kind.fields}
        inner = fields.get(str(keys[0]), fields.get(str(keys[0]).replace("-", "_")))
        return _choices(inner, keys[1:]) if inner is not None else ()
    if isinstance(kind, msgspec.inspect.DictType):
        return _choices(kind.value_type, keys[1:])
    if isinstance(kind, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return _choices(kind.item_type, keys[1:])
    return ()
