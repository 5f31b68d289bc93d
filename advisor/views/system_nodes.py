"""Nodes for Run:ai's own services: their size, their number and their labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from advisor.catalogs.runai_releases import Capacity, Release
from advisor.facts.cluster import Node
from advisor.facts.quantity import whole
from advisor.views.machine_views import hard_taints, taint_text
from advisor.views.requirement import Outcome, Surveyed, not_in_manual, some_names

_DISK = "ephemeral-storage"
_GIGABYTE = 10**9
_CONTROL_PLANE = "runai-backend"
_KUBERNETES = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_HARD = ("NoSchedule", "NoExecute")
_SETTLE = "kubectl describe nodes"


class _Sized(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes without GPUs, by whether they have the room that something needs. `doubts` say why it
    is not known of a node, by its name."""

    enough: list[Node] = []
    small: list[Node] = []
    doubts: dict[str, str] = {}


def system_nodes(surveyed: Surveyed, release: Release) -> Outcome:
    """One node without accelerators that is as large as the manual asks."""
    need = release.system_nodes
    if need is None:
        return not_in_manual(release)
    return _one_node(surveyed, need)


def control_plane(surveyed: Surveyed, release: Release) -> Outcome:
    """The same for a control plane, which may as well be elsewhere: only where its namespace is
    here does it decide."""
    need = release.control_plane
    if need is None:
        return not_in_manual(release, needed=False)
    found = _one_node(surveyed, need)
    namespaces = surveyed.cluster.namespaces
    if namespaces is None and found.met is False:
        return Outcome(
            wanted=found.wanted,
            needed=False,
            reason=f"namespaces could not be read, so whether {_CONTROL_PLANE} is here",
            settle="kubectl get namespaces",
        )
    here = any(namespace.name == _CONTROL_PLANE for namespace in namespaces or ())
    return msgspec.structs.replace(found, needed=here or bool(found.met))


def high_availability(surveyed: Surveyed, release: Release) -> Outcome:
    """As many nodes of that size as survive the loss of one; a recommendation."""
    size, number = release.system_nodes, release.high_availability
    if size is None or number is None:
        return not_in_manual(release, needed=False)
    wanted = f"{number.nodes} nodes of the size for Run:ai's services"
    outcome = partial(Outcome, wanted=wanted, needed=False)
    if surveyed.nodes is None:
        return outcome(reason="nodes could not be read", settle=_SETTLE)
    sized = _by_size(surveyed, size)
    enough, most = len(sized.enough), len(sized.enough) + len(sized.doubts)
    if enough < number.nodes <= most:
        return outcome(reason=_doubt_words(sized.doubts), settle=_SETTLE)
    names = f" ({some_names(_names(sized.enough))})" if sized.enough else ""
    seen = f"{enough}{names}" if most == enough else f"at most {most}"
    met = enough >= number.nodes
    return outcome(seen=seen, met=met, needed=met)


def node_roles(surveyed: Surveyed, release: Release) -> Outcome:
    """Labels of nodes: Run:ai prefers nodes of the system role for its services. Those of workers
    count with a setting of Run:ai alone, which is not read: labels on some leave it open."""
    roles = release.node_roles
    if roles is None:
        return not_in_manual(release, needed=False)
    wanted = f"nodes for Run:ai's services labelled {roles.system}"
    settle = "kubectl get nodes --show-labels"
    if not surveyed.nodes:
        reason = "nodes could not be read" if surveyed.nodes is None else "there is no node"
        return Outcome(wanted=wanted, needed=False, reason=reason, settle=settle)
    system = [node.name for node in surveyed.nodes if _has_role(node, roles.system)]
    if not system:
        return Outcome(wanted=wanted, seen="no node has the label", met=False, needed=False)
    working = {
        node.name: any(_has_role(node, role) for role in roles.workers)
        for node in surveyed.nodes
        if not _has_role(node, roles.system)
    }
    workers = [name for name, labelled in working.items() if labelled]
    others = [name for name, labelled in working.items() if not labelled]
    if workers and others:
        reason = (
            f"{some_names(workers)} are labelled as workers and {some_names(others)} not, which get"
            " no jobs where Run:ai restricts scheduling to such nodes"
        )
        settle = "kubectl -n runai get runaiconfig runai -o yaml"
        return Outcome(wanted=wanted, needed=False, reason=reason, settle=settle)
    return Outcome(wanted=wanted, seen=some_names(system), met=True)


