from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.readers.yaml.documents import MOST_CHARACTERS, parse_documents

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# nothing\n", []),
        ("\ufeffa: 1\r\nb: x\r\n", [{"a": 1, "b": "x"}]),
        ("---\n---\na: 1\n...\n---\nb: 2\n", [None, {"a": 1}, {"b": 2}]),
        ('{"a": [1, 2],\n\t"b": {"c": null}}', [{"a": [1, 2], "b": {"c": None}}]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", [{"a": {"b": 1}, "c": {"b": 1, "d": 2}}]),
        ("a:\n  <<: [{b: 1, c: 1}, {b: 2, d: 2}]\n  c: 3\n", [{"a": {"b": 1, "c": 3, "d": 2}}]),
        ("2: a\ntrue: !x b\nnull: c\n", [{"2": "a", "true": "b", "null": "c"}]),
        ("a: yes\nb: 0x10\nc: 1e3\nd: ~\n", [{"a": "yes", "b": 16, "c": 1000.0, "d": None}]),
        ("a: |\n  b: 1\n  b: 2\n", [{"a": "b: 1\nb: 2\n"}]),
        ("a: 'b: c' # d: e\n# f: g\nh: {i: j}\n", [{"a": "b: c", "h": {"i": "j"}}]),
    ],
)
def test_documents(text: str, expected: list[Any]) -> None:
    assert parse_documents(text, "f.yaml") == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", "f.yaml:2:1: key `a` is given twice (keep one of them)"),
        ('{"a":1,\n\t"a":2}', "f.yaml:2:2: key `a` is given twice (keep one of them)"),
        ("x: 'a: b' # c: d\ny: {z: 1}\ny: 2\n", "f.yaml:3:1: key `y` is given twice (keep one of"),
        ("a: &x 1\nb: *x\nc: 1\nc: 2\n", "f.yaml:4:1: key `c` is given twice (keep one of them)"),
        ("a:\n\tb: 1\n", "f.yaml:2:2: not YAML: tabs disallowed within this context"),
        ("a: 'x\n", "f.yaml:1:4: not YAML: while scanning a quoted scalar, found unexpected end"),
        ("a: \x00\n", "f.yaml:1:4: not text: there is the control character '\\x00'"),
        ("a: &a [*a]\n", "f.yaml:1:8: an alias leads back to itself"),
        (BOMB, "f.yaml:6:8: aliases expand to more than 200,000 values"),
        ("[" * 100_000, "f.yaml:1:256: not YAML: recursion limit exceeded"),
        ("- " * 100_000 + "a", "f.yaml:1:501: nested more than 250 levels deep"),
        ("a: &a 1\nb: *a\nc: " + "[" * 100_000, "f.yaml:3:253: nested more than 250 levels deep"),
        ("".join(" " * n + "a:\n" for n in range(500)), "f.yaml:251:251: nested more than 250"),
        ("{{ .Values.a }}: 1\n", "f.yaml:1:1: a key that is itself a map or a list (render the"),
        ("a: {{ x }\n", "f.yaml:2:1: not YAML: while parsing a flow mapping"),
        ("a" * (MOST_CHARACTERS + 1), "f.yaml:1:1: holds more than 33,554,432 characters (split"),
    ],
)
def test_refusals(text: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_documents(text, "f.yaml")
    assert caught.value.line().startswith(line)


PIECES = st.sampled_from(
    [
        "a",
        "b",
        ":",
        ": ",
        "\n",
        "  ",
        "- ",
        "&x ",
        "*x",
        "<<",
        "!t ",
        "'",
        '"',
        "#",
        " #",
        "{",
        "}",
        "[",
        "]",
        ",",
        "? ",
        ">",
        "---\n",
        "...\n",
        "%",
        "@",
        "\t",
        "\\",
        "\r",
        "1",
        "~",
        "|",
        "\ufeff",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join)))
@example("a: *x &x")
def test_any_text_gives_documents_or_one_error(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_documents(text, "f.yaml")


KEYS = st.text("ab:#'\" ", min_size=1, max_size=4)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("ab:#'\" \n", max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([True, False, None]))
def test_what_was_written_is_read(value: Any, flow: bool | None) -> None:
    import yaml

    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    assert parse_documents(text, "f.yaml") == [value]
