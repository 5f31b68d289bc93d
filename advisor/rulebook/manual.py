"""The rulebook as text for people: one rule for the terminal, all of them for docs/rules.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from advisor.rulebook.fact_manual import facts_markdown
from advisor.rulebook.loaded import LoadedRule, Rulebook
from advisor.rulebook.rule import Example, Rule
from advisor.rulebook.source import AREAS
from advisor.rulebook.template import TextError, render

_WIDTH = 88
_AREA_TITLES = {
    "gpu": "GPUs and nodes",
    "image": "Images",
    "data": "Data",
    "storage": "Storage classes",
    "job": "Jobs",
    "preflight": "What Run:ai needs",
}


def explain(rule: Rule) -> str:
    """The manual of one rule, as plain text."""
    sections = [f"{rule.id}  {rule.title}", _properties(rule), *_sections(rule)]
    return "\n\n".join(sections) + "\n"


def _properties(rule: Rule) -> str:
    rows = [("severity", rule.severity), ("scope", rule.scope), ("since", rule.since)]
    if rule.outcome:
        rows.insert(2, ("decides", rule.outcome))
    if not rule.enabled:
        rows.append(("enabled", "no"))
    return "\n".join(f"  {name:<10}{value}" for name, value in rows)


def _sections(rule: Rule) -> Iterator[str]:
    yield _section("Why", _wrapped(rule.why))
    yield _section("Needs", "\n".join(f"  {need}" for need in rule.needs))
    yield _section("Finds something when", textwrap.indent(rule.when.strip(), "  "))
    example = first_finding(rule)
    if example:
        yield _section(f"Says, for example ({example.name})", _wrapped(example.message))
        yield _section("Remedy", _wrapped(remedy_of(rule, example)))
    if rule.params:
        yield _section("Parameters", "\n".join(f"  {line}" for line in _parameters(rule)))
    if rule.links:
        yield _section("Links", "\n".join(f"  {link}" for link in rule.links))


def _section(title: str, body: str) -> str:
    return f"{title}\n{body}"


def _wrapped(text: str) -> str:
    paragraphs = (" ".join(part.split()) for part in text.strip().split("\n\n"))
    return "\n\n".join(
        textwrap.fill(
            paragraph,
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for paragraph in paragraphs
    )


def _parameters(rule: Rule) -> Iterator[str]:
    for name, parameter in rule.params.items():
        yield f"{name} ({parameter.type}, default {parameter.default}): {parameter.description}"


def first_finding(rule: Rule) -> Example | None:
    """The first example that finds something."""
    return next((e for e in rule.examples if e.result == "finding"), None)


def remedy_of(rule: Rule, example: Example) -> str:
    """The remedy with the example's facts, or as written when they are too few for it."""
    params = {name: given.default for name, given in rule.params.items()} | example.params
    try:
        return render(rule.remedy, {**example.facts, "params": params})
    except TextError:
        return rule.remedy.strip()


def rules_markdown(rulebook: Rulebook, variables: Mapping[str, type]) -> str:
    """The page docs/rules.md: contents by area, every built-in rule, every fact."""
    rules = [loaded for loaded in rulebook.values() if loaded.built_in]
    areas = [(area, _of_area(rules, prefix)) for area, prefix in AREAS.items()]
    areas = [(area, members) for area, members in areas if members]
    parts = [
        "# Rules",
        "Made by `make docs` from the files in `rules/`; change those, not this page. "
        "`advisor rules explain ID` prints one of them.",
        *_contents(areas),
    ]
    for area, members in areas:
        parts.append(f"## {_AREA_TITLES[area]}")
        parts.extend(_rule_markdown(rule) for rule in members)
    return "\n\n".join([*parts, facts_markdown(variables)]) + "\n"


def _of_area(rules: Iterable[LoadedRule], prefix: str) -> list[Rule]:
    return [loaded.rule for loaded in rules if loaded.rule.id.rstrip("0123456789") == prefix]


def _contents(areas: Iterable[tuple[str, list[Rule]]]) -> Iterator[str]:
    for area, members in areas:
        rows = [f"**{_AREA_TITLES[area]}**", "", "| rule | finds | severity | outcome |"]
        rows.append("|---|---|---|---|")
        for rule in members:
            row = (f"[{rule.id}](#{rule.id.lower()})", rule.title, rule.severity)
            rows.append(f"| {' | '.join(row)} | {rule.outcome or ''} |")
        yield "\n".join(rows)


def _rule_markdown(rule: Rule) -> str:
    facts = ", ".join(f"`{need}`" for need in rule.needs)
    decides = f" · decides `{rule.outcome}`" if rule.outcome else ""
    off = "" if rule.enabled else " · off unless enabled"
    parts = [
        f"### {rule.id}",
        f"**{rule.title}**",
        f"{rule.severity} · scope `{rule.scope}`{decides} · since {rule.since}{off}",
        " ".join(rule.why.split()),
        f"Needs {facts}. Condition:",
        f"```cel\n{rule.when.strip()}\n```",
        *_example_markdown(rule),
    ]
    if rule.params:
        parts.append("\n".join(f"- parameter {line}" for line in _parameters(rule)))
    if rule.links:
        parts.append("\n".join(f"- <{link}>" for link in rule.links))
    return "\n\n".join(parts)


def _example_markdown(rule: Rule) -> Iterator[str]:
    example = first_finding(rule)
    if example is None:
        return
    yield f"> {' '.join(example.message.split())}"
    yield f"Remedy: {remedy_of(rule, example)}"
