"""Do the facts of an example exist, and are they of the right type? Left out facts are fine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from advisor.rulebook.fact_paths import FactPaths
from advisor.rulebook.position import Key

Misfit = tuple[tuple[Key, ...], str]


def misfits(facts: Mapping[str, Any], paths: FactPaths, names: tuple[str, ...]) -> Iterator[Misfit]:
    """Each fact that does not exist or has the wrong type, by its keys below `facts`."""
    for variable, value in facts.items():
        if variable not in names or variable == "params":
            yield (variable,), f"a rule of this kind has no variable `{variable}`"
        else:
            yield from _misfits(value, variable, (variable,), paths)


def _misfits(value: Any, path: str, keys: tuple[Key, ...], paths: FactPaths) -> Iterator[Misfit]:
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
        yield from _value_misfits(value, path, keys, paths)


def _group_misfits(
    value: Any, path: str, keys: tuple[Key, ...], paths: FactPaths
) -> Iterator[Misfit]:
    if not isinstance(value, Mapping):
        yield keys, f"`{path}` is a group of facts"
        return
    for name, below in value.items():
        yield from _misfits(below, f"{path}.{name}", (*keys, name), paths)


def _value_misfits(
    value: Any, path: str, keys: tuple[Key, ...], paths: FactPaths
) -> Iterator[Misfit]:
    try:
        msgspec.convert(value, paths.types[path])
    except msgspec.ValidationError as error:
        what = str(error)
        yield keys, f"`{path}`: {what[0].lower()}{what[1:]}"
