"""Who may refuse an object before it is stored, Services, and APIs, as the API sends them."""

from __future__ import annotations

from typing import Any

from advisor.objects.base import Amount, ObjectMeta, Wire

Amounts = dict[str, Amount | None] | None


class IngressPoint(Wire, frozen=True, kw_only=True):
    """One address of a load balancer."""

    ip: str | None = None
    hostname: str | None = None


class LoadBalancerStatus(Wire, frozen=True, kw_only=True):
    """The addresses that a load balancer gave."""

    ingress: list[IngressPoint | None] | None = None


class ServiceStatus(Wire, frozen=True, kw_only=True):
    """The status of a Service: its load balancer."""

    load_balancer: LoadBalancerStatus | None = None


class ServiceSpec(Wire, frozen=True, kw_only=True):
    """The spec of a Service: its type and class of load balancer."""

    type: str | None = None


class ServiceWire(Wire, frozen=True, kw_only=True):
    """A Service."""

    metadata: ObjectMeta | None = None
    spec: ServiceSpec | None = None
    status: ServiceStatus | None = None


class ServiceReference(Wire, frozen=True, kw_only=True):
    """The Service behind an API or a webhook."""

    namespace: str | None = None
    name: str | None = None


class ApiCondition(Wire, frozen=True, kw_only=True):
    """A condition of an API."""

    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None


class ApiServiceSpec(Wire, frozen=True, kw_only=True):
    """The spec of an APIService; without a service the API server itself serves it."""

    service: ServiceReference | None = None


class ApiServiceStatus(Wire, frozen=True, kw_only=True):
    """The status of an APIService: whether it answers."""

    conditions: list[ApiCondition | None] | None = None


class ApiServiceWire(Wire, frozen=True, kw_only=True):
    """An APIService: one version of one API group."""

    metadata: ObjectMeta | None = None
    spec: ApiServiceSpec | None = None
    status: ApiServiceStatus | None = None


class PriorityClassWire(Wire, frozen=True, kw_only=True):
    """A priority class."""

    metadata: ObjectMeta | None = None
    value: int | None = None
    global_default: bool | None = None


class QuotaSpec(Wire, frozen=True, kw_only=True):
    """What a quota limits, and of which pods."""

    hard: Amounts = None
    scopes: list[str | None] | None = None
    scope_selector: Any = None


class QuotaStatus(Wire, frozen=True, kw_only=True):
    """How much of a quota is used."""

    used: Amounts = None


class QuotaWire(Wire, frozen=True, kw_only=True):
    """A ResourceQuota."""

    metadata: ObjectMeta | None = None
    spec: QuotaSpec | None = None
    status: QuotaStatus | None = None


class LimitWire(Wire, frozen=True, kw_only=True):
    """The limits for one type: Container, Pod or PersistentVolumeClaim."""

    type: str | None = None
    max: Amounts = None
    min: Amounts = None
    default: Amounts = None
    default_request: Amounts = None


class LimitRangeSpec(Wire, frozen=True, kw_only=True):
    """The spec of a LimitRange."""

    limits: list[LimitWire | None] | None = None


class LimitRangeWire(Wire, frozen=True, kw_only=True):
    """A LimitRange."""

    metadata: ObjectMeta | None = None
    spec: LimitRangeSpec | None = None


class OperationRule(Wire, frozen=True, kw_only=True):
    """Which requests a webhook or a policy is asked about."""

    operations: list[str | None] | None = None
    api_groups: list[str | None] | None = None
    resources: list[str | None] | None = None
    resource_names: list[str | None] | None = None
    scope: str | None = None


class ClientConfig(Wire, frozen=True, kw_only=True):
    """Where a webhook is; its address may hold a password and is not read."""

    service: ServiceReference | None = None


class Selector(Wire, frozen=True, kw_only=True):
    """A label selector; an empty one takes everything."""

    match_labels: dict[str, str | None] | None = None
    match_expressions: list[Any] | None = None


class WebhookWire(Wire, frozen=True, kw_only=True):
    """One webhook."""

    name: str | None = None
    client_config: ClientConfig | None = None
    failure_policy: str | None = None
    rules: list[OperationRule | None] | None = None
    namespace_selector: Selector | None = None
    object_selector: Selector | None = None
    match_conditions: list[Any] | None = None


class WebhooksWire(Wire, frozen=True, kw_only=True):
    """A validating or mutating webhook configuration."""

    metadata: ObjectMeta | None = None
    webhooks: list[WebhookWire | None] | None = None


class MatchResources(Wire, frozen=True, kw_only=True):
    """Which requests a policy is asked about."""

    resource_rules: list[OperationRule | None] | None = None
    exclude_resource_rules: list[Any] | None = None
    namespace_selector: dict[str, Any] | None = None
    object_selector: dict[str, Any] | None = None


class ExpressionWire(Wire, frozen=True, kw_only=True):
    """A named expression, or one with its message where it does not hold."""

    name: str | None = None
    expression: str | None = None
    message: str | None = None
    message_expression: str | None = None


class PolicySpec(Wire, frozen=True, kw_only=True):
    """A policy."""

    match_constraints: MatchResources | None = None
    param_kind: Any = None
    variables: list[ExpressionWire | None] | None = None
    match_conditions: list[ExpressionWire | None] | None = None
    validations: list[ExpressionWire | None] | None = None


class PolicyWire(Wire, frozen=True, kw_only=True):
    """A ValidatingAdmissionPolicy."""

    metadata: ObjectMeta | None = None
    spec: PolicySpec | None = None


class BindingSpec(Wire, frozen=True, kw_only=True):
    """Which policy is in force, and what follows when it fails."""

    policy_name: str | None = None
    validation_actions: list[str | None] | None = None
    match_resources: MatchResources | None = None


class BindingWire(Wire, frozen=True, kw_only=True):
    """A ValidatingAdmissionPolicyBinding."""

    metadata: ObjectMeta | None = None
    spec: BindingSpec | None = None
