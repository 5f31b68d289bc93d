"""How the facts that a finding rests on are told."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.rulebook.case import MAX_VALUE, compact

HOLDER = {"machine": "ws-7", "mount_point": "/raid", "network": True, "size": 5 * 2**30}
SPELLED: list[tuple[Any, str]] = [
    ([HOLDER], "machine ws-7, mount point /raid, network true, size 5.0 GiB"),
    ([{"machine": "a"}, {"machine": "b"}], "machine a; machine b"),
    ({"count": 1, "nodes": ["a"], "maybe": ["b", "c"]}, "count 1, nodes a, maybe (b, c)"),
    ({"options": {"type": "nfs"}}, "options (type nfs)"),
    ({}, "none"),
    ([], "none"),
    ([None, False, 3], "none, false, 3"),
    ("x" * 300, "x" * (MAX_VALUE - 1) + "…"),
]


@pytest.mark.parametrize(("fact", "told"), SPELLED)
def test_a_fact_is_one_line_of_words(fact: Any, told: str) -> None:
    assert compact(fact) == told
