"""The rulebook as text for people: one rule for the terminal, all of them for docs/rules.md."""

from __future__ import annotations

import inspect
import textwrap
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from advisor.rulebook.document import AREAS
from advisor.rulebook.loaded import Example, LoadedRule, Rule, Rulebook
from advisor.rulebook.template import TextError, render

_WIDTH = 88
CONSEQUENCE_LABELS = {
    "blocks-jobs": "a job may not start",
    "loses-data": "data is at risk",
    "exposes": "a secret or a machine is open to others",
}
_AREA_TITLES = {
    "gpu": "GPUs and nodes",
    "image": "Images",
    "data": "Data",
    "storage": "Storage classes",
    "job": "Jobs",
    "preflight": "What Run:ai needs",
}

_WORDS = {str: "text", int: "number", float: "number", bool: "true or false", type(None): "null"}


def explain(rule: Rule) -> str:
    """The manual of one rule, as plain text."""
    sections = [f"{rule.id}  {rule.title}", _properties(rule), *_sections(rule)]
    return "\n\n".join(sections) + "\n"


def _properties(rule: Rule) -> str:
    rows = [("severity", rule.severity), ("scope", rule.scope), ("since", rule.since)]
    if rule.outcome:
        rows.insert(2, ("decides", rule.outcome))
    if rule.consequence:
        rows.append(("risk", CONSEQUENCE_LABELS[rule.consequence]))
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
    risk = f" · {CONSEQUENCE_LABELS[rule.consequence]}" if rule.consequence else ""
    off = "" if rule.enabled else " · off unless enabled"
    parts = [
        f"### {rule.id}",
        f"**{rule.title}**",
        f"{rule.severity} · scope `{rule.scope}`{decides}{risk} · since {rule.since}{off}",
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


def facts_markdown(variables: Mapping[str, type]) -> str:
    """A section for each variable: what its facts mean, and a table of them."""
    parts = [
        "## Facts",
        "What the conditions and texts of rules may name. A fact that may be missing is one that "
        "no probe could supply; a condition that depends on it gives `unknown`.",
    ]
    for name, variable in variables.items():
        parts.append(f"### `{name}`")
        parts.extend(_meaning(variable))
        rows = ["| fact | is | may be missing |", "|---|---|---|"]
        rows.extend(_row(path, annotation) for path, annotation in _facts(name, variable))
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _meaning(variable: type) -> Iterator[str]:
    """The docstrings of the variable's type and of the groups in it."""
    for group in (variable, *_groups(variable)):
        text = inspect.getdoc(group) or ""
        summary, _, rest = text.partition("\n\n")
        yield " ".join(summary.split())
        if rest:
            yield "\n".join(f"- {line}" for line in _entries(rest))


def _entries(text: str) -> Iterator[str]:
    """The `name: meaning` lines of a docstring, each with the lines that continue it."""
    entry = ""
    for line in text.splitlines():
        begins = ":" in line and line.partition(":")[0].replace(", ", "").isidentifier()
        if begins and entry:
            yield entry
            entry = ""
        entry = f"{entry} {line.strip()}".strip()
    if entry:
        yield entry


def _groups(variable: type) -> Iterator[type]:
    for field in msgspec.structs.fields(variable):
        group = _group(field.type)
        if group is not None:
            yield group


def _facts(path: str, variable: type) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(variable):
        below = f"{path}.{field.name}"
        yield below, field.type
        group = _group(field.type)
        if group is not None:
            yield from _facts(below, group)


def _group(annotation: Any) -> type | None:
    """The struct that a field holds or lists, if it does."""
    for part in (annotation, *typing.get_args(annotation)):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return part
        if typing.get_origin(part) is tuple and part is not annotation:
            return _group(part)
    return None


def _row(path: str, annotation: Any) -> str:
    parts = _alternatives(annotation)
    missing = "yes" if msgspec.UnsetType in parts else ""
    spelled = " or ".join(_spelled(part) for part in parts if part is not msgspec.UnsetType)
    return f"| `{path}` | {spelled} | {missing} |"


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _spelled(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin is tuple:
        inner = typing.get_args(annotation)[0]
        return "list of groups" if _group(inner) else f"list of {_spelled(inner)}"
    if origin is dict:
        return "map of text to text"
    return _WORDS.get(annotation, "group")
