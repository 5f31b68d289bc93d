"""Messages and remedies: sandboxed Jinja2 over a rule's facts, strict about missing ones; and which
facts one reads."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from advisor.facts.quantity import format_bytes
from advisor.rulebook.expression import FactUse, UseForm

if TYPE_CHECKING:
    from jinja2 import Template, nodes
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
        # As Template.render does it, but for a copy of the facts for each text.
        context = template.new_context(cast(dict[str, Any], facts), shared=True)
        return "".join(template.root_render_func(context)).strip()
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


def plural(count: int, thing: str, many: str) -> str:
    """The word that goes with the count, without the count."""
    return thing if count == 1 else many


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
        f'"{_SPELLED_ANEW.get(piece, piece)}"' if number % 2 else shlex.quote(piece)
        for number, piece in enumerate(pieces)
        if piece
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


Bindings = Mapping[str, str | None]
Found = tuple[str, int, UseForm]
_FORMS: Mapping[str, UseForm] = {"length": "counted", "listed": "listed"}
_SAME_ELEMENTS = {"first", "last", "list", "reject", "reverse", "select", "sort", "unique"}


def template_facts(source: str, variables: tuple[str, ...]) -> list[FactUse]:
    """Every path below the variables that the text reads; `offset` is that of its line's start.

    Loop variables and `map(attribute=...)`, `selectattr(...)` are followed. Raises TextError
    for a syntax error, an unknown filter and a name that is no variable.
    """
    from jinja2 import TemplateSyntaxError
    from jinja2.meta import find_undeclared_variables

    try:
        tree = environment().parse(source)
        environment().compile(tree)
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        raise TextError(error.message or "bad syntax", error.lineno) from None
    for name in sorted(find_undeclared_variables(tree) - set(variables)):
        known = ", ".join(f"`{variable}`" for variable in variables)
        raise TextError(f"unknown name `{name}`; the variables here are {known}", 1)
    starts = _line_starts(source)
    return [
        FactUse(path=path, offset=starts[line - 1], form=form)
        for path, line, form in _walk(tree, {name: name for name in variables})
    ]


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _walk(node: nodes.Node, bindings: Bindings, form: UseForm = "") -> Iterator[Found]:
    """What the node reads; `form` is what its parent makes of it."""
    from jinja2 import nodes

    if isinstance(node, nodes.For):
        yield from _walk_loop(node, bindings)
        return
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        yield from _walk(node.node.node, bindings)
        for argument in (*node.args, *node.kwargs):
            yield from _walk(argument, bindings)
        return
    path = _path(node, bindings)
    if path is not None:
        whole = isinstance(node, nodes.Name | nodes.Getattr)
        yield path, node.lineno, form if whole else ""
        yield from _attribute_facts(node, bindings)
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, bindings, _form_of(child, node))


def _form_of(child: nodes.Node, parent: nodes.Node) -> UseForm:
    from jinja2 import nodes

    if isinstance(parent, nodes.Output):
        return "printed"
    if isinstance(parent, nodes.Filter) and parent.node is child and not parent.args:
        return _FORMS.get(parent.name, "")
    if isinstance(parent, nodes.If | nodes.CondExpr) and parent.test is child:
        return "asked"
    return ""


def _walk_loop(loop: nodes.For, bindings: Bindings) -> Iterator[Found]:
    from jinja2 import nodes

    yield from _walk(loop.iter, bindings)
    inner = dict(bindings)
    for name in loop.target.find_all(nodes.Name):
        inner[name.name] = None
    if isinstance(loop.target, nodes.Name):
        inner[loop.target.name] = _path(loop.iter, bindings)
    for child in (*loop.body, *loop.else_, *([loop.test] if loop.test else [])):
        yield from _walk(child, inner)


def _path(node: nodes.Node, bindings: Bindings) -> str | None:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return bindings.get(node.name)
    if isinstance(node, nodes.Getattr):
        below = _path(node.node, bindings)
        return below and f"{below}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        below = _path(node.node, bindings)
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        return f"{below}.{key}" if below and isinstance(key, str) else below
    if isinstance(node, nodes.Filter) and node.node is not None:
        return _filtered_path(node, node.node, bindings)
    return None


def _filtered_path(node: nodes.Filter, inner: nodes.Node, bindings: Bindings) -> str | None:
    below = _path(inner, bindings)
    attribute = _attribute(node)
    if below and node.name == "map" and attribute:
        return f"{below}.{attribute}"
    if below and (node.name in _SAME_ELEMENTS or node.name in ("selectattr", "rejectattr")):
        return below
    return None


def _attribute_facts(node: nodes.Node, bindings: Bindings) -> Iterator[Found]:
    """What `selectattr` and `sort(attribute=...)` read on the way to a path."""
    from jinja2 import nodes

    for inner in (node, *node.find_all(nodes.Filter)):
        if not isinstance(inner, nodes.Filter) or inner.node is None:
            continue
        below, attribute = _path(inner.node, bindings), _attribute(inner)
        if below and attribute and inner.name != "map":
            yield f"{below}.{attribute}", inner.lineno, ""


def _attribute(node: nodes.Filter) -> str | None:
    """The attribute a filter goes by: `map(attribute="x")`, `selectattr("x")`."""
    from jinja2 import nodes

    given = [pair.value for pair in node.kwargs if pair.key == "attribute"]
    if node.name in ("selectattr", "rejectattr"):
        given = list(node.args[:1])
    if given and isinstance(given[0], nodes.Const) and isinstance(given[0].value, str):
        return given[0].value
    return None
