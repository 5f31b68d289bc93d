from __future__ import annotations

import pytest

from advisor.jobs.numbers import (
    parse_bool,
    parse_decimal_integer,
    parse_duration,
    parse_float,
    parse_integer,
    parse_nano_cpus,
    parse_size,
    parse_unsigned,
)
from advisor.jobs.run import PortMapping
from advisor.readers.docker_run.mounts import Volume, parse_volume
from advisor.readers.docker_run.ports import parse_publish
from advisor.readers.flag_scan import split_fields

GIB = 1024**3


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16G", 16 * GIB),
        ("16g", 16 * GIB),
        ("16GiB", 16 * GIB),
        ("16 gb", 16 * GIB),
        ("1.5g", 3 * GIB // 2),
        ("512m", 512 * 1024**2),
        ("1024", 1024),
        ("1e3", 1000),
        ("1k", 1024),
        ("2t", 2 * 1024**4),
        ("3p", 3 * 1024**5),
        ("3PiB", 3 * 1024**5),
        ("0", 0),
        ("7b", 7),
        ("5 ", 5),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "g", "16gigs", "-5m", "1.2.3g", " 1g", "1g ", "1e999", "9" * 20, "8388608t"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x10", 16),
        ("0XfF", 255),
        ("017", 15),
        ("0o17", 15),
        ("0b11", 3),
        ("1_000", 1000),
        ("-1", -1),
        ("+0x1_0", 16),
        ("0", 0),
        (str(2**63 - 1), 2**63 - 1),
        (str(-(2**63)), -(2**63)),
    ],
)
def test_whole_numbers_in_every_base(text: str, value: int) -> None:
    assert parse_integer(text) == value


@pytest.mark.parametrize(
    "text", ["", "1.5", "09", "1__0", "0x", "--1", "1 ", str(2**63), "9" * 500]
)
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a whole number|out of range"):
        parse_integer(text)


@pytest.mark.parametrize("text", ["1/0", "1e-10", "x", "", "1e10", "9" * 500, "1/2/3"])
def test_what_are_no_cpus(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_nano_cpus(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("0x1p4", 16.0), ("-2", -2.0)],
)
def test_fractions(text: str, value: float) -> None:
    assert parse_float(text) == value


@pytest.mark.parametrize("text", ["", ".", "1e400", "0x1p9999", "inf", "nan", "1e", "9" * 500])
def test_what_is_no_fraction(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a number|out of range"):
        parse_float(text)


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("5", 5), ("0x10", 16), (str(2**64 - 1), 2**64 - 1)]
)
def test_numbers_without_a_sign(text: str, value: int) -> None:
    assert parse_unsigned(text) == value


@pytest.mark.parametrize("text", ["-1", "+1", "", str(2**64)])
def test_what_is_no_number_without_a_sign(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a whole number|out of range"):
        parse_unsigned(text)


@pytest.mark.parametrize(
    ("text", "low", "value"),
    [("10", 0, 10), ("+3", -5, 3), ("-3", -5, -3), ("007", 0, 7), ("0", 0, 0)],
)
def test_decimal_numbers(text: str, low: int, value: int) -> None:
    assert parse_decimal_integer(text, low=low, high=10) == value


@pytest.mark.parametrize(
    ("text", "low"),
    [("+3", 0), ("-3", 0), ("11", 0), ("-6", -5), ("0x1", 0), ("", 0), ("1" * 41, 0)],
)
def test_what_is_no_decimal_number(text: str, low: int) -> None:
    with pytest.raises(ValueError, match=r"not a whole number|out of range"):
        parse_decimal_integer(text, low=low, high=10)


@pytest.mark.parametrize(
    ("text", "nano"), [("1.5", 1_500_000_000), ("3/2", 1_500_000_000), (".5", 500_000_000)]
)
def test_cpus(text: str, nano: int) -> None:
    assert parse_nano_cpus(text) == nano


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("30s", 30 * 10**9), ("1m30s", 90 * 10**9), ("1.5h", 5400 * 10**9), ("0", 0), ("1ns", 1),
        ("2us", 2000), ("3µs", 3000), ("4μs", 4000), ("5ms", 5 * 10**6), ("-1m", -60 * 10**9),
        (f"{2**63 - 1}ns", 2**63 - 1), (f"-{2**63}ns", -(2**63)),
    ],
)  # fmt: skip
def test_durations(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "s", "1", "1d", "1s ", f"{2**63}ns", f"-{2**63 + 1}ns"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a time|range"):
        parse_duration(text)


def test_booleans_are_spelled_as_go_spells_them() -> None:
    assert [parse_bool(text) for text in ("1", "t", "TRUE", "0", "F", "False")] == [
        *(True, True, True),
        *(False, False, False),
    ]
    with pytest.raises(ValueError, match="not true or false"):
        parse_bool("yes")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,b", ["a", "b"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"say ""x"""', ['say "x"']),
        ("a,", ["a", ""]),
        ("\na", ["a"]),
    ],
)
def test_fields_between_commas(text: str, fields: list[str]) -> None:
    assert split_fields(text) == fields


@pytest.mark.parametrize("text", ["", '"a', 'a"b', '"a"b'])
def test_fields_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"empty|quote"):
        split_fields(text)


@pytest.mark.parametrize(
    ("text", "volume"),
    [
        ("/a:/b", Volume(source="/a", target="/b", bind=True)),
        ("vol:/b:ro", Volume(source="vol", target="/b", read_only=True)),
        ("/b", Volume(source="", target="/b")),
        ("C:\\data:/b", Volume(source="C:\\data", target="/b", bind=True)),
        ("./a:/b:rw,z", Volume(source="./a", target="/b", bind=True, options=("z",))),
    ],
)
def test_volumes(text: str, volume: Volume) -> None:
    assert parse_volume(text) == volume


def test_a_port_that_the_host_picks_from_a_range() -> None:
    assert parse_publish("8000-8010:80") == [PortMapping(container=80)]
    assert parse_publish("[::1]:1:2/sctp") == [
        PortMapping(container=2, host=1, address="::1", protocol="sctp")
    ]
