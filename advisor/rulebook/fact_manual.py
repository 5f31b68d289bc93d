"""The dictionary of facts: every path that a rule may name, from the view types themselves."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_WORDS = {str: "text", int: "number", float: "number", bool: "true or false", type(None): "null"}


def facts_markdown(variables: Mapping[str, type]) -> str:
    """A section for each variable: what its facts mean, and a table of them."""
    parts = [
        "## Facts",
        "What the conditions and texts of rules may name. A fact that may be missing is one that "
        "no probe could supply; a condition that hangs on it gives `unknown`.",
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
