"""What a Run:ai release asks of nodes, and NVIDIA of the GPU Operator that is installed, held
against those of a cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import partial

from advisor.catalogs.runai_releases import (
    OperatorVersion,
    Products,
    Release,
    Systems,
    parse_version,
)
from advisor.facts.cluster import Node
from advisor.views.requirement import (
    OPENSHIFT,
    Outcome,
    Surveyed,
    not_in_manual,
    some_names,
    version_of,
)

_RUNTIME = re.compile(r"([a-z][a-z0-9-]*)://[!-~]*\Z", re.ASCII)
"""`containerd://1.7.27`; anything else states no runtime."""


def runtimes(surveyed: Surveyed, release: Release) -> Outcome:
    allowed = release.runtimes
    if allowed is None:
        return not_in_manual(release)
    return _of_nodes(
        surveyed,
        " or ".join(allowed.names),
        seen=lambda node: name[1] if (name := _RUNTIME.match(node.container_runtime)) else "",
        right=lambda name: name in allowed.names,
        settle="kubectl get nodes -o wide",
    )


def operating_systems(surveyed: Surveyed, release: Release) -> Outcome:
    """The system of every node, as the manual allows it on this distribution. Where it allows any
    Linux of Kubernetes and the GPU Operator, one on a GPU node has to be in NVIDIA's list."""
    if release.operating_systems is None:
        return not_in_manual(release)
    allowed = release.operating_systems.distributions.get(surveyed.distribution, Systems())
    operator = parse_version(version_of(surveyed.cluster, _OPERATOR))
    wanted = _system_words(surveyed.distribution, allowed)
    settle = "kubectl get nodes -o wide"
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=settle)
    wrong: dict[str, list[str]] = {}
    doubts: dict[str, list[str]] = {}
    nodes = [node for node in surveyed.nodes if not _is_other(surveyed, node)]
    for node in nodes:
        listed = surveyed.gpus(node) is False or _fits(
            node.os_image, surveyed.operators.systems.names
        )
        met, doubt = _system(node.os_image, allowed, operator, listed=listed)
        if met is False:
            wrong.setdefault(node.os_image, []).append(node.name)
        elif met is None:
            doubts.setdefault(doubt, []).append(node.name)
    if wrong:
        words = "; ".join(f"{value} on {some_names(names)}" for value, names in wrong.items())
        return Outcome(wanted=wanted, seen=words, met=False)
    if doubts or not nodes:
        told = [f"{doubt} ({some_names(names)})" for doubt, names in doubts.items()]
        return Outcome(wanted=wanted, reason="; ".join(told) or "there is no node", settle=settle)
    return Outcome(
        wanted=wanted, seen=", ".join(sorted({node.os_image for node in nodes})), met=True
    )


def _is_other(surveyed: Surveyed, node: Node) -> bool:
    """A node with Windows that has no GPUs: Run:ai's pods ask for Linux."""
    return node.operating_system == "windows" and surveyed.gpus(node) is False


def _system(
    image: str, allowed: Systems, operator: tuple[int, ...], *, listed: bool
) -> tuple[bool | None, str]:
    """Whether a system is allowed, and the doubt where that is not known. `listed`: NVIDIA lists
    it, or the node has no GPUs."""
    if not image:
        return None, "a node does not state its system"
    for pattern, oldest in allowed.with_operator.items():
        if fnmatchcase(image, pattern):
            system = pattern.rstrip("*")
            doubt = f"{system} takes GPU Operator {oldest} or newer, whose version is not known"
            return (operator >= parse_version(oldest), "") if operator else (None, doubt)
    if _fits(image, (*allowed.refused, "Windows*")):
        return False, ""
    if allowed.only:
        return _fits(image, allowed.only), ""
    if allowed.tested and not _fits(image, allowed.tested):
        return None, f"the manual does not name {image}"
    return (True, "") if listed else (None, f"NVIDIA does not list {image} for the GPU Operator")


def _fits(image: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(image, pattern) for pattern in patterns)


