"""Whether a storage class or a volume serves files to many nodes, by the strongest evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from advisor.catalogs.storage import CatalogAnswer, Serves, StorageCatalog, look_up, named
from advisor.configuration.settings import Settings, StorageOverride
from advisor.facts.cluster import Cluster
from advisor.facts.record import Record
from advisor.facts.storage import PersistentVolume, StorageClass, StorageProfile
from advisor.facts.workload import Workload

Basis = Literal[
    "configuration",
    "volume in use on two nodes",
    "StorageProfile",
    "its volumes",
    "volume source",
    "volume mode",
    "catalogue",
    "nothing",
]
"""What an answer rests on."""

NO_PROVISIONER = "kubernetes.io/no-provisioner"
OUTSIDE: frozenset[Serves] = frozenset({"many-nodes", "one-node"})
_HANDLE = "volumeHandle"
"""By this name cases of the table look at what a driver calls the volume."""
_MACHINE_KINDS = frozenset({"hostPath", "local"})

_ClaimKey = tuple[str, str]
"""Namespace and name of a claim."""


class StorageService(Record, frozen=True, kw_only=True):
    """What a class or a volume can do for files.

    `condition` says what a `depends` depends on, or why nothing is known; with `outside` only
    sharing depends on it, and the data is outside the machines. `detail` is the evidence in words:
    the volume and its nodes, the user's reason. `overridden` when the user's configuration decided.
    """

    name: str
    serves: Serves
    evidence: Basis
    condition: str = ""
    outside: bool = False
    detail: str = ""
    overridden: bool = False
    links: tuple[str, ...] = ()


class StorageEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the answers rest on, gathered once; None where it could not be read.

    `in_use` gives the nodes on which running pods are sure to have a claim mounted.
    """

    catalog: StorageCatalog
    volumes: Sequence[PersistentVolume] | None = None
    by_class: Mapping[str, Sequence[PersistentVolume]] = {}
    in_use: Mapping[_ClaimKey, frozenset[str]] = {}
    profiles: Mapping[str, StorageProfile] = {}
    class_overrides: Mapping[str, StorageOverride] = {}
    provisioner_overrides: Mapping[str, StorageOverride] = {}


def storage_evidence(
    cluster: Cluster, catalog: StorageCatalog, settings: Settings
) -> StorageEvidence:
    """The evidence that a cluster and the user's configuration hold."""
    by_class: dict[str, list[PersistentVolume]] = defaultdict(list)
    for volume in cluster.persistent_volumes or ():
        by_class[volume.storage_class].append(volume)
    return StorageEvidence(
        catalog=catalog,
        volumes=cluster.persistent_volumes,
        by_class=by_class,
        in_use=claims_in_use(cluster.workloads or ()),
        profiles={profile.storage_class: profile for profile in cluster.storage_profiles or ()},
        class_overrides=settings.storage_classes,
        provisioner_overrides=settings.provisioners,
    )


def class_service(storage_class: StorageClass, evidence: StorageEvidence) -> StorageService:
    """What volumes of the class can do: the user's word, then what was seen, then tables."""
    name = storage_class.name
    steps = (
        _overridden(name, name, storage_class.provisioner, evidence),
        _seen_on_two_nodes(name, evidence.by_class.get(name, ()), evidence),
        _by_profile(storage_class, evidence),
        _by_volumes(storage_class, evidence),
        _by_catalog(name, _class_answer(storage_class, evidence)),
    )
    return next((step for step in steps if step), _nothing(name, storage_class.provisioner))


def volume_service(
    volume: PersistentVolume,
    evidence: StorageEvidence,
    storage_class: StorageClass | None = None,
) -> StorageService:
    """What one volume can do; its class is asked where the volume itself does not settle it.

    A hostPath or local volume is on its machine unless a mount table shows otherwise.
    """
    name = volume.name
    own = (
        _block(volume),
        _overridden(name, volume.storage_class, volume.driver, evidence),
        _seen_on_two_nodes(name, (volume,), evidence),
        _shared_by_its_class(volume, evidence, storage_class),
        _by_kind(volume, evidence),
        _by_catalog(name, _driver_answer(volume, evidence, storage_class)),
    )
    answer = next((step for step in own if step), _nothing(name, volume.driver))
    if answer.serves in ("depends", "unknown") and storage_class is not None:
        of_class = class_service(storage_class, evidence)
        if of_class.serves not in ("depends", "unknown"):
            return msgspec.structs.replace(of_class, name=name)
    return answer


def _overridden(
    name: str, storage_class: str, provisioner: str, evidence: StorageEvidence
) -> StorageService | None:
    override = evidence.class_overrides.get(storage_class) or next(
        (
            given
            for pattern, given in evidence.provisioner_overrides.items()
            if provisioner and named(pattern, provisioner)
        ),
        None,
    )
    if override is None:
        return None
    return StorageService(
        name=name,
        serves=override.serves,
        evidence="configuration",
        detail=override.reason,
        overridden=True,
    )


def _seen_on_two_nodes(
    name: str, volumes: Iterable[PersistentVolume], evidence: StorageEvidence
) -> StorageService | None:
    """Two nodes with the same hostPath may have two different directories: that shows nothing."""
    for volume in volumes:
        nodes = evidence.in_use.get((volume.claim_namespace, volume.claim_name), frozenset())
        if len(nodes) > 1 and _shared_files(volume) and volume.source_kind not in _MACHINE_KINDS:
            return StorageService(
                name=name,
                serves="many-nodes",
                evidence="volume in use on two nodes",
                detail=f"{volume.name} on {' and '.join(sorted(nodes)[:2])}",
            )
    return None


def _shared_files(volume: PersistentVolume) -> bool:
    return (
        volume.phase == "Bound"
        and volume.volume_mode == "Filesystem"
        and "ReadWriteMany" in volume.access_modes
    )


