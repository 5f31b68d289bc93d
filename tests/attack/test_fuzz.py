"""Made-up inputs by the thousand: documented codes, one line, no canary, little time and memory."""

from __future__ import annotations

from tests.attack.fuzz import fuzz
from tests.attack.inputs import case


def test_an_input_is_the_same_for_ever() -> None:
    assert [case(seed) for seed in range(50)] == [case(seed) for seed in range(50)]


def test_a_few_inputs() -> None:
    found, kinds, _ = fuzz(range(30), processes=1)
    assert found == []
    assert kinds.total() == 30


def test_two_thousand_inputs() -> None:
    found, kinds, _ = fuzz(range(1_000, 3_000), processes=2)
    assert found == []
    assert kinds.total() == 2_000
