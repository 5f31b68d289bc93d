"""What is checked of a rule beyond its shape: the facts it reads, its texts and its examples."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from advisor.errors import RuleError
from advisor.rulebook.example_facts import misfits
from advisor.rulebook.examples import check_examples
from advisor.rulebook.expression_tree import FactUse, condition_calls, condition_facts
from advisor.rulebook.fact_paths import FactPaths, covers
from advisor.rulebook.limits import check_condition, check_text
from advisor.rulebook.loaded import LoadedRule
from advisor.rulebook.position import Key, oddities
from advisor.rulebook.template import TextError
from advisor.rulebook.template_tree import template_facts

_KINDS = ("finding", "ok", "unknown")
_ASKS_PRESENCE = (
    "`has()` would make a missing fact a plain no; leave it out, missing gives unknown by itself"
)


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
        yield from _example_failures(loaded)


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
    """Why a path may not be read, or nothing."""
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
        for keys, what in misfits(example.facts, paths, loaded.environment.names):
            yield document.key_error(what, *at, "facts", *keys)
        for name in example.params:
            if name not in rule.params:
                yield document.key_error(f"the rule has no parameter `{name}`", *at, "params", name)
        if example.result == "finding" and not example.message:
            yield document.error("an example that finds needs the whole message", *at)


def _example_failures(loaded: LoadedRule) -> Iterator[RuleError]:
    for failure in check_examples(loaded):
        yield loaded.document.error(failure.text(), "examples", failure.index)
