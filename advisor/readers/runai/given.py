"""The flags that a runai command gave, by name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from advisor.facts.quantity import millicores, parse_quantity, whole
from advisor.jobs.numbers import parse_bool, parse_duration, parse_float, parse_integer
from advisor.jobs.run import Whole
from advisor.jobs.word import Word
from advisor.readers.docker_run.fields import split_fields
from advisor.readers.flag_scan import FlagOccurrence, Given
from advisor.readers.masking import is_veiled
from advisor.readers.runai.flags import RunaiFlag

Occurrence = FlagOccurrence[RunaiFlag]
T = TypeVar("T")


class GivenFlags(Given[RunaiFlag]):
    """With what only runai's flags are asked for."""

    def amount(self, parse: Callable[[str], T], *names: str) -> T | Word | None:
        """The number that counts, its words where the shell decides it; None when not given."""
        text = self.last(*names)
        if text is None:
            return None
        return self.veil.word(text) if is_veiled(text) else parse(text)

    def integer(self, *names: str) -> Whole | None:
        """A whole number."""
        return self.amount(parse_integer, *names)

    def cores(self, *names: str) -> Whole | None:
        """Thousandths of a core."""
        return self.amount(millicores, *names)

    def size(self, *names: str) -> Whole | None:
        """Bytes."""
        return self.amount(whole, *names)

    def seconds(self, name: str) -> Whole | None:
        """A time in whole seconds."""
        return self.amount(lambda text: parse_duration(text) // 10**9, name)

    def fraction(self, *names: str) -> Decimal | Word | None:
        """A number with a fraction."""
        return self.amount(parse_quantity, *names)


def key_values(text: str) -> dict[str, str]:
    """`path=/a,mount=/b,readwrite`; a bare key is true. Raises ValueError."""
    pairs = (field.partition("=") for field in split_fields(text))
    return {name.lower(): value if equals else "true" for name, equals, value in pairs}


def check_value(flag: RunaiFlag, text: str) -> None:
    """Raises ValueError with a clause that says what is wrong."""
    check = _CHECKS.get(flag.name) or _KINDS.get(flag.value)
    if check and not is_veiled(text):
        check(text)


def _check_count(text: str) -> None:
    if parse_integer(text) <= 0:
        raise ValueError("not a whole number above zero")


def _check_pair(text: str) -> None:
    name, equals, _ = text.partition("=")
    if not equals or not name:
        raise ValueError("not NAME=VALUE")


def _check_keys(text: str) -> None:
    key_values(text)


_KINDS: dict[str, Callable[[str], object]] = {
    "bool": parse_bool,
    "integer": parse_integer,
    "count": _check_count,
    "decimal": parse_float,
    "duration": parse_duration,
}
_CHECKS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("cpu", "cpu-limit"), millicores),
    **dict.fromkeys(("memory", "memory-limit", "gpu-memory"), whole),
    **dict.fromkeys(("cpu-memory-request", "cpu-memory-limit", "gpu-memory-request"), whole),
    **dict.fromkeys(
        ("label", "annotation", "environment-variable", "extended-resource"), _check_pair
    ),
    **dict.fromkeys(
        ("host-path", "nfs", "existing-pvc", "pvc-exists", "empty-dir-volume", "external-url"),
        _check_keys,
    ),
    **dict.fromkeys(("configmap-map-volume", "secret-volume", "toleration"), _check_keys),
}
