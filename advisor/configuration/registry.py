"""`--registry host/path`: where images shall go."""

from __future__ import annotations

import re

from advisor.errors import InputError

_REGISTRY = re.compile(
    r"(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
    r"(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
)


def parse_registry(text: str, *, where: str = "--registry") -> str:
    """The registry without a closing slash; InputError, since it ends up in commands to paste."""
    registry = text.removesuffix("/")
    if registry and not _REGISTRY.fullmatch(registry):
        raise InputError(
            f"'{text}' is no registry",
            where=where,
            remedy="host, port and lower-case path without https://,"
            " as in: registry.example.com:5000/research",
        )
    return registry
