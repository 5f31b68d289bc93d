"""The parts that Run:ai needs, in the versions that a release takes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from advisor.catalogs.runai_releases import Release, VersionRange, parse_version
from advisor.facts.cluster import Component
from advisor.views.requirement import Outcome, Surveyed, not_in_manual


class Part(msgspec.Struct, frozen=True):
    """A component that states a version. `purpose` is what only needs it, empty for everything;
    `with_openshift`: that brings its own."""

    component: str
    command: str
    purpose: str = ""
    with_openshift: bool = False


_DEPLOYMENTS = "kubectl get deployments -A -o wide"
PARTS: dict[str, Part] = {
    "gpu_operator": Part("gpu-operator", "helm list -A --filter gpu-operator"),
    "prometheus": Part("prometheus", "kubectl get prometheus -A", with_openshift=True),
    "training_operator": Part("training-operator", _DEPLOYMENTS, "distributed training"),
    "mpi_operator": Part("mpi-operator", _DEPLOYMENTS, "MPI training"),
    "leader_worker_set": Part("leader-worker-set", _DEPLOYMENTS, "inference over several nodes"),
    "knative": Part("knative", "kubectl get knativeserving -A", "inference"),
    "network_operator": Part("network-operator", _DEPLOYMENTS, "RDMA and multi-node NVLink"),
    "dra_driver": Part("dra-driver", _DEPLOYMENTS, "multi-node NVLink"),
}
"""By the name of the requirement."""


_SERVED = "API group "
"""How evidence begins that is no workload: an API outlives what served it."""


def component(part: Part, field: str, surveyed: Surveyed, release: Release) -> Outcome:
    """A part that has to be there in a version. An optional one that is not there is no lack."""
    supported: VersionRange | None = getattr(release, field)
    needed = not part.purpose
    if part.with_openshift and surveyed.openshift:
        return Outcome(wanted="what OpenShift brings", seen="OpenShift", met=True, needed=False)
    if supported is None:
        return not_in_manual(release, needed=needed)
    wanted = f"{supported.words()}, for {part.purpose}" if part.purpose else supported.words()
    command = "kubectl get csv -A" if surveyed.openshift else part.command
    components = surveyed.cluster.components
    if components is None:
        return Outcome(wanted=wanted, reason="workloads could not be read", settle=command)
    parts = [component for component in components if component.name == part.component]
    if not parts:
        return Outcome(wanted=wanted, seen="not installed", met=not needed, needed=needed)
    doubt, met = _versions(parts, supported)
    if doubt:
        return Outcome(wanted=wanted, needed=needed, reason=doubt, settle=command)
    seen = ", ".join(component.version for component in parts if component.version)
    return Outcome(wanted=wanted, seen=seen or "installed", met=met, needed=needed or met)


def _versions(parts: Sequence[Component], supported: VersionRange) -> tuple[str, bool]:
    """Why it is not known whether the parts that were seen are supported, else whether they are."""
    if all(part.evidence.startswith(_SERVED) for part in parts):
        return f"there is {parts[0].evidence}, but nothing that serves it was recognised", False
    if not supported.lowest and not supported.highest:
        return "", True
    for part in parts:
        if not parse_version(part.version):
            stated = f"{part.version} is no version" if part.version else "nothing states a version"
            return f"{stated} ({part.evidence})", False
    taken = {supported.takes(parse_version(part.version)) for part in parts}
    if len(taken) > 1:
        each = " or ".join(f"{part.version} ({part.evidence})" for part in parts)
        return f"Run:ai may use {each}", False
    return "", taken == {True}
