"""What is checked of a rule beyond its shape: the facts it reads, its texts and its examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from advisor.errors import RuleError
from advisor.rulebook.document import Key, oddities
from advisor.rulebook.expression import Fault, Missing
from advisor.rulebook.expression_tree import FactUse, condition_calls, condition_facts
from advisor.rulebook.fact_paths import FactPaths, covers, reduced
from advisor.rulebook.limits import check_condition, check_text
from advisor.rulebook.loaded import LoadedRule
from advisor.rulebook.rule import Example
from advisor.rulebook.template import TextError, render, render_line
from advisor.rulebook.template_tree import template_facts

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
