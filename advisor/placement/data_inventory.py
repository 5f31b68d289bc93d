"""Every place that holds data: who mounts it, which machines have it, and how much it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from advisor.facts.host import Container, DockerHost, Filesystem, Measurement, Volume
from advisor.facts.secrecy import redact_mapping
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import Claim, PersistentVolume
from advisor.jobs.container import POD_LABEL
from advisor.jobs.spec import JobMount, JobSpec

DataKind = Literal[
    "bind",
    "hostPath",
    "named-volume",
    "anonymous-volume",
    "container-layer",
    "claim",
    "nfs",
    "network-volume",
    "claim-template",
    "ephemeral",
    "inline-csi",
    "flex-volume",
]
_BIND_OPTION = "bind"
_NETWORK_OPTIONS = {"nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre"}


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One machine that has it; `filesystem` None when its mount table was not read."""

    machine: str
    filesystem: Filesystem | None = None


class MountUse(msgspec.Struct, frozen=True, kw_only=True):
    """A job that mounts the data, and the mount."""

    job: JobSpec
    mount: JobMount


class DataEntry(msgspec.Struct, kw_only=True):
    """One place; `label` is what people call it, `engine` the program whose volume or container
    it is."""

    key: str
    kind: DataKind
    source: str
    label: str
    sightings: list[Sighting] = []
    uses: list[MountUse] = []
    volume: Volume | None = None
    claim: Claim | None = None
    persistent_volume: PersistentVolume | None = None
    container: Container | None = None
    engine: Literal["docker", "podman"] = "docker"
    owner: str = ""


