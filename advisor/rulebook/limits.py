"""What a rule of a stranger may not do: its texts and its condition are a small language, in which
neither time nor memory grows beyond measure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.rulebook.template import TextError, environment

if TYPE_CHECKING:
    from jinja2 import nodes

LONGEST = 4_000
"""Characters of a text or a condition; the longest built-in one has a third of it."""
DEEPEST = 12
MOST_LOOPS = 6
MOST_ASSIGNED = 6
MOST_REUSED = 4
"""Times that names which are set are joined into others."""
MOST_JOINED = 8
"""Parts of one `~`, or of one list."""
MOST_GROWING = 3
"""Filters that can make a text longer by a factor."""
LONGEST_PART = 64
"""Characters of what such a filter puts in."""

_GROWING = frozenset({"join", "replace"})
_FILTERS = _GROWING | frozenset(
    {
        *("abs", "bytes", "capitalize", "count", "default", "d", "first", "float", "format"),
        *("int", "last", "length", "list", "listed", "lower", "map", "max", "min", "plural"),
        *("quoted", "reject", "rejectattr", "reverse", "round", "select", "selectattr", "sort"),
        *("string", "sum", "title", "trim", "truncate", "unique", "upper"),
    }
)
_METHODS = frozenset(
    {
        *("endswith", "lower", "lstrip", "removeprefix", "removesuffix", "rsplit", "rstrip"),
        *("split", "startswith", "strip", "upper"),
    }
)
_STATEMENTS = frozenset({"Assign", "For", "If", "Output", "Template", "TemplateData"})


def check_text(source: str) -> None:
    """Raises TextError, with its line, for a text that is not in the language."""
    from jinja2 import TemplateSyntaxError

    if len(source) > LONGEST:
        raise TextError(f"has more than {LONGEST:,} characters", 1)
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        raise TextError(error.message or "bad syntax", error.lineno) from None
    except RecursionError:
        raise TextError(_TOO_DEEP, 1) from None
    _Check().walk(tree)


_TOO_DEEP = f"nested more than {DEEPEST} levels deep"


class _Check:
    """One text on the way: what it has used of each thing that is limited."""

    def __init__(self) -> None:
        self._loops = self._growing = self._reused = 0
        self._assigned: list[str] = []

    def walk(self, tree: nodes.Node) -> None:
        """Raises TextError for the first node that is not allowed."""
        waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
        while waiting:
            node, depth, loops = waiting.pop()
            loops += type(node).__name__ == "For"
            what = _TOO_DEEP if depth > 2 * DEEPEST else self._wrong(node, loops)
            if what:
                raise TextError(what, node.lineno)
            children = [(child, depth + 1, loops) for child in node.iter_child_nodes()]
            waiting += reversed(children)

    def _wrong(self, node: nodes.Node, loops: int) -> str:
        """What is not allowed about a node; empty where nothing is."""
        from jinja2 import nodes

        if isinstance(node, nodes.Stmt) and type(node).__name__ not in _STATEMENTS:
            return f"`{type(node).__name__.lower()}` is not allowed in a text"
        if isinstance(node, nodes.For):
            self._loops += 1
            too_many = self._loops > MOST_LOOPS or loops > 2 or node.recursive
            return "loops too often" if too_many else ""
        if isinstance(node, nodes.Assign):
            return self._wrong_assignment(node)
        if isinstance(node, nodes.Concat | nodes.List | nodes.Tuple | nodes.Dict):
            parts = node.nodes if isinstance(node, nodes.Concat) else node.items
            return f"joins more than {MOST_JOINED} parts" if len(parts) > MOST_JOINED else ""
        if isinstance(node, nodes.Filter):
            return self._wrong_filter(node)
        if isinstance(node, nodes.Call):
            method = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
            return "" if method in _METHODS else "nothing can be called here but methods of texts"
        return ""

    def _wrong_assignment(self, node: nodes.Assign) -> str:
        """A name that is joined with itself, or with another such name, doubles at each step."""
        from jinja2 import nodes

        joined = node.find_all((nodes.Concat, nodes.List, nodes.Tuple, nodes.Dict))
        used = [name.name for one in joined for name in one.find_all(nodes.Name)]
        known = [name for name in used if name in self._assigned]
        self._assigned += self._names(node)
        self._reused += len(known)
        if self._reused > MOST_REUSED:
            return f"`{known[0]}` and other names that are set are joined again and again"
        if len(self._assigned) > MOST_ASSIGNED:
            return f"sets more than {MOST_ASSIGNED} names"
        return ""

    def _names(self, node: nodes.Assign) -> list[str]:
        from jinja2 import nodes

        return [name.name for name in node.target.find_all(nodes.Name)] + (
            [node.target.name] if isinstance(node.target, nodes.Name) else []
        )

    def _wrong_filter(self, node: nodes.Filter) -> str:
        from jinja2 import nodes

        if node.name not in _FILTERS:
            return f"No filter named '{node.name}'."
        if node.name == "map" and node.args:
            named = node.args[0]
            name = named.value if isinstance(named, nodes.Const) else ""
            return "" if name in _FILTERS - _GROWING - {"map"} else "`map` takes an attribute here"
        if node.name in _GROWING:
            self._growing += 1
            short = all(
                isinstance(arg, nodes.Const) and len(str(arg.value)) <= LONGEST_PART
                for arg in node.args
            )
            if self._growing > MOST_GROWING or not short:
                return f"`{node.name}` could make a text of any length"
        return ""


def check_condition(calls: Iterator[tuple[str, int]]) -> str:
    """What is not allowed in a condition, by its calls and in how many loops that make a list each
    one stands; empty where nothing is."""
    growing = 0
    for name, depth in calls:
        growing += name in ("replace", "join", "format")
        if growing > MOST_GROWING:
            return "it makes texts longer again and again"
        if depth > 1:
            return "a list is made within another list's making"
    return ""
