"""Quantities, by Kubernetes' grammar."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.facts.quantity import format_bytes, millicores, parse_quantity, resources, whole

VALUES = {
    "20k": 20_000,
    "1.5Gi": 1_610_612_736,
    "1e3": 1000,
    "1E3": 1000,
    "1E": 10**18,
    "1Ei": 2**60,
    "0": 0,
    ".5": Decimal("0.5"),
    "100m": Decimal("0.1"),
    "+3": 3,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_values(text: str, value: Decimal) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize("text", ["", "8g", "1 Gi", "1GiB", "Ki", "1e", "--1", "1\n", "٣", "NaN"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="not a Kubernetes quantity"):
        parse_quantity(text)


def test_rounding_is_upwards() -> None:
    assert (whole("512m"), millicores("0.0001"), millicores("2500u")) == (1, 1, 3)


def test_one_odd_amount_costs_no_other() -> None:
    amounts = {"cpu": "2", "memory": "1Gi", "odd": "lots", "nvidia.com/gpu": "20k"}
    assert resources(amounts) == {"cpu": 2000, "memory": 2**30, "nvidia.com/gpu": 20_000}
    assert resources(None) == {}


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_whole_numbers_stay(number: int) -> None:
    assert whole(str(number)) == number


@given(st.text(max_size=12))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        value = parse_quantity(text)
    except ValueError:
        return
    assert isinstance(value, Decimal)


@pytest.mark.parametrize(
    ("size", "text"),
    [(None, "unknown"), (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (28 * 2**40, "28.0 TiB")],
)
def test_bytes_for_people(size: int | None, text: str) -> None:
    assert format_bytes(size) == text