def _system_words(distribution: str, allowed: Systems) -> str:
    """What is wanted: `on GKE, Ubuntu, or Container-Optimized OS with GPU Operator 24.6`."""
    names = [pattern.rstrip("*") for pattern in (*allowed.only, *allowed.tested)]
    names += [
        f"{pattern.rstrip('*')} with GPU Operator {oldest} or newer"
        for pattern, oldest in allowed.with_operator.items()
    ]
    if names:
        return f"on {distribution}: {' or '.join(names)}"
    refused = " or ".join(pattern.rstrip("*") for pattern in allowed.refused)
    but = f"; on {distribution} not {refused}" if refused else ""
    return f"a Linux that Kubernetes and the GPU Operator support{but}"


def architectures(surveyed: Surveyed, release: Release) -> Outcome:
    allowed = release.architectures
    if allowed is None:
        return not_in_manual(release)
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
        words = "; ".join(f"{value} on {some_names(names)}" for value, names in wrong.items())
        return Outcome(wanted=wanted, seen=words, met=False)
    if "" in by_value or not by_value:
        silent = some_names(by_value.get("", ())) or "no node"
        return Outcome(wanted=wanted, reason=f"not stated by {silent}", settle=settle)
    return Outcome(wanted=wanted, seen=", ".join(sorted(by_value)), met=True)


_MOST_SECONDS = 60
"""That clocks may differ by; run-ai/preinstall-diagnostics takes less than a minute too."""


def clocks(surveyed: Surveyed, release: Release) -> Outcome:
    """Each node's clock beside the API server's, as its last report shows both."""
    if release.clocks is None:
        return not_in_manual(release, needed=False)
    wanted = f"clocks of nodes within {_MOST_SECONDS} seconds of the API server's"
    settle = "timedatectl on each node"
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=settle)
    offsets = {node.name: node.clock_offset for node in surveyed.nodes}
    wrong = [
        f"{name} is {abs(offset)} s {'ahead' if offset > 0 else 'behind'}"
        for name, offset in offsets.items()
        if offset is not None and abs(offset) > _MOST_SECONDS
    ]
    if wrong:
        return Outcome(wanted=wanted, seen=some_names(wrong), met=False)
    silent = [name for name, offset in offsets.items() if offset is None]
    if silent or not offsets:
        reason = f"no report with both times from {some_names(silent) or 'any node'}"
        return Outcome(wanted=wanted, reason=reason, settle=settle)
    furthest = max(abs(offset or 0) for offset in offsets.values())
    return Outcome(wanted=wanted, seen=f"at most {furthest} s apart", met=True)


def unsupported_gpus(surveyed: Surveyed, release: Release) -> Outcome:
    """Data centre GPUs that NVIDIA lists are supported; one that neither it nor Run:ai names is not
    known to be."""
    refused = release.unsupported_gpus
    if refused is None:
        return not_in_manual(release)
    wanted = "GPUs of data centres; no DGX Spark, Jetson, workstation or vGPU"
    settle = "kubectl get nodes -L nvidia.com/gpu.product,nvidia.com/gpu.machine"
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=settle)
    wrong: set[str] = set()
    right: set[str] = set()
    doubts: set[str] = set() if surveyed.gpus_known else {"ResourceSlices could not be read"}
    for node in surveyed.nodes:
        with_gpus = surveyed.accelerators[node.name]
        products = {accelerator.product for accelerator in with_gpus.accelerators}
        if with_gpus.hardware and not products:
            doubts.add(f"{node.name} advertises no GPU")
        for product in products:
            if _refused(node, with_gpus.machine, product, refused):
                wrong.add(f"{product or 'a GPU'} on {node.name}")
            elif not product:
                doubts.add(f"{node.name} does not name its product")
            elif _fits(_dashed(product), map(str.upper, surveyed.operators.products.names)):
                right.add(product)
            else:
                doubts.add(f"NVIDIA does not list {product} as one of data centres")
    if wrong:
        return Outcome(wanted=wanted, seen=some_names(sorted(wrong)), met=False)
    if doubts or not right:
        reason = "; ".join(sorted(doubts)) or "no node advertises a GPU"
        return Outcome(wanted=wanted, reason=reason, settle=settle)
    return Outcome(wanted=wanted, seen=some_names(sorted(right)), met=True)


def _refused(node: Node, machine: str, product: str, refused: Products) -> bool:
    """By a label of the node, or the names of its machine and product."""
    named = any(_fits(_dashed(name), map(str.upper, refused.names)) for name in (machine, product))
    return named or any(node.labels.get(label) == "true" for label in refused.labels)


