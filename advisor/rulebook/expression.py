"""CEL conditions: compiled once, evaluated to true, false, missing or a fault; and which facts one
reads, by a walk over its checked expression.

The compiler hands that out as protobuf (cel.expr.CheckedExpr inside an Any). Six field numbers of
it are needed here, too few to carry a protobuf runtime for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Literal

import msgspec
from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings
from msgspec import structs

_PROBLEM = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED = re.compile(r"^undeclared reference to '([^']*)'")
_MISSING = re.compile(r'^NOT_FOUND: Key not found in map : "?(.*?)"?$')
_NO_VARIABLE = re.compile(r'No value with name "(.*)" found in Activation')


class Missing(msgspec.Struct, frozen=True):
    """The condition depends on a fact that is not there; `key` is its last name."""

    key: str


class Fault(msgspec.Struct, frozen=True):
    """The condition cannot be evaluated on these facts, which is the rule's own mistake."""

    text: str


Result = bool | Missing | Fault


class ExpressionError(Exception):
    """A condition that does not compile: what is wrong, and at which character of it."""

    def __init__(self, what: str, offset: int) -> None:
        self.what = what
        self.offset = offset
        super().__init__(what)


class Expression:
    """A condition, compiled when it is first needed. `activation` is shared by all conditions over
    the same facts."""

    def __init__(self, compile: Callable[[], Any]) -> None:
        self._compile = compile

    @cached_property
    def _compiled(self) -> Any:
        return self._compile()

    def evaluate(self, activation: Any) -> Result:
        """Three-valued: a missing fact counts only where the rest does not decide already."""
        try:
            value = self._compiled.eval(activation)
        except RuntimeError as error:  # it takes more steps than conditions may
            return Fault(str(error))
        answer = value.value()
        if answer is True or answer is False:
            return bool(answer)
        type_name = value.type().name()
        if type_name != "ERROR":
            return Fault(f"the condition gives {type_name.lower()} instead of true or false")
        missing = _MISSING.match(answer) or _NO_VARIABLE.search(answer)
        if missing:
            return Missing(missing.group(1))
        return Fault(str(answer).partition(": ")[2] or str(answer))

    def number(self, activation: Any) -> int | None:
        """What an expression of numbers gives; None where something is missing or wrong."""
        try:
            answer = self._compiled.eval(activation).value()
        except RuntimeError:
            return None
        return answer if type(answer) is int else None

    def serialized(self) -> bytes:
        """The checked expression in its protobuf form (google.api.expr.v1alpha1)."""
        return bytes(self._compiled.serialize())


class Environment:
    """The names a condition may use; `optional` adds `a.?b.orValue(c)` and `cel.bind(...)`, as
    Kubernetes has them, and `functions` are declarations of more functions."""

    def __init__(
        self, names: tuple[str, ...], *, optional: bool = False, functions: Sequence[Any] = ()
    ) -> None:
        self.names = names
        more = [ext_optional.ExtOptional(), ext_bindings.ExtBindings()] if optional else []
        self._env = cel.NewEnv(
            variables=dict.fromkeys(names, cel.Type.DYN),
            extensions=[ext_strings.ExtStrings(), *more],
            functions=list(functions),
        )

    def compile(self, source: str) -> Expression:
        """Raises ExpressionError for bad syntax, unknown names and anything but a condition."""
        try:
            compiled = self._env.compile(source)
        except RuntimeError as error:
            raise self._refusal(source, str(error)) from None
        gives = compiled.return_type().name()
        if gives not in ("BOOL", "DYN"):
            raise ExpressionError(f"gives {gives.lower()} instead of true or false", 0)
        return Expression(lambda: compiled)

    def later(self, source: str) -> Expression:
        """A condition that is known to compile."""
        return Expression(lambda: self._env.compile(source))

    def text(self, source: str, activation: Any) -> str | None:
        """The text that an expression gives; None where it gives none."""
        try:
            value = self._env.compile(source).eval(activation)
        except RuntimeError:
            return None
        return str(value.value()) if value.type().name() == "STRING" else None

    def activation(self, facts: Mapping[str, Any]) -> Any:
        """The facts by variable, in the form that `Expression.evaluate` takes."""
        return self._env.Activation(facts)

    def _refusal(self, source: str, text: str) -> ExpressionError:
        match = _PROBLEM.search(text)
        if match is None:
            return ExpressionError(text, 0)
        line, column, what = int(match.group(1)), int(match.group(2)), match.group(3)
        lines = source.split("\n")
        offset = sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
        undeclared = _UNDECLARED.match(what)
        if undeclared:
            name = undeclared.group(1)
            known = ", ".join(f"`{name}`" for name in self.names)
            what = f"unknown name `{name.partition('.')[0]}`; the variables here are {known}"
            # The compiler points at the last dot of a path and at the bracket of a call.
            before = name.rpartition(".")[0] or (name if source[offset : offset + 1] == "(" else "")
            offset = max(offset - len(before), 0)
        return ExpressionError(what, offset)


@lru_cache(maxsize=64)
def environment(names: tuple[str, ...]) -> Environment:
    """The environment of these variables; making one takes 0.7 ms, so they are kept."""
    return Environment(names)


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
