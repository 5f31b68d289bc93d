"""Documents of YAML and JSON texts, and where their values stand."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.readers.yaml_documents import MOST_CHARACTERS, Path, parse_documents, position

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
    ("text", "place", "what"),
    [
        ("a: 1\na: 2\n", "2:1", "key `a` is given twice (keep one of them)"),
        ('{"a":1,\n\t"a":2}', "2:2", "key `a` is given twice (keep one of them)"),
        ("x: 'a: b' # c: d\ny: {z: 1}\ny: 2\n", "3:1", "key `y` is given twice (keep one of them)"),
        ("a: &x 1\nb: *x\nc: 1\nc: 2\n", "4:1", "key `c` is given twice (keep one of them)"),
        ("a: \x00\n", "1:4", "not text: there is the control character '\\x00'"),
        ("a: &a [*a]\n", "1:8", "an alias leads back to itself"),
        (BOMB, "6:8", "aliases expand to more than 200,000 values"),
        ("a: 1\nb:\n  <<: 5\n", "3:3", "'<<' merges a map or a list of maps"),
        ("b: {'<<': [{a: 1}, x]}\n", "1:6", "'<<' merges a map or a list of maps"),
        ("- " * 100_000 + "a", "1:501", "nested more than 250 levels deep"),
        (
            "".join(" " * n + "a:\n" for n in range(500)),
            "251:251",
            "nested more than 250 levels deep",
        ),
        (
            "{{ .Values.a }}: 1\n",
            "1:1",
            "a key that is itself a map or a list"
            " (have the template filled in first, as in helm template FOLDER | advisor check -)",
        ),
        (
            "a" * (MOST_CHARACTERS + 1),
            "1:1",
            "holds more than 33,554,432 characters (split it into files of one job each)",
        ),
    ],
)
def test_refusals(text: str, place: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_documents(text, "f.yaml")
    assert caught.value.line() == f"f.yaml:{place}: {what}"


@pytest.mark.parametrize(
    ("text", "place"),
    [("a:\n\tb: 1\n", "2:2"), ("a: 'x\n", "1:4"), ("a: {{ x }\n", "2:1"), ("a: [1, 2\n", "2:1")],
)
def test_what_is_not_yaml_is_told_with_its_place(text: str, place: str) -> None:
    """How the parser words it is the parser's own, and changes with its releases."""
    with pytest.raises(InputError) as caught:
        parse_documents(text, "f.yaml")
    assert caught.value.where == f"f.yaml:{place}"
    assert caught.value.what.startswith("not YAML: ")


@pytest.mark.parametrize(("before", "line"), [("", 1), ("a: &a 1\nb: *a\nc: ", 3)])
@pytest.mark.parametrize("opening", ["[", "{a: ", "[{a: "])
def test_brackets_nested_too_deep_are_told_in_the_same_words(
    before: str, line: int, opening: str
) -> None:
    """Which of the two parsers meets them first, and at which of the brackets, is theirs."""
    with pytest.raises(InputError) as caught:
        parse_documents(before + opening * 50_000, "f.yaml")
    assert caught.value.what == "nested more than 250 levels deep"
    assert caught.value.where.startswith(f"f.yaml:{line}:")


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
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)
    assert parse_documents(text, "f.yaml") == [value]


TEXT = """\
---
a:
- b: 1
- c:
    d: x
---
base: &base {e: 1}
f:
  <<: *base
  g: 2
"""


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ((), 0, (2, 1)),
        (("a",), 0, (2, 1)),
        (("a", 1), 0, (4, 3)),
        (("a", 1, "c", "d"), 0, (5, 5)),
        (("a", 1, "c", "absent", "below"), 0, (4, 3)),
        (("a", 7), 0, (2, 1)),
        (("f", "g"), 1, (10, 3)),
        (("f", "e"), 1, (7, 14)),
        (("a",), 5, (1, 1)),
    ],
)
def test_position(path: Path, document: int, expected: tuple[int, int]) -> None:
    assert position(TEXT, path, document) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a:\n  b: [\n    x,\n  ]\n", {"a": {"b": ["x"]}}),
        ("a: [\n x\n]\nb: {\n}\n", {"a": ["x"], "b": {}}),
        ('c:\n- d: [\n  e, "f\n  g"\n  ]\n  h: 1\n', {"c": [{"d": ["e", "f g"], "h": 1}]}),
    ],
)
def test_brackets_may_end_at_any_column(text: str, value: object) -> None:
    assert parse_documents(text, "f.yaml") == [value] == list(yaml.safe_load_all(text))


def test_what_is_wrong_beside_such_brackets_is_told_of_the_text_as_it_stands() -> None:
    with pytest.raises(InputError) as told:
        parse_documents("a: [\nx\n]\nb: ]\n", "f.yaml")
    assert told.value.where.startswith("f.yaml:")
    deep = "a: " + "[\n" * 5000 + "]" * 5000
    with pytest.raises(InputError):
        parse_documents(deep, "f.yaml")
