"""What is left to send, and in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.planning.layers import Layered, LayerTree, Share, push_order, shares


def layered(name: str, chain: str, size: int | None, host: str = "h", uses: int = 0) -> Layered:
    return Layered(name, host, tuple(chain), size, uses)


def plan(*images: Layered) -> list[Share]:
    tree = LayerTree(images)
    return shares(push_order(images, tree), tree)


def test_what_others_build_on_goes_first_then_what_is_used_most() -> None:
    images = [
        layered("rare", "abx", 30),
        layered("used", "abcd", 50, uses=5),
        layered("base", "ab", 20),
        layered("alone", "z", 7, uses=1),
    ]
    assert plan(*images) == [
        Share("base", 20, False, ""),
        Share("used", 30, False, "base"),
        Share("alone", 7, False, ""),
        Share("rare", 10, False, "base"),
    ]


def test_a_common_beginning_that_is_no_image_makes_an_upper_bound() -> None:
    assert plan(layered("one", "abx", 30), layered("two", "aby", 40)) == [
        Share("one", 30, False, ""),
        Share("two", 40, True, ""),
    ]


def test_what_another_host_has_sent_is_not_counted_on() -> None:
    assert plan(layered("a", "ab", 20, host="one"), layered("b", "abc", 50, host="two")) == [
        Share("a", 20, False, ""),
        Share("b", 50, True, ""),
    ]


def test_an_unknown_size_stays_unknown() -> None:
    assert plan(layered("a", "ab", None), layered("b", "abc", 50)) == [
        Share("a", None, False, ""),
        Share("b", 50, True, "a"),
    ]


CHAINS = st.lists(st.text("ab", max_size=5), max_size=12)


@given(CHAINS)
def test_an_image_comes_after_all_it_begins_with(chains: list[str]) -> None:
    images = [layered(f"{n}", chain, len(chain)) for n, chain in enumerate(chains)]
    order = push_order(images, LayerTree(images))
    for number, image in enumerate(order):
        for later in order[number + 1 :]:
            shorter = len(later.layers) < len(image.layers)
            assert not (
                later.layers and shorter and image.layers[: len(later.layers)] == later.layers
            )


@given(CHAINS)
def test_no_more_is_sent_than_there_is_and_what_is_certain_adds_up(chains: list[str]) -> None:
    images = [layered(f"{n}", chain, len(chain)) for n, chain in enumerate(chains)]
    found = plan(*images)
    distinct = {chain[:length] for chain in chains for length in range(1, len(chain) + 1)}
    total = sum(share.bytes or 0 for share in found)
    assert len(distinct) <= total <= sum(map(len, chains))
    if not any(share.at_most for share in found):
        assert total == len(distinct)