def _dashed(name: str) -> str:
    """A product as the patterns of the tables take it. DRA writes spaces; labels have dashes, those
    of clouds in lower case."""
    return f"-{name.replace(' ', '-')}-".upper()


def fractions(surveyed: Surveyed, release: Release) -> Outcome:
    need = release.fractions
    if need is None:
        return Outcome(wanted="nothing beyond the GPU Operator", met=True, needed=False)
    wanted = (
        f"driver {need.driver} (CUDA {need.cuda}) and GPU Operator {need.gpu_operator} or newer,"
        " for GPU fractions"
    )
    drivers = sorted(
        {
            accelerator.driver
            for accelerator in surveyed.accelerators.values()
            if accelerator.accelerators
        }
    )
    settle = "kubectl get nodes -L nvidia.com/cuda.driver-version.full"
    old = [driver for driver in drivers if () < parse_version(driver) < parse_version(need.driver)]
    operator = version_of(surveyed.cluster, "gpu-operator")
    if old:
        return Outcome(wanted=wanted, seen=f"driver {some_names(old)}", met=False, needed=False)
    if not surveyed.gpus_known or not drivers or () in map(parse_version, drivers):
        reason = "the driver's version is not known on every GPU node"
        return Outcome(wanted=wanted, reason=reason, settle=settle, needed=False)
    if not parse_version(operator):
        reason = "the version of the GPU Operator is not known"
        return Outcome(wanted=wanted, reason=reason, settle=settle, needed=False)
    recent = parse_version(operator) >= parse_version(need.gpu_operator)
    seen = f"driver {some_names(drivers)}, GPU Operator {operator}"
    return Outcome(wanted=wanted, seen=seen, met=recent, needed=False)


_OPERATOR = "gpu-operator"


def operator_kubernetes(surveyed: Surveyed, _: Release) -> Outcome:
    """The Kubernetes, or the OpenShift, below the operator."""
    cluster = surveyed.cluster
    found = _operator(surveyed, "Kubernetes")
    if isinstance(found, Outcome):
        return found
    name = OPENSHIFT if surveyed.openshift else "Kubernetes"
    supported = found.openshift if surveyed.openshift else found.kubernetes
    if supported is None:
        return _not_listed(found, name)
    installed = (cluster.openshift or ("",))[0]
    running = installed if surveyed.openshift else cluster.version or ""
    outcome = partial(
        Outcome,
        wanted=f"{name} {supported.words()} under GPU Operator {found.version}",
        needed=False,
        source=surveyed.operators.sources[supported.source],
    )
    if not parse_version(running):
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
    gpu_nodes = [
        accelerator for accelerator in surveyed.accelerators.values() if accelerator.accelerators
    ]
    versions = {gpu_node.driver: parse_version(gpu_node.driver) for gpu_node in gpu_nodes}
    old = sorted(
        name for name, version in versions.items() if version and version[0] < min(branches)
    )
    if old:
        return outcome(seen=f"driver {some_names(old)}", met=False)
    if not surveyed.gpus_known or not versions or () in versions.values():
        reason = "the driver's version is not known on every GPU node"
        return outcome(reason=reason, settle=settle)
    other = sorted(name for name, version in versions.items() if version[0] not in branches)
    if other:
        reason = f"NVIDIA does not list the branch of {some_names(other)} for this operator"
        return outcome(reason=reason, settle=settle)
    return outcome(seen=f"driver {some_names(sorted(versions))}", met=True, needed=True)


def _operator(surveyed: Surveyed, what: str) -> OperatorVersion | Outcome:
    """The block of the table; an outcome where it cannot be named."""
    wanted = f"a GPU Operator that NVIDIA supports with this {what}"
    outcome = partial(Outcome, wanted=wanted, needed=False)
    settle = "kubectl get csv -A" if surveyed.openshift else "helm list -A --filter gpu-operator"
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
        return outcome(reason=reason)
    return found


def _not_listed(found: OperatorVersion, what: str) -> Outcome:
    return Outcome(
        wanted=f"a GPU Operator that NVIDIA supports with this {what.removeprefix('the ')}",
        needed=False,
        reason=f"{what} that NVIDIA supports under GPU Operator {found.version} was not found",
    )
