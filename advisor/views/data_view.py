"""The `data` variable, and the uses of every place that holds data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from advisor.catalogs.storage import SystemPath
from advisor.findings.finding import Gap, Subject
from advisor.jobs.spec import JobSpec
from advisor.placement.data_inventory import DataEntry, MountUse, Sighting, count_data
from advisor.placement.data_location import Surroundings, locate_data
from advisor.placement.eligibility import Eligibility
from advisor.placement.image_location import Location
from advisor.placement.placement import Placement
from advisor.rulebook.loaded import Use, View
from advisor.rulebook.template import quoted
from advisor.views.base import UNSET, UnsetType, ViewFacts, plain
from advisor.views.use_view import use_view

_STRICTEST = ("on-machine", "unknown", "outside")


def data_views(placement: Placement, nodes_gap: tuple[Gap, ...]) -> Iterable[View]:
    """A view of each place that a job mounts or a machine keeps.

    The writable layer of a container and paths of the system have no uses: nothing is decided of
    them, rules only speak about them.
    """
    for key in sorted(placement.data.entries):
        yield _data_view(placement, placement.data.entries[key], nodes_gap)


def job_data_views(
    placement: Placement, job: JobSpec, nodes_gap: tuple[Gap, ...]
) -> Iterable[View]:
    """A view of each place that one job mounts, in which the job is its only user."""
    for entry in placement.data.of_job(job):
        yield _data_view(placement, entry, nodes_gap)


def _data_view(placement: Placement, entry: DataEntry, nodes_gap: tuple[Gap, ...]) -> View:
    system = _system(placement, entry)
    located = [] if system or entry.kind == "container-layer" else _located(placement, entry)
    owners = {use.job.owner for use in entry.uses} | {entry.owner}
    return View(
        subject=Subject(scope="data", id=f"data:{entry.key}", label=entry.label),
        facts=plain(_facts(placement, entry, [location for _, location in located], system)),
        uses=tuple(_use(placement, entry, use, location, nodes_gap) for use, location in located),
        gaps=_gaps(placement, entry, nodes_gap),
        ignores=tuple(ignore for use in entry.uses for ignore in use.job.ignores),
        owner=", ".join(sorted(owner for owner in owners if owner)),
    )


def _located(placement: Placement, entry: DataEntry) -> list[tuple[MountUse | None, Location]]:
    """Every use with the place of the data for it; without any, the cluster-level one."""
    return [(use, _locate(placement, entry, use)) for use in _users(entry)]


def _users(entry: DataEntry) -> Sequence[MountUse | None]:
    return entry.uses or (None,)


def _locate(placement: Placement, entry: DataEntry, use: MountUse | None) -> Location:
    job = use.job if use is not None else None
    eligible = _eligible_for(placement, entry, use)
    around = Surroundings(
        filesystems=placement.catalogs.filesystems,
        storage=placement.catalogs.storage,
        nodes_of_hosts=placement.nodes_of_hosts,
        eligible=eligible.nodes if eligible is not None else (),
        serve=placement.serve,
        pinned=placement.pinned,
        claims_read=placement.cluster.claims is not None,
        on_node=placement.machines.on_node,
    )
    return locate_data(entry, job=job, mount=use.mount if use is not None else None, around=around)


def _eligible_for(
    placement: Placement, entry: DataEntry, use: MountUse | None
) -> Eligibility | None:
    """Where the pods that mount it could run. No other pod mounts the claim of one pod of a
    StatefulSet, so that only the nodes that reach it count."""
    eligible = placement.eligible(use.job if use is not None else None)
    own = use is not None and use.mount.kind == "claim-template"
    reaching = frozenset(placement.pinned(entry)) if own else frozenset()
    if eligible is None or not reaching:
        return eligible
    return msgspec.structs.replace(
        eligible,
        nodes=tuple(node for node in eligible.nodes if node in reaching),
        maybe=tuple(node for node in eligible.maybe if node in reaching),
        ready=tuple(node for node in eligible.ready if node in reaching),
    )


def _use(
    placement: Placement,
    entry: DataEntry,
    use: MountUse | None,
    location: Location,
    nodes_gap: tuple[Gap, ...],
) -> Use:
    job = use.job if use is not None else None
    return use_view(
        job,
        location,
        _eligible_for(placement, entry, use),
        nodes_of_hosts=placement.nodes_of_hosts,
        nodes_gap=nodes_gap,
        read_only=use is not None and use.mount.read_only,
        assumed=placement.assumed,
    )


def _facts(
    placement: Placement, entry: DataEntry, locations: Sequence[Location], system: SystemPath | None
) -> DataFacts:
    claim = entry.claim
    persistent = entry.persistent_volume
    service = placement.serve(entry)
    counted = count_data(placement.data, entry)
    places = {location.place for location in locations}
    types = {
        sighting.filesystem.type for sighting in entry.sightings if sighting.filesystem is not None
    }
    presumed = any(
        evidence.strength == "presumed" for location in locations for evidence in location.evidence
    )
    return DataFacts(
        kind=entry.kind,
        source=entry.source,
        location=next((place for place in _STRICTEST if place in places), "on-machine"),
        holders=tuple(_holder(placement, sighting) for sighting in entry.sightings),
        filesystems=tuple(sorted(types)),
        presumed=presumed,
        system=system.kind if system is not None else None,
        system_advice=system.advice if system is not None else None,
        jobs=tuple(sorted({use.job.label for use in entry.uses})),
        writers=tuple(sorted({use.job.label for use in entry.uses if not use.mount.read_only})),
        eligible=_eligible(placement, entry),
        host_path_types=_host_path_types(entry),
        engine=entry.engine,
        driver=entry.volume.driver if entry.volume is not None else None,
        options=entry.volume.options if entry.volume is not None else {},
        storage_class=_storage_class(entry),
        access_modes=claim.access_modes if claim is not None else (),
        volume_mode=claim.volume_mode if claim is not None else None,
        bound=claim.phase == "Bound" if claim is not None else None,
        reclaim_policy=persistent.reclaim_policy if persistent is not None else None,
        serves=service.serves if service is not None else UNSET,
        sharing_pods=_sharing_pods(entry),
        sharing_nodes=len(_sharing_nodes(placement, entry)),
        size=UNSET if counted.size is None else counted.size,
        files=UNSET if counted.files is None else counted.files,
        at_least=UNSET if counted.at_least is None else counted.at_least,
    )


def _holder(placement: Placement, sighting: Sighting) -> HolderFacts:
    filesystem = sighting.filesystem
    if filesystem is None:
        return HolderFacts(machine=sighting.machine)
    network = placement.catalogs.filesystems.network(filesystem.type)
    return HolderFacts(
        machine=sighting.machine,
        filesystem=filesystem.type,
        mount_point=filesystem.mount_point,
        network=UNSET if network is None else network,
        device=filesystem.device,
        size=UNSET if filesystem.size is None else filesystem.size,
        available=UNSET if filesystem.available is None else filesystem.available,
    )


def _system(placement: Placement, entry: DataEntry) -> SystemPath | None:
    if entry.kind not in ("bind", "hostPath"):
        return None
    return placement.catalogs.system_paths.find(entry.source)


def _eligible(placement: Placement, entry: DataEntry) -> int | UnsetType:
    """The largest number of eligible nodes over the uses; missing when one is not known."""
    counts = []
    for use in _users(entry):
        eligible = _eligible_for(placement, entry, use)
        if eligible is None or eligible.count is None:
            return UNSET
        counts.append(eligible.count)
    return max(counts)


def _host_path_types(entry: DataEntry) -> tuple[str, ...]:
    kinds = {use.mount.kind_detail for use in entry.uses if use.mount.kind == "hostPath"}
    return tuple(sorted(kind for kind in kinds if kind))


def _storage_class(entry: DataEntry) -> str | UnsetType | None:
    if entry.kind not in ("claim", "claim-template"):
        return None
    return entry.claim.storage_class if entry.claim is not None else UNSET


def _sharing_pods(entry: DataEntry) -> int:
    """Pods that mount the claim at one time; a suspended or finished job mounts nothing, and the
    claim of one pod of a StatefulSet no other pod of it."""
    if entry.kind != "claim":
        return 0
    mounting = {
        use.job.id: 1 if use.mount.kind == "claim-template" else use.job.replicas
        for use in entry.uses
    }
    return sum(mounting.values())


def _sharing_nodes(placement: Placement, entry: DataEntry) -> frozenset[str]:
    if entry.claim is None:
        return frozenset()
    return placement.evidence.in_use.get((entry.claim.namespace, entry.claim.name), frozenset())


def _look(entry: DataEntry, path: str, machines: str) -> str:
    """The command that shows which filesystem holds the data, and how full it is."""
    if entry.kind in ("named-volume", "anonymous-volume"):
        mount_point = f"$({entry.engine} volume inspect -f '{{{{.Mountpoint}}}}' {path})"
        return f"df {mount_point} on {machines}"
    return f"findmnt -T {path} and df {path} on {machines}"


def _measure(entry: DataEntry, path: str, machines: str) -> str:
    """What tells how large it is."""
    walk = f"du -sx {path} on {machines}"
    return walk if entry.kind == "container-layer" else f"advisor with --measure-data, or {walk}"


def _named(sightings: Iterable[Sighting]) -> str:
    return ", ".join(sorted({sighting.machine for sighting in sightings}))


def _gaps(placement: Placement, entry: DataEntry, nodes_gap: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Why facts of the data are missing."""
    machines = _named(entry.sightings) or "its machine"
    unread = (
        _named(sighting for sighting in entry.sightings if sighting.filesystem is None) or machines
    )
    path = quoted(entry.source)
    table = Gap(
        fact="data.holders",
        probe="docker",
        reason=f"the mount table of {unread} was not read, or not for this",
        settle=_look(entry, path, unread),
    )
    classes = Gap(
        fact="data.serves",
        probe="kubernetes",
        reason="the storage class or volume of the claim is not known",
        settle=f"kubectl get storageclass,pv; kubectl get pvc -A ({entry.source})",
    )
    storage_class = Gap(
        fact="data.storage_class",
        probe="kubernetes",
        reason=classes.reason,
        settle=classes.settle,
    )
    size = Gap(
        fact="data.size",
        probe="docker",
        reason=count_data(placement.data, entry).reason or "nothing measured it",
        settle=_measure(entry, path, machines),
    )
    eligible = tuple(
        Gap(fact="data.eligible", probe=gap.probe, reason=gap.reason, settle=gap.settle)
        for gap in nodes_gap
    )
    return (table, classes, storage_class, size, *eligible)


