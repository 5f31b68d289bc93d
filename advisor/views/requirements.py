"""Each requirement of a Run:ai release held against a cluster: met, not met, or not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from advisor.catalogs.runai_releases import Release, ReleaseCatalog, VersionRange, parse_version
from advisor.facts.cluster import Cluster
from advisor.facts.node import Node
from advisor.facts.quantity import format_bytes, whole
from advisor.placement.accelerators import NodeAccelerators

_SHOWN = 3
_FURTHEST_UPGRADE = 4
"""Releases that one upgrade may jump over, says the manual of 2.25."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement held against the cluster. `met` None: `reason` says why it is not known, and
    `settle` names the command that tells."""

    wanted: str = ""
    seen: str = ""
    met: bool | None = None
    needed: bool = True
    reason: str = ""
    settle: str = ""


class Surveyed(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cluster. `nodes` None: they could not be read."""

    cluster: Cluster
    nodes: Sequence[Node] | None
    accelerators: Mapping[str, NodeAccelerators]


def outcomes(surveyed: Surveyed, release: Release, catalog: ReleaseCatalog) -> dict[str, Outcome]:
    """Every requirement of the release by its name in ReadinessFacts."""
    versions = {
        name: _component(surveyed.cluster, release, part) for name, part in _COMPONENTS.items()
    }
    others = {name: judge(surveyed, release) for name, judge in _OTHERS.items()}
    return {**versions, **others, "upgrade": _upgrade(surveyed.cluster, release, catalog)}


def installed_release(cluster: Cluster, catalog: ReleaseCatalog) -> Release | None:
    """The release of the Run:ai that is installed, where a version of it is stated."""
    version = _version_of(cluster, "runai")
    return catalog.named(version) if version else None


class _Part(msgspec.Struct, frozen=True):
    """A component that states a version. `purpose` is what only needs it, empty for everything."""

    component: str
    command: str
    purpose: str = ""


_DEPLOYMENTS = "kubectl get deployments -A -o wide"
_COMPONENTS: dict[str, _Part] = {
    "gpu_operator": _Part("gpu-operator", "helm list -A --filter gpu-operator"),
    "prometheus": _Part("prometheus", "kubectl get prometheus -A"),
    "training_operator": _Part("training-operator", _DEPLOYMENTS, "distributed training"),
    "mpi_operator": _Part("mpi-operator", _DEPLOYMENTS, "MPI training"),
    "leader_worker_set": _Part("leader-worker-set", _DEPLOYMENTS, "inference over several nodes"),
    "knative": _Part("knative", "kubectl get knativeserving -A", "inference"),
    "network_operator": _Part("network-operator", _DEPLOYMENTS, "RDMA and multi-node NVLink"),
    "dra_driver": _Part("dra-driver", _DEPLOYMENTS, "multi-node NVLink"),
}


def _component(cluster: Cluster, release: Release, part: _Part) -> Outcome:
    """A part that has to be there in a version. An optional one that is not there is no lack."""
    field = next(name for name, one in _COMPONENTS.items() if one is part)
    supported: VersionRange | None = getattr(release, field)
    purpose = f", for {part.purpose}" if part.purpose else ""
    if supported is None:
        return _not_in_manual(release, needed=not part.purpose)
    wanted = f"{supported.words()}{purpose}"
    if cluster.components is None:
        return Outcome(wanted=wanted, reason="workloads could not be read", settle=part.command)
    found = [one for one in cluster.components if one.name == part.component]
    if not found:
        return Outcome(
            wanted=wanted, seen="not installed", met=bool(part.purpose), needed=not part.purpose
        )
    version = found[0].version
    if not supported.lowest and not supported.highest:
        return Outcome(wanted=wanted, seen=version or "installed", met=True)
    parsed = parse_version(version)
    if not parsed:
        return Outcome(
            wanted=wanted,
            seen="installed",
            needed=not part.purpose,
            reason=f"nothing states its version ({found[0].evidence})",
            settle=part.command,
        )
    return Outcome(
        wanted=wanted, seen=version, met=supported.takes(parsed), needed=not part.purpose
    )


