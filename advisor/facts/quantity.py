"""Kubernetes and Docker quantities, parsed once at the edge into whole numbers; amounts as
Kubernetes and Run:ai write them, and as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

_SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "P": Decimal(10) ** 15,
    "E": Decimal(10) ** 18,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}
_QUANTITY = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)\Z", re.ASCII
)
MOST = 2**63 - 1
"""The largest amount: what Kubernetes and Docker count with; larger ones count as this."""
_MOST_DIGITS = 64
_FRACTION = re.compile(r"\d{0,19}\.?\d{0,64}", re.ASCII)
_CORES = frozenset({"cpu", "requests.cpu", "limits.cpu"})
_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def whole_number(text: str, *, most: int = MOST) -> int | None:
    """The number from 0 to `most` that ASCII digits spell; None for any other text."""
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0")
    if len(digits) > len(str(most)):
        return None
    number = int(digits or "0")
    return number if number <= most else None


def fraction(text: str) -> float | None:
    """The number of zero or more that ASCII digits with a point spell; None for other text."""
    if not text.strip(".") or _FRACTION.fullmatch(text) is None:
        return None
    return float(text)


@lru_cache(maxsize=4096, typed=True)
def parse_quantity(text: str | int | float) -> Decimal:
    """The exact value of a Kubernetes quantity such as `20k`, `1.5Gi` or `1e3`; one that is beyond
    the largest is the largest, as in Kubernetes.

    Raises ValueError when the text is not one (apimachinery `resource.Quantity` grammar).
    """
    match = _QUANTITY.match(str(text))
    if match is None:
        raise ValueError(f"not a Kubernetes quantity: {str(text)[:_MOST_DIGITS]!r}")
    number, exponent, suffix = match.groups()
    sign = -1 if number.startswith("-") else 1
    before, _, after = number.lstrip("+-").partition(".")
    before = before.lstrip("0")
    if len(before) > _MOST_DIGITS and not exponent:
        return sign * Decimal(MOST)
    shown = f"{before or '0'}.{after[:_MOST_DIGITS] or '0'}"
    amount = Decimal(shown + (exponent or "")) * _SUFFIXES[suffix or ""]
    return sign * min(amount, Decimal(MOST))


def whole(text: str | int | float) -> int:
    """A quantity in its base unit (bytes, devices), rounded up as Kubernetes rounds."""
    return math.ceil(parse_quantity(text))


def millicores(text: str | int | float) -> int:
    """A CPU quantity in thousandths of a core, rounded up."""
    return min(math.ceil(parse_quantity(text) * 1000), MOST)


def resources(amounts: dict[str, str] | None) -> dict[str, int]:
    """A Kubernetes resource list as numbers: `cpu` in millicores, memory and storage in bytes; the
    names of a quota (`requests.cpu`) too.

    An amount that cannot be parsed is left out, so that one odd entry costs no other.
    """
    parsed: dict[str, int] = {}
    for name, amount in (amounts or {}).items():
        try:
            parsed[name] = millicores(amount) if name in _CORES else whole(amount)
        except ValueError:
            continue
    return parsed


def format_bytes(size: int | None) -> str:
    """`1536` as `1.5 KiB`; None as `unknown`."""
    if size is None:
        return "unknown"
    amount = float(size)
    for unit in _BINARY_UNITS:
        if abs(amount) < 1024 or unit == _BINARY_UNITS[-1]:
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


_UNITS = (("Gi", 2**30), ("Mi", 2**20), ("G", 10**9), ("M", 10**6), ("Ki", 2**10), ("k", 10**3))


def memory_amount(size: int) -> str:
    """Bytes in the largest unit that loses nothing: `16Gi`, `1536Mi`, `12G`, `1001`."""
    for unit, factor in _UNITS:
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def core_amount(millicores: int) -> str:
    """Thousandths of a core in cores: `4`, `1.5`, `0.25`."""
    return f"{millicores / 1000:.3f}".rstrip("0").rstrip(".")


def some(names: Iterable[str], limit: int) -> str:
    """The first `limit` names, then how many more there are; `-` when there are none."""
    every = tuple(names)
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return f"{', '.join(every[:limit])}{more}" or "-"


def plural(count: int, noun: str) -> str:
    """`1 image`, `2 images`; the noun takes a plain s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def data_size(size: int | None, at_least: int | None, files: int | None) -> str:
    """`1.2 TiB in 3,400,112 files`, `at least 3.0 GiB in 12 files`; empty where nothing is known.

    `files` is only known where they were counted.
    """
    known = at_least if size is None else size
    if known is None:
        return ""
    bound = "at least " if size is None else ""
    counted = "" if files is None else f" in {plural(files, 'file')}"
    return f"{bound}{format_bytes(known)}{counted}"
