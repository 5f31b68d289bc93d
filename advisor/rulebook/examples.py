"""A rule's own examples: each is judged on the facts that `needs` names, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.rulebook.expression import Fault, Missing
from advisor.rulebook.fact_paths import reduced
from advisor.rulebook.loaded import LoadedRule
from advisor.rulebook.rule import Example
from advisor.rulebook.template import TextError, render, render_line


class ExampleFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Example number `index` (from 0) of a rule: what it should have given, what it gave."""

    index: int
    name: str
    expected: str
    got: str

    def text(self) -> str:
        return f"example `{self.name}` gives {self.got}, expected {self.expected}"


def check_examples(loaded: LoadedRule) -> list[ExampleFailure]:
    """The examples that do not give their result, or not their whole message.

    They are judged with the default parameters, whatever the user has set.
    """
    failures = []
    for index, example in enumerate(loaded.rule.examples):
        expected, got = _expected(example), outcome_of(loaded, example)
        if expected != got:
            failures.append(
                ExampleFailure(index=index, name=example.name, expected=expected, got=got)
            )
    return failures


def _expected(example: Example) -> str:
    if example.result != "finding":
        return example.result
    return _fired(" ".join(example.message.split()))


def _fired(message: str) -> str:
    return f"finding with the message `{message}`"


def outcome_of(loaded: LoadedRule, example: Example) -> str:
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
