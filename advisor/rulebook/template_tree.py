"""Which facts a message or remedy reads: a walk over its parsed template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from advisor.rulebook.expression_tree import FactUse, UseForm
from advisor.rulebook.template import TextError, environment

if TYPE_CHECKING:
    from jinja2 import nodes

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
