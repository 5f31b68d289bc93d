"""What every probe hands back, and how it says how far it is."""

from __future__ import annotations

from typing import Protocol

import msgspec

from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost, Machine
from advisor.facts.snapshot import RegistryImage
from advisor.facts.source import Redaction, Source


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one probe of one target; a failed one has a source and nothing else."""

    source: Source
    cluster: Cluster | None = None
    host: DockerHost | None = None
    machines: tuple[Machine, ...] = ()
    registries: tuple[RegistryImage, ...] = ()
    redactions: tuple[Redaction, ...] = ()


class Progress(Protocol):
    """Where a probe reports to; called from any thread."""

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        """`done` of `total` (None: not known yet) of `what` (pods, images...) at `target`."""


class NoProgress:
    """Progress that nobody watches."""

    def advance(self, target: str, what: str, done: int, total: int | None) -> None:
        """Do nothing."""
