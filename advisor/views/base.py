"""The base of every view, and its form for the rule engine."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["UNSET", "UnsetType", "ViewFacts", "plain"]


class ViewFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts under one name in a rule's expression; the docstrings make the rule writer's manual."""


def plain(facts: ViewFacts) -> dict[str, Any]:
    """The view as maps and lists; UNSET fields are absent, None stays null.

    By way of JSON, because expressions take lists and `msgspec.to_builtins` leaves tuples.
    """
    return cast(dict[str, Any], msgspec.json.decode(msgspec.json.encode(facts)))
