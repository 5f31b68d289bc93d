"""Quantities from the wire, where any of them may be null, a number or nonsense."""

from __future__ import annotations

from advisor.facts.quantity import resources, whole
from advisor.objects.base import Amount


def amounts(stated: dict[str, Amount | None] | None) -> dict[str, int]:
    """A resource list in base units; an amount that is null or not a quantity is left out."""
    return resources({name: str(value) for name, value in (stated or {}).items() if value})


def amount(stated: dict[str, Amount | None] | None, name: str) -> int | None:
    """One amount of a resource list, or None when it is not stated or not a quantity."""
    return amounts(stated).get(name)


def size(stated: object) -> int | None:
    """A single quantity in bytes, or None when it is not one."""
    if not isinstance(stated, str | int | float) or isinstance(stated, bool):
        return None
    try:
        return whole(stated)
    except (ValueError, OverflowError):
        return None
