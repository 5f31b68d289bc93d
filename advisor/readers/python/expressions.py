"""Expressions of a Python program, as far as the commands hang on them."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from collections.abc import Callable, Iterator

from advisor.jobs.word import Expansion, Word, joined, word
from advisor.readers.python.follower import Instance, Kind, Routine, Scope, Statements
from advisor.readers.python.library import called
from advisor.readers.python.values import (
    MOST_WORDS,
    Arguments,
    Value,
    as_key,
    as_list,
    as_word,
    filled,
    is_open,
    merged,
    name_of,
    open_name,
    path_of,
    unknown,
)
from advisor.readers.shell.variables import NOTHING, Known

_MACHINE = re.compile(r"(?:is_)?(?:exists|isfile|isdir|is_file|is_dir|which|is_available|isatty)")


class Expressions(Statements):
    """Evaluates what one file says. `defaults` has, by its name, what the program itself takes for
    a value that its caller may give."""

    def __init__(self, file: str, known: Known = NOTHING) -> None:
        super().__init__()
        self.defaults: dict[str, Word] = {}
        self.known = known
        self.file = file
        self.module = Scope()
        self._options: dict[str, ast.expr | None] = {}
        self._unset: set[str] = set()

    @abstractmethod
    def called(self, node: ast.Call, scope: Scope) -> Value:
        """What a call gives."""

    def note_option(self, node: ast.Call) -> None:
        """An option of the program's own, by the name it is read by."""
        named = {each.arg: each.value for each in node.keywords}
        texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        flags = [text for text in texts if isinstance(text, str)]
        long = next((text for text in flags if text.startswith("--")), (flags or [""])[0])
        stated = named.get("dest")
        name = stated.value if isinstance(stated, ast.Constant) else long.split("/")[0].lstrip("-")
        action = named.get("action")
        switch = isinstance(action, ast.Constant) and action.value in ("store_true", "store_false")
        default = named.get("default")
        if default is None and (switch or "is_flag" in named):
            default = ast.Constant(getattr(action, "value", "") == "store_false")
        elif default is None and long.startswith("-") and "required" not in named:
            default = ast.Constant(None)
        self._options.setdefault(str(name).replace("-", "_"), default)

    def parameter(self, name: str, default: ast.expr | None) -> Value:
        """Its default, else an option of the program of that name, else what its caller knows."""
        if isinstance(default, ast.Call) and name_of(default) in ("Option", "Argument", "Field"):
            stated = [each.value for each in default.keywords if each.arg == "default"]
            default = next(iter([*default.args, *stated]), None)
            default = None if isinstance(getattr(default, "value", None), type(...)) else default
        if default is None and name in self._options:
            return self._option(name)
        return unknown(name) if default is None else self._with_default(name, default)

    def _option(self, name: str) -> Value:
        default = self._options[name]
        return unknown(name) if default is None else self._with_default(name, default)

    def _with_default(self, name: str, default: ast.expr) -> Value:
        """The value that the user says, else that of the program itself, which is told."""
        asked = unknown(name)
        spelled = asked.text.removeprefix("$")
        if spelled in self.known.values:
            return word(self.known.values[spelled])
        value = self.value(default, self.module)
        if value is None:
            self._unset.add(spelled)
            if self.not_given:
                self.not_given[-1].append(spelled)
            return asked
        if not isinstance(value, (Word, int, float)) or isinstance(value, bool):
            return value
        if self.defaults.setdefault(spelled, as_word(value)) != as_word(value):
            return value
        return asked

    def settled(self, given: Word, taken: dict[str, str]) -> Word:
        """The word with what the program itself takes, which `taken` gets."""
        parts: list[str | Expansion] = []
        for part in given.parts:
            default = self.defaults.get(part.name) if isinstance(part, Expansion) else None
            if default is None or isinstance(part, str):
                parts.append(part)
                continue
            parts += default.parts
            taken[part.name] = default.text
        return joined(parts)

    def value(self, node: ast.AST, scope: Scope) -> Value:
        """What an expression gives."""
        read = _EXPRESSIONS.get(type(node))
        return unknown(name_of(node)) if read is None else read(self, node, scope)

    def _constant(self, node: ast.Constant, _: Scope) -> Value:
        if isinstance(node.value, str):
            return word(node.value)
        return node.value if isinstance(node.value, (bool, int, float, type(None))) else Word()

    def _text(self, node: ast.JoinedStr, scope: Scope) -> Value:
        parts: list[str | Expansion] = []
        for each in node.values:
            inner = each.value if isinstance(each, ast.FormattedValue) else each
            parts += as_word(self.spelled(self.value(inner, scope)), name_of(inner)).parts
        return as_word(joined(parts))

    def spelled(self, value: Value) -> Value:
        """An object of the program as its own `__str__` writes it; others as they are."""
        own = value.find("__str__") if isinstance(value, Instance) else None
        return self.call(own, Arguments([], {}), value) if isinstance(own, Routine) else value

    def _name(self, node: ast.Name, scope: Scope) -> Value:
        value = scope.find(node.id)
        if value is Scope and node.id == "__name__":
            return word("__main__")
        return unknown(node.id) if value is Scope else value

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        holder = self.value(node.value, scope)
        if isinstance(holder, (Instance, Kind)):
            found = holder.find(node.attr) if isinstance(holder, Instance) else Scope
            found = holder.members.get(node.attr, Scope) if isinstance(holder, Kind) else found
            return unknown(node.attr) if found is Scope else found
        if node.attr == "parent" and isinstance(holder, Word):
            return called("dirname", Arguments([holder], {}), None, self.file)
        if is_open(holder) and node.attr in self._options:
            return self._option(node.attr)
        return holder if node.attr == "value" and not is_open(holder) else unknown(node.attr)

    def _sum(self, node: ast.BinOp, scope: Scope) -> Value:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        if isinstance(node.op, ast.Mod) and isinstance(left, Word):
            return as_word(filled(left, right))
        if isinstance(node.op, ast.Div) and isinstance(left, Word):
            return path_of([left, as_word(right, name_of(node.right))])
        if not isinstance(node.op, ast.Add):
            return unknown(name_of(node.left))
        if isinstance(left, list) or isinstance(right, list):
            both = [*as_list(left, name_of(node.left)), *as_list(right, name_of(node.right))]
            return both[:MOST_WORDS]
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return left + right
        return as_word(as_word(left, name_of(node.left)) + as_word(right, name_of(node.right)))

    def _list(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Value:
        values: list[Value] = []
        for each in node.elts[:MOST_WORDS]:
            if isinstance(each, ast.Starred):
                values += as_list(self.value(each.value, scope), name_of(each))
            else:
                values.append(self.value(each, scope))
        return values[:MOST_WORDS]

    def _map(self, node: ast.Dict, scope: Scope) -> Value:
        made: dict[str | Word, Value] = {}
        for key, stated in list(zip(node.keys, node.values, strict=True))[:MOST_WORDS]:
            value = self.value(stated, scope)
            if key is not None:
                made[as_key(self.value(key, scope))] = value
            elif isinstance(value, dict):
                made.update(value)
        return made

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Value:
        made: list[Value] = []
        inner = Scope(scope)
        for _ in self._turns_of(node.generators, inner):
            made.append(self.value(node.elt, inner))
        if len(made) == 1 and is_open(made[0]) and made[0].text == "$VALUE":
            return [unknown(name_of(node.generators[0].iter), several=True)]
        return made[:MOST_WORDS]

    def _turns_of(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *others = generators
        for value in as_list(self.value(first.iter, scope), name_of(first.iter)):
            self._turns += 1
            if self._turns > MOST_WORDS * 4:
                return
            self.assign(first.target, value, scope)
            if all(self.truth(test, scope) is not False for test in first.ifs):
                yield from self._turns_of(others, scope)

    def _choice(self, node: ast.IfExp, scope: Scope) -> Value:
        test = self.truth(node.test, scope)
        if test is not None:
            return self.value(node.body if test else node.orelse, scope)
        one, other = self.value(node.body, scope), self.value(node.orelse, scope)
        return merged(name_of(node.body), one, other)

    def _either_value(self, node: ast.BoolOp, scope: Scope) -> Value:
        for each in node.values[:-1]:
            holds = self.truth(each, scope)
            if holds is None and isinstance(node.op, ast.Or):
                return self.value(each, scope)
            if holds is (isinstance(node.op, ast.Or)):
                return self.value(each, scope)
        return self.value(node.values[-1], scope)

    def _item(self, node: ast.Subscript, scope: Scope) -> Value:
        holder, key = self.value(node.value, scope), self.value(node.slice, scope)
        if isinstance(holder, dict):
            return holder.get(as_key(key), unknown(name_of(node)))
        if isinstance(holder, list) and isinstance(key, int) and -len(holder) <= key < len(holder):
            return holder[key]
        spoken = ast.unparse(node.value) if isinstance(node.value, ast.Attribute) else ""
        if spoken == "sys.argv" and isinstance(key, int):
            return unknown(str(key))
        if spoken == "os.environ" and isinstance(key, Word):
            return self.stated(key, None)
        return unknown(name_of(node))

    def stated(self, name: Value, default: Value, *, own: bool = False) -> Value:
        """A variable of the environment, or what settings have under a name; where it has a default
        of a text, that is told."""
        spelled = as_word(name).text
        if default is None:
            self._unset.add(unknown(spelled).text.removeprefix("$"))
            return unknown(spelled, own=own)
        return self._with_default(spelled, _Evaluated(default))

    def _evaluated(self, node: _Evaluated, _: Scope) -> Value:
        return node.given

    def truth(self, node: ast.expr, scope: Scope) -> bool | None:
        """Whether a test holds; what it asks of the machine is taken to be there."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.truth(node.operand, scope)
            return None if inner is None else not inner
        if isinstance(node, ast.BoolOp):
            each = [self.truth(test, scope) for test in node.values]
            ends = isinstance(node.op, ast.Or)
            return ends if ends in each else None if None in each else not ends
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compared(node, scope)
        if isinstance(node, ast.Call) and _MACHINE.fullmatch(name_of(node)):
            return True
        return self._holds(self.value(node, scope))

    def _holds(self, value: Value) -> bool | None:
        if isinstance(value, Word):
            known = self.settled(value, {})
            if known.literal is not None:
                return known.literal not in (("", "0") if is_open(value) else ("",))
            return False if is_open(value) and open_name(value) in self._unset else None
        if isinstance(value, list):
            return None if value and all(map(is_open, value)) else bool(value)
        known_kind = isinstance(value, (bool, int, float, dict, type(None)))
        return bool(value) if known_kind else None

    def _compared(self, node: ast.Compare, scope: Scope) -> bool | None:
        left, right = (self.value(each, scope) for each in (node.left, node.comparators[0]))
        sign, turned = node.ops[0], isinstance(node.ops[0], (ast.NotEq, ast.IsNot, ast.NotIn))
        if right is None or left is None:
            other = left if right is None else right
            open_ = isinstance(other, Word) and is_open(other)
            unset = open_ and open_name(other) in self._unset
            result = other is None or unset
            return None if open_ and not unset else result != turned
        texts = [self.settled(as_word(each), {}).literal for each in (left, right)]
        if isinstance(sign, (ast.In, ast.NotIn)) and isinstance(right, (list, dict)):
            among = [self.settled(as_word(each), {}).literal for each in right]
            known = texts[0] is not None and None not in among
            return (texts[0] in among) != turned if known else None
        if None in texts or isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
            return None
        if isinstance(sign, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
            return (texts[0] == texts[1]) != turned
        numbers = [float(text) for text in texts if text and re.fullmatch(r"-?\d{1,9}", text)]
        test = _ORDERED.get(type(sign))
        return test(*numbers) if test and len(numbers) == 2 else None

    def _turned(self, node: ast.UnaryOp, scope: Scope) -> Value:
        inner = self.value(node.operand, scope) if isinstance(node.op, ast.USub) else None
        return -inner if isinstance(inner, (int, float)) else self.truth(node, scope)


class _Evaluated(ast.expr):
    """A value that is there already, in place of the expression that gives it."""

    def __init__(self, given: Value) -> None:
        super().__init__()
        self.given = given


_ORDERED: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: lambda left, other: left > other,
    ast.GtE: lambda left, other: left >= other,
    ast.Lt: lambda left, other: left < other,
    ast.LtE: lambda left, other: left <= other,
}
_EXPRESSIONS: dict[type[ast.AST], Callable[..., Value]] = {
    _Evaluated: Expressions._evaluated,
    ast.Attribute: Expressions._attribute,
    ast.Await: lambda program, node, scope: program.value(node.value, scope),
    ast.BinOp: Expressions._sum,
    ast.BoolOp: Expressions._either_value,
    ast.Call: lambda program, node, scope: program.called(node, scope),
    ast.Compare: lambda program, node, scope: program.truth(node, scope),
    ast.Constant: Expressions._constant,
    ast.Dict: Expressions._map,
    ast.GeneratorExp: Expressions._comprehension,
    ast.IfExp: Expressions._choice,
    ast.JoinedStr: Expressions._text,
    ast.List: Expressions._list,
    ast.ListComp: Expressions._comprehension,
    ast.Name: Expressions._name,
    ast.Set: Expressions._list,
    ast.Subscript: Expressions._item,
    ast.Tuple: Expressions._list,
    ast.UnaryOp: Expressions._turned,
}
