"""Records with a text of the caller's in every place that holds one."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

DEEPEST = 6
"""Records within records; from there on what may be left out is."""


def filled(kind: Any, text: str, field: str = "", depth: int = 0) -> Any:
    """A value of the type in which every text is `text`; a new field is filled by itself."""
    origin = get_origin(kind)
    if kind is str:
        return text
    if kind is Any:
        return text
    if origin in (Union, types.UnionType):
        chosen = [one for one in get_args(kind) if one is not type(None)]
        if depth > DEEPEST and len(chosen) < len(get_args(kind)):
            return None
        return filled(chosen[0], text, field, depth)
    if origin is Literal:
        return get_args(kind)[0]
    if origin is tuple:
        arguments = get_args(kind)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return (filled(arguments[0], text, field, depth),)
        return tuple(filled(one, text, field, depth) for one in arguments)
    if origin is dict:
        key, value = get_args(kind)
        return {filled(key, "note", field, depth): filled(value, text, field, depth)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        return kind(
            **{name: filled(hints[name], text, name, depth + 1) for name in kind.__struct_fields__}
        )
    if kind in (int, float):
        return kind(1)
    return True if kind is bool else kind()
