"""Conditions are three-valued, as Kleene has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.rulebook.expression import (
    ExpressionError,
    FactUse,
    Fault,
    Missing,
    Result,
    condition_facts,
    environment,
)

ENVIRONMENT = environment(("cluster", "image", "params"))


def judged(source: str, **facts: Any) -> Result:
    return ENVIRONMENT.compile(source).evaluate(ENVIRONMENT.activation(facts))


CASES: dict[str, Result] = {
    "image.size > 3": True,
    "image.size > 4": False,
    "image.gone > 4": Missing("gone"),
    "cluster.nodes > 1": Missing("cluster"),
    "image.gone > 4 || image.size > 3": True,
    "image.gone > 4 && image.size > 4": False,
    "image.gone > 4 && image.size > 3": Missing("gone"),
    "!(image.gone > 4)": Missing("gone"),
    "image.gone == null": Missing("gone"),
    "image.tag == null": True,
    "image.tag > 4": Fault("No matching overloads found : _>_(null_type, int64)"),
    "image.tag == null || image.tag > 4": True,
    "image.size": Fault("the condition gives int instead of true or false"),
    "image.list.exists(e, e.kind == 'mig')": True,
    "image.list.exists(e, e.kind == 'mps')": Missing("kind"),
    "image.list.all(e, e.kind == 'mps')": False,
    "image.list[7].kind == 'mps'": Fault("Index error: index=7 size=2"),
    "int(image.version.split('.')[0]) > 11": True,
    "image.version.matches('^12[.]')": True,
}


@pytest.mark.parametrize("source", CASES)
def test_result(source: str) -> None:
    facts = {"size": 4, "tag": None, "list": [{}, {"kind": "mig"}], "version": "12.4"}
    assert judged(source, image=facts) == CASES[source]


def test_tuples_are_refused_and_not_taken_for_missing() -> None:
    assert judged("image.size == 3", image=(3,)) == Fault("Non-CEL value type for 'image': tuple.")


def test_a_condition_of_too_many_steps_is_a_fault() -> None:
    numbers = ",".join(["1"] * 20_000)
    source = f"[{numbers}].exists(a, [1, 2, 3].exists(b, a == b + 50000))"
    assert judged(source) == Fault("INTERNAL: Iteration budget exceeded [INTERNAL]")


def test_big_numbers_are_exact() -> None:
    assert judged("image.size == 9007199254740993", image={"size": 2**53 + 1}) is True
    assert judged("image.size == 9007199254740992", image={"size": 2**53 + 1}) is False


REFUSED = {
    "image.size >": (
        "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', "
        "'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
        12,
    ),
    "image.size > 1 ||\n  other.a.b": (
        "unknown name `other`; the variables here are `cluster`, `image`, `params`",
        20,
    ),
    "image.size.shout()": (
        "unknown name `shout`; the variables here are `cluster`, `image`, `params`",
        11,
    ),
    "1 + 2": ("gives int instead of true or false", 0),
    "1 + 'a' == 2": ("found no matching overload for '_+_' applied to '(int, string)'", 2),
}


@pytest.mark.parametrize("source", REFUSED)
def test_refusal_says_where(source: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        ENVIRONMENT.compile(source)
    assert (caught.value.what, caught.value.offset) == REFUSED[source]


Formula = tuple[Any, ...]
FACTS = ("a", "b", "c", "d")
formulas = st.recursive(
    st.sampled_from(FACTS).map(lambda name: ("fact", name)),
    lambda below: st.one_of(
        st.tuples(st.just("not"), below),
        st.tuples(st.just("and"), below, below),
        st.tuples(st.just("or"), below, below),
    ),
    max_leaves=12,
)


def spelled(formula: Formula) -> str:
    match formula:
        case ("fact", name):
            return f"image.{name}"
        case ("not", below):
            return f"!({spelled(below)})"
        case ("and", left, right):
            return f"({spelled(left)} && {spelled(right)})"
        case (_, left, right):
            return f"({spelled(left)} || {spelled(right)})"
    raise AssertionError(formula)


def kleene(formula: Formula, facts: dict[str, bool]) -> bool | None:
    match formula:
        case ("fact", name):
            return facts.get(name)
        case ("not", below):
            value = kleene(below, facts)
            return None if value is None else not value
        case (operator, left, right):
            values = {kleene(left, facts), kleene(right, facts)}
            decisive = operator == "or"
            if decisive in values:
                return decisive
            return None if None in values else not decisive
    raise AssertionError(formula)


@given(formulas, st.dictionaries(st.sampled_from(FACTS), st.booleans()))
def test_agrees_with_kleene(formula: Formula, facts: dict[str, bool]) -> None:
    result = judged(spelled(formula), image=facts)
    assert (None if isinstance(result, Missing) else result) == kleene(formula, facts)


NAMES = ("cluster", "image", "params")


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("image.a.b == 1", [("image.a.b", 0)]),
        ("image['a'].b == 1 && cluster.n > 2", [("image.a.b", 0), ("cluster.n", 21)]),
        (
            "image.list.exists(x, x.k == image.a)",
            [("image.list", 0), ("image.list.k", 21), ("image.a", 28)],
        ),
        ("image.list[0].k == 1", [("image.list.k", 0)]),
        ("image.labels[image.name] == 'x'", [("image.labels", 0), ("image.name", 13)]),
        ("'image.a' in image.list", [("image.list", 13)]),
        (
            "size(image.list.filter(x, x.k > 1)) > 0",
            [("image.list", 5), ("image.list", 23), ("image.list.k", 26)],
        ),
        ("image.list.map(x, x.k).exists(y, y.z)", [("image.list", 0), ("image.list.k", 18)]),
        ("image.a == 'ä' ? image.b : image.c", [("image.a", 0), ("image.b", 17), ("image.c", 27)]),
        ("image.a in [image.b, 'x']", [("image.a", 0), ("image.b", 12)]),
    ],
)
def test_paths(source: str, uses: list[tuple[str, int]]) -> None:
    expression = environment(NAMES).compile(source)
    found = condition_facts(expression.serialized(), NAMES)
    assert [(use.path, use.offset) for use in found] == uses


def test_presence_is_told_apart() -> None:
    expression = environment(NAMES).compile("has(image.a) && image.b")
    assert condition_facts(expression.serialized(), NAMES) == [
        FactUse(path="image.a", offset=4, tested=True),
        FactUse(path="image.b", offset=16),
    ]
