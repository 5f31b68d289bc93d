"""The WWW-Authenticate header: how a registry wants to be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_PART = re.compile(
    r"[\s,]*(?P<name>[A-Za-z][\w-]*)"
    r"(?:\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\s,\"]+)))?"
)


class Challenge(NamedTuple):
    """`scheme` and the names of `parameters` are lower-case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """All challenges of the header; what makes no sense is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for part in _PART.finditer(header):
        name = part["name"].lower()
        if part["quoted"] is None and part["plain"] is None:
            found.append((name, {}))
        elif found:
            value = part["plain"] or re.sub(r"\\(.)", r"\1", part["quoted"] or "")
            found[-1][1].setdefault(name, value)
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def choose_challenge(header: str) -> Challenge | None:
    """Bearer with a realm goes before Basic, as docker has it; None when there is neither."""
    by_scheme = {one.scheme: one for one in reversed(parse_challenges(header))}
    bearer = by_scheme.get("bearer")
    if bearer is not None and bearer.parameters.get("realm"):
        return bearer
    return by_scheme.get("basic")
