"""Which facts a compiled condition reads, and where: a walk over its checked expression.

The compiler hands it out as protobuf (cel.expr.CheckedExpr inside an Any). Six field numbers of it
are needed here, too few to carry a protobuf runtime for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import structs

_ANY_VALUE = 2
_CHECKED_EXPR, _CHECKED_SOURCE, _SOURCE_POSITIONS = 4, 5, 4
_ID, _CONSTANT, _IDENT, _SELECT, _CALL, _LIST, _STRUCT, _COMPREHENSION = range(2, 10)
_CONSTANT_NULL, _CONSTANT_STRING = 1, 6
_INDEX = b"_[_]"

Message = dict[int, list[Any]]
Bindings = Mapping[str, str | None]


UseForm = Literal["", "asked", "counted", "listed", "printed"]
"""What becomes of a value: only asked for being there, or for its length; in a text also listed or
printed as it is; empty for everything else."""


class FactUse(msgspec.Struct, frozen=True, kw_only=True):
    """A path as written, the character it starts at, whether `has()` asks for it, and its use."""

    path: str
    offset: int
    tested: bool = False
    form: UseForm = ""


def condition_facts(serialized: bytes, variables: tuple[str, ...]) -> list[FactUse]:
    """Every path below the variables that the condition reads, in the order of the text.

    Names bound by `exists`, `all`, `filter` and `map` stand for the list they run over, where that
    is a path itself.
    """
    checked = _message(_message(serialized)[_ANY_VALUE][0])
    source = _message(checked.get(_CHECKED_SOURCE, [b""])[0])
    entries = (_message(entry) for entry in source.get(_SOURCE_POSITIONS, []))
    positions = {entry.get(1, [0])[0]: entry.get(2, [0])[0] for entry in entries}
    bindings = {name: name for name in variables}
    uses = _walk(_message(checked[_CHECKED_EXPR][0]), bindings, positions)
    return sorted(uses, key=lambda use: use.offset)


def condition_calls(serialized: bytes) -> Iterator[tuple[str, int]]:
    """Every function that the condition calls, and in how many loops that make a list."""
    checked = _message(_message(serialized)[_ANY_VALUE][0])
    waiting = [(_message(checked[_CHECKED_EXPR][0]), 0)]
    while waiting:
        expr, depth = waiting.pop()
        if _CALL in expr:
            yield _sub(expr, _CALL)[2][0].decode(), depth
        if _COMPREHENSION in expr:
            loop = _sub(expr, _COMPREHENSION)
            inner = depth + (_LIST in _sub(loop, 4))
            yield "", inner
            waiting += [(_sub(loop, field), inner) for field in (2, 4, 5, 6, 7) if field in loop]
        waiting += [(child, depth) for child in _children(expr)]


def _walk(expr: Message, bindings: Bindings, positions: Mapping[int, int]) -> Iterator[FactUse]:
    path = _path(expr, bindings)
    if path is not None:
        tested = _SELECT in expr and bool(_sub(expr, _SELECT).get(3))
        yield FactUse(path=path, offset=_start(expr, positions), tested=tested)
        for index in _indexes(expr):
            yield from _walk(index, bindings, positions)
    elif _COMPREHENSION in expr:
        loop = _sub(expr, _COMPREHENSION)
        over = _sub(loop, 2)
        yield from _walk(over, bindings, positions)
        inner = dict(bindings)
        for field in (1, 3, 8):
            for name in loop.get(field, []):
                inner[name.decode()] = _path(over, bindings) if field == 1 else None
        for field in (4, 5, 6, 7):
            if field in loop:
                yield from _walk(_sub(loop, field), inner, positions)
    else:
        form = _form(expr)
        for child in _children(expr):
            for use in _walk(child, bindings, positions):
                itself = form and _path(child, bindings) == use.path
                yield structs.replace(use, form=form) if itself else use


def _form(expr: Message) -> UseForm:
    """What `x == null`, `x != null` and `size(x)` make of x."""
    if _CALL not in expr:
        return ""
    name = _sub(expr, _CALL)[2][0]
    if name == b"size":
        return "counted"
    compared = _children(expr) if name in (b"_==_", b"_!=_") else ()
    constants = (_sub(child, _CONSTANT) for child in compared if _CONSTANT in child)
    return "asked" if any(_CONSTANT_NULL in constant for constant in constants) else ""


def _path(expr: Message, bindings: Bindings) -> str | None:
    """The dotted path an expression is, or None when it is more than a path."""
    if _IDENT in expr:
        return bindings.get(_sub(expr, _IDENT)[1][0].decode())
    if _SELECT in expr:
        select = _sub(expr, _SELECT)
        below = _path(_sub(select, 1), bindings)
        return below and f"{below}.{select[2][0].decode()}"
    if _CALL in expr and _sub(expr, _CALL)[2][0] == _INDEX:
        container, index = (_message(raw) for raw in _sub(expr, _CALL)[3])
        below, key = _path(container, bindings), _constant_string(index)
        return f"{below}.{key}" if below and key is not None else below
    return None


def _constant_string(expr: Message) -> str | None:
    constant = _sub(expr, _CONSTANT) if _CONSTANT in expr else {}
    return constant[_CONSTANT_STRING][0].decode() if _CONSTANT_STRING in constant else None


def _indexes(expr: Message) -> Iterator[Message]:
    """The computed keys inside a path, which may read facts of their own."""
    if _SELECT in expr:
        yield from _indexes(_sub(_sub(expr, _SELECT), 1))
    elif _CALL in expr:
        container, index = (_message(raw) for raw in _sub(expr, _CALL)[3])
        yield from _indexes(container)
        yield index


def _children(expr: Message) -> Iterator[Message]:
    if _SELECT in expr:
        yield _sub(_sub(expr, _SELECT), 1)
    if _CALL in expr:
        call = _sub(expr, _CALL)
        yield from (_message(raw) for raw in (*call.get(1, []), *call.get(3, [])))
    if _LIST in expr:
        yield from (_message(raw) for raw in _sub(expr, _LIST).get(1, []))
    if _STRUCT in expr:
        for entry in map(_message, _sub(expr, _STRUCT).get(2, [])):
            yield from (_message(raw) for raw in (*entry.get(3, []), *entry.get(4, [])))


def _start(expr: Message, positions: Mapping[int, int]) -> int:
    """The first character of a path: its root's, since a selection's own place is its dot."""
    if _SELECT in expr:
        return _start(_sub(_sub(expr, _SELECT), 1), positions)
    if _CALL in expr:
        return _start(_message(_sub(expr, _CALL)[3][0]), positions)
    return positions.get(expr.get(_ID, [0])[0], 0)


def _sub(message: Message, field: int) -> Message:
    return _message(message[field][0])


def _message(data: bytes) -> Message:
    """A protobuf message as its fields' raw values by number: varints whole, the rest as bytes."""
    fields: Message = {}
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        wire = tag & 7
        values = fields.setdefault(tag >> 3, [])
        if wire == 0:
            number, position = _varint(data, position)
            values.append(number)
            continue
        length, position = _varint(data, position) if wire == 2 else (_WIDTHS[wire], position)
        values.append(data[position : position + length])
        position += length
    return fields


_WIDTHS = {1: 8, 5: 4}


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position
