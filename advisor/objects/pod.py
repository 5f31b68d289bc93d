"""Pods and pod templates as the API sends them."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from advisor.facts.storage import NodeSelectorRequirement, NodeSelectorTerms
from advisor.objects.base import Amount, ObjectMeta, OwnerReference, Wire, present

_MATCHES_NOTHING: NodeSelectorTerms = ((NodeSelectorRequirement(key="", operator="In"),),)


class ContainerStatusWire(Wire, frozen=True, kw_only=True):
    """What a runtime says of a container: which image it really has."""

    name: str | None = None
    image_id: str | None = msgspec.field(default=None, name="imageID")


class PodStatus(Wire, frozen=True, kw_only=True):
    """How far a pod is."""

    phase: str | None = None
    container_statuses: list[ContainerStatusWire | None] | None = None


class PodMeta(Wire, frozen=True, kw_only=True):
    """The metadata of a pod; annotations stay raw, since few pods are looked at that closely."""

    name: str | None = None
    namespace: str | None = None
    labels: dict[str, str | None] | None = None
    annotations: msgspec.Raw = msgspec.Raw(b"null")
    owner_references: list[OwnerReference | None] | None = None


class PodWire(Wire, frozen=True, kw_only=True):
    """A pod whose spec stays raw: most pods share theirs with thousands of others."""

    ALWAYS: ClassVar[str] = "spec"
    metadata: PodMeta | None = None
    spec: msgspec.Raw = msgspec.Raw(b"null")
    status: PodStatus | None = None


class Placed(Wire, frozen=True, kw_only=True):
    """The node that a pod spec names."""

    node_name: str | None = None


class NamedWire(Wire, frozen=True, kw_only=True):
    """Anything known by its name: a variable, a pull secret, a resource claim."""

    name: str | None = None


class MountWire(Wire, frozen=True, kw_only=True):
    """A volume mount of a container."""

    name: str | None = None
    mount_path: str | None = None
    read_only: bool | None = None
    sub_path: str | None = None


class DeviceWire(Wire, frozen=True, kw_only=True):
    """A volume that a container gets as a raw block device."""

    name: str | None = None
    device_path: str | None = None


class ResourcesWire(Wire, frozen=True, kw_only=True):
    """What a container asks for."""

    requests: dict[str, Amount | None] | None = None
    limits: dict[str, Amount | None] | None = None
    claims: list[NamedWire | None] | None = None


class SecurityWire(Wire, frozen=True, kw_only=True):
    """The security context of a container or a pod."""

    privileged: bool | None = None
    run_as_user: int | None = None


class ContainerWire(Wire, frozen=True, kw_only=True):
    """A container; values of its variables are never decoded."""

    name: str | None = None
    image: str | None = None
    image_pull_policy: str | None = None
    env: list[NamedWire | None] | None = None
    resources: ResourcesWire | None = None
    volume_mounts: list[MountWire | None] | None = None
    volume_devices: list[DeviceWire | None] | None = None
    security_context: SecurityWire | None = None
    restart_policy: str | None = None


class ExpressionWire(Wire, frozen=True, kw_only=True):
    """An expression of a node selector."""

    key: str | None = None
    operator: str | None = None
    values: list[str | None] | None = None


class TermWire(Wire, frozen=True, kw_only=True):
    """A term of a node selector."""

    match_expressions: list[ExpressionWire | None] | None = None
    match_fields: list[ExpressionWire | None] | None = None


class TopologyTermWire(Wire, frozen=True, kw_only=True):
    """A topology for which a storage class makes volumes."""

    match_label_expressions: list[ExpressionWire | None] | None = None


class SelectorWire(Wire, frozen=True, kw_only=True):
    """A node selector: any of its terms may match."""

    node_selector_terms: list[TermWire | None] | None = None


class NodeAffinityWire(Wire, frozen=True, kw_only=True):
    """The node affinity that is required; what is preferred excludes no node."""

    required: SelectorWire | None = msgspec.field(
        default=None, name="requiredDuringSchedulingIgnoredDuringExecution"
    )


class TopologyWire(Wire, frozen=True, kw_only=True):
    """A term of a pod affinity, or a constraint on the spread of pods: over the values of a label
    of nodes."""

    topology_key: str | None = None
    when_unsatisfiable: str | None = None


class PodAffinityWire(Wire, frozen=True, kw_only=True):
    """The pod affinity that is required."""

    required: list[TopologyWire | None] | None = msgspec.field(
        default=None, name="requiredDuringSchedulingIgnoredDuringExecution"
    )


class AffinityWire(Wire, frozen=True, kw_only=True):
    """The affinity of a pod."""

    node_affinity: NodeAffinityWire | None = None
    pod_affinity: PodAffinityWire | None = None


class TolerationWire(Wire, frozen=True, kw_only=True):
    """A toleration of a pod."""

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None


class ResourceClaimWire(Wire, frozen=True, kw_only=True):
    """A DRA claim, or the template of one."""

    name: str | None = None
    resource_claim_name: str | None = None
    resource_claim_template_name: str | None = None


class PodSpecWire(Wire, frozen=True, kw_only=True):
    """A pod spec; volumes stay maps since their kind is the name of a field."""

    containers: list[ContainerWire | None] | None = None
    init_containers: list[ContainerWire | None] | None = None
    volumes: list[dict[str, Any] | None] | None = None
    node_name: str | None = None
    node_selector: dict[str, str | None] | None = None
    affinity: AffinityWire | None = None
    tolerations: list[TolerationWire | None] | None = None
    image_pull_secrets: list[NamedWire | None] | None = None
    service_account_name: str | None = None
    runtime_class_name: str | None = None
    scheduler_name: str | None = None
    host_network: bool | None = None
    host_pid: bool | None = msgspec.field(default=None, name="hostPID")
    host_ipc: bool | None = msgspec.field(default=None, name="hostIPC")
    restart_policy: str | None = None
    security_context: SecurityWire | None = None
    resource_claims: list[ResourceClaimWire | None] | None = None
    resources: ResourcesWire | None = None
    overhead: dict[str, Amount | None] | None = None
    topology_spread_constraints: list[TopologyWire | None] | None = None


class OwnerWire(Wire, frozen=True, kw_only=True):
    """An object that makes pods; where its templates are depends on its kind."""

    metadata: ObjectMeta | None = None
    spec: msgspec.Raw = msgspec.Raw(b"null")


class ServiceAccountWire(Wire, frozen=True, kw_only=True):
    """A service account and the pull secrets it names."""

    metadata: ObjectMeta | None = None
    image_pull_secrets: list[NamedWire | None] | None = None


def node_selector_terms(selector: SelectorWire | None) -> NodeSelectorTerms:
    """The terms of a selector; none when there is no selector.

    An empty term matches no node, so it is left out; a selector of such terms only matches none.
    """
    if selector is None:
        return ()
    terms = (_requirements(term) for term in present(selector.node_selector_terms))
    return tuple(term for term in terms if term) or _MATCHES_NOTHING


def topology_terms(stated: list[TopologyTermWire | None] | None) -> NodeSelectorTerms:
    """The topologies of a storage class as terms of a node selector; none when none are stated."""
    if not stated:
        return ()
    terms = (
        tuple(
            NodeSelectorRequirement(
                key=expression.key or "", operator="In", values=tuple(present(expression.values))
            )
            for expression in present(term.match_label_expressions)
        )
        for term in present(stated)
    )
    return tuple(term for term in terms if term) or _MATCHES_NOTHING


def label_selector(stated: Any) -> tuple[NodeSelectorRequirement, ...]:
    """A label selector (`matchLabels`, `matchExpressions`) as requirements that all must match."""
    if not isinstance(stated, dict):
        return ()
    labels, expressions = stated.get("matchLabels"), stated.get("matchExpressions")
    equal = labels.items() if isinstance(labels, dict) else ()
    wires = msgspec.convert(
        expressions if isinstance(expressions, list) else [], list[ExpressionWire | None]
    )
    return (
        *(NodeSelectorRequirement(key=key, operator="In", values=(str(v),)) for key, v in equal),
        *(_requirement(wire, field=False) for wire in present(wires)),
    )


def _requirements(term: TermWire) -> tuple[NodeSelectorRequirement, ...]:
    return (
        *(_requirement(expression, field=False) for expression in present(term.match_expressions)),
        *(_requirement(expression, field=True) for expression in present(term.match_fields)),
    )


def _requirement(expression: ExpressionWire, *, field: bool) -> NodeSelectorRequirement:
    return NodeSelectorRequirement(
        key=expression.key or "",
        operator=expression.operator or "",
        values=tuple(present(expression.values)),
        field=field,
    )
