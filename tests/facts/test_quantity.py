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


def test_a_number_of_a_million_digits_is_the_largest() -> None:
    digits = "9" * 1_100_000
    assert (parse_quantity(digits), parse_quantity(f"-{digits}Ki")) == (2**63 - 1, -(2**63 - 1))


def test_rounding_is_upwards() -> None:
    assert (whole("512m"), millicores("0.0001"), millicores("2500u")) == (1, 1, 3)


def test_one_odd_amount_costs_no_other() -> None:
    amounts = {"cpu": "2", "memory": "1Gi", "odd": "lots", "nvidia.com/gpu": "20k"}
    assert resources(amounts) == {"cpu": 2000, "memory": 2**30, "nvidia.com/gpu": 20_000}
    assert resources(None) == {}


@given(st.integers(min_value=0, max_value=2**70))
def test_whole_numbers_stay_up_to_the_largest(number: int) -> None:
    assert whole(str(number)) == min(number, 2**63 - 1)


@pytest.mark.parametrize(
    ("suffix", "factor"),
    [
        ("n", Decimal("1e-9")), ("u", Decimal("1e-6")), ("m", Decimal("1e-3")), ("", Decimal(1)),
        ("k", Decimal(10**3)), ("M", Decimal(10**6)), ("G", Decimal(10**9)),
        ("T", Decimal(10**12)), ("P", Decimal(10**15)), ("E", Decimal(10**18)),
        ("Ki", Decimal(2**10)), ("Mi", Decimal(2**20)), ("Gi", Decimal(2**30)),
        ("Ti", Decimal(2**40)), ("Pi", Decimal(2**50)), ("Ei", Decimal(2**60)),
    ],
)  # fmt: skip
def test_every_suffix(suffix: str, factor: Decimal) -> None:
    assert parse_quantity(f"3{suffix}") == 3 * factor
    assert parse_quantity(f"-1.5{suffix}") == Decimal("-1.5") * factor


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "unknown"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (2**20, "1.0 MiB"),
        (2**30, "1.0 GiB"), (2**40, "1.0 TiB"), (2**50, "1.0 PiB"), (2**60, "1024.0 PiB"),
        (3 * 2**49, "1.5 PiB"),
    ],
)  # fmt: skip
def test_sizes_as_people_read_them(size: int | None, text: str) -> None:
    assert format_bytes(size) == text


@given(st.text(max_size=12))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        value = parse_quantity(text)
    except ValueError:
        return
    assert isinstance(value, Decimal)
