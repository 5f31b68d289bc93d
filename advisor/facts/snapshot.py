"""One file that holds everything an audit saw."""

from __future__ import annotations

from typing import Literal

from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost, Machine
from advisor.facts.record import Record
from advisor.facts.source import Redaction, Source


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


SCHEMA_VERSION = 1


class Snapshot(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What the probes saw, at one time. `cluster` is None when none was read.

    `taken` is UTC RFC 3339. `advisor` is the version that wrote it. `machines` are nodes and hosts
    that were surveyed by the script, which may be among the other two as well.
    """

    schema: int = SCHEMA_VERSION
    advisor: str
    taken: str
    sources: tuple[Source, ...] = ()
    cluster: Cluster | None = None
    hosts: tuple[DockerHost, ...] = ()
    machines: tuple[Machine, ...] = ()
    registries: tuple[RegistryImage, ...] = ()
    redactions: tuple[Redaction, ...] = ()
