"""One requirement of a Run:ai release, and what it is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from advisor.catalogs.runai_releases import (
    Distribution,
    OperatorCatalog,
    Release,
    parse_version,
)
from advisor.facts.cluster import Cluster, Node
from advisor.placement.accelerators import NodeAccelerators

_SHOWN = 3


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement held against the cluster. `met` None: `reason` says why it is not known, and
    `settle` names the command that tells; `by_hand`: nothing that can be read does. `source` is
    the address of a table that is another's than Run:ai's."""

    wanted: str = ""
    seen: str = ""
    met: bool | None = None
    needed: bool = True
    reason: str = ""
    settle: str = ""
    by_hand: bool = False
    source: str = ""


class Surveyed(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cluster. `nodes` None: they could not be read. `operators` is NVIDIA's
    table of what each GPU Operator is supported on, `distribution` one of those that manuals treat
    apart, `named` whether they name it, `openshift` whether it is that one (None: not known), and
    `taken` when the cluster was read."""

    cluster: Cluster
    nodes: Sequence[Node] | None
    accelerators: Mapping[str, NodeAccelerators]
    operators: OperatorCatalog
    distribution: str = ""
    named: bool = True
    openshift: bool | None = None
    taken: str = ""

    def gpus(self, node: Node) -> bool | None:
        """Whether a node has accelerators, or something that may be one, advertised or not; None
        where its ResourceSlices could not be read."""
        found = self.accelerators[node.name]
        seen = (found.accelerators, found.unclassified, found.hardware, found.zeroed)
        return True if any(seen) else False if found.slices_known else None

    @property
    def gpus_known(self) -> bool:
        """Whether it is known of every node if it has GPUs."""
        return self.nodes is not None and None not in map(self.gpus, self.nodes)


def survey(
    cluster: Cluster,
    nodes: Sequence[Node] | None,
    accelerators: Mapping[str, NodeAccelerators],
    *,
    operators: OperatorCatalog,
    distributions: Sequence[Distribution],
    taken: str,
) -> Surveyed:
    """A cluster with what its version and nodes say of its distribution."""
    distribution = distribution_of(cluster, cluster.nodes or nodes or (), distributions)
    openshift = True if distribution == OPENSHIFT else False if distribution else None
    return Surveyed(
        cluster=cluster,
        nodes=nodes,
        accelerators=accelerators,
        operators=operators,
        distribution=distribution,
        named=all(mark.named for mark in distributions if mark.name == distribution),
        openshift=openshift if cluster.openshift is None else bool(cluster.openshift),
        taken=taken,
    )


OPENSHIFT = "OpenShift"


def distribution_of(cluster: Cluster, nodes: Iterable[Node], marks: Iterable[Distribution]) -> str:
    """The name of the distribution by what it says of itself, its version, or labels of its nodes;
    empty where nothing tells."""
    if cluster.openshift:
        return OPENSHIFT
    labels = {label for node in nodes for label in node.labels}
    for mark in marks:
        if mark.version and mark.version in (cluster.version or ""):
            return mark.name
        if mark.label and any(label.startswith(mark.label) for label in labels):
            return mark.name
    return ""


def not_in_manual(release: Release, *, needed: bool = True) -> Outcome:
    return Outcome(
        wanted="not on record",
        needed=needed,
        reason=f"no requirement of Run:ai {release.name} is on record; its support matrix tells",
    )


def some_names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def version_of(cluster: Cluster, component: str) -> str:
    """The version that a part has; empty where none is stated, or not one alone."""
    parts = [part.version for part in cluster.components or () if part.name == component]
    return parts[0] if len(parts) == 1 and parse_version(parts[0]) else ""
