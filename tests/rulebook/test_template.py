"""Texts of rules."""

from __future__ import annotations

import pytest

from advisor.rulebook.template import (
    TextError,
    listed,
    plural,
    quoted,
    render,
    render_line,
    template_facts,
)

NAMES = ("cluster", "image", "params")


def test_facts_win_over_methods_of_maps() -> None:
    assert render("{{ image.items }} {{ image.get }}", {"image": {"items": 1, "get": 2}}) == "1 2"


def test_nothing_is_escaped_and_a_line_is_one_line() -> None:
    assert render_line(" {{ image.a }}\n  b\n", {"image": {"a": "<&'>"}}) == "<&'> b"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{{ image.gone }}", "'dict object' has no attribute 'gone'"),
        ("{{ gone }}", "'gone' is undefined"),
        ("{{ range(3) }}", "'range' is undefined"),
        ("{{ image.__class__ }}", "'dict object' has no attribute '__class__'"),
        (
            "{{ ''.__class__.__mro__ }}",
            "access to attribute '__class__' of 'str' object is unsafe.",
        ),
        ("{{ 1 // 0 }}", "integer division or modulo by zero"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
    ],
)
def test_text_that_cannot_be_rendered(source: str, what: str) -> None:
    with pytest.raises(TextError) as caught:
        render(source, {"image": {}})
    assert caught.value.what == what


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b and 3 more"),
        ([1, None], "1 and None"),
    ],
)
def test_listed(values: list[object], text: str) -> None:
    limit = 2 if len(values) > 3 else 5
    assert listed(values, limit) == text


def test_plural() -> None:
    assert [plural(count, "node", "nodes") for count in (0, 1, 2)] == ["nodes", "node", "nodes"]


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("{{ image.a.b }} {{ image['c'] }}", ["image.a.b", "image.c"]),
        ("{% for c in image.list %}{{ c.x }}{% endfor %}", ["image.list", "image.list.x"]),
        ("{{ image.list | map(attribute='x') | join(', ') }}", ["image.list.x"]),
        (
            "{{ image.list | selectattr('y', 'eq', params.p) | map(attribute='x') | first }}",
            ["image.list.x", "image.list.y"],
        ),
        ("{{ image.version.split('.')[0] }}", ["image.version"]),
        ("{% set t = image.a ~ 'x' %}{{ t }}", ["image.a"]),
        ("{% if image.a is defined and image.b > 1 %}{% endif %}", ["image.a", "image.b"]),
    ],
)
def test_facts_that_a_text_reads(source: str, paths: list[str]) -> None:
    assert [use.path for use in template_facts(source, NAMES)] == paths


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/raid/sets", "/raid/sets"),
        ("/raid/two words", "'/raid/two words'"),
        ("", "''"),
        ("$HOME/data", '"$HOME"/data'),
        ("/home/${USER}/it's", "/home/\"${USER}\"'/it'\"'\"'s'"),
        ("~/.cache/hub", "~/.cache/hub"),
        ("$(pwd)/out", '"$(pwd)"/out'),
        ("`pwd`/out", '"$(pwd)"/out'),
        ("$(PWD)", '"$PWD"'),
        ("$(CURDIR)/out", '"$PWD"/out'),
        ("`touch x`", "'`touch x`'"),
        ("$(touch x)/$1", "'$(touch x)/$1'"),
        ("~root/x", "'~root/x'"),
    ],
)
def test_a_shell_puts_in_homes_and_variables_and_nothing_else(path: str, word: str) -> None:
    assert render("{{ image.path | quoted }}", {"image": {"path": path}}) == word == quoted(path)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{{ 'a' * 1000000000 }}", "`*` of these is not allowed in a text"),
        ("{{ 9 ** 9 ** 9 }}", "`**` of these is not allowed in a text"),
        ("{{ '%999999999d' % 1 }}", "`%` of these is not allowed in a text"),
        ("{{ '%999999999d' | format(1) }}", "a width is a number of one or two digits"),
        ("{{ '%*d' | format(999999999, 1) }}", "a width is a number of one or two digits"),
        (
            "{{ 'a'.ljust(2000000000) }}",
            "access to attribute 'ljust' of 'str' object is unsafe.",
        ),
        ("{{ 'a' | center(2000000000) }}", "No filter named 'center'."),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "maximum recursion depth exceeded"),
    ],
)
def test_texts_without_an_end(source: str, what: str) -> None:
    with pytest.raises(TextError) as caught:
        render(source, {})
    assert caught.value.what.startswith(what)


def test_numbers_may_be_reckoned_with() -> None:
    assert render("{{ 2 * a }} {{ a % 4 }} {{ '%5.2f' | format(a / 4) }}", {"a": 6}) == "12 2  1.50"
