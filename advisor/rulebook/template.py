"""Messages and remedies: sandboxed Jinja2 over a rule's facts, strict about missing ones."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from advisor.facts.quantity import format_bytes

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment


_FACT_ERRORS = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(MemoryError, RecursionError),
)
"""What filters raise on facts of a kind that they were not made for, and texts without an end."""

_PADDING = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "rjust", "zfill"})
"""Methods and filters that make a text of any length out of a number."""


class TextError(Exception):
    """A text that does not parse (`line` from 1) or cannot be rendered with these facts (0)."""

    def __init__(self, what: str, line: int = 0) -> None:
        self.what = what
        self.line = line
        super().__init__(what)


def render(source: str, facts: Mapping[str, Any]) -> str:
    """The text without white space at its ends; raises TextError, also for a missing fact."""
    if "{" not in source:
        return source.strip()
    from jinja2 import TemplateError

    template = _compiled(source)
    try:
        return template.render(facts).strip()
    except (TemplateError, *_FACT_ERRORS) as error:
        raise TextError(str(error)) from None


def render_line(source: str, facts: Mapping[str, Any]) -> str:
    """The same with every run of white space made one space."""
    return " ".join(render(source, facts).split())


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        return environment().from_string(source)
    except TemplateSyntaxError as error:
        raise TextError(error.message or "bad syntax", error.lineno) from None


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Jinja2 costs 35 ms to import, so it is made when the first text is rendered."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class FactEnvironment(ImmutableSandboxedEnvironment):
        """Reads `a.values` as the fact of that name, never as a method of the map; makes no text
        that is longer than what it is made of.
        """

        intercepted_binops = frozenset({"*", "%", "**"})

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            numbers = isinstance(left, int | float) and isinstance(right, int | float)
            if not numbers or operator == "**":
                raise SecurityError(f"`{operator}` of these is not allowed in a text")
            return super().call_binop(context, operator, left, right)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return attr not in _PADDING and super().is_safe_attribute(obj, attr, value)

        def getattr(self, obj: Any, attribute: str) -> Any:
            if type(obj) is not dict and not isinstance(obj, Mapping):
                return super().getattr(obj, attribute)
            if attribute in obj:
                return obj[attribute]
            return self.undefined(obj=obj, name=attribute)

    made = FactEnvironment(undefined=StrictUndefined, autoescape=False)
    made.globals.clear()
    for name in _PADDING:
        made.filters.pop(name, None)
    made.filters.update(FILTERS)
    return made


def listed(values: Sequence[Any], limit: int = 5) -> str:
    """`a, b and c`; beyond `limit`, `a, b and 3 more`."""
    words = [str(value) for value in values]
    if len(words) > limit:
        words = [*words[:limit], f"{len(words) - limit} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(count: int, one: str, many: str) -> str:
    """The word that goes with the count, without the count."""
    return one if count == 1 else many


_LEFT_TO_SHELL = re.compile(
    r"(\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|\(pwd\))|`pwd`|\$\((?:PWD|CURDIR)\))", re.ASCII
)
_SPELLED_ANEW = {"`pwd`": "$(pwd)", "$(PWD)": "$PWD", "$(CURDIR)": "$PWD"}


def quoted(text: str) -> str:
    """One word for a shell. It still puts in a home, the current folder and variables, as a job's
    line may have them (`"$HOME"/sets`, make's `$(PWD)`); nothing else of it is a shell's to read.
    """
    home = "~/" if text.startswith("~/") else ""
    pieces = _LEFT_TO_SHELL.split(text.removeprefix(home))
    words = (
        f'"{_SPELLED_ANEW.get(one, one)}"' if number % 2 else shlex.quote(one)
        for number, one in enumerate(pieces)
        if one
    )
    return home + "".join(words) or "''"


def formatted(template: str, *values: Any) -> str:
    """`'%g' | format(number)`, with a width of two digits at most."""
    if _WIDE.search(template):
        raise ValueError("a width is a number of one or two digits")
    return template % values


_WIDE = re.compile(r"%[^a-zA-Z%]*(?:\d{3}|\*)")

FILTERS = {
    "bytes": format_bytes,
    "format": formatted,
    "listed": listed,
    "plural": plural,
    "quoted": quoted,
}
"""`quoted` is for a path or name in a command that somebody will paste into a shell."""
