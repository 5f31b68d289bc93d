"""The faults: each changes one place of a module's syntax tree the way a slip would."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Fault(NamedTuple):
    """One fault of a module: where it is, what it does, and the tree that has it."""

    line: int
    what: str
    tree: ast.Module


def faults(source: str) -> Iterator[Fault]:
    """Every fault of a module's text, in the order of the text."""
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        node._number = number  # type: ignore[attr-defined]
    for number in sorted(_judged(tree), key=lambda number: _line(tree, number)):
        for what, change in _changes(_node(tree, number)):
            faulty = copy.deepcopy(tree)
            change(_node(faulty, number))
            yield Fault(_line(tree, number), what, ast.fix_missing_locations(faulty))


def _judged(tree: ast.Module) -> set[int]:
    """The nodes that decide something: no annotations, no docstrings, nothing that is asserted."""
    passed_over: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts += [node.returns, *node.decorator_list]
        elif isinstance(node, ast.AnnAssign | ast.arg):
            parts.append(node.annotation)
        elif isinstance(node, ast.Assert | ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
            parts.append(node)
        elif isinstance(node, ast.ClassDef):
            parts += [*node.bases, *node.keywords, *node.decorator_list]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.append(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            parts += [node] if node.value.id == "Literal" else []
        for part in filter(None, parts):
            passed_over |= {below._number for below in ast.walk(part)}  # type: ignore[attr-defined]
    return {node._number for node in ast.walk(tree)} - passed_over  # type: ignore[attr-defined]


def _node(tree: ast.Module, number: int) -> ast.AST:
    return next(node for node in ast.walk(tree) if node._number == number)  # type: ignore[attr-defined]


def _line(tree: ast.Module, number: int) -> int:
    node = _node(tree, number)
    if isinstance(node, ast.comprehension):  # which has no place of its own
        node = node.target
    return getattr(node, "lineno", 0)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _compare(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{_name(node.op)} becomes {_name(other())}", _set("op", other)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "`not` is dropped", _set("op", ast.UAdd, keep_value=True)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        other_operator = _OPERATORS[type(node.op)]
        yield f"{_name(node.op)} becomes {other_operator.__name__}", _set("op", other_operator)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        name = _CALLS[node.func.id]
        yield f"{node.func.id} becomes {name}", lambda found: setattr(found.func, "id", name)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "the condition is dropped", lambda found: found.ifs.clear()  # type: ignore[attr-defined]
    elif isinstance(node, ast.If):
        yield "never taken", lambda found: setattr(found, "test", ast.Constant(False))
    elif isinstance(node, ast.Tuple) and _steps(node):
        yield "the first two change places", _swap


def _compare(node: ast.Compare) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    other = _COMPARISONS[type(node.ops[0])]
    yield (
        f"{_name(node.ops[0])} becomes {other.__name__}",
        lambda found: setattr(found, "ops", [other()]),
    )


def _constant(node: ast.Constant) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", lambda found: setattr(found, "value", not value)
    elif isinstance(value, int):
        yield f"{value} becomes {value + 1}", lambda found: setattr(found, "value", value + 1)


def _steps(node: ast.Tuple) -> bool:
    """Whether it is a list of things to try in turn."""
    return len(node.elts) >= 3 and all(isinstance(one, ast.Call) for one in node.elts)


def _swap(node: ast.AST) -> None:
    elements = node.elts  # type: ignore[attr-defined]
    elements[0], elements[1] = elements[1], elements[0]


def _set(field: str, kind: type[ast.AST], *, keep_value: bool = False) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        if keep_value:  # `not x` as `bool(x)`: what follows still gets a boolean
            operand = node.operand  # type: ignore[attr-defined]
            node.operand = ast.UnaryOp(op=ast.Not(), operand=operand)  # type: ignore[attr-defined]
            node.op = ast.Not()  # type: ignore[attr-defined]
        else:
            setattr(node, field, kind())

    return change


def _name(node: ast.AST) -> str:
    return type(node).__name__