def _by_profile(storage_class: StorageClass, evidence: StorageEvidence) -> StorageService | None:
    """KubeVirt's word. A profile that leaves shared files out does not say where volumes are."""
    profile = evidence.profiles.get(storage_class.name)
    if profile is None or not profile.claim_properties:
        return None
    if ("ReadWriteMany", "Filesystem") in profile.claim_properties:
        return StorageService(
            name=storage_class.name, serves="many-nodes", evidence="StorageProfile"
        )
    answer = _class_answer(storage_class, evidence)
    if answer is None or answer.serves != "many-nodes":
        return None
    return StorageService(
        name=storage_class.name,
        serves="depends",
        evidence="StorageProfile",
        condition="what is right: its StorageProfile lists no shared files, the catalogue does",
        outside=True,
        links=answer.links,
    )


def _by_volumes(storage_class: StorageClass, evidence: StorageEvidence) -> StorageService | None:
    """A class that provisions nothing is what its hand-made volumes are."""
    if storage_class.provisioner != NO_PROVISIONER:
        return None
    name = storage_class.name
    if evidence.volumes is None:
        return _unknown(name, "it provisions nothing, and its volumes could not be read")
    services = [volume_service(volume, evidence) for volume in evidence.by_class.get(name, ())]
    serves = {service.serves for service in services}
    if not serves:
        return _unknown(name, "it provisions nothing, and no volume has this class")
    if len(serves) > 1:
        return StorageService(
            name=name,
            serves="depends",
            evidence="its volumes",
            condition=f"which volume a claim gets: they are {', '.join(sorted(serves))}",
            outside=all(service.outside or service.serves in OUTSIDE for service in services),
        )
    return StorageService(name=name, serves=serves.pop(), evidence="its volumes")


def _by_kind(volume: PersistentVolume, evidence: StorageEvidence) -> StorageService | None:
    serves = evidence.catalog.volume_kinds.get(volume.source_kind)
    if serves is None:
        return None
    return StorageService(
        name=volume.name,
        serves=serves,
        outside=serves == "depends",
        evidence="volume source",
        detail=volume.source_kind,
    )


def _shared_by_its_class(
    volume: PersistentVolume, evidence: StorageEvidence, storage_class: StorageClass | None
) -> StorageService | None:
    """A path that no node affinity binds to its node, of a class that may keep its paths on storage
    that all nodes mount."""
    if volume.source_kind != "hostPath" or volume.node_affinity or storage_class is None:
        return None
    answer = _class_answer(storage_class, evidence)
    if answer is None or answer.serves != "depends":
        return None
    return _by_catalog(volume.name, answer)


def _block(volume: PersistentVolume) -> StorageService | None:
    """A raw device, even one attached to many nodes, holds no files for them to share."""
    if volume.volume_mode != "Block" or volume.source_kind in _MACHINE_KINDS:
        return None
    return StorageService(
        name=volume.name, serves="one-node", evidence="volume mode", detail="raw block device"
    )


def _class_answer(storage_class: StorageClass, evidence: StorageEvidence) -> CatalogAnswer | None:
    volumes = evidence.by_class.get(storage_class.name, ())
    modes = {mode for volume in volumes for mode in volume.access_modes}
    return look_up(evidence.catalog, storage_class.provisioner, storage_class.parameters, modes)


def _driver_answer(
    volume: PersistentVolume, evidence: StorageEvidence, storage_class: StorageClass | None
) -> CatalogAnswer | None:
    parameters = dict(storage_class.parameters) if storage_class else {}
    parameters |= volume.attributes
    if volume.source:
        parameters[_HANDLE] = volume.source
    if volume.filesystem_type:
        parameters["csi.storage.k8s.io/fstype"] = volume.filesystem_type
    return look_up(evidence.catalog, volume.driver, parameters, volume.access_modes)


def _by_catalog(name: str, answer: CatalogAnswer | None) -> StorageService | None:
    if answer is None:
        return None
    return StorageService(
        name=name,
        serves=answer.serves,
        evidence="catalogue",
        condition=answer.condition,
        outside=answer.outside,
        links=answer.links,
    )


def _nothing(name: str, provisioner: str) -> StorageService:
    return _unknown(name, f"the catalogue does not know {provisioner or 'its volume source'}")


def _unknown(name: str, condition: str) -> StorageService:
    return StorageService(name=name, serves="unknown", evidence="nothing", condition=condition)


def claims_in_use(workloads: Iterable[Workload]) -> dict[_ClaimKey, frozenset[str]]:
    """Nodes on which a running pod is sure to have the claim mounted, by namespace and claim.

    Claims that each pod has for itself (ephemeral ones, those a StatefulSet makes by template) are
    left out.
    """
    users: dict[_ClaimKey, frozenset[str]] = {}
    for workload in workloads:
        for volume in workload.template.volumes:
            if volume.kind != "persistentVolumeClaim" or _per_pod(workload, volume.source):
                continue
            key = (workload.namespace, volume.source)
            users[key] = users.get(key, frozenset()) | running_nodes(workload)
    return users


def running_nodes(workload: Workload) -> frozenset[str]:
    """Nodes that are sure to have one of its running pods.

    A pod that waits on a node may wait for this very mount, and pods that ended may have run one
    after another, so a node counts only when it has more pods than are not running.
    """
    idle = max(sum(workload.nodes.values()) - workload.phases.get("Running", 0), 0)
    return frozenset(node for node, pods in workload.nodes.items() if pods > idle)


def _per_pod(workload: Workload, claim: str) -> bool:
    own = rf".+-{re.escape(workload.name)}-\d+"
    return workload.kind == "StatefulSet" and re.fullmatch(own, claim) is not None