def _kubernetes(surveyed: Surveyed, release: Release) -> Outcome:
    supported = release.kubernetes
    version = surveyed.cluster.version
    if supported is None:
        return msgspec.structs.replace(_not_in_manual(release), seen=version or "")
    parsed = parse_version(version or "")
    if not parsed:
        return Outcome(
            wanted=supported.words(), reason="the version could not be read", settle=_VERSION
        )
    return Outcome(wanted=supported.words(), seen=version or "", met=supported.takes(parsed))


_VERSION = "kubectl version"


def _openshift(surveyed: Surveyed, release: Release) -> Outcome:
    supported = release.openshift
    wanted = supported.words() if supported else ""
    installed = surveyed.cluster.openshift
    settle = "kubectl get clusterversion"
    if installed is None:
        return Outcome(wanted=wanted, reason="the ClusterVersion was not read", settle=settle)
    if not installed:
        return Outcome(wanted=wanted, seen="not OpenShift", met=True, needed=False)
    if supported is None:
        return msgspec.structs.replace(_not_in_manual(release), seen=installed[0])
    parsed = parse_version(installed[0])
    if not parsed:
        reason = "no installed version is stated"
        return Outcome(wanted=wanted, reason=reason, settle=settle)
    return Outcome(wanted=wanted, seen=installed[0], met=supported.takes(parsed))


def _runtimes(surveyed: Surveyed, release: Release) -> Outcome:
    allowed = release.runtimes
    if allowed is None:
        return _not_in_manual(release)
    return _of_nodes(
        surveyed,
        " or ".join(allowed.names),
        seen=lambda node: node.container_runtime.partition(":")[0],
        right=lambda name: name in allowed.names,
        settle="kubectl get nodes -o wide",
    )


_REFUSED_SYSTEMS = ("Bottlerocket*", "Amazon Linux*", "Windows*")


def _operating_systems(surveyed: Surveyed, _: Release) -> Outcome:
    return _of_nodes(
        surveyed,
        "a Linux that Kubernetes and the GPU Operator support; not Bottlerocket or Amazon Linux",
        seen=lambda node: node.os_image,
        right=lambda name: not any(fnmatchcase(name, one) for one in _REFUSED_SYSTEMS),
        settle="kubectl get nodes -o wide",
    )


def _architectures(surveyed: Surveyed, release: Release) -> Outcome:
    allowed = release.architectures
    if allowed is None:
        return _not_in_manual(release)
    return _of_nodes(
        surveyed,
        " or ".join(allowed.names),
        seen=lambda node: node.architecture,
        right=lambda name: name in allowed.names,
        settle="kubectl get nodes -L kubernetes.io/arch",
    )


def _of_nodes(
    surveyed: Surveyed,
    wanted: str,
    *,
    seen: Callable[[Node], str],
    right: Callable[[str], bool],
    settle: str,
) -> Outcome:
    """What every node must have. One that states nothing leaves it open, unless another is
    wrong."""
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=settle)
    by_value: dict[str, list[str]] = {}
    for node in surveyed.nodes:
        by_value.setdefault(seen(node), []).append(node.name)
    wrong = {value: names for value, names in by_value.items() if value and not right(value)}
    if wrong:
        words = "; ".join(f"{value} on {_names(names)}" for value, names in wrong.items())
        return Outcome(wanted=wanted, seen=words, met=False)
    if "" in by_value or not by_value:
        silent = _names(by_value.get("", ())) or "no node"
        return Outcome(wanted=wanted, reason=f"not stated by {silent}", settle=settle)
    return Outcome(wanted=wanted, seen=", ".join(sorted(by_value)), met=True)


