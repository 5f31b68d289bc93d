"""Whether data is outside the machines or on them, and what says so."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from advisor.catalogs.storage import FilesystemCatalog, StorageCatalog, look_up
from advisor.facts.host import Filesystem
from advisor.findings.finding import Evidence, Gap
from advisor.jobs.spec import JobMount, JobSpec
from advisor.placement.data_inventory import DataEntry, Sighting, volume_network
from advisor.placement.image_location import Location
from advisor.placement.storage_evidence import OUTSIDE, StorageService
from advisor.rulebook.template import quoted

_NAMED_AT_MOST = 5


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What locating needs besides the entry itself.

    `nodes_of_hosts` is node name by host name; `eligible` the node names of the use; `serve` judges
    a claim's volume or class; `pinned` gives the nodes a node-local volume is on; `on_node` the
    filesystem that holds a path there, None where the node's mount table was not read.
    """

    filesystems: FilesystemCatalog
    storage: StorageCatalog
    nodes_of_hosts: Mapping[str, str]
    eligible: Sequence[str]
    serve: Callable[[DataEntry], StorageService | None]
    pinned: Callable[[DataEntry], tuple[str, ...]]
    claims_read: bool
    on_node: Callable[[str, str], Filesystem | None] = lambda _node, _path: None


def locate_data(
    entry: DataEntry, *, job: JobSpec | None, mount: JobMount | None, around: Surroundings
) -> Location:
    """Where the data is for one use of it (no job: for the cluster as a whole)."""
    kind = mount.kind if mount is not None else entry.kind
    return _BY_KIND[kind](entry, job, around)


def _network_mount(entry: DataEntry, _job: JobSpec | None, _around: Surroundings) -> Location:
    return _outside("volume", entry.source)


def _goes_with_its_pod(_entry: DataEntry, _job: JobSpec | None, _around: Surroundings) -> Location:
    return _outside("volume", "made for each pod, and gone with it")


def _inline_csi(entry: DataEntry, _job: JobSpec | None, around: Surroundings) -> Location:
    """A volume that a driver mounts for one pod: from the network, or made for that pod."""
    driver = next((use.mount.kind_detail for use in entry.uses), "")
    answer = look_up(around.storage, driver, {})
    if answer is not None and (answer.serves in OUTSIDE or answer.outside):
        return _outside("driver", driver)
    if driver in around.storage.pod_drivers or (answer and answer.serves == "node-local"):
        return _outside("driver", f"{driver} makes it for each pod, and it is gone with it")
    return _unknown_driver(entry, f"CSI driver {driver}")


def _flex_volume(entry: DataEntry, _job: JobSpec | None, _around: Surroundings) -> Location:
    driver = next((use.mount.kind_detail for use in entry.uses), "")
    return _unknown_driver(entry, f"flexVolume driver {driver}")


def _unknown_driver(entry: DataEntry, driver: str) -> Location:
    namespace = next((use.job.namespace for use in entry.uses), "")
    where = f"-n {shlex.quote(namespace)}" if namespace else "-A"
    return _unknown(
        f"the catalogue does not know what {driver} mounts", f"kubectl get pods {where} -o yaml"
    )


def _claim(entry: DataEntry, _job: JobSpec | None, around: Surroundings) -> Location:
    if entry.claim is None:
        namespace, _, name = entry.source.rpartition("/")
        if not namespace:
            reason = "no project is named, and with it the namespace of the claim"
            command = f"kubectl get pvc -A --field-selector metadata.name={shlex.quote(name)}"
            return _unknown(reason, f"--project NAME, after {command}")
        reason = "no such claim exists" if around.claims_read else "claims could not be listed"
        return _unknown(reason, f"kubectl get pvc -n {shlex.quote(namespace)} {shlex.quote(name)}")
    service = around.serve(entry)
    if service is not None and (service.serves in OUTSIDE or service.outside):
        return _outside("storage", f"{service.serves} by {service.evidence}")
    if service is None or service.serves in ("unknown", "depends"):
        return _unknown_service(entry, service)
    # Without an affinity it is, or will be made, on whichever node the pod lands.
    machines = around.pinned(entry) or tuple(around.eligible)
    return _on_machine(machines, "storage", f"node-local by {service.evidence}")


def _unknown_service(entry: DataEntry, service: StorageService | None) -> Location:
    assert entry.claim is not None
    volume = entry.claim.volume or "its storage class"
    condition = service.condition if service is not None else None
    reason = condition or "nothing states whether many nodes can mount its storage"
    command = (
        f"kubectl get pv {shlex.quote(volume)} -o yaml"
        if entry.claim.volume
        else f"kubectl get storageclass {shlex.quote(entry.claim.storage_class or '')} -o yaml"
    )
    return _unknown(reason, command)


def _docker_volume(entry: DataEntry, job: JobSpec | None, around: Surroundings) -> Location:
    volume = entry.volume
    machines = tuple(sighting.machine for sighting in entry.sightings) or _only_node(around)
    if volume is None:
        host = job.host if job is not None else ""
        return _unknown(
            f"volumes could not be listed on {host}" if host else "no host that was read has it",
            f"docker volume inspect {shlex.quote(entry.source)}",
        )
    network = volume_network(volume)
    if not network and volume.filesystem is not None:
        network = around.filesystems.network(volume.filesystem.type)
    if network is None:
        return _unknown(
            f"volume driver {volume.driver or 'local'} and its options do not say where files are",
            f"docker volume inspect {shlex.quote(entry.source)}",
        )
    if network:
        return _outside("volume options", volume.options.get("device", volume.driver))
    return _on_machine(machines, "volume driver", volume.driver)


