"""Statements of a Python program gone through once, as far as the commands hang on them."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import NamedTuple

from advisor.jobs.word import Word
from advisor.readers.python.values import (
    MOST_WORDS,
    Arguments,
    Value,
    as_key,
    as_list,
    changed,
    copied,
    is_open,
    leaves,
    merged,
    name_of,
    unknown,
)

MOST_CALLS = 200
MOST_DEPTH = 20
MOST_TURNS = 2_000
"""Calls of the program's own functions, within each other, and turns of loops that are followed."""


class Scope:
    """The names of a function, and those of the module or function around it."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.nodes: dict[str, ast.AST] = {}
        self.outer = outer

    def find(self, name: str) -> Value:
        """The value of a name; `Scope` itself where it has none."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return Scope


class Routine(NamedTuple):
    """A function of the program, and the names around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    scope: Scope


class Kind:
    """A class of the program: its functions and fields, those of its bases included."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[str, Value] = {}
        self.stated: list[str] = []


class Instance:
    """An object of a class; a field that it does not have is the class's."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.fields: dict[str, Value] = {}

    def find(self, name: str) -> Value:
        """A field or function; `Scope` where there is none."""
        return self.fields.get(name, self.kind.members.get(name, Scope))


class Statements(ABC):
    """Goes through statements; whoever extends it evaluates expressions."""

    def __init__(self) -> None:
        self._returned: list[list[Value]] = []
        self._called: set[ast.AST] = set()
        self._routines: list[tuple[Routine, Kind | None]] = []
        self._calls = 0
        self._turns = 0
        self.mentioned: set[str] = set()  # the names of all functions that are called
        self.repeated = self.aside = 0  # how deep in loops, and in ways that are not taken
        self.not_given: list[list[str]] = []  # parameters, by the functions that are gone through

    @abstractmethod
    def value(self, node: ast.AST, scope: Scope) -> Value:
        """What an expression gives."""

    @abstractmethod
    def truth(self, node: ast.expr, scope: Scope) -> bool | None:
        """Whether a test holds; None where only a run tells."""

    @abstractmethod
    def parameter(self, name: str, default: ast.expr | None) -> Value:
        """What a function has for a parameter that nobody gives."""

    @abstractmethod
    def left(self, scope: Scope) -> None:
        """Called at the end of each function and of the module."""

    def run(self, body: Sequence[ast.stmt], scope: Scope) -> bool:
        """Go through statements; whether what follows them is reached. Where a test ends them,
        another machine or other values may go on."""
        for number, statement in enumerate(body, 1):
            step = _STEPS.get(type(statement))
            if step is not None and not step(self, statement, scope):
                if isinstance(statement, ast.If):
                    self._look_at(body[number:], scope)
                return False
        return True

    def call(self, routine: Routine, given: Arguments, own: Instance | None = None) -> Value:
        """What a function of the program gives for these arguments."""
        name = routine.node.name
        if len(self._returned) >= MOST_DEPTH or self._calls >= MOST_CALLS:
            return unknown(name)
        self._calls += 1
        self._called.add(routine.node)
        scope = Scope(routine.scope)
        self.not_given.append([])
        self._bind(routine, given, own, scope)
        self._returned.append([])
        self.run(routine.node.body, scope)
        self.left(scope)
        self.not_given.pop()
        returned = self._returned.pop()
        if not returned:
            return None
        return reduce(partial(merged, name), returned[:MOST_WORDS])

    def make(self, kind: Kind, given: Arguments) -> Instance:
        """An object of a class of the program."""
        made = Instance(kind)
        start = kind.members.get("__init__")
        if isinstance(start, Routine):
            self.call(start, given, made)
        else:
            made.fields.update(zip(kind.stated, given.positional, strict=False))
            made.fields.update(given.named)
        return made

    def call_the_rest(self) -> None:
        """The functions that nothing called: somebody else gives them their arguments."""
        nothing = Arguments([], {})
        made: dict[str, Instance] = {}
        # What others call comes last: by then most of it was called with its arguments.
        ordered = sorted(self._routines, key=lambda each: each[0].node.name in self.mentioned)
        for routine, kind in ordered:
            if routine.node in self._called:
                continue
            own = None
            if kind is not None:
                own = made.get(kind.name) or self.make(kind, nothing)
                made[kind.name] = own
            if routine.node not in self._called:
                self.call(routine, nothing, own)

    def _bind(self, routine: Routine, given: Arguments, own: Instance | None, scope: Scope) -> None:
        stated = routine.node.args
        names = [each.arg for each in (*stated.posonlyargs, *stated.args)]
        defaults: dict[str, ast.expr | None] = dict(
            zip(reversed(names), reversed(stated.defaults), strict=False)
        )
        defaults |= {
            each.arg: default
            for each, default in zip(stated.kwonlyargs, stated.kw_defaults, strict=True)
        }
        if own is not None and names:
            scope.names[names.pop(0)] = own
        scope.names.update(zip(names, given.positional, strict=False))
        for each in (*stated.posonlyargs, *stated.args, *stated.kwonlyargs):
            if each.arg in given.named:
                scope.names[each.arg] = given.named[each.arg]
            elif each.arg not in scope.names:
                kind = scope.find(name_of(each.annotation)) if each.annotation else None
                scope.names[each.arg] = (
                    self.make(kind, Arguments([], {}))
                    if isinstance(kind, Kind)
                    else self.parameter(each.arg, defaults.get(each.arg))
                )
        if stated.vararg is not None:
            name, more = stated.vararg.arg, given.positional[len(names) :]
            scope.names[name] = more or [unknown(name, several=True)]
        if stated.kwarg is not None:
            known = {*names, *(each.arg for each in stated.kwonlyargs)}
            scope.names[stated.kwarg.arg] = {
                key: value for key, value in given.named.items() if key not in known
            }

    def assign(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Put a value in its place."""
        if isinstance(target, ast.Name):
            scope.names[target.id] = value
            scope.nodes[target.id] = target
        elif isinstance(target, ast.Attribute):
            holder = self.value(target.value, scope)
            if isinstance(holder, Instance):
                holder.fields[target.attr] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            known = isinstance(value, list) and len(value) == len(target.elts)
            values = value if known else [unknown(name_of(each)) for each in target.elts]
            for each, part in zip(target.elts, values, strict=True):
                self.assign(each, part, scope)
        elif isinstance(target, ast.Subscript):
            holder, key = self.value(target.value, scope), self.value(target.slice, scope)
            if isinstance(holder, dict) and len(holder) < MOST_WORDS:
                holder[as_key(key)] = value
            elif isinstance(holder, list) and isinstance(key, int) and abs(key) < len(holder):
                holder[key] = value

    def _assign(self, node: ast.Assign, scope: Scope) -> bool:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)
        return True

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> bool:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)
        return True

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> bool:
        held = self.value(node.target, scope)
        if isinstance(held, list) and isinstance(node.op, ast.Add):
            held += as_list(self.value(node.value, scope), name_of(node.value))
            del held[MOST_WORDS:]
        else:
            together = ast.BinOp(left=node.target, op=node.op, right=node.value)
            self.assign(node.target, self.value(ast.copy_location(together, node), scope), scope)
        return True

    def _expression(self, node: ast.Expr, scope: Scope) -> bool:
        self.value(node.value, scope)
        return not leaves(node.value)

    def _assert(self, node: ast.Assert, scope: Scope) -> bool:
        self.truth(node.test, scope)
        return True

    def _if(self, node: ast.If, scope: Scope) -> bool:
        test = self.truth(node.test, scope)
        if test is None:
            return self._either([node.body, node.orelse], scope)
        taken, other = (node.body, node.orelse) if test else (node.orelse, node.body)
        goes_on = self.run(taken, scope)
        self._look_at(other, scope)
        return goes_on

    def _look_at(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Commands of a way that is not taken as the program stands: nothing else of it stays."""
        if not body:
            return
        before = {name: copied(value) for name, value in scope.names.items()}
        self._returned.append([])
        self.aside += 1
        self.run(body, scope)
        self.aside -= 1
        self._returned.pop()
        scope.names = before

    def _either(self, ways: Sequence[Sequence[ast.stmt]], scope: Scope) -> bool:
        """One of several ways, of which only a run tells which; one that ends the function leaves
        nothing behind."""
        names = dict.fromkeys(name for way in ways for name in changed(way))
        before = {name: scope.names[name] for name in names if name in scope.names}
        ends: list[dict[str, Value]] = []
        for way in ways:
            scope.names.update({name: copied(value) for name, value in before.items()})
            if self.run(way, scope):
                ends.append({name: scope.find(name) for name in names})
        if not ends:
            return False
        for name in names:
            values = [end[name] for end in ends if end[name] is not Scope]
            if values:
                scope.names[name] = reduce(partial(merged, name), values)
        return True

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> bool:
        """Each turn over a list that is known; else one, in which what a list gains stands for any
        number of words."""
        values = self.value(node.iter, scope)
        if isinstance(values, list) and not any(map(_is_any_number, values)):
            for value in values:
                self._turns += 1
                if self._turns > MOST_TURNS:
                    break
                self.assign(node.target, value, scope)
                self.run(node.body, scope)
            return self.run(node.orelse, scope)
        self.assign(node.target, unknown(name_of(node.target)), scope)
        return self._turn(node, scope, name_of(node.iter))

    def _turn(self, node: ast.For | ast.AsyncFor | ast.While, scope: Scope, name: str) -> bool:
        lists = {
            each: len(held)
            for each in changed(node.body)
            if isinstance(held := scope.find(each), list)
        }
        self.repeated += 1
        self.run(node.body, scope)
        self.repeated -= 1
        for each, length in lists.items():
            now = scope.find(each)
            if isinstance(now, list) and len(now) > length:
                scope.names[each] = [*now[:length], unknown(name, several=True)]
        return True

    def _while(self, node: ast.While, scope: Scope) -> bool:
        return self._turn(node, scope, "repeated")

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> bool:
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
        return self.run(node.body, scope)

    def _try(self, node: ast.Try, scope: Scope) -> bool:
        goes_on = self.run(node.body, scope) and self.run(node.orelse, scope)
        return self.run(node.finalbody, scope) and goes_on

    def _match(self, node: ast.Match, scope: Scope) -> bool:
        self.value(node.subject, scope)
        return self._either([case.body for case in node.cases], scope)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> bool:
        routine = Routine(node, scope)
        scope.names[node.name] = routine
        self._routines.append((routine, None))
        return True

    def _class(self, node: ast.ClassDef, scope: Scope) -> bool:
        kind = Kind(node.name)
        for base in node.bases:
            above = scope.find(name_of(base))
            if isinstance(above, Kind):
                kind.members.update(above.members)
                kind.stated += above.stated
        inner = Scope(scope)
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                routine = Routine(statement, scope)
                kind.members[statement.name] = routine
                self._routines.append((routine, kind))
            else:
                self.run([statement], inner)
            if isinstance(statement, ast.AnnAssign):
                kind.stated.append(name_of(statement.target))
        kind.members.update(inner.names)
        scope.names[node.name] = kind
        return True

    def _return(self, node: ast.Return, scope: Scope) -> bool:
        value = None if node.value is None else self.value(node.value, scope)
        if self._returned and len(self._returned[-1]) < MOST_WORDS:
            self._returned[-1].append(value)
        if isinstance(value, (list, Word)):
            scope.names[""], scope.nodes[""] = value, node
        return False

    def _end(self, _: ast.stmt, __: Scope) -> bool:
        return False


def _is_any_number(value: Value) -> bool:
    return is_open(value) and not value.parts[0].quoted


_STEPS: dict[type[ast.stmt], Callable[..., bool]] = {
    ast.AnnAssign: Statements._annotated,
    ast.Assert: Statements._assert,
    ast.Assign: Statements._assign,
    ast.AsyncFor: Statements._for,
    ast.AsyncFunctionDef: Statements._function,
    ast.AsyncWith: Statements._with,
    ast.AugAssign: Statements._augmented,
    ast.Break: Statements._end,
    ast.ClassDef: Statements._class,
    ast.Continue: Statements._end,
    ast.Expr: Statements._expression,
    ast.For: Statements._for,
    ast.FunctionDef: Statements._function,
    ast.If: Statements._if,
    ast.Match: Statements._match,
    ast.Raise: Statements._end,
    ast.Return: Statements._return,
    ast.Try: Statements._try,
    ast.While: Statements._while,
    ast.With: Statements._with,
}
