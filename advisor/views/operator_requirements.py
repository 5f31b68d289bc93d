"""The GPU Operator that is installed, held against what NVIDIA supports it on."""

from __future__ import annotations

from functools import partial

from advisor.catalogs.gpu_operator import OperatorVersion
from advisor.catalogs.runai_releases import Release, parse_version
from advisor.views.requirement import Outcome, Surveyed, some_names, version_of

_OPERATOR = "gpu-operator"


def operator_kubernetes(surveyed: Surveyed, _: Release) -> Outcome:
    """The Kubernetes, or the OpenShift, below the operator."""
    cluster = surveyed.cluster
    found = _operator(surveyed, "Kubernetes")
    if isinstance(found, Outcome):
        return found
    on_openshift = bool(cluster.openshift)
    name = "OpenShift" if on_openshift else "Kubernetes"
    supported = found.openshift if on_openshift else found.kubernetes
    if supported is None:
        return _not_listed(found, name)
    running = cluster.openshift[0] if cluster.openshift else cluster.version or ""
    outcome = partial(
        Outcome,
        wanted=f"{name} {supported.words()} under GPU Operator {found.version}",
        needed=False,
        source=surveyed.operators.sources[supported.source],
    )
    if not parse_version(running) or cluster.openshift is None:
        return outcome(reason="the version below it was not read", settle="kubectl version")
    met = supported.takes(parse_version(running))
    return outcome(seen=running, met=met, needed=met)


def operator_driver(surveyed: Surveyed, _: Release) -> Outcome:
    """The drivers of its nodes: NVIDIA also supports active branches that it does not list, so only
    one that is older than all of them is known not to be."""
    found = _operator(surveyed, "driver")
    if isinstance(found, Outcome):
        return found
    if found.drivers is None:
        return _not_listed(found, "the driver")
    branches = found.drivers.branches
    outcome = partial(
        Outcome,
        wanted=f"driver {', '.join(map(str, branches))} under GPU Operator {found.version}",
        needed=False,
        source=surveyed.operators.sources[found.drivers.source],
    )
    settle = "kubectl get nodes -L nvidia.com/cuda.driver-version.full"
    gpu_nodes = [one for one in surveyed.accelerators.values() if one.accelerators]
    versions = {gpu_node.driver: parse_version(gpu_node.driver) for gpu_node in gpu_nodes}
    old = sorted(name for name, one in versions.items() if one and one[0] < min(branches))
    if old:
        return outcome(seen=f"driver {some_names(old)}", met=False)
    if surveyed.nodes is None or not versions or () in versions.values():
        reason = "the driver's version is not known on every GPU node"
        return outcome(reason=reason, settle=settle)
    other = sorted(name for name, one in versions.items() if one[0] not in branches)
    if other:
        reason = f"NVIDIA does not list the branch of {some_names(other)} for this operator"
        return outcome(reason=reason, settle=settle)
    return outcome(seen=f"driver {some_names(sorted(versions))}", met=True, needed=True)


def _operator(surveyed: Surveyed, what: str) -> OperatorVersion | Outcome:
    """The block of the table; an outcome where it cannot be named."""
    wanted = f"a GPU Operator that NVIDIA supports with this {what}"
    outcome = partial(Outcome, wanted=wanted, needed=False)
    settle = "helm list -A --filter gpu-operator"
    components = surveyed.cluster.components
    if components is None:
        return outcome(reason="workloads could not be read", settle=settle)
    if not any(component.name == _OPERATOR for component in components):
        return outcome(seen="no GPU Operator", met=True)
    version = version_of(surveyed.cluster, _OPERATOR)
    if not version:
        return outcome(reason="the version of the GPU Operator is not known", settle=settle)
    found = surveyed.operators.named(version)
    if found is None:
        reason = f"what NVIDIA supports GPU Operator {version} on was not found"
        return outcome(reason=reason, settle="see the platform support page of that version")
    return found


def _not_listed(found: OperatorVersion, what: str) -> Outcome:
    return Outcome(
        wanted=f"a GPU Operator that NVIDIA supports with this {what.removeprefix('the ')}",
        needed=False,
        reason=f"{what} that NVIDIA supports under GPU Operator {found.version} was not found",
        settle="see the platform support page of that version",
    )
