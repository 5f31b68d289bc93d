"""Places in YAML texts, through every style of scalar."""

from __future__ import annotations

import pytest

from advisor.rulebook.document import Key, locate, locate_key, oddities

TEXT = """\
plain: a > b
quoted: 'it''s > b'
double: "say \\"x\\" > b"
literal: |
  a &&
    b >
  c
folded: >-
  a &&

  b
  > c
list:
  - {name: x, deep: [1, 2]}
  - name: y
"""
SCALARS = {
    ("plain", ">"): (1, 10),
    ("quoted", ">"): (2, 16),
    ("double", ">"): (3, 20),
    ("literal", "b"): (6, 5),
    ("literal", ">"): (6, 7),
    ("literal", "c"): (7, 3),
    ("folded", "b"): (11, 3),
    ("folded", ">"): (12, 3),
    ("folded", "c"): (12, 5),
}
VALUES = {
    "plain": "a > b",
    "quoted": "it's > b",
    "double": 'say "x" > b',
    "literal": "a &&\n  b >\nc\n",
    "folded": "a &&\nb > c",
}


@pytest.mark.parametrize(("key", "sought"), SCALARS)
def test_character_of_a_scalar(key: str, sought: str) -> None:
    offset = VALUES[key].index(sought)
    assert locate(TEXT, (key,), offset=offset) == SCALARS[key, sought]


def test_character_after_the_end() -> None:
    assert locate(TEXT, ("plain",), offset=5) == (1, 13)
    assert locate(TEXT, ("folded",), offset=len(VALUES["folded"])) == (12, 6)


@pytest.mark.parametrize(
    ("keys", "value", "key"),
    [
        (("list", 0, "deep", 1), (14, 25), (14, 25)),
        (("list", 1, "name"), (15, 11), (15, 5)),
        (("list", 1, "none"), (15, 5), (15, 5)),
        (("list", 9), (14, 3), (14, 3)),
        (("none",), (1, 1), (1, 1)),
    ],
)
def test_value_and_key(keys: tuple[Key, ...], value: tuple[int, int], key: tuple[int, int]) -> None:
    assert (locate(TEXT, keys), locate_key(TEXT, keys)) == (value, key)


def test_empty_text() -> None:
    assert locate("", ("a",)) == (1, 1)


def test_oddities() -> None:
    text = "a: 1\nb:\n  - c: 1\n    c: 2\na: 3\n---\nd: 1\n"
    assert list(oddities(text)) == [
        (7, 1, "a second document in one file"),
        (4, 5, "key `c` is given twice"),
        (5, 1, "key `a` is given twice"),
    ]