class DataInventory:
    """Data by key, made from hosts, jobs, claims and volumes. `on_host` tells the filesystem that
    holds a path where the host's engine did not."""

    def __init__(
        self,
        snapshot: Snapshot,
        jobs: Iterable[JobSpec],
        *,
        on_host: Callable[[str, str], Filesystem | None] = lambda _host, _path: None,
    ) -> None:
        self._on_host = on_host
        self.entries: dict[str, DataEntry] = {}
        self.anonymous_unused = 0
        cluster = snapshot.cluster
        self._volumes = {
            volume.name: volume for volume in (cluster and cluster.persistent_volumes) or ()
        }
        self._claims = {
            f"{claim.namespace}/{claim.name}": claim for claim in (cluster and cluster.claims) or ()
        }
        self._measured = _measurements(snapshot.hosts)
        self._volume_keys = [
            f"{host.name}/{volume.name}" for host in snapshot.hosts for volume in host.volumes or ()
        ]
        for host in snapshot.hosts:
            self._add_host(host)
        for job in jobs:
            for mount in job.mounts:
                for entry in self._entries_of(job, mount):
                    entry.uses.append(MountUse(job=job, mount=mount))
        for name in self._claims:
            self._claim_entry(name)

    def measured(self, machine: str, path: str) -> Measurement | None:
        """What was counted of a path on a machine; None where nobody asked for it."""
        return self._measured.get((machine, path))

    def of_job(self, job: JobSpec) -> Iterator[DataEntry]:
        """The job's data as entries in which it is the only user."""
        grouped: dict[str, DataEntry] = {}
        declared = _declared_volumes(job)
        for mount in job.mounts:
            for known in self._entries_of(job, mount):
                if known.key not in grouped:
                    grouped[known.key] = msgspec.structs.replace(known, uses=[])
                entry = grouped[known.key]
                entry.uses.append(MountUse(job=job, mount=mount))
                if entry.volume is None and mount.kind in ("named-volume", "anonymous-volume"):
                    entry.volume = declared.get((mount.source, mount.target))
        yield from grouped.values()

    def _add_host(self, host: DockerHost) -> None:
        for volume in host.volumes or ():
            self._add_volume(host, volume)
        for container in host.containers or ():
            if POD_LABEL in container.labels:
                continue
            for mount in container.mounts:
                if mount.kind == "bind":
                    entry = self._entry(f"path:{mount.source}", "bind", mount.source)
                    known = mount.filesystem or self._on_host(host.name, mount.source)
                    sighting = Sighting(machine=host.name, filesystem=known)
                    if sighting not in entry.sightings:
                        entry.sightings.append(sighting)
            if container.layer_paths:
                self._add_layer(host, container)

    def _add_volume(self, host: DockerHost, volume: Volume) -> None:
        if volume.anonymous and not any(
            mount.volume == volume.name
            for container in host.containers or ()
            for mount in container.mounts
        ):
            self.anonymous_unused += 1
            return
        volume = self._placed(host, volume)
        kind: DataKind = "anonymous-volume" if volume.anonymous else "named-volume"
        entry = self._volume_entry(host.name, volume.name, kind)
        entry.volume = volume
        entry.sightings = [Sighting(machine=host.name, filesystem=volume.filesystem)]
        entry.engine = host.engine

    def _placed(self, host: DockerHost, volume: Volume) -> Volume:
        """The volume with what holds its folder, where its engine could not tell. One that mounts
        something itself is somewhere else."""
        kind, device = volume.options.get("type", ""), volume.options.get("device", "")
        if volume.filesystem is not None or kind not in ("", "none"):
            return volume
        path = device if kind and device else volume.mount_point
        return msgspec.structs.replace(volume, filesystem=self._on_host(host.name, path))

    def _add_layer(self, host: DockerHost, container: Container) -> None:
        entry = self._entry(
            f"layer:{host.name}/{container.name}", "container-layer", container.name
        )
        entry.label = f"writable layer of {container.name} on {host.name}"
        entry.sightings = [Sighting(machine=host.name)]
        entry.engine = host.engine
        entry.container = container
        entry.owner = container.owner

    def _entries_of(self, job: JobSpec, mount: JobMount) -> list[DataEntry]:
        """One, but for what a StatefulSet claims for each pod: the claims that there are, or what
        they will be."""
        if mount.kind != "claim-template":
            return [self._entry_of(job, mount)]
        names = (f"{mount.source}-{number}" for number in range(max(job.replicas, 1)))
        made = [self._claim_entry(name) for name in names if name in self._claims]
        if made:
            return made
        entry = self._entry(f"claim-template:{mount.source}", "claim-template", mount.source)
        entry.label = f"claims {mount.source}-N"
        entry.claim = next(
            (
                own_claim
                for own_claim in job.own_claims
                if f"{own_claim.namespace}/{own_claim.name}" == mount.source
            ),
            None,
        )
        return [entry]

    def _entry_of(self, job: JobSpec, mount: JobMount) -> DataEntry:
        if mount.kind in ("named-volume", "anonymous-volume"):
            name = mount.source or mount.target
            return self._volume_entry(job.host or self._host_of(name), name, mount.kind)
        if mount.kind == "claim":
            return self._claim_entry(mount.source)
        if mount.kind in ("bind", "hostPath"):
            return self._entry(f"path:{mount.source}", mount.kind, mount.source)
        return self._entry(f"{mount.kind}:{mount.source}", mount.kind, mount.source)

    def _volume_entry(self, host: str, name: str, kind: DataKind) -> DataEntry:
        entry = self._entry(f"volume:{host}/{name}", kind, name)
        where = f" on {host}" if host else ""
        short = name[:16] if kind == "anonymous-volume" else name
        entry.label = f"{kind.replace('-', ' ')} {short}{where}"
        if host and not entry.sightings:
            entry.sightings = [Sighting(machine=host)]
        return entry

    def _host_of(self, volume: str) -> str:
        """The only host with a volume of that name; empty when none or several have one."""
        keys = [key for key in self._volume_keys if key.partition("/")[2] == volume]
        return keys[0].partition("/")[0] if len(keys) == 1 else ""

    def _claim_entry(self, name: str) -> DataEntry:
        entry = self._entry(f"claim:{name}", "claim", name)
        entry.label = f"claim {name}"
        entry.claim = self._claims.get(name)
        if entry.claim is not None:
            entry.persistent_volume = self._volumes.get(entry.claim.volume)
        return entry

    def _entry(self, key: str, kind: DataKind, source: str) -> DataEntry:
        if key not in self.entries:
            self.entries[key] = DataEntry(key=key, kind=kind, source=source, label=source)
        return self.entries[key]


