"""Names for objects and files that the plan makes: valid anywhere, and each given once."""

from __future__ import annotations

import hashlib

from advisor.writers.names import object_name

LONGEST = 50
"""Leaves room for what is put before and after a name."""


class ObjectNames:
    """Gives out names; a name that is taken gets a hash of what it is for."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def name(self, text: str, identity: str) -> str:
        """A DNS-1035 label after `text` for the thing that `identity` stands for."""
        name = object_name(text, longest=LONGEST)
        if self._taken.setdefault(name, identity) == identity:
            return name
        digest = hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()[:8]
        longer = f"{name[: LONGEST - 9].rstrip('-')}-{digest}"
        self._taken[longer] = identity
        return longer
