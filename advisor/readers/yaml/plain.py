"""What the fast parser leaves as it is written: tags, merge keys, keys that are no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OnTag = Callable[[str, Any], Any]
"""What stands for a value with a tag, given the tag and the value."""

MERGE = "<<"
_TEXT = frozenset({str})
_SCALARS = frozenset({str, int, float, bool, type(None)})


def survey(documents: list[Any]) -> tuple[int, bool]:
    """How many keys all maps have together, and whether `plain` would change any of it."""
    count, changes = 0, False
    waiting: list[Any] = [documents]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            count += len(value)
            if MERGE in value or not _TEXT.issuperset(map(type, value)):
                changes = True
            waiting += [one for one in value.values() if type(one) not in _SCALARS]
        elif type(value) is list:
            waiting += [one for one in value if type(one) not in _SCALARS]
        elif _is_tagged(value):
            changes = True
            waiting.append(value.value)
    return count, changes


def plain(value: Any, on_tag: OnTag = lambda _, value: value) -> Any:
    """The value with merges done and keys as the text they stand for, its tags dropped unless
    `on_tag` makes something of them. Raises ValueError for a key that is a map or a list."""
    if isinstance(value, dict):
        return _merged({_key(key): plain(one, on_tag) for key, one in value.items()})
    if isinstance(value, list):
        return [plain(one, on_tag) for one in value]
    if _is_tagged(value):
        return on_tag(value.tag or "", plain(value.value, on_tag))
    return value


def _merged(mapping: dict[str, Any]) -> dict[str, Any]:
    """Keys of the map itself win over merged ones, earlier merged maps over later ones."""
    if MERGE not in mapping:
        return mapping
    stated = mapping.pop(MERGE)
    merged: dict[str, Any] = {}
    for one in stated if isinstance(stated, list) else [stated]:
        if isinstance(one, dict):
            merged = {**one, **merged}
    return {**merged, **mapping}


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if _is_tagged(key):
        if isinstance(key.value, dict | list):
            raise ValueError("a key that is itself a map or a list")
        return _key(key.value)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return str(key)


def _is_tagged(value: Any) -> bool:
    return hasattr(value, "tag") and hasattr(value, "value")
