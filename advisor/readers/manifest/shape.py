"""Fields of objects whose shape nobody has checked: what does not fit counts as absent."""

from __future__ import annotations

from typing import Any

from advisor.facts.quantity import millicores, whole

Body = dict[str, Any]


def mapping(value: Any, *keys: str) -> Body:
    """The map that the keys lead to, else an empty one."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def entries(body: Body, key: str) -> list[Body]:
    """The maps in a list."""
    value = body.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text(body: Body, key: str) -> str:
    """A scalar as text, empty when it is absent."""
    return scalar(body.get(key))


def scalar(value: Any) -> str:
    """A scalar as the text it is in YAML, anything else as empty."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def texts(body: Body, key: str) -> tuple[str, ...]:
    """A list of scalars."""
    value = body.get(key)
    return tuple(map(scalar, value)) if isinstance(value, list) else ()


def number(body: Body, key: str) -> int | None:
    """A whole number, None when it is absent."""
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def scalars(body: Body) -> dict[str, str]:
    """The entries of a map that are scalars."""
    return {str(key): scalar(value) for key, value in body.items() if value is not None}


def quantity(value: Any) -> int | None:
    """A quantity in its base unit, None when it is not one."""
    return _amount(value, whole)


def cores(value: Any) -> int | None:
    """A CPU quantity in millicores, None when it is not one."""
    return _amount(value, millicores)


def _amount(value: Any, convert: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return int(convert(value))
    except (ValueError, OverflowError):
        return None
