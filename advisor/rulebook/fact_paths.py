"""Dotted fact paths: which ones exist, and what they lead to in a view."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

Kind = Literal["group", "groups", "value", "map"]


class AbsentFactError(Exception):
    """A path that is not in a view; `path` is its shortest part that is not there."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)


class FactPaths:
    """Every path of the given variables; what lies below a map is not listed but exists.

    `types` gives the Python type of each path, with lists of groups and unset values unwrapped.
    """

    def __init__(self, variables: Mapping[str, type]) -> None:
        self.kinds: dict[str, Kind] = {}
        self.types: dict[str, Any] = {}
        for name, variable in variables.items():
            self._add(name, variable)

    def _add(self, path: str, annotation: Any) -> None:
        kind, inner = _unwrap(annotation)
        self.kinds[path] = kind
        self.types[path] = inner
        if kind in ("group", "groups"):
            for field in msgspec.structs.fields(inner):
                self._add(f"{path}.{field.name}", field.type)

    def rooted(self, path: str) -> str | None:
        """The path itself, or the map it leads into; None when there is no such fact."""
        if path in self.kinds:
            return path
        root = path
        while "." in root:
            root = root.rpartition(".")[0]
            if root in self.kinds:
                return root if self.kinds[root] == "map" else None
        return None

    def describe_unknown(self, path: str) -> str:
        """Why the path is refused, with the nearest name there is."""
        near = difflib.get_close_matches(path, self.kinds, n=1, cutoff=0.75)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        return f"there is no fact `{path}`{hint}"


def _unwrap(annotation: Any) -> tuple[Kind, Any]:
    """The kind of a field and the type that matters below it."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a not in _EMPTY]
        if len(rest) == 1 and _unwrap(rest[0])[0] != "value":
            return _unwrap(rest[0])
        return "value", annotation
    origin = typing.get_origin(annotation)
    if origin in (dict, Mapping) or annotation is dict:
        return "map", annotation
    if origin in (tuple, list) and _is_group(typing.get_args(annotation)[0]):
        return "groups", typing.get_args(annotation)[0]
    return ("group", annotation) if _is_group(annotation) else ("value", annotation)


_EMPTY = (type(None), msgspec.UnsetType)


def _is_group(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def covers(needs: Iterable[str], path: str) -> bool:
    """Whether a path is among the needs, above one of them or below one."""
    return any(
        path == need or path.startswith(need + ".") or need.startswith(path + ".") for need in needs
    )


def look_up(facts: Mapping[str, Any], path: str) -> Any:
    """The value at a path; through a list, the list of the elements' values.

    Below a null everything is null. Raises AbsentFactError when any element lacks it.
    """
    names = path.split(".")
    value: Any = facts
    for depth, name in enumerate(names):
        if type(value) is not dict or name not in value:
            return _descend(value, names, depth)
        value = value[name]
    return value


def _descend(value: Any, names: Sequence[str], depth: int) -> Any:
    if depth == len(names) or value is None:
        return value
    if type(value) is dict and names[depth] in value:
        return _descend(value[names[depth]], names, depth + 1)
    if isinstance(value, (list, tuple)):
        return [_descend(element, names, depth) for element in value]
    if isinstance(value, Mapping) and names[depth] in value:
        return _descend(value[names[depth]], names, depth + 1)
    raise AbsentFactError(".".join(names[: depth + 1]))


def reduced(facts: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The facts with nothing in them but what the paths name."""
    tree: dict[str, Any] = {}
    for path in sorted(paths, key=len):
        _plant(tree, path.split("."))
    return {name: _pick(facts[name], below) for name, below in tree.items() if name in facts}


def _plant(tree: dict[str, Any], names: Sequence[str]) -> None:
    for position, name in enumerate(names):
        known = name in tree
        tree = tree.setdefault(name, {})
        if known and not tree and position < len(names) - 1:
            return


def _pick(value: Any, tree: Mapping[str, Any]) -> Any:
    if not tree:
        return value
    if isinstance(value, (list, tuple)):
        return [_pick(element, tree) for element in value]
    if isinstance(value, Mapping):
        return {name: _pick(value[name], below) for name, below in tree.items() if name in value}
    return value
