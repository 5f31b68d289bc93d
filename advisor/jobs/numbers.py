"""Numbers, sizes and times as Go's standard library and Docker's units read them.

Each raises ValueError with a clause that says what is wrong.
"""

from __future__ import annotations

import re
from fractions import Fraction

_INTEGER = re.compile(
    r"(?P<sign>[+-]?)(?:0[xX](?P<hex>(?:_?[0-9a-fA-F])+)|0[bB](?P<bin>(?:_?[01])+)"
    r"|0[oO]?(?P<oct>(?:_?[0-7])+)|(?P<dec>0|[1-9](?:_?[0-9])*))"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_FLOAT = re.compile(
    r"[+-]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?", re.ASCII
)
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:_?[0-9a-fA-F])*(?:\.[0-9a-fA-F]*)?[pP][+-]?\d+", re.ASCII)
_SIZE = re.compile(
    r"(?P<number>.*[0-9.])(?P<suffix>[^0-9. ]*)|(?P<apart>.*) (?P<unit>[^0-9. ]*)", re.S
)
_SUFFIX = re.compile(r"(?:b|(?P<unit>[kmgtp])(?:b|ib)?)?")
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_RATIO = re.compile(r"(?P<top>[+-]?\w+)/(?P<bottom>\w+)", re.ASCII)
_DURATION_PART = re.compile(r"(?P<number>\d+\.?\d*|\.\d+)(?P<unit>ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_INT64 = 2**63
_LONGEST = 400
"""Characters of a number that are read: Go's longest float has 309 digits."""
TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def parse_bool(text: str) -> bool:
    """The twelve spellings that Go's ParseBool knows."""
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError("not true or false")


def parse_integer(text: str, *, low: int = -_INT64, high: int = _INT64 - 1) -> int:
    """A whole number, also as `0x10`, `0b1`, `0o7`, `017` and with `_` between digits."""
    match = _INTEGER.fullmatch(_bounded(text))
    if match is None:
        raise ValueError("not a whole number")
    base = next(name for name in _BASES if match[name] is not None)
    value = int(match[base].replace("_", ""), _BASES[base])
    return _within(-value if match["sign"] == "-" else value, low, high)


def parse_decimal_integer(text: str, *, low: int = -_INT64, high: int = _INT64 - 1) -> int:
    """A whole number in decimal digits only."""
    pattern = r"\d{1,40}" if low == 0 else r"[+-]?\d{1,40}"
    if re.fullmatch(pattern, text, re.ASCII) is None:
        raise ValueError("not a whole number")
    return _within(int(text), low, high)


def parse_unsigned(text: str, *, high: int = 2**64 - 1) -> int:
    """A whole number without a sign, in any base."""
    if text[:1] in ("+", "-"):
        raise ValueError("not a whole number of zero or more")
    return parse_integer(text, low=0, high=high)


def parse_size(text: str) -> int:
    """Bytes from `16g`, `1.5GiB`, `512 MB`; units are powers of 1024 whatever their case."""
    match = _SIZE.fullmatch(_bounded(text))
    if match is None:
        raise ValueError("not a size such as 512m or 16g")
    number = match["number"] if match["apart"] is None else match["apart"]
    suffix = match["suffix"] if match["apart"] is None else match["unit"]
    amount = parse_float(number)
    unit = _SUFFIX.fullmatch(suffix.lower())
    if unit is None:
        raise ValueError(f"unknown unit {suffix!r}; give b, k, m, g, t or p")
    if amount < 0:
        raise ValueError("a size cannot be negative")
    size = amount * float(1024 ** _POWERS.get(unit["unit"] or "", 0))
    if size >= _INT64:
        raise ValueError("out of range")
    return int(size)


def parse_float(text: str) -> float:
    """A number with a fraction or an exponent."""
    if _HEX_FLOAT.fullmatch(_bounded(text)):
        try:
            return float.fromhex(text.replace("_", ""))
        except OverflowError:
            raise ValueError("out of range") from None
    if _FLOAT.fullmatch(text) is None:
        raise ValueError("not a number")
    value = float(text.replace("_", ""))
    if value in (float("inf"), float("-inf")):
        raise ValueError("out of range")
    return value


def parse_nano_cpus(text: str) -> int:
    """Billionths of a CPU from `1.5`, `3/2` or `1e1`."""
    nano = _parse_rational(text) * 10**9
    if nano.denominator != 1:
        raise ValueError("finer than a billionth")
    return _within(int(nano), -_INT64, _INT64 - 1)


def parse_duration(text: str) -> int:
    """Nanoseconds from `1h30m`, `1.5s`, `0`."""
    rest = text[1:] if _bounded(text)[:1] in ("+", "-") else text
    if rest == "0":
        return 0
    parts = list(_DURATION_PART.finditer(rest))
    if not rest or "".join(part.group() for part in parts) != rest:
        raise ValueError("not a time such as 30s or 1m30s")
    total = sum(Fraction(_padded(part["number"])) * _NANOSECONDS[part["unit"]] for part in parts)
    return _within(int(-total if text.startswith("-") else total), -_INT64, _INT64 - 1)


def _parse_rational(text: str) -> Fraction:
    ratio = _RATIO.fullmatch(_bounded(text))
    if ratio:
        bottom = parse_integer(ratio["bottom"])
        if bottom == 0:
            raise ValueError("division by zero")
        return Fraction(parse_integer(ratio["top"]), bottom)
    if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", text, re.ASCII):
        raise ValueError("not a number")
    return Fraction(_padded(text.lstrip("+")))


def _padded(number: str) -> str:
    """`.5` and `5.` as Fraction takes them in every Python."""
    head, exponent, tail = number.lower().partition("e")
    head = head + "0" if head.endswith(".") else head
    return f"{head}{exponent}{tail}"


def _bounded(text: str) -> str:
    """The text, unless it is longer than any number that somebody means."""
    if len(text) > _LONGEST:
        raise ValueError("out of range")
    return text


def _within(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError("out of range")
    return value