def _declared_volumes(job: JobSpec) -> dict[tuple[str, str], Volume]:
    """The volumes as the job itself declares them, by source and target. Docker makes one without a
    name anew with its own driver, and compose one that its file says nothing more of."""
    declared: dict[tuple[str, str], Volume] = {}
    for mount in job.run.mounts if job.run is not None else ():
        if not mount.kind.endswith("-volume"):
            continue
        stated = mount.driver or mount.driver_options
        if stated or mount.kind == "anonymous-volume" or job.reader == "compose":
            options, _ = redact_mapping(mount.driver_options)
            source = mount.source.text
            volume = Volume(name=source, driver=mount.driver or "local", options=options)
            declared.setdefault((source, mount.target.text), volume)
    return declared


def is_unbound(entry: DataEntry) -> bool:
    """Whether it is a claim that has no volume, and so nothing in it."""
    return entry.claim is not None and entry.claim.phase != "Bound"


def volume_path(volume: Volume) -> str:
    """Where its machine has its files: what the local driver binds, or the volume's own folder."""
    device = volume.options.get("device", "")
    bound = _BIND_OPTION in volume.options.get("o", "").split(",")
    return device if bound and device and volume_network(volume) is False else volume.mount_point


def _measurements(hosts: Iterable[DockerHost]) -> dict[tuple[str, str], Measurement]:
    """By machine and path; of several readings of one machine the newest that counted."""
    measurements: dict[tuple[str, str], Measurement] = {}
    for host in hosts:
        for measurement in host.measured or ():
            key = host.name, measurement.path
            measurements[key] = max(
                measurement, measurements.get(key, measurement), key=_how_complete
            )
    return measurements


def _how_complete(measurement: Measurement) -> tuple[bool, str]:
    return measurement.size is not None, measurement.taken


def volume_network(volume: Volume) -> bool | None:
    """Whether a Docker volume's files are on the network; None when its driver is not `local`.

    The local driver mounts whatever its options name (docs.docker.com, `docker volume create`).
    """
    if volume.driver not in ("local", ""):
        return None
    kind = volume.options.get("type", "").lower()
    if kind in _NETWORK_OPTIONS:
        return True
    bound = _BIND_OPTION in volume.options.get("o", "").split(",")
    return None if bound and volume.filesystem is None else False


class DataCount(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes, and of how many files. `size` and `at_least` are never both known.

    `size` is exact; `at_least` is what was counted where something could not be, and `reason` says
    why that is. `needed` is the room that a copy takes: the larger of the files' length and their
    blocks, since small files fill blocks, and a filesystem that compresses shows too few of them.
    """

    size: int | None = None
    at_least: int | None = None
    files: int | None = None
    needed: int | None = None
    reason: str = ""


def count_data(inventory: DataInventory, entry: DataEntry) -> DataCount:
    """What is known of an entry on all machines that have it, together."""
    if entry.container is not None and entry.container.layer_size is not None:
        return DataCount(size=entry.container.layer_size, needed=entry.container.layer_size)
    path = volume_path(entry.volume) if entry.volume is not None else entry.source
    machines = {sighting.machine for sighting in entry.sightings}
    measurements = [inventory.measured(machine, path) for machine in sorted(machines)]
    known = total(
        [measurement for measurement in measurements if measurement is not None],
        places=len(measurements),
    )
    stated = entry.volume.size if entry.volume is not None else None
    if known.size is None and stated is not None:
        return DataCount(size=stated, needed=stated)
    return known


def total(measured: Iterable[Measurement], *, places: int = 1) -> DataCount:
    """Several places as one; a place without a count, or with less than all, makes it a bound."""
    every = tuple(measured)
    sizes = [measurement.size for measurement in every if measurement.size is not None]
    reason = "; ".join(
        dict.fromkeys(measurement.reason for measurement in every if measurement.reason)
    )
    if not sizes:
        return DataCount(reason=reason)
    size, files = sum(sizes), sum(measurement.files or 0 for measurement in every)
    if len(sizes) < places or not all(measurement.complete for measurement in every):
        return DataCount(at_least=size, files=files, reason=reason or "not counted everywhere")
    needed = sum(max(measurement.size or 0, measurement.allocated or 0) for measurement in every)
    return DataCount(size=size, files=files, needed=needed)
