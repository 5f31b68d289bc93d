"""Made-up inputs by the thousand: documented codes, one line, no canary, little time and memory."""

from __future__ import annotations

import os

import pytest

from tests.attack.fuzz import broken, fuzz
from tests.attack.inputs import case


def test_an_input_is_the_same_for_ever() -> None:
    assert [case(seed) for seed in range(50)] == [case(seed) for seed in range(50)]


@pytest.mark.parametrize("seed", range(30))
def test_a_few_inputs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getcwd()
    for name in ("KUBECONFIG", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    try:
        assert broken(seed) is None
    finally:
        os.chdir(here)


def test_two_thousand_inputs() -> None:
    found, kinds = fuzz(range(1_000, 3_000), processes=2)
    assert found == []
    assert kinds.total() == 2_000
