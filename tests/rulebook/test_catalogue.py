"""The rules that ship: each is whole, right by its own examples, and written in the house style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from advisor.rulebook.authoring import RuleTest, test_rules
from advisor.rulebook.case import cannot_tell
from advisor.rulebook.document import AREAS, built_in_sources
from advisor.rulebook.fact_paths import FactPaths
from advisor.rulebook.loaded import LoadedRule, Rule, Rulebook
from advisor.rulebook.loader import load_rule, load_rules
from advisor.rulebook.manual import first_finding, remedy_of
from advisor.views.schema import VARIABLES

SOURCES = {source.stem: source for source in built_in_sources()}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rules(variables=VARIABLES)


@pytest.fixture(scope="module")
def tested() -> dict[str, RuleTest]:
    return {result.rule: result for result in test_rules([], variables=VARIABLES)}


@pytest.mark.parametrize("rule_id", SOURCES)
def test_rule_passes_every_check_and_example(rule_id: str, tested: dict[str, RuleTest]) -> None:
    assert tested[rule_id].failures == ()


def test_a_start_trusts_the_rules_for_what_checking_them_gives(book: Rulebook) -> None:
    """Needs and parameters are taken as they are written, conditions as they compile."""
    paths = FactPaths(VARIABLES)
    taken: dict[str, LoadedRule] = {}
    for rule_id, source in sorted(SOURCES.items()):
        checked, trusted = load_rule(source, paths, taken=taken), book[rule_id]
        names = ("rule", "needs", "params", "built_in", "environment")
        assert [getattr(trusted, name) for name in names] == [
            getattr(checked, name) for name in names
        ]
        # The order of its parts is not fixed, what is in it is.
        compiled = trusted.expression.serialized(), checked.expression.serialized()
        assert sorted(compiled[0]) == sorted(compiled[1])


def test_every_file_is_a_rule(book: Rulebook) -> None:
    names = [
        file.name
        for area in AREAS
        if (files("advisor_rules") / area).is_dir()
        for file in (files("advisor_rules") / area).iterdir()
    ]
    assert sorted(names) == [f"{rule_id}.yaml" for rule_id in book]


@pytest.mark.parametrize("scope", ["image", "data"])
def test_every_outcome_can_be_decided(scope: str, book: Rulebook) -> None:
    outcomes = {loaded.rule.outcome for loaded in book.deciding(scope)}
    assert outcomes == {"ok", "blocked", "unknown", "stay", "move"}


@pytest.mark.parametrize("rule_id", SOURCES)
def test_texts_are_in_the_house_style(rule_id: str, book: Rulebook) -> None:
    assert list(style_faults(book[rule_id].rule)) == []


def test_what_cannot_be_told_of_a_cluster_is_asked_without_a_denial(book: Rulebook) -> None:
    """`Cannot tell whether X is not one that...` is read twice."""
    asked = {
        rule_id: cannot_tell(loaded, ()).partition(":  are")[0] for rule_id, loaded in book.items()
    }
    opening = {
        text for text in asked.values() if re.search("whether (no|nothing|there is no) ", text)
    }
    within = {
        text
        for rule_id, text in asked.items()
        if rule_id.startswith("PRE") and re.search(" (not|no|cannot|never|nothing) ", text)
    }
    assert (opening, within) == (set(), set())


def style_faults(rule: Rule) -> Iterator[str]:
    if rule.title.endswith(".") or not (rule.title[0].isupper() or rule.title[0].isdigit()):
        yield "the title is a capitalised clause without a full stop"
    if not rule.why.strip().endswith("."):
        yield "the reason ends with a full stop"
    if not re.fullmatch(r"\d+\.\d+\.\d+", rule.since):
        yield "since is a version"
    yield from (f"not https: {link}" for link in rule.links if not link.startswith("https://"))
    example = first_finding(rule)
    if example is None or not remedy_of(rule, example).endswith("."):
        yield "the remedy ends with a full stop"
    names = [example.name for example in rule.examples]
    if len(names) != len(set(names)):
        yield "examples have different names"
    yield from message_faults(rule)


def message_faults(rule: Rule) -> Iterator[str]:
    for example in rule.examples:
        if example.result == "finding" and not example.message.strip().endswith((".", "`")):
            yield f"the message of `{example.name}` ends with a full stop"


@pytest.mark.parametrize("rule_id", SOURCES)
def test_parameters_are_used(rule_id: str, book: Rulebook) -> None:
    rule = book[rule_id].rule
    texts = rule.when + rule.message + rule.remedy
    assert [name for name in rule.params if f"params.{name}" not in texts] == []


def test_fingerprints_differ(book: Rulebook) -> None:
    assert len({loaded.fingerprint("x") for loaded in book.values()}) == len(book)
