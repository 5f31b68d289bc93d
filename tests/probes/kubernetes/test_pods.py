from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.probes.kubernetes.pods import NamespaceShares

NAMES = st.lists(st.from_regex(r"[a-c](-?[a-c]){0,2}", fullmatch=True), unique=True, max_size=8)


@given(NAMES, st.lists(st.booleans(), min_size=40, max_size=40), st.integers(1, 3))
def test_every_namespace_is_read_by_exactly_one_reader(
    names: list[str], turns: list[bool], page: int
) -> None:
    shares = NamespaceShares(names)
    order = sorted(names, key=lambda name: f"{name}/")
    readers: list[str] = []
    front, more = 0, True
    for turn in [*turns, *[True] * 20, *[False] * 20]:
        if turn and more and front < len(order):
            own, more = shares.reach(order[front : front + page])
            readers += sorted(own)
            front += page
        elif not turn:
            taken = shares.take_last()
            readers += [taken] if taken else []
    assert sorted(readers) == sorted(names)


def test_a_namespace_that_spans_pages_stays_with_its_reader() -> None:
    shares = NamespaceShares(["a", "b", "c"])
    assert shares.reach(["a", "b"]) == (frozenset({"a", "b"}), True)
    assert (shares.take_last(), shares.take_last()) == ("c", None)
    assert shares.reach(["b"]) == (frozenset({"b"}), True)
    assert shares.reach(["b", "c"]) == (frozenset({"b"}), False)


def test_a_namespace_nobody_listed_belongs_to_the_front() -> None:
    assert NamespaceShares(()).reach(["new"]) == (frozenset({"new"}), True)
    assert NamespaceShares(()).reach([]) == (frozenset(), True)
