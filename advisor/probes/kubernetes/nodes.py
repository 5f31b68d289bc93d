"""Nodes as the API sends them, the devices that DRA drivers publish for them, and the images they
list folded into one record for each image.

Servers send null where their own schema says a list, a map or a string; every field takes it.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from advisor.facts.cluster import Node, NodeImage, RuntimeClass, Taint
from advisor.objects.base import Amount, ObjectMeta, Wire, amounts, present, without_nulls
from advisor.objects.pod import TolerationWire
from advisor.objects.templates import GPU_SHARES, tolerations
from advisor.probes.kubernetes.paging import RecordSink

# Annotations can hold whole manifests, secrets included (kubectl's last-applied-configuration), so
# only those are kept that advisor itself acts on. Labels of pods often differ from pod to pod; the
# kept ones say whose they are and what they are part of.
_KEPT_ANNOTATIONS = frozenset(
    {"user", "owner", "runai/user", "runai-user", "username", *GPU_SHARES}
)
_KEPT_ANNOTATION_PREFIXES = ("advisor/",)
_KEPT_LABELS = frozenset(
    {
        "app",
        "component",
        "k8s-app",
        "owner",
        "project",
        "release",
        "team",
        "user",
        "helm.sh/chart",
        "kueue.x-k8s.io/queue-name",
        "kai.scheduler/queue",
        "olm.owner",
    }
)
_KEPT_LABEL_PREFIXES = ("app.kubernetes.io/", "run.ai/", "runai/", "advisor/")

_Stated = dict[str, str | None] | None


def own_annotations(annotations: _Stated) -> dict[str, str]:
    """Annotations that advisor acts on or that name an owner."""
    return _kept(annotations, _KEPT_ANNOTATIONS, _KEPT_ANNOTATION_PREFIXES)


def own_labels(labels: _Stated) -> dict[str, str]:
    """Labels that say whose a workload is, or which part of what."""
    return _kept(labels, _KEPT_LABELS, _KEPT_LABEL_PREFIXES)


def _kept(mapping: _Stated, names: frozenset[str], prefixes: tuple[str, ...]) -> dict[str, str]:
    return {
        key: value or ""
        for key, value in (mapping or {}).items()
        if key in names or key.startswith(prefixes)
    }


class OwnedStatus(Wire, frozen=True, kw_only=True):
    """The status fields that one manager set: a condition is the key `k:{"type":"Ready"}`."""

    conditions: dict[str, dict[str, object] | None] | None = msgspec.field(
        default=None, name="f:conditions"
    )


class OwnedFields(Wire, frozen=True, kw_only=True):
    """The fields that one manager set."""

    status: OwnedStatus | None = msgspec.field(default=None, name="f:status")


class ManagedFields(Wire, frozen=True, kw_only=True):
    """One entry of managedFields: who set which fields, and when by the API server's clock."""

    time: str | None = None
    fields: OwnedFields | None = msgspec.field(default=None, name="fieldsV1")


class NodeMeta(ObjectMeta, frozen=True, kw_only=True):
    """A node's metadata with its managedFields."""

    managed_fields: list[ManagedFields | None] | None = None


class TaintWire(Wire, frozen=True, kw_only=True):
    """A taint of a node."""

    key: str | None = None
    value: str | None = None
    effect: str | None = None


class NodeSpec(Wire, frozen=True, kw_only=True):
    """The part of a node that an administrator sets."""

    unschedulable: bool | None = None
    taints: list[TaintWire | None] | None = None


class Condition(Wire, frozen=True, kw_only=True):
    """A condition; `status` is True, False or Unknown."""

    type: str | None = None
    status: str | None = None
    last_heartbeat_time: str | None = None


class Address(Wire, frozen=True, kw_only=True):
    """An address of a node."""

    type: str | None = None
    address: str | None = None


class NodeInfo(Wire, frozen=True, kw_only=True):
    """What the kubelet says of its machine."""

    architecture: str | None = None
    operating_system: str | None = None
    os_image: str | None = None
    kernel_version: str | None = None
    container_runtime_version: str | None = None
    kubelet_version: str | None = None


class ContainerImage(Wire, frozen=True, kw_only=True):
    """An image on a node; `names` may be null."""

    names: list[str | None] | None = None
    size_bytes: int | None = None


class NodeStatus(Wire, frozen=True, kw_only=True):
    """The part of a node that the kubelet reports."""

    capacity: dict[str, Amount | None] | None = None
    allocatable: dict[str, Amount | None] | None = None
    conditions: list[Condition | None] | None = None
    addresses: list[Address | None] | None = None
    node_info: NodeInfo | None = None
    images: list[ContainerImage | None] | None = None


class SchedulingWire(Wire, frozen=True, kw_only=True):
    """Where the pods of a runtime class may go."""

    node_selector: dict[str, str | None] | None = None
    tolerations: list[TolerationWire | None] | None = None


class OverheadWire(Wire, frozen=True, kw_only=True):
    """What a runtime takes for itself beside each pod."""

    pod_fixed: dict[str, Amount | None] | None = None


class RuntimeClassWire(Wire, frozen=True, kw_only=True):
    """A runtime class."""

    metadata: ObjectMeta | None = None
    scheduling: SchedulingWire | None = None
    overhead: OverheadWire | None = None


class NodeWire(Wire, frozen=True, kw_only=True):
    """A node."""

    ALWAYS: ClassVar[str] = "status"
    metadata: NodeMeta | None = None
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