def _system_nodes(surveyed: Surveyed, release: Release) -> Outcome:
    """Room on nodes without accelerators, on one node, as the manual counts it."""
    need = release.system_nodes
    if need is None:
        return _not_in_manual(release)
    memory = whole(need.memory)
    wanted = f"a node without GPUs with {need.cpus} CPUs and {format_bytes(memory)} of memory"
    settle = "kubectl describe nodes"
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=settle)
    free = [
        node
        for node in surveyed.nodes
        if not surveyed.accelerators[node.name].accelerators
        and not surveyed.accelerators[node.name].unclassified
        and not node.operating_system.startswith("windows")
    ]
    stated = [node for node in free if {"cpu", "memory"} <= node.allocatable.keys()]
    enough = [
        node
        for node in stated
        if node.allocatable["cpu"] >= need.cpus * 1000 and node.allocatable["memory"] >= memory
    ]
    if enough:
        return Outcome(wanted=wanted, seen=_names([node.name for node in enough]), met=True)
    if len(stated) < len(free):
        return Outcome(wanted=wanted, reason="a node does not state its size", settle=settle)
    if not free:
        return Outcome(wanted=wanted, seen="every node has GPUs", met=False)
    most = max(stated, key=lambda node: (node.allocatable["cpu"], node.allocatable["memory"]))
    cores, room = most.allocatable["cpu"] / 1000, format_bytes(most.allocatable["memory"])
    return Outcome(
        wanted=wanted, seen=f"the largest, {most.name}, has {cores:g} CPUs and {room}", met=False
    )


def _ingress(surveyed: Surveyed, release: Release) -> Outcome:
    need = release.ingress
    if need is None:
        return _not_in_manual(release)
    cluster = surveyed.cluster
    wanted = "an ingress controller" + (" or a Gateway" if need.gateway else "")
    if not need.required:
        return Outcome(wanted="Run:ai installs it", seen="", met=True, needed=False)
    if cluster.ingress_classes:
        return Outcome(wanted=wanted, seen=f"class {_names(cluster.ingress_classes)}", met=True)
    if cluster.openshift:
        return Outcome(wanted=wanted, seen="routes of OpenShift", met=True)
    if need.gateway and cluster.gateway_classes:
        seen = f"Gateway class {_names(cluster.gateway_classes)}"
        return Outcome(wanted=wanted, seen=seen, met=True)
    settle = "kubectl get ingressclasses,gatewayclasses"
    if cluster.ingress_classes is None or (need.gateway and cluster.gateway_classes is None):
        return Outcome(wanted=wanted, reason="the classes could not be read", settle=settle)
    return Outcome(wanted=wanted, seen="none", met=False)


def _default_storage_class(surveyed: Surveyed, release: Release) -> Outcome:
    if release.default_storage_class is None:
        return _not_in_manual(release)
    wanted = "a default storage class, for the control plane"
    classes = surveyed.cluster.storage_classes
    if classes is None:
        settle = "kubectl get storageclasses"
        return Outcome(wanted=wanted, reason="the classes could not be read", settle=settle)
    default = [one.name for one in classes if one.default]
    return Outcome(wanted=wanted, seen=_names(default) or "none", met=bool(default))


_RUNAI_NAMESPACES = ("runai", "runai-backend", "runai-reservation")
_ENFORCED = "pod-security.kubernetes.io/enforce"


def _pod_security(surveyed: Surveyed, release: Release) -> Outcome:
    """A namespace that is not there yet gets the cluster's own default, which is not readable."""
    if release.pod_security is None:
        return _not_in_manual(release)
    wanted = "namespaces of Run:ai labelled privileged, where Pod Security is enforced"
    settle = "kubectl get namespaces -L pod-security.kubernetes.io/enforce"
    if surveyed.cluster.namespaces is None:
        return Outcome(wanted=wanted, reason="namespaces could not be read", settle=settle)
    levels = {
        one.name: one.labels.get(_ENFORCED, "")
        for one in surveyed.cluster.namespaces
        if one.name in _RUNAI_NAMESPACES
    }
    wrong = [f"{name}: {level}" for name, level in levels.items() if level in _STRICT]
    if wrong:
        return Outcome(wanted=wanted, seen="; ".join(wrong), met=False)
    if levels and all(level == "privileged" for level in levels.values()):
        return Outcome(wanted=wanted, seen="privileged", met=True)
    reason = "namespaces without the label have the default of the API server, which is not told"
    return Outcome(wanted=wanted, reason=reason, settle=settle)


_STRICT = ("baseline", "restricted")


