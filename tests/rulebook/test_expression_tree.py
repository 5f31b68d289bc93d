"""Facts that a condition reads."""

from __future__ import annotations

import pytest

from advisor.rulebook.expression import environment
from advisor.rulebook.expression_tree import FactUse, condition_facts

NAMES = ("cluster", "image", "params")


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("image.a.b == 1", [("image.a.b", 0)]),
        ("image['a'].b == 1 && cluster.n > 2", [("image.a.b", 0), ("cluster.n", 21)]),
        (
            "image.list.exists(x, x.k == image.a)",
            [("image.list", 0), ("image.list.k", 21), ("image.a", 28)],
        ),
        ("image.list[0].k == 1", [("image.list.k", 0)]),
        ("image.labels[image.name] == 'x'", [("image.labels", 0), ("image.name", 13)]),
        ("'image.a' in image.list", [("image.list", 13)]),
        (
            "size(image.list.filter(x, x.k > 1)) > 0",
            [("image.list", 5), ("image.list", 23), ("image.list.k", 26)],
        ),
        ("image.list.map(x, x.k).exists(y, y.z)", [("image.list", 0), ("image.list.k", 18)]),
        ("image.a == 'ä' ? image.b : image.c", [("image.a", 0), ("image.b", 17), ("image.c", 27)]),
        ("image.a in [image.b, 'x']", [("image.a", 0), ("image.b", 12)]),
    ],
)
def test_paths(source: str, uses: list[tuple[str, int]]) -> None:
    expression = environment(NAMES).compile(source)
    found = condition_facts(expression.serialized(), NAMES)
    assert [(use.path, use.offset) for use in found] == uses


def test_presence_is_told_apart() -> None:
    expression = environment(NAMES).compile("has(image.a) && image.b")
    assert condition_facts(expression.serialized(), NAMES) == [
        FactUse(path="image.a", offset=4, tested=True),
        FactUse(path="image.b", offset=16),
    ]
