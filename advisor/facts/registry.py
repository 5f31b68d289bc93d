"""What a registry answered when it was asked for an image."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record


class RegistryImage(Record, frozen=True, kw_only=True):
    """One look-up. `denied` is never `missing`: registries answer both alike to strangers."""

    reference: str
    status: Literal["verified", "missing", "denied", "unreachable"]
    digest: str = ""
    architectures: tuple[str, ...] = ()
    anonymous: bool | None = None
    reason: str = ""
