"""CEL conditions: compiled once, evaluated to true, false, missing or a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

import msgspec
from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

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
    """The names a condition may use; `optional` adds `a.?b.orValue(c)`, as Kubernetes has it."""

    def __init__(self, names: tuple[str, ...], *, optional: bool = False) -> None:
        self.names = names
        more = [ext_optional.ExtOptional()] if optional else []
        self._env = cel.NewEnv(
            variables=dict.fromkeys(names, cel.Type.DYN),
            extensions=[ext_strings.ExtStrings(), *more],
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
