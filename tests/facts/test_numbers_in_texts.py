"""Texts become numbers in one place: ASCII digits, within what 64 bits hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from advisor.facts.quantity import MOST, fraction, millicores, parse_quantity, whole, whole_number
from advisor.jobs.numbers import (
    parse_duration,
    parse_float,
    parse_integer,
    parse_nano_cpus,
    parse_size,
)

MANY = "9" * 5000


@pytest.mark.parametrize("text", ["", "²", "١٢", "1_0", "+1", "-1", "1.5", " 1", MANY, "0x10"])
def test_what_is_no_whole_number(text: str) -> None:
    assert whole_number(text) is None


def test_whole_numbers_have_a_bound() -> None:
    assert whole_number("007") == 7
    assert whole_number(str(MOST)) == MOST
    assert whole_number(str(MOST + 1)) is None
    assert whole_number("65536", most=65535) is None
    assert whole_number("0" * 5000) == 0


@pytest.mark.parametrize("text", ["", ".", "-1", "nan", "inf", "1e5", "²", MANY])
def test_what_is_no_fraction(text: str) -> None:
    assert fraction(text) is None


def test_fractions() -> None:
    assert (fraction("0.5"), fraction(".25"), fraction("2")) == (0.5, 0.25, 2.0)


@pytest.mark.parametrize("text", [MANY, f"{MANY}Gi", "1e300", str(2**64), f"{MANY}.{MANY}", "16Ei"])
def test_a_quantity_beyond_the_largest_is_the_largest(text: str) -> None:
    assert whole(text) == MOST
    assert millicores(text) == MOST
    assert parse_quantity(f"-{text}") == -Decimal(MOST)


@pytest.mark.parametrize("parse", [parse_duration, parse_integer, parse_nano_cpus, parse_size])
@pytest.mark.parametrize("text", [MANY, "1e300", "1e30g", f"0x1p{MANY}", f"{MANY}/3", f"{MANY}s"])
def test_what_is_out_of_range_is_refused_in_a_clause(
    parse: Callable[[str], int], text: str
) -> None:
    with pytest.raises(ValueError, match=r"^(out of range|not a |unknown unit )"):
        parse(text)


@pytest.mark.parametrize("text", [MANY, f"0x1p{MANY}", "0x1p9999"])
def test_a_float_that_does_not_fit(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_float(text)


@pytest.mark.parametrize("text", ["1e30", "8388608t", "9223372036854775808"])
def test_a_size_is_never_negative(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_size(text)
