"""What the runtime class of a job asks of nodes: a selector, tolerations and an overhead."""

from __future__ import annotations

import msgspec

from advisor.facts.cluster import Cluster, RuntimeClass
from advisor.findings.finding import Gap
from advisor.placement.node_index import NodeIndex, Requirement, certain


class RuntimeFit(msgspec.Struct, frozen=True, kw_only=True):
    """What the class adds to each pod, and the requirement that its very name is, if any."""

    adds: RuntimeClass
    requirement: Requirement | None = None


class RuntimeFits:
    """The runtime classes of a cluster. `cluster` is None for one that is yet to be made: it has
    every class, and none of them adds anything."""

    def __init__(self, cluster: Cluster | None, index: NodeIndex) -> None:
        self._planned = cluster is None
        self._everything = index.everything
        stated = cluster.runtime_classes if cluster is not None else ()
        self._classes = None
        if stated is not None:
            classes = (RuntimeClass(name=one) if isinstance(one, str) else one for one in stated)
            self._classes = {one.name: one for one in classes}

    def of(self, name: str) -> RuntimeFit:
        """What a class means for its pods; an empty name is no class at all."""
        nothing = RuntimeClass(name=name)
        if not name or self._planned:
            return RuntimeFit(adds=nothing)
        if self._classes is None:
            return RuntimeFit(adds=nothing, requirement=self._unread(name))
        if name not in self._classes:
            words = f"RuntimeClass {name}, which the cluster does not have"
            return RuntimeFit(adds=nothing, requirement=certain(words, frozenset()))
        return RuntimeFit(adds=self._classes[name])

    def _unread(self, name: str) -> Requirement:
        return Requirement(
            words=f"RuntimeClass {name}",
            sure=frozenset(),
            possible=self._everything,
            today=self._everything,
            gap=Gap(
                fact="cluster.runtime_classes",
                probe="kubernetes",
                reason=f"runtime classes could not be listed, nor the nodes that {name} asks for",
                settle=f"kubectl get runtimeclass {name} -o yaml",
            ),
        )
