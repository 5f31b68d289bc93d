"""Aliases and nesting beyond what anybody writes, refused before a parser runs into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from advisor.errors import InputError

MOST_NODES = 200_000
DEEPEST = 250
_ALIAS = re.compile(r"(?:^|[\s\[{,:])\*[^\s,\[\]{}*]")
# Block collections need a column for every other level, or more; the fast parser counts flow ones.
_DEEP = re.compile(r"^[ ?:-]{120}", re.MULTILINE)


def check_expansion(text: str, file: str) -> None:
    """Raises InputError for a text whose aliases expand to more than MOST_NODES or to themselves,
    and for one nested deeper than DEEPEST."""
    if not ("&" in text and _ALIAS.search(text)) and not _DEEP.search(text):
        return
    count = _Count(file)
    for event in _events(text):
        count.add(event)


class _Count:
    """How many values each anchor stands for, and how many there are in all."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._sizes: dict[str, int] = {}
        self._open: list[tuple[str | None, int]] = []
        self._total = 0

    def add(self, event: Any) -> None:
        import yaml

        if isinstance(event, yaml.AliasEvent):
            self._grow(self._expanded(event), event)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self._open.pop()
            self._remember(anchor, self._total - before)
        elif isinstance(event, yaml.ScalarEvent):
            self._grow(1, event)
            self._remember(event.anchor, 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open.append((event.anchor, self._total))
            self._sizes.pop(event.anchor or "", None)
            self._grow(1, event)
            if len(self._open) > DEEPEST:
                raise self._refused(f"nested more than {DEEPEST} levels deep", event)

    def _expanded(self, event: Any) -> int:
        if any(anchor == event.anchor for anchor, _ in self._open):
            raise self._refused("an alias leads back to itself", event)
        return self._sizes.get(event.anchor, 1)

    def _remember(self, anchor: str | None, size: int) -> None:
        if anchor:
            self._sizes[anchor] = size

    def _grow(self, size: int, event: Any) -> None:
        self._total += size
        if self._total > MOST_NODES and size > 1:
            raise self._refused(f"aliases expand to more than {MOST_NODES:,} values", event)

    def _refused(self, what: str, event: Any) -> InputError:
        mark = event.start_mark
        return InputError(what, where=f"{self._file}:{mark.line + 1}:{mark.column + 1}")


def _events(text: str) -> Iterator[Any]:
    """Events up to where the text stops being YAML, which the fast parser says better."""
    import yaml

    try:
        yield from yaml.parse(text, Loader=_loader())
    except (yaml.YAMLError, ValueError):
        return


def compose_all(text: str) -> list[Any]:
    """The nodes of every document with their marks; none where the text is not YAML to PyYAML.

    For texts that the fast parser has taken: its limit of depth keeps the recursion bounded.
    """
    import yaml

    try:
        return list(yaml.compose_all(text, Loader=_loader()))
    except (yaml.YAMLError, RecursionError, ValueError):
        return []


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
