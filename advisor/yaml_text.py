"""A YAML text to plain values or to nodes; what no parser may be given is refused before.

Both parsers stop the process on some texts: nesting of thousands of levels, aliases that expand to
millions of values. So every YAML text that somebody else wrote comes in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MOST_NODES = 200_000
DEEPEST = 250
_TOO_DEEP = f"nested more than {DEEPEST} levels deep"
_BRACKET = re.compile(r"[\[\]{}]")
_ALIAS = re.compile(r"(?:^|[\s\[{,:])\*[^\s,\[\]{}*]")
# Block collections need a column for every other level, or more; the fast parser counts flow ones.
_DEEP = re.compile(r"^[ ?:-]{120}", re.MULTILINE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PLACE = re.compile(r"^(?:YAML parse error: )?(.*?) at byte \d+ line (\d+) column (\d+)")


class YamlError(Exception):
    """A text that cannot be read as YAML: what is wrong, and at which line and column, from 1."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(what)
        self.what, self.line, self.column = what, line, column


def parse(text: str) -> list[Any]:
    """The values of every document. Raises YamlError for a text that is not YAML or too deep, and
    for one whose aliases expand beyond measure."""
    import yaml12

    odd = _CONTROL.search(text)
    if odd:
        what = f"not text: there is the control character {odd[0]!r}"
        raise YamlError(what, *line_and_column(text, odd.start()))
    check_expansion(text)
    documents: list[Any]
    try:
        documents = yaml12.parse_yaml(text, multi=True)
    except ValueError as error:
        refused = _refused(text, str(error))
        try:
            documents = yaml12.parse_yaml(_indented(text), multi=True)
        except (ValueError, YamlError):
            raise refused from None
    return documents


def _indented(text: str) -> str:
    """The text with the lines of each `[...]` and `{...}` further in than its beginning: kubectl
    and compose take them at any column. Raises YamlError for brackets that are too deep."""
    _refuse_deep_brackets(text)
    lines = text.split("\n")
    waiting, seen = compose_all(text), set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or node.id == "scalar" or id(node) in seen:
            continue
        seen.add(id(node))
        if not node.flow_style:
            pairs = node.value if node.id == "mapping" else [node.value]
            waiting += [child for pair in pairs for child in pair]
            continue
        for number in range(node.start_mark.line + 1, node.end_mark.line + 1):
            own = lines[number].lstrip()
            missing = node.start_mark.column + 1 - (len(lines[number]) - len(own))
            lines[number] = " " * max(missing, 0) + lines[number]
    return "\n".join(lines)


def refuse_deep(text: str) -> None:
    """Raises YamlError for a JSON text that is nested deeper than DEEPEST, whatever is in it."""
    if text.lstrip().startswith(("{", "[")):
        _refuse_deep_brackets(text)


def _refuse_deep_brackets(text: str) -> None:
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "{[" else -1
        if depth > DEEPEST:
            raise YamlError(_TOO_DEEP, *line_and_column(text, bracket.start()))


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """The position of a character, from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def tag_in(documents: list[Any]) -> str:
    """The first tag that the parser made nothing of, empty where there is none."""
    waiting: list[Any] = [documents]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += reversed(value)
        elif hasattr(value, "tag") and hasattr(value, "value"):
            return str(value.tag)
    return ""


def _refused(text: str, message: str) -> YamlError:
    """The fast parser's error. How it words one may change with any release; what is nested too
    deep is told in words of our own, whichever of the parsers met it first."""
    match = _PLACE.match(message)
    if match is None:
        return YamlError(f"not YAML: {message}", 1, 1)
    what, line, column = match[1], int(match[2]), int(match[3])
    *lines, last = text.split("\n")[:line]
    before = "".join(lines) + last[:column]
    if before.count("[") + before.count("{") - before.count("]") - before.count("}") >= DEEPEST:
        return YamlError(_TOO_DEEP, line, column)
    return YamlError(f"not YAML: {what}", line, column)


def check_expansion(text: str) -> None:
    """Raises YamlError for a text whose aliases expand to more than MOST_NODES or to themselves,
    and for one nested deeper than DEEPEST."""
    if not ("&" in text and _ALIAS.search(text)) and not _DEEP.search(text):
        return
    count = _Count()
    for event in _events(text):
        count.add(event)


class _Count:
    """How many values each anchor stands for, and how many there are in all."""

    def __init__(self) -> None:
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
                raise _not_yaml(_TOO_DEEP, event)

    def _expanded(self, event: Any) -> int:
        if any(anchor == event.anchor for anchor, _ in self._open):
            raise _not_yaml("an alias leads back to itself", event)
        return self._sizes.get(event.anchor, 1)

    def _remember(self, anchor: str | None, size: int) -> None:
        if anchor:
            self._sizes[anchor] = size

    def _grow(self, size: int, event: Any) -> None:
        self._total += size
        if self._total > MOST_NODES and size > 1:
            raise _not_yaml(f"aliases expand to more than {MOST_NODES:,} values", event)


def _not_yaml(what: str, event: Any) -> YamlError:
    return YamlError(what, event.start_mark.line + 1, event.start_mark.column + 1)


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