def _bind(entry: DataEntry, job: JobSpec | None, around: Surroundings) -> Location:
    """A path on its own host: that host's mount table decides."""
    host = job.host if job is not None else ""
    own = [sighting for sighting in entry.sightings if sighting.machine == host] or entry.sightings
    machines = tuple(sorted({copy.machine for copy in own}))
    known = [_network(copy, around) for copy in own]
    if set(known) == {True}:
        return _outside("mount table", _types(own))
    if False in known:
        return _on_machine(machines, "mount table", _types(own))
    if True in known:
        some = ", ".join(
            sorted(copy.machine for copy, network in zip(own, known, strict=True) if network)
        )
        return _unknown(
            f"a network filesystem on {some}, not known on the other hosts that have the path",
            f"findmnt -T {quoted(entry.source)} on each host",
            machines,
        )
    if any(copy.filesystem is not None for copy in own):
        return _unknown(
            f"filesystem type {_types(own)} is not in the catalogue",
            f"findmnt -T {quoted(entry.source)}",
            machines,
        )
    return _presumed(machines or _only_node(around), entry.source)


def _only_node(around: Surroundings) -> tuple[str, ...]:
    """Where a path is presumed to be that no machine was seen to have: on the one eligible node."""
    return tuple(around.eligible) if len(around.eligible) == 1 else ()


def _host_path(entry: DataEntry, job: JobSpec | None, around: Surroundings) -> Location:
    """A path on whichever node the pod lands: every eligible machine's mount table counts."""
    tables = {
        around.nodes_of_hosts[sighting.machine]: sighting
        for sighting in entry.sightings
        if sighting.machine in around.nodes_of_hosts
    }
    for node in around.eligible:
        if filesystem := around.on_node(node, entry.source):
            tables[node] = Sighting(machine=node, filesystem=filesystem)
    seen = [tables[node] for node in around.eligible if node in tables]
    known = {
        node: _network(tables[node], around) if node in tables else None for node in around.eligible
    }
    answers = set(known.values())
    if answers == {True}:
        return _outside("mount table", f"{_types(seen)}: network on every eligible node")
    machines = tuple(sorted((job.nodes if job is not None else {}) or around.eligible))
    if True in answers:
        some = _listed(node for node, network in known.items() if network)
        local = _listed(node for node, network in known.items() if network is False)
        others = f"local on {local}" if None not in answers else "not known or local on the others"
        return _unknown(
            f"a network filesystem on {some}, {others}",
            f"findmnt -T {quoted(entry.source)} on each node",
            machines,
        )
    odd = [copy for copy in seen if _network(copy, around) is None and copy.filesystem is not None]
    if odd:
        return _unknown(
            f"filesystem type {_types(odd)} is not in the catalogue",
            f"findmnt -T {quoted(entry.source)}",
            machines,
        )
    if answers == {False}:
        return _on_machine(machines, "mount table", f"{_types(seen)}: local on every eligible node")
    return _presumed(machines, entry.source)


def _network(sighting: Sighting, around: Surroundings) -> bool | None:
    if sighting.filesystem is None:
        return None
    return around.filesystems.network(sighting.filesystem.type)


def _types(sightings: Sequence[Sighting]) -> str:
    types = {
        f"{sighting.filesystem.type} {sighting.filesystem.device}".strip()
        for sighting in sightings
        if sighting.filesystem is not None
    }
    return _listed(types)


def _listed(names: Iterable[str]) -> str:
    """Some of the names, in order."""
    ordered = sorted(names)
    more = len(ordered) - _NAMED_AT_MOST
    return ", ".join(ordered[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _outside(fact: str, value: str) -> Location:
    return Location(
        place="outside", evidence=(Evidence(fact=f"use.location ({fact})", value=value),)
    )


def _on_machine(machines: tuple[str, ...], fact: str, value: str) -> Location:
    evidence = Evidence(fact=f"use.location ({fact})", value=value, source=", ".join(machines[:3]))
    return Location(place="on-machine", machines=machines, evidence=(evidence,))


def _presumed(machines: tuple[str, ...], path: str) -> Location:
    where = ", ".join(machines[:3]) or "the machine"
    evidence = Evidence(
        fact="use.location (mount table)",
        value=f"not read; findmnt -T {quoted(path)} on {where} would settle it",
        source=where,
        strength="presumed",
    )
    return Location(place="on-machine", machines=machines, evidence=(evidence,))


def _unknown(reason: str, settle: str, machines: tuple[str, ...] = ()) -> Location:
    gap = Gap(fact="use.location", probe="storage", reason=reason, settle=settle)
    return Location(place="unknown", machines=machines, gaps=(gap,))


_BY_KIND: Mapping[str, Callable[[DataEntry, JobSpec | None, Surroundings], Location]] = {
    "bind": _bind,
    "hostPath": _host_path,
    "named-volume": _docker_volume,
    "anonymous-volume": _docker_volume,
    "claim": _claim,
    "claim-template": _claim,
    "ephemeral": _goes_with_its_pod,
    "inline-csi": _inline_csi,
    "flex-volume": _flex_volume,
    "nfs": _network_mount,
    "network-volume": _network_mount,
}
