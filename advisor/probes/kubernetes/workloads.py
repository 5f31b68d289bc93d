"""Owner objects and folded pods brought together: one workload for each owner and template."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor.facts.workload import PodTemplate, RunningPods, Workload
from advisor.objects.templates import gpu_share
from advisor.probes.kubernetes.fold import (
    FoldedPods,
    FoldKey,
    Images,
    OwnerKey,
    OwnerObject,
    PodFold,
    Role,
    Sharing,
    add_counts,
    add_running,
    by_owner,
)

_DEEPEST_CHAIN = 8


class _Tally(msgspec.Struct, kw_only=True):
    """The pods counted for one role of an owner."""

    role: Role
    phases: dict[str, int] = {}
    nodes: dict[str, int] = {}
    running: dict[Images, set[str]] = {}


def workloads(
    objects: Iterable[OwnerObject], fold: PodFold, *, deployments_read: bool
) -> tuple[Workload, ...]:
    """Every workload, by namespace, kind, name and role.

    An object made by another one that is known (a Job by its CronJob, a RayCluster by its RayJob)
    is counted under that one, whose template wins over what was injected into the pods.
    `deployments_read` false: a Deployment's name is guessed from that of its ReplicaSet.
    """
    family, sharing = _Family(objects), Sharing()
    loose = [
        _from_pods(family, fold, key, pods, sharing, deployments_read=deployments_read)
        for key, pods in by_owner(fold)
        if not family.take(key, pods)
    ]
    entries = [*family.workloads(), *loose]
    return tuple(
        sorted(
            entries,
            key=lambda workload: (workload.namespace, workload.kind, workload.name, workload.role),
        )
    )


class _Family:
    """Owner objects by key, each leading to the outermost owner that is known."""

    def __init__(self, objects: Iterable[OwnerObject]) -> None:
        self._objects = {owner.key: owner for owner in objects}
        self._tallies: dict[OwnerKey, list[_Tally]] = {
            key: [_Tally(role=role) for role in owner.roles]
            for key, owner in self._objects.items()
            if self.outermost(key) == key
        }
        self._adopted: set[OwnerKey] = set()
        for owner in sorted(self._objects.values(), key=lambda owner: len(self._way_up(owner.key))):
            self._adopt(owner)

    def knows(self, key: OwnerKey) -> bool:
        """Whether an object with that key was read."""
        return key in self._objects

    def outermost(self, key: OwnerKey) -> OwnerKey:
        """The last known owner on the way up from `key`; on a cycle that is `key` itself."""
        return self._way_up(key)[-1]

    def _way_up(self, key: OwnerKey) -> list[OwnerKey]:
        way = [key]
        while len(way) < _DEEPEST_CHAIN:
            parent = self._objects[way[-1]].parent
            if parent is None or parent not in self._objects:
                break
            if parent in way:
                return [key]
            way.append(parent)
        return way

    def _adopt(self, child: OwnerObject) -> None:
        """A guessed template gives way to those of the nearest object made of it."""
        root = self.outermost(child.key)
        if root == child.key or child.guessed or not child.roles:
            return
        owner = self._objects[root]
        if (owner.guessed or not owner.roles) and root not in self._adopted:
            self._adopted.add(root)
            self._tallies[root] = [_Tally(role=role) for role in child.roles]

    def take(self, key: FoldKey, pods: FoldedPods) -> bool:
        """Count pods under their owner's role; False when no known owner has such a role."""
        if key.owner not in self._objects:
            return False
        tally = _matching(self._tallies.get(self.outermost(key.owner), []), key.role)
        if tally is None:
            return False
        add_counts(tally.phases, pods.phases)
        add_counts(tally.nodes, pods.nodes)
        add_running(tally.running, pods.running)
        return True

    def workloads(self) -> list[Workload]:
        """One workload for each role of the outermost owners."""
        return [
            _from_object(
                self._objects[key],
                tally,
                guessed=self._objects[key].guessed and key not in self._adopted,
            )
            for key, tallies in self._tallies.items()
            for tally in tallies
        ]


def _matching(tallies: list[_Tally], role: str) -> _Tally | None:
    if len(tallies) == 1:
        return tallies[0]
    return next((tally for tally in tallies if tally.role.name.lower() == role), None)


def _from_object(owner: OwnerObject, tally: _Tally, *, guessed: bool) -> Workload:
    return Workload(
        namespace=owner.key.namespace,
        kind=owner.key.kind,
        name=owner.key.name,
        api_version=owner.api_version,
        role=tally.role.name,
        origin="object",
        template=tally.role.template,
        replicas=tally.role.replicas,
        suspended=owner.suspended,
        phases=tally.phases,
        nodes=tally.nodes,
        running=_running(tally.running),
        labels=owner.labels,
        annotations=owner.annotations,
        guessed=guessed,
    )


def _from_pods(
    family: _Family,
    fold: PodFold,
    key: FoldKey,
    pods: FoldedPods,
    sharing: Sharing,
    *,
    deployments_read: bool,
) -> Workload:
    """Pods whose owner's object was not read, or has no template for their role."""
    owner, template = key.owner, fold.templates.get(key.template, PodTemplate())
    if share := gpu_share(pods.annotations):
        template = msgspec.structs.replace(template, gpu_share=share)
    kind, guessed = owner.kind, key.replica_set
    if key.replica_set and deployments_read and not family.knows(owner):
        kind, guessed = "ReplicaSet", False
    return Workload(
        namespace=owner.namespace,
        kind=kind,
        name=owner.name or pods.name,
        api_version=pods.api_version,
        role=key.role,
        origin="pod",
        template=template,
        phases=sharing.of(pods.phases),
        nodes=pods.nodes,
        running=_running(pods.running),
        labels=pods.labels,
        annotations=pods.annotations,
        guessed=guessed,
    )


def _running(by_content: dict[Images, set[str]]) -> tuple[RunningPods, ...]:
    return tuple(
        RunningPods(images=dict(images), nodes=tuple(sorted(nodes)))
        for images, nodes in sorted(by_content.items())
    )
