"""Which claims running pods share across nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from advisor.facts.workload import Workload

ClaimKey = tuple[str, str]
"""Namespace and name of a claim."""


def claims_in_use(workloads: Iterable[Workload]) -> dict[ClaimKey, frozenset[str]]:
    """Nodes on which a running pod is sure to have the claim mounted, by namespace and claim.

    Claims that each pod has for itself (ephemeral ones, those a StatefulSet makes by template) are
    left out.
    """
    found: dict[ClaimKey, frozenset[str]] = {}
    for workload in workloads:
        for volume in workload.template.volumes:
            if volume.kind != "persistentVolumeClaim" or _per_pod(workload, volume.source):
                continue
            key = (workload.namespace, volume.source)
            found[key] = found.get(key, frozenset()) | running_nodes(workload)
    return found


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