def _one_node(surveyed: Surveyed, need: Capacity) -> Outcome:
    wanted = f"a node without GPUs with {_words(need)}"
    if surveyed.nodes is None:
        return Outcome(wanted=wanted, reason="nodes could not be read", settle=_SETTLE)
    sized = _by_size(surveyed, need)
    if sized.enough:
        return Outcome(wanted=wanted, seen=some_names(_names(sized.enough)), met=True)
    if sized.doubts:
        return Outcome(wanted=wanted, reason=_doubt_words(sized.doubts), settle=_SETTLE)
    if not sized.small:
        with_gpus = [node for node in surveyed.nodes if surveyed.gpus(node)]
        rest = "" if len(with_gpus) == len(surveyed.nodes) else " or takes no such pods"
        seen = f"every node has GPUs{rest}" if surveyed.nodes else "there is no node"
        return Outcome(wanted=wanted, seen=seen, met=False)
    largest = max(sized.small, key=lambda node: [node.capacity.get(one, 0) for one in _needs(need)])
    return Outcome(wanted=wanted, seen=f"the largest, {_size(largest)}", met=False)


def _without_gpus(surveyed: Surveyed) -> list[Node]:
    """Linux nodes, but those of the control plane of Kubernetes that keep other pods away."""
    return [
        node
        for node in surveyed.nodes or ()
        if not surveyed.gpus(node)
        and not node.operating_system.startswith("windows")
        and not any(taint.key in _KUBERNETES and taint.effect in _HARD for taint in node.taints)
    ]


def _by_size(surveyed: Surveyed, need: Capacity) -> _Sized:
    """Each by its capacity: manuals speak of machines, and not of what a kubelet leaves of them."""
    sized = _Sized()
    for node in _without_gpus(surveyed):
        stated = {name: node.capacity.get(name, -1) for name in _needs(need)}
        if any(0 <= stated[name] < amount for name, amount in _needs(need).items()):
            sized.small.append(node)
        elif doubts := [*_barriers(surveyed, node), *_not_stated(stated)]:
            sized.doubts[node.name] = ", ".join(doubts)
        else:
            sized.enough.append(node)
    return sized


def _needs(need: Capacity) -> dict[str, int]:
    return {"cpu": need.cpus * 1000, "memory": whole(need.memory), _DISK: whole(need.disk)}


def _barriers(surveyed: Surveyed, node: Node) -> Iterable[str]:
    """What keeps pods off a node today, or unless they tolerate it."""
    if surveyed.gpus(node) is None:
        yield "its ResourceSlices could not be read"
    if node.ready is not True:
        yield "not ready" if node.ready is False else "readiness not stated"
    if node.unschedulable:
        yield "cordoned"
    taints = [taint_text(taint) for taint in hard_taints(node)]
    if taints:
        yield f"taint {some_names(taints)}"


def _not_stated(stated: dict[str, int]) -> Iterable[str]:
    """An amount that is missing, or below zero, which no machine has."""
    words = {"cpu": "CPUs", "memory": "memory", _DISK: "disk"}
    missing = [words[name] for name, amount in stated.items() if amount < 0]
    return [f"{' and '.join(missing)} not stated"] if missing else []


def _doubt_words(doubts: dict[str, str]) -> str:
    by_doubt: dict[str, list[str]] = {}
    for name, doubt in doubts.items():
        by_doubt.setdefault(doubt, []).append(name)
    each = [f"{some_names(names)} ({doubt})" for doubt, names in by_doubt.items()]
    return f"may have room: {'; '.join(each)}"


def _words(need: Capacity) -> str:
    memory, disk = _gigabytes(whole(need.memory)), _gigabytes(whole(need.disk))
    return f"{need.cpus} CPUs, {memory} of memory and {disk} of disk"


def _size(node: Node) -> str:
    stated = {
        "CPUs": f"{cpus / 1000:g}" if (cpus := node.capacity.get("cpu", -1)) >= 0 else "",
        "of memory": _gigabytes(node.capacity.get("memory", -1)),
        "of disk": _gigabytes(node.capacity.get(_DISK, -1)),
    }
    parts = [f"{amount} {what}" for what, amount in stated.items() if amount]
    return f"{node.name}, has {', '.join(parts) or 'no stated size'}"


def _gigabytes(size: int) -> str:
    """In the unit of the manuals; empty for what no machine has."""
    return "" if size < 0 else f"{round(size / _GIGABYTE, 1):g} GB"


def _has_role(node: Node, label: str) -> bool:
    return node.labels.get(label, "false") != "false"


def _names(nodes: Iterable[Node]) -> list[str]:
    return [node.name for node in nodes]
