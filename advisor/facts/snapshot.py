"""One file that holds everything an audit saw."""

from __future__ import annotations

from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost
from advisor.facts.machine import Machine
from advisor.facts.record import Record
from advisor.facts.registry import RegistryImage
from advisor.facts.source import Redaction, Source

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
