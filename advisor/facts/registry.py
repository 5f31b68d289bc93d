"""What a registry answered when it was asked for an image."""

from __future__ import annotations

from typing import Literal

from advisor.facts.record import Record


class RegistryImage(Record, frozen=True, kw_only=True):
    """One look-up. `denied` is never `missing`: registries answer both alike to strangers.

    `architectures` are those it is there for (Linux), `anonymous` whether no login was needed,
    `reason` what stood in the way, `taken` as of `Snapshot.taken`. `holds` and `lacks` are digests
    of machines' copies that the repository has, under whatever tag, and does not have; a copy that
    could not be compared is in neither.
    """

    reference: str
    status: Literal["verified", "missing", "denied", "unreachable"]
    digest: str = ""
    architectures: tuple[str, ...] = ()
    anonymous: bool | None = None
    reason: str = ""
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    taken: str = ""
