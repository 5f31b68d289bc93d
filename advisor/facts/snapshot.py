"""One file that holds everything an audit saw; and several of them as one: a cluster plus forty
Docker hosts.

Merging is associative, commutative and idempotent, so that it does not matter who merged what
first. Each part keeps the time at which it was taken, since the newest reading of a target wins.
What was counted of a host's data outlives a newer reading of the host that did not count.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from advisor.errors import InputError
from advisor.facts.cluster import Cluster
from advisor.facts.host import DockerHost, Machine, Measurement
from advisor.facts.image_reference import parse_reference
from advisor.facts.quantity import whole_number
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


_Part = TypeVar("_Part", Cluster, DockerHost, Machine, RegistryImage, Source)
_Any = TypeVar("_Any", bound=msgspec.Struct)


def merge(snapshots: Sequence[Snapshot]) -> Snapshot:
    """One snapshot of all targets, the newest reading of each; InputError for two clusters.

    A cluster is the same when context and server agree, a Docker host when name and URL do, a
    machine when its names do.
    """
    if not snapshots:
        raise InputError("no snapshot to merge", remedy="name at least one file")
    records = (redaction for s in snapshots for redaction in s.redactions)
    by_content = {msgspec.json.encode(record): record for record in records}
    return Snapshot(
        advisor=max((s.advisor for s in snapshots), key=_version),
        taken=max(s.taken for s in snapshots),
        sources=_newest(_source_key, (_stamped(x, s) for s in snapshots for x in s.sources)),
        cluster=_one_cluster([_stamped(s.cluster, s) for s in snapshots if s.cluster]),
        hosts=_merge_hosts([_stamped(host, s) for s in snapshots for host in s.hosts]),
        machines=_newest(
            lambda machine: (machine.node, machine.name),
            (_stamped(machine, s) for s in snapshots for machine in s.machines),
        ),
        registries=_newest(
            _image_key,
            (_stamped(image, s) for s in snapshots for image in s.registries),
        ),
        redactions=tuple(by_content[content] for content in sorted(by_content)),
    )


def _stamped(part: _Part, snapshot: Snapshot) -> _Part:
    return part if part.taken else replace(part, taken=snapshot.taken)


def _one_cluster(clusters: list[Cluster]) -> Cluster | None:
    newest = _newest(lambda cluster: (cluster.context, cluster.server), clusters)
    if len(newest) > 1:
        names = " and ".join(f"{c.context} ({c.server or 'no address'})" for c in newest)
        raise InputError(
            f"the snapshots are of different clusters: {names}",
            remedy="merge the snapshots of one cluster at a time",
        )
    return newest[0] if newest else None


def _merge_hosts(hosts: Sequence[DockerHost]) -> tuple[DockerHost, ...]:
    """The newest reading of each host, with the newest count of each of its places."""
    counted: dict[Hashable, dict[str, Measurement]] = {}
    for host in hosts:
        if host.measured is None:
            continue
        places = counted.setdefault(_host_key(host), {})
        for measured in host.measured:
            stamped = measured if measured.taken else replace(measured, taken=host.taken)
            places[stamped.path] = max(stamped, places.get(stamped.path, stamped), key=_count_rank)
    newest = _newest(_host_key, (replace(host, measured=None) for host in hosts))
    return tuple(
        replace(host, measured=tuple(known[path] for path in sorted(known)))
        if (known := counted.get(_host_key(host))) is not None
        else host
        for host in newest
    )


def _count_rank(measurement: Measurement) -> tuple[bool, str, bytes]:
    """Any count comes before none; then the newest, ties broken by content."""
    counted = measurement.size is not None
    return counted, measurement.taken, msgspec.json.encode(measurement)


def _newest(key: Callable[[_Part], Hashable], parts: Iterable[_Part]) -> tuple[_Part, ...]:
    """The last taken part of each key, in a fixed order; ties are broken by content."""
    kept: dict[Hashable, _Part] = {}
    for part in sorted(parts, key=lambda part: (part.taken, msgspec.json.encode(part))):
        kept[key(part)] = part
    return tuple(sorted(kept.values(), key=lambda part: (str(key(part)), part.taken)))


def _source_key(source: Source) -> Hashable:
    return source.probe, source.target, source.name


def _host_key(host: DockerHost) -> Hashable:
    return host.name, host.url


def _image_key(image: RegistryImage) -> Hashable:
    try:
        return parse_reference(image.reference).key
    except ValueError:
        return image.reference


def _version(version: str) -> tuple[tuple[int, int | str], ...]:
    parts = [(whole_number(part), part) for part in version.split(".")]
    return tuple((0, part) if number is None else (1, number) for number, part in parts)
