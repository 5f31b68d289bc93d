"""Keys given twice, which the fast parser passes over in silence."""

from __future__ import annotations

import re
from typing import Any

from advisor.errors import InputError
from advisor.yaml_text import compose_all

# Each key has a colon before a blank, or behind a quote; texts may have more such, never fewer.
_BLANKS = (": ", ":\n", ":\t", ":\r")
_BEHIND_QUOTE = re.compile(r"[\"']:(?=\S)")
_COMMENT = re.compile(r"^([^\"'#\n]*[ \t])?#.*$", re.MULTILINE)


def check_repeats(text: str, file: str, keys: int) -> None:
    """Raises InputError at a key that its map has already; `keys` is how many were read.

    As many as there are colons means that none was lost; only else are the positions of the keys
    looked at, which takes far longer.
    """
    if not _has_alias(text):
        if _colons(text) == keys:
            return
        if "#" in text and _colons(_COMMENT.sub(r"\1", text)) == keys:
            return
    for document in compose_all(text):
        _check(document, file)


def _colons(text: str) -> int:
    quoted = len(_BEHIND_QUOTE.findall(text)) if '":' in text or "':" in text else 0
    return sum(map(text.count, _BLANKS)) + text.endswith(":") + quoted


def _has_alias(text: str) -> bool:
    """Whether values may have been multiplied, so that counting says nothing."""
    return "*" in text and "&" in text


def _check(node: Any, file: str) -> None:
    """Each node once, though aliases lead to it several times."""
    import yaml

    seen: set[int] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.SequenceNode):
            waiting += reversed(one.value)
        elif isinstance(one, yaml.MappingNode):
            _check_map(one, file)
            waiting += [value for _, value in reversed(one.value)]


def _check_map(node: Any, file: str) -> None:
    import yaml

    names: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in names:
            mark = key.start_mark
            raise InputError(
                f"key `{key.value}` is given twice",
                where=f"{file}:{mark.line + 1}:{mark.column + 1}",
                remedy="keep one of them",
            )
        names.add(key.value)
