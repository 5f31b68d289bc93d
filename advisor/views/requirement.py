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
    apart, and `taken` when the cluster was read."""

    cluster: Cluster
    nodes: Sequence[Node] | None
    accelerators: Mapping[str, NodeAccelerators]
    operators: OperatorCatalog
    distribution: str = ""
    taken: str = ""

    def gpus(self, node: Node) -> bool:
        """Whether a node has accelerators, or something that may be one."""
        found = self.accelerators[node.name]
        return bool(found.accelerators or found.unclassified)


def distribution_of(cluster: Cluster, nodes: Iterable[Node], marks: Iterable[Distribution]) -> str:
    """The name of the distribution by what it says of itself, its version, or labels of its nodes;
    empty where nothing tells."""
    if cluster.openshift:
        return "OpenShift"
    labels = {label for node in nodes for label in node.labels}
    for mark in marks:
        if mark.version and mark.version in (cluster.version or ""):
            return mark.name
        if any(label.startswith(mark.label) for label in labels):
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
    found = (known.version for known in cluster.components or () if known.name == component)
    return next((version for version in found if parse_version(version)), "")