class HolderFacts(ViewFacts, frozen=True, kw_only=True):
    """One machine that holds (or mounts) the path.

    filesystem: type from its mount table; network: whether that is a network filesystem;
    device: the mount's source; mount_point: where it is mounted; size, available: bytes
    """

    machine: str
    filesystem: str | UnsetType = UNSET
    network: bool | UnsetType = UNSET
    device: str | UnsetType = UNSET
    mount_point: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    available: int | UnsetType = UNSET


class DataFacts(ViewFacts, frozen=True, kw_only=True):
    """One place that holds data.

    kind: `bind`, `hostPath`, `named-volume`, `anonymous-volume`, `container-layer`, `claim`,
    `nfs`, `network-volume`, `claim-template`, `ephemeral`, `inline-csi`, `flex-volume`
    source: path, volume name, `namespace/claim` or `server:/export`
    location: the strictest over its uses: `outside`, `on-machine`, `unknown`
    holders: machines that have it (see HolderFacts); filesystems: the known types, each once
    presumed: on the machine only by presumption, since no mount table was read
    system: for a path of the operating system or a runtime its kind (`system`, `runtime-socket`,
    `device`, `credentials`, `display`, `time`, `scratch`), else null; system_advice: what instead
    destination: the export or claim that was named for it, `server:/export` or `claim NAME`; empty
    where none was
    jobs: known jobs that use it; writers: those that may write
    host_path_types: as hostPath volumes state them (`DirectoryOrCreate`...)
    engine: the program that has the volume or container, `docker` or `podman`
    driver, options: of a named volume; storage_class, access_modes, volume_mode, bound: of a claim
    serves: for a claim or class `many-nodes`, `one-node`, `node-local`, `depends`, `unknown`
    sharing_pods, sharing_nodes: running pods and distinct nodes that mount the claim
    size: bytes used or changed, where measured; files: their number, from --measure-data
    at_least: bytes counted where not everything could be; then size is missing
    """

    kind: str
    source: str
    location: str
    holders: tuple[HolderFacts, ...] = ()
    filesystems: tuple[str, ...] = ()
    presumed: bool = False
    system: str | None = None
    system_advice: str | None = None
    destination: str = ""
    jobs: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    eligible: int | UnsetType = UNSET
    host_path_types: tuple[str, ...] = ()
    engine: str = "docker"
    driver: str | None = None
    options: dict[str, str] = {}
    storage_class: str | UnsetType | None = UNSET
    access_modes: tuple[str, ...] = ()
    volume_mode: str | None = None
    bound: bool | None = None
    reclaim_policy: str | None = None
    serves: str | UnsetType = UNSET
    sharing_pods: int = 0
    sharing_nodes: int = 0
    size: int | UnsetType = UNSET
    files: int | UnsetType = UNSET
    at_least: int | UnsetType = UNSET
