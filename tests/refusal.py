"""Reading what may be anything: a result, or a refusal that people can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from advisor.errors import InputError

T = TypeVar("T")


def result_or_refusal(read: Callable[[], T]) -> T | InputError:
    """What is read, or the InputError, which has one line; nothing else may come."""
    try:
        return read()
    except InputError as error:
        refusal = error
    assert len(refusal.line().splitlines()) == 1
    return refusal