_HOST_NAME = "kubernetes.io/hostname"
_ImageKey = tuple[tuple[str, ...], int | None]


class NodeSink(RecordSink[Node]):
    """Collects nodes; images are folded as they come, since each node lists up to fifty."""

    def __init__(self) -> None:
        super().__init__(self._node)
        self._images: dict[_ImageKey, list[str]] = {}
        self._words: dict[str, str] = {}

    def _node(self, wire: NodeWire) -> Node:
        node = node_record(wire, self._words)
        for image in _images(wire):
            names = tuple(sorted(name for name in present(image.names) if name))
            if names:
                self._images.setdefault((names, image.size_bytes), []).append(node.name)
        return node

    def nodes(self) -> tuple[Node, ...]:
        """Nodes by name."""
        return tuple(sorted(self._records, key=lambda node: node.name))

    def images(self) -> tuple[NodeImage, ...]:
        """Images by their names; those without any name are only counted on their node."""
        return tuple(
            NodeImage(names=names, size=size, nodes=tuple(sorted(set(nodes))))
            for (names, size), nodes in sorted(
                self._images.items(), key=lambda entry: (entry[0][0], entry[0][1] or 0)
            )
        )


def node_record(wire: NodeWire, words: dict[str, str] | None = None) -> Node:
    """A node as listed. `words` shares the labels that recur on thousands of nodes."""
    meta = wire.metadata or NodeMeta()
    spec = wire.spec or NodeSpec()
    status = wire.status or NodeStatus()
    info = status.node_info or NodeInfo()
    labels = _shared(without_nulls(meta.labels), {} if words is None else words)
    conditions = present(status.conditions)
    stated = (
        address.address for address in present(status.addresses) if address.type == "Hostname"
    )
    return Node(
        name=meta.name or "",
        hostname=(labels.get(_HOST_NAME) or next(stated, "") or ""),
        addresses=_addresses(status),
        ready=_ready(conditions),
        unschedulable=bool(spec.unschedulable),
        taints=tuple(_taint(taint) for taint in present(spec.taints)),
        labels=labels,
        annotations=own_annotations(meta.annotations),
        architecture=info.architecture or labels.get("kubernetes.io/arch", ""),
        operating_system=info.operating_system or labels.get("kubernetes.io/os", ""),
        os_image=info.os_image or "",
        kernel=info.kernel_version or "",
        container_runtime=info.container_runtime_version or "",
        kubelet=info.kubelet_version or "",
        capacity=amounts(status.capacity),
        allocatable=amounts(status.allocatable),
        pressures=_pressures(conditions),
        image_count=len(_images(wire)),
        clock_offset=_clock_offset(conditions, present(meta.managed_fields)),
    )


def runtime_class(wire: RuntimeClassWire) -> RuntimeClass:
    """A runtime class with what it adds to its pods."""
    scheduling, overhead = wire.scheduling or SchedulingWire(), wire.overhead or OverheadWire()
    return RuntimeClass(
        name=(wire.metadata or ObjectMeta()).name or "",
        node_selector=without_nulls(scheduling.node_selector),
        tolerations=tolerations(scheduling.tolerations),
        overhead=amounts(overhead.pod_fixed),
    )


def _shared(labels: dict[str, str], words: dict[str, str]) -> dict[str, str]:
    return {
        words.setdefault(key, key): words.setdefault(value, value) for key, value in labels.items()
    }


def _images(wire: NodeWire) -> list[ContainerImage]:
    return present(wire.status.images) if wire.status else []


def _addresses(status: NodeStatus) -> tuple[str, ...]:
    stated = (
        address.address
        for address in present(status.addresses)
        if address.type != "Hostname" and address.address
    )
    return tuple(dict.fromkeys(stated))


def _ready(conditions: list[Condition]) -> bool | None:
    """A kubelet that stopped reporting (`Unknown`) is not ready."""
    stated = [condition.status for condition in conditions if condition.type == "Ready"]
    return stated[-1] == "True" if stated else None


def _clock_offset(conditions: list[Condition], written: list[ManagedFields]) -> int | None:
    """Seconds by which the node is ahead: the kubelet's report bears its own time, and what the API
    server notes of who wrote the condition bears the server's, of the very same request."""
    reported = [
        condition.last_heartbeat_time for condition in conditions if condition.type == "Ready"
    ]
    noted = [entry.time for entry in written if _wrote_heartbeat(entry)]
    if len(reported) != 1 or len(noted) != 1 or not reported[0] or not noted[0]:
        return None
    try:
        own, server = datetime.fromisoformat(reported[0]), datetime.fromisoformat(noted[0])
        return round((own - server).total_seconds())
    except (ValueError, TypeError):
        return None


def _wrote_heartbeat(entry: ManagedFields) -> bool:
    status = (entry.fields or OwnedFields()).status or OwnedStatus()
    ready = (status.conditions or {}).get('k:{"type":"Ready"}') or {}
    return "f:lastHeartbeatTime" in ready


def _pressures(conditions: list[Condition]) -> tuple[str, ...]:
    return tuple(
        condition.type
        for condition in conditions
        if condition.type and condition.type != "Ready" and condition.status == "True"
    )


def _taint(wire: TaintWire) -> Taint:
    return Taint(key=wire.key or "", effect=wire.effect or "", value=wire.value or "")
