"""What is checked of a rule beyond its shape: the facts it reads, its texts and its examples. What
a rule of a stranger may do is bounded: neither time nor memory grows beyond measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from advisor.errors import RuleError
from advisor.rulebook.document import Key, oddities
from advisor.rulebook.expression import FactUse, Fault, Missing, condition_calls, condition_facts
from advisor.rulebook.fact_paths import FactPaths, covers, reduced
from advisor.rulebook.loaded import Example, LoadedRule
from advisor.rulebook.template import TextError, environment, render, render_line, template_facts

if TYPE_CHECKING:
    from jinja2 import nodes


LONGEST = 4_000
"""Characters of a text or a condition; the longest built-in one has a third of it."""
DEEPEST = 12
MOST_LOOPS = 6
MOST_ASSIGNED = 6
MOST_REUSED = 4
"""Times that names which are set are joined into others."""
MOST_JOINED = 8
"""Parts of one `~`, or of one list."""
MOST_GROWING = 3
"""Filters that can make a text longer by a factor."""
LONGEST_PART = 64
"""Characters of what such a filter puts in."""

_GROWING = frozenset({"join", "replace"})
_FILTERS = _GROWING | frozenset(
    {
        *("abs", "bytes", "capitalize", "count", "default", "d", "first", "float", "format"),
        *("int", "last", "length", "list", "listed", "lower", "map", "max", "min", "plural"),
        *("quoted", "reject", "rejectattr", "reverse", "round", "select", "selectattr", "sort"),
        *("string", "sum", "title", "trim", "truncate", "unique", "upper"),
    }
)
_METHODS = frozenset(
    {
        *("endswith", "lower", "lstrip", "removeprefix", "removesuffix", "rsplit", "rstrip"),
        *("split", "startswith", "strip", "upper"),
    }
)
_STATEMENTS = frozenset({"Assign", "For", "If", "Output", "Template", "TemplateData"})


def check_text(source: str) -> None:
    """Raises TextError, with its line, for a text that is not in the language."""
    from jinja2 import TemplateSyntaxError

    if len(source) > LONGEST:
        raise TextError(f"has more than {LONGEST:,} characters", 1)
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        raise TextError(error.message or "bad syntax", error.lineno) from None
    except RecursionError:
        raise TextError(_TOO_DEEP, 1) from None
    _Check().walk(tree)


_TOO_DEEP = f"nested more than {DEEPEST} levels deep"


class _Check:
    """One text on the way: what it has used of each thing that is limited."""

    def __init__(self) -> None:
        self._loops = self._growing = self._reused = 0
        self._assigned: list[str] = []

    def walk(self, tree: nodes.Node) -> None:
        """Raises TextError for the first node that is not allowed."""
        waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
        while waiting:
            node, depth, loops = waiting.pop()
            loops += type(node).__name__ == "For"
            what = _TOO_DEEP if depth > 2 * DEEPEST else self._wrong(node, loops)
            if what:
                raise TextError(what, node.lineno)
            children = [(child, depth + 1, loops) for child in node.iter_child_nodes()]
            waiting += reversed(children)

    def _wrong(self, node: nodes.Node, loops: int) -> str:
        """What is not allowed about a node; empty where nothing is."""
        from jinja2 import nodes

        if isinstance(node, nodes.Stmt) and type(node).__name__ not in _STATEMENTS:
            return f"`{type(node).__name__.lower()}` is not allowed in a text"
        if isinstance(node, nodes.For):
            self._loops += 1
            too_many = self._loops > MOST_LOOPS or loops > 2 or node.recursive
            return "loops too often" if too_many else ""
        if isinstance(node, nodes.Assign):
            return self._wrong_assignment(node)
        if isinstance(node, nodes.Concat | nodes.List | nodes.Tuple | nodes.Dict):
            parts = node.nodes if isinstance(node, nodes.Concat) else node.items
            return f"joins more than {MOST_JOINED} parts" if len(parts) > MOST_JOINED else ""
        if isinstance(node, nodes.Filter):
            return self._wrong_filter(node)
        if isinstance(node, nodes.Call):
            method = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
            return "" if method in _METHODS else "nothing can be called here but methods of texts"
        return ""

    def _wrong_assignment(self, node: nodes.Assign) -> str:
        """A name that is joined with itself, or with another such name, doubles at each step."""
        from jinja2 import nodes

        joined = node.find_all((nodes.Concat, nodes.List, nodes.Tuple, nodes.Dict))
        used = [name.name for name_node in joined for name in name_node.find_all(nodes.Name)]
        known = [name for name in used if name in self._assigned]
        self._assigned += self._names(node)
        self._reused += len(known)
        if self._reused > MOST_REUSED:
            return f"`{known[0]}` and other names that are set are joined again and again"
        if len(self._assigned) > MOST_ASSIGNED:
            return f"sets more than {MOST_ASSIGNED} names"
        return ""

    def _names(self, node: nodes.Assign) -> list[str]:
        from jinja2 import nodes

        return [name.name for name in node.target.find_all(nodes.Name)] + (
            [node.target.name] if isinstance(node.target, nodes.Name) else []
        )

    def _wrong_filter(self, node: nodes.Filter) -> str:
        from jinja2 import nodes

        if node.name not in _FILTERS:
            return f"No filter named '{node.name}'."
        if node.name == "map" and node.args:
            named = node.args[0]
            name = named.value if isinstance(named, nodes.Const) else ""
            return "" if name in _FILTERS - _GROWING - {"map"} else "`map` takes an attribute here"
        if node.name in _GROWING:
            self._growing += 1
            short = all(
                isinstance(arg, nodes.Const) and len(str(arg.value)) <= LONGEST_PART
                for arg in node.args
            )
            if self._growing > MOST_GROWING or not short:
                return f"`{node.name}` could make a text of any length"
        return ""


def check_condition(calls: Iterator[tuple[str, int]]) -> str:
    """What is not allowed in a condition, by its calls and in how many loops that make a list each
    one stands; empty where nothing is."""
    growing = 0
    for name, depth in calls:
        growing += name in ("replace", "join", "format")
        if growing > MOST_GROWING:
            return "it makes texts longer again and again"
        if depth > 1:
            return "a list is made within another list's making"
    return ""


_KINDS = ("finding", "ok", "unknown")
_ASKS_PRESENCE = (
    "`has()` would make a missing fact a plain no; leave it out, missing gives unknown by itself"
)

_Misfit = tuple[tuple[Key, ...], str]


def problems(loaded: LoadedRule, paths: FactPaths) -> Iterator[RuleError]:
    """Everything that is wrong with a rule that compiles, the examples last."""
    before = chain(
        _yaml_problems(loaded),
        _condition_problems(loaded, paths),
        _text_problems(loaded, paths, "message"),
        _text_problems(loaded, paths, "remedy"),
        _example_shape_problems(loaded, paths),
    )
    clean = True
    for problem in before:
        clean = False
        yield problem
    if clean:
        # Judged with the default parameters, whatever the user has set.
        for index, example in enumerate(loaded.rule.examples):
            expected, got = _expected(example), _outcome_of(loaded, example)
            if expected != got:
                what = f"example `{example.name}` gives {got}, expected {expected}"
                yield loaded.document.error(what, "examples", index)


def _yaml_problems(loaded: LoadedRule) -> Iterator[RuleError]:
    for line, column, what in oddities(loaded.document.text):
        yield loaded.document.error_at(what, line, column)


def _condition_problems(loaded: LoadedRule, paths: FactPaths) -> Iterator[RuleError]:
    serialized = loaded.expression.serialized()
    refused = check_condition(condition_calls(serialized))
    if refused:
        yield loaded.document.error(f"the condition is not allowed: {refused}", "when")
    for use in condition_facts(serialized, loaded.environment.names):
        if use.tested:
            yield loaded.document.error(_ASKS_PRESENCE, "when", offset=use.offset)
        what = _unusable(loaded, use, paths)
        if what:
            yield loaded.document.error(what, "when", offset=use.offset)


def _text_problems(loaded: LoadedRule, paths: FactPaths, key: str) -> Iterator[RuleError]:
    source = getattr(loaded.rule, key)
    try:
        check_text(source)
        uses = template_facts(source, loaded.environment.names)
    except TextError as fault:
        line = max(fault.line, 1)
        offset = sum(len(text) + 1 for text in source.split("\n")[: line - 1])
        yield loaded.document.error(f"the {key}: {fault.what}", key, offset=offset)
        return
    for use in uses:
        what = _unusable(loaded, use, paths)
        if what:
            yield loaded.document.error(f"the {key}: {what}", key, offset=use.offset)


def _unusable(loaded: LoadedRule, use: FactUse, paths: FactPaths) -> str:
    """Why a path may not be read; empty where it may."""
    variable, _, name = use.path.partition(".")
    if variable == "params":
        known = name in loaded.rule.params
        return "" if known else f"the rule has no parameter `{name}`"
    root = paths.rooted(use.path)
    if root is None:
        return paths.describe_unknown(use.path)
    if paths.kinds[root] == "group":
        return f"`{use.path}` is a group of facts; name one of them"
    return "" if covers(loaded.needs, root) else f"`{use.path}` is not among the rule's needs"


def _example_shape_problems(loaded: LoadedRule, paths: FactPaths) -> Iterator[RuleError]:
    rule, document = loaded.rule, loaded.document
    given = {example.result for example in rule.examples}
    for kind in _KINDS:
        if kind not in given:
            yield document.error(f"no example with the result `{kind}`", "examples")
    for index, example in enumerate(rule.examples):
        at: tuple[Key, ...] = ("examples", index)
        for keys, what in _example_misfits(example.facts, paths, loaded.environment.names):
            yield document.key_error(what, *at, "facts", *keys)
        for name in example.params:
            if name not in rule.params:
                yield document.key_error(f"the rule has no parameter `{name}`", *at, "params", name)
        if example.result == "finding" and not example.message:
            yield document.error("an example that finds needs the whole message", *at)


def _example_misfits(
    facts: Mapping[str, Any], paths: FactPaths, names: tuple[str, ...]
) -> Iterator[_Misfit]:
    """Each fact that does not exist or has the wrong type, by its keys below `facts`."""
    for variable, value in facts.items():
        if variable not in names or variable == "params":
            yield (variable,), f"a rule of this kind has no variable `{variable}`"
        else:
            yield from _misfits(value, variable, (variable,), paths)


def _misfits(value: Any, path: str, keys: tuple[Key, ...], paths: FactPaths) -> Iterator[_Misfit]:
    kind = paths.kinds.get(path)
    if kind is None:
        yield keys, paths.describe_unknown(path)
    elif kind == "group":
        yield from _group_misfits(value, path, keys, paths)
    elif kind == "groups":
        if not isinstance(value, list):
            yield keys, f"`{path}` is a list"
            return
        for index, element in enumerate(value):
            yield from _group_misfits(element, path, (*keys, index), paths)
    else:
        try:
            msgspec.convert(value, paths.types[path])
        except msgspec.ValidationError as error:
            what = str(error)
            yield keys, f"`{path}`: {what[0].lower()}{what[1:]}"


def _group_misfits(
    value: Any, path: str, keys: tuple[Key, ...], paths: FactPaths
) -> Iterator[_Misfit]:
    if not isinstance(value, Mapping):
        yield keys, f"`{path}` is a group of facts"
        return
    for name, below in value.items():
        yield from _misfits(below, f"{path}.{name}", (*keys, name), paths)


def _expected(example: Example) -> str:
    if example.result != "finding":
        return example.result
    return _fired(" ".join(example.message.split()))


def _fired(message: str) -> str:
    return f"finding with the message `{message}`"


def _outcome_of(loaded: LoadedRule, example: Example) -> str:
    """`ok`, `unknown`, a finding with its message, or what went wrong."""
    facts: dict[str, Any] = reduced(example.facts, loaded.needs)
    if loaded.rule.params:
        defaults = {name: given.default for name, given in loaded.rule.params.items()}
        facts["params"] = defaults | example.params
    result = loaded.expression.evaluate(loaded.environment.activation(facts))
    if isinstance(result, Missing):
        return "unknown"
    if isinstance(result, Fault):
        return f"an error ({result.text})"
    if not result:
        return "ok"
    try:
        render(loaded.rule.remedy, facts)
        return _fired(render_line(loaded.rule.message, facts))
    except TextError as fault:
        return f"a finding whose text cannot be rendered ({fault.what})"
