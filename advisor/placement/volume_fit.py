"""Which nodes the volumes of a job let its pods go to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from advisor.facts.cluster import Cluster
from advisor.facts.storage import (
    Claim,
    NodeSelectorTerms,
    PersistentVolume,
    StorageClass,
)
from advisor.findings.finding import Gap
from advisor.jobs.spec import JobSpec
from advisor.placement.node_index import (
    Names,
    NodeIndex,
    Requirement,
    certain,
    holds,
    nodes_of_terms,
)
from advisor.placement.storage_evidence import NO_PROVISIONER

_ZONES = {
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
}
"""Labels that place a volume, with the label of today for each."""
_BETWEEN_ZONES = "__"


class VolumeFit:
    """The claims, volumes and storage classes of a cluster, as the scheduler looks at them."""

    def __init__(self, cluster: Cluster, index: NodeIndex) -> None:
        self._index = index
        self._claims = {f"{claim.namespace}/{claim.name}": claim for claim in cluster.claims or ()}
        self._volumes = {volume.name: volume for volume in cluster.persistent_volumes or ()}
        self._classes = {
            storage_class.name: storage_class for storage_class in cluster.storage_classes or ()
        }
        self._default = next(
            (storage_class for storage_class in self._classes.values() if storage_class.default),
            None,
        )
        self._limits = {
            csi_node.name: csi_node.limits
            for csi_node in cluster.csi_nodes or ()
            if csi_node.limits
        }
        self._read = cluster.claims is not None and cluster.persistent_volumes is not None
        self._classes_read = cluster.storage_classes is not None
        self._free: dict[str, list[PersistentVolume]] = defaultdict(list)
        self._kept: dict[tuple[str, str], list[PersistentVolume]] = defaultdict(list)
        for volume in self._volumes.values():
            if volume.claim_name:
                self._kept[volume.claim_namespace, volume.claim_name].append(volume)
            elif volume.phase == "Available":
                self._free[volume.storage_class].append(volume)
        self._reaching = lru_cache(maxsize=None)(self._nodes_reaching)
        self._served = lru_cache(maxsize=4096)(self._nodes_serving)
        self._zoned = frozenset().union(
            *(names for label in _ZONES for names in index.labelled(label).values())
        )

    def requirements(self, job: JobSpec) -> Iterator[Requirement]:
        """What the claims of one pod ask of its node."""
        mounted = (mount.source for mount in job.mounts if mount.kind == "claim")
        named = tuple(dict.fromkeys((*job.claims, *mounted)))
        if not named and not job.own_claims:
            return
        if not self._read:
            yield self._unread("persistent_volumes", "the volumes of its claims", "pv,pvc")
            return
        claims = [self._claims[name] for name in named if name in self._claims]
        yield from self._of_claims(
            claims, [own_claim for own_claim in job.own_claims if not own_claim.name]
        )
        numbered = [own_claim for own_claim in job.own_claims if own_claim.name]
        if numbered:
            yield from self._of_numbered(numbered, max(job.replicas, 1))
        yield from self._attached([*claims, *job.own_claims])

    def _attached(self, claims: Iterable[Claim]) -> Iterator[Requirement]:
        """No more volumes of a driver than the node attaches."""
        volumes: set[tuple[str, str]] = set()
        for number, claim in enumerate(claims):
            volume = self._volumes.get(claim.volume)
            if volume is not None:
                volumes.add((volume.driver, volume.source))
            elif not claim.volume and (made_by := self._class_of(claim)):
                volumes.add((made_by.provisioner, str(number)))
        for driver, count in sorted(Counter(driver for driver, _ in volumes).items()):
            full = {name for name, most in self._limits.items() if most.get(driver, count) < count}
            if full:
                words = f"room for {count} volumes of {driver}"
                yield certain(words, self._index.everything - full)

    def _class_of(self, claim: Claim) -> StorageClass | None:
        if claim.storage_class is None:
            return self._default
        return self._classes.get(claim.storage_class)

    def _of_claims(self, claims: Sequence[Claim], own: Iterable[Claim]) -> Iterator[Requirement]:
        unbound = list(own)
        for claim in claims:
            if claim.volume or claim.phase == "Lost":
                yield from self._bound(claim)
            else:
                unbound.append(claim)
        yield from self._unbound(unbound)

    def _of_numbered(self, templates: Sequence[Claim], pods: int) -> Iterator[Requirement]:
        """Each pod of a StatefulSet has claims of its own: any of the pods may go anywhere that
        those let it."""
        everywhere: Names = frozenset()
        gap: Gap | None = None
        for number in range(pods):
            names = [f"{template.namespace}/{template.name}-{number}" for template in templates]
            made = [self._claims[name] for name in names if name in self._claims]
            missing = [
                template
                for template, name in zip(templates, names, strict=True)
                if name not in self._claims
            ]
            nodes = self._index.everything
            for requirement in self._of_claims(made, missing):
                nodes &= requirement.possible
                gap = gap or requirement.gap
            everywhere |= nodes
        sure = everywhere if gap is None else frozenset()
        yield Requirement(
            words="its volumes", sure=sure, possible=everywhere, today=everywhere, gap=gap
        )

    def _bound(self, claim: Claim) -> Iterator[Requirement]:
        volume = self._volumes.get(claim.volume)
        if volume is None or claim.phase == "Lost":
            yield certain(f"the volume of claim {claim.name}, which is gone", frozenset())
            return
        if volume.node_affinity:
            nodes = nodes_of_terms(self._index, volume.node_affinity)
            yield certain("the node affinity of its volume", nodes)
        for label, today in _ZONES.items():
            if label in volume.labels:
                zones = frozenset(volume.labels[label].split(_BETWEEN_ZONES))
                yield certain("the zone of its volume", self._in_zones(label, today, zones))

    def _in_zones(self, label: str, today: str, zones: frozenset[str]) -> Names:
        """A node without any zone counts as in all of them (a cluster of one zone)."""
        by_value = self._index.labelled(label)
        named = frozenset().union(*by_value.values())
        matching: Names = self._index.everything - self._zoned
        for value in zones:
            matching |= by_value.get(value, frozenset())
            matching |= self._index.labelled(today).get(value, frozenset()) - named
        return matching

    def _unbound(self, claims: Sequence[Claim]) -> Iterator[Requirement]:
        """A claim without a volume takes one that exists, or its class makes one."""
        waiting: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            if claim.storage_class is None and not self._classes_read:
                yield self._unread("storage_classes", "the default storage class", "storageclass")
                continue
            made_by = self._class_of(claim)
            waiting[made_by.name if made_by else claim.storage_class or ""].append(claim)
        for name, alike in waiting.items():
            storage_class = self._classes.get(name)
            if storage_class is not None and storage_class.provisioner != NO_PROVISIONER:
                yield from self._made(storage_class, alike)
            elif name and storage_class is None and not self._classes_read:
                yield self._unread("storage_classes", f"storage class {name}", "storageclass")
            else:
                words = f"a free volume of class {name}" if name else "a free volume of no class"
                yield certain(f"{words} for its claim", self._with_free_volumes(name, alike))

    def _made(self, storage_class: StorageClass, claims: Sequence[Claim]) -> Iterator[Requirement]:
        if storage_class.topologies:
            nodes = nodes_of_terms(self._index, storage_class.topologies)
            nodes |= self._with_free_volumes(storage_class.name, claims)
            yield certain(f"the topologies of storage class {storage_class.name}", nodes)

    def _with_free_volumes(self, name: str, claims: Sequence[Claim]) -> Names:
        """Nodes that reach a volume for each of the claims; the smallest claim chooses first, and
        takes the smallest volume."""
        kept = [self._kept.get((claim.namespace, claim.name), []) for claim in claims]
        if not any(kept):
            # Claims that ask for the same are answered once, whatever they are called.
            claims = [replace(claim, namespace="", name="") for claim in claims]
        return self._served(
            name, tuple(claims), tuple(volume.name for some in kept for volume in some)
        )

    def _nodes_serving(self, name: str, claims: tuple[Claim, ...], kept: tuple[str, ...]) -> Names:
        reserved = (self._volumes[name] for name in kept)
        volumes = [*self._free.get(name, ()), *(v for v in reserved if v.storage_class == name)]
        volumes.sort(key=lambda volume: (volume.capacity or 0, volume.name))
        nodes = {volume.name: self._reaching(volume.node_affinity) for volume in volumes}
        reached = frozenset().union(*nodes.values())
        ordered = sorted(claims, key=lambda claim: claim.requested or 0)
        return frozenset(node for node in reached if _all_served(ordered, volumes, nodes, node))

    def _nodes_reaching(self, affinity: NodeSelectorTerms) -> Names:
        return nodes_of_terms(self._index, affinity) if affinity else self._index.everything

    def _unread(self, fact: str, what: str, resource: str) -> Requirement:
        anywhere = self._index.everything
        return Requirement(
            words="its volumes",
            sure=frozenset(),
            possible=anywhere,
            today=anywhere,
            gap=Gap(
                fact=f"cluster.{fact}",
                probe="kubernetes",
                reason=f"{what} could not be listed, nor their nodes",
                settle=f"kubectl get {resource} -A",
            ),
        )


def _all_served(
    claims: Sequence[Claim],
    volumes: Sequence[PersistentVolume],
    nodes: Mapping[str, Names],
    node: str,
) -> bool:
    taken: set[str] = set()
    for claim in claims:
        here = (
            volume for volume in volumes if volume.name not in taken and node in nodes[volume.name]
        )
        found = next((volume for volume in here if may_bind(volume, claim)), None)
        if found is None:
            return False
        taken.add(found.name)
    return True


def may_bind(volume: PersistentVolume, claim: Claim) -> bool:
    """Whether the claim would be bound to the volume, of its class and not taken yet."""
    if volume.volume_mode != claim.volume_mode or (volume.capacity or 0) < (claim.requested or 0):
        return False
    if volume.claim_name:
        return (volume.claim_namespace, volume.claim_name) == (claim.namespace, claim.name)
    return set(claim.access_modes) <= set(volume.access_modes) and all(
        holds(expression, volume.labels.get(expression.key)) for expression in claim.selector
    )