def _unsupported_gpus(surveyed: Surveyed, release: Release) -> Outcome:
    refused = release.unsupported_gpus
    if refused is None:
        return _not_in_manual(release)
    wanted = "GPUs of data centres; no DGX Spark, Jetson, workstation or vGPU"
    settle = "kubectl get nodes -L nvidia.com/gpu.product"
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=settle)
    products = {one.product for node in surveyed.accelerators.values() for one in node.accelerators}
    wrong = [
        product
        for product in sorted(products)
        if any(fnmatchcase(product, pattern) for pattern in refused.names)
    ]
    if wrong:
        return Outcome(wanted=wanted, seen=_names(wrong), met=False)
    if "" in products or not products:
        reason = "a node does not name its product" if products else "no node advertises a GPU"
        return Outcome(wanted=wanted, reason=reason, settle=settle)
    return Outcome(wanted=wanted, seen=_names(sorted(products)), met=True)


def _fractions(surveyed: Surveyed, release: Release) -> Outcome:
    need = release.fractions
    if need is None:
        return Outcome(wanted="nothing beyond the GPU Operator", met=True, needed=False)
    wanted = (
        f"driver {need.driver} and GPU Operator {need.gpu_operator} or newer, for GPU fractions"
    )
    drivers = sorted({one.driver for one in surveyed.accelerators.values() if one.accelerators})
    settle = "kubectl get nodes -L nvidia.com/cuda.driver-version.full"
    if surveyed.nodes is None or not drivers or "" in drivers:
        reason = "the driver's version is not known on every GPU node"
        return Outcome(wanted=wanted, reason=reason, settle=settle, needed=False)
    old = [one for one in drivers if parse_version(one) < parse_version(need.driver)]
    operator = _version_of(surveyed.cluster, "gpu-operator")
    if old:
        return Outcome(wanted=wanted, seen=f"driver {_names(old)}", met=False, needed=False)
    if not parse_version(operator):
        reason = "the version of the GPU Operator is not known"
        return Outcome(wanted=wanted, reason=reason, settle=settle, needed=False)
    recent = parse_version(operator) >= parse_version(need.gpu_operator)
    seen = f"driver {_names(drivers)}, GPU Operator {operator}"
    return Outcome(wanted=wanted, seen=seen, met=recent, needed=False)


def _secrets(_: Surveyed, __: Release) -> Outcome:
    names = "runai-cluster-domain-tls-secret and runai-reg-creds in namespace runai"
    return Outcome(
        wanted=names,
        reason="advisor never reads Secrets",
        settle="kubectl -n runai get secret runai-cluster-domain-tls-secret runai-reg-creds",
    )


def _upgrade(cluster: Cluster, release: Release, catalog: ReleaseCatalog) -> Outcome:
    wanted = f"at most {_FURTHEST_UPGRADE} releases in one upgrade"
    if cluster.components is None:
        reason = "workloads could not be read"
        return Outcome(wanted=wanted, reason=reason, settle="helm list -A --filter runai")
    if not any(one.name == "runai" for one in cluster.components):
        return Outcome(wanted=wanted, seen="Run:ai is not installed", met=True, needed=False)
    installed = installed_release(cluster, catalog)
    if installed is None:
        reason = "the version of the Run:ai that is installed is not known"
        return Outcome(wanted=wanted, reason=reason, settle="helm list -A --filter runai")
    between = [
        one for one in catalog.releases if installed.version < one.version <= release.version
    ]
    seen = f"{installed.name} is installed"
    return Outcome(wanted=wanted, seen=seen, met=len(between) <= _FURTHEST_UPGRADE)


_OTHERS: dict[str, Callable[[Surveyed, Release], Outcome]] = {
    "kubernetes": _kubernetes,
    "openshift": _openshift,
    "runtimes": _runtimes,
    "operating_systems": _operating_systems,
    "architectures": _architectures,
    "system_nodes": _system_nodes,
    "ingress": _ingress,
    "default_storage_class": _default_storage_class,
    "pod_security": _pod_security,
    "unsupported_gpus": _unsupported_gpus,
    "fractions": _fractions,
    "secrets": _secrets,
}


def _not_in_manual(release: Release, *, needed: bool = True) -> Outcome:
    return Outcome(
        wanted="not found in the manual",
        needed=needed,
        reason=f"what Run:ai {release.name} asks for here was not found in its manual",
        settle="see the support matrix of that release",
    )


def _version_of(cluster: Cluster, component: str) -> str:
    found = (one.version for one in cluster.components or () if one.name == component)
    return next((version for version in found if parse_version(version)), "")


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
