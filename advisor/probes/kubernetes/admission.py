"""Records of what stands between a request and its object: quotas, limits, webhooks, policies; and
of the Services and APIs that have to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from advisor.facts.cluster import (
    AdmissionPolicy,
    ApiService,
    CreateRule,
    IngressClass,
    LimitRange,
    Limits,
    PolicyBinding,
    PolicyMatch,
    PriorityClass,
    ResourceQuota,
    Service,
    Validation,
    Webhook,
    WebhookConfiguration,
)
from advisor.objects.base import Named, ObjectMeta, amounts, present
from advisor.objects.pod import label_selector
from advisor.probes.kubernetes.admission_records import (
    ApiServiceSpec,
    ApiServiceStatus,
    ApiServiceWire,
    BindingSpec,
    BindingWire,
    ClientConfig,
    LimitRangeSpec,
    LimitRangeWire,
    LoadBalancerStatus,
    MatchResources,
    OperationRule,
    PolicySpec,
    PolicyWire,
    PriorityClassWire,
    QuotaSpec,
    QuotaStatus,
    QuotaWire,
    Selector,
    ServiceReference,
    ServiceSpec,
    ServiceStatus,
    ServiceWire,
    WebhooksWire,
    WebhookWire,
)

_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_CREATES = frozenset({"CREATE", "*"})


def ingress_class(wire: Named) -> IngressClass:
    """An ingress class."""
    meta = wire.metadata or ObjectMeta()
    return IngressClass(
        name=meta.name or "", default=(meta.annotations or {}).get(_DEFAULT_CLASS) == "true"
    )


def service(wire: ServiceWire) -> Service:
    """A Service, and the addresses of its load balancer."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or ServiceSpec()
    balancer = (wire.status or ServiceStatus()).load_balancer or LoadBalancerStatus()
    points = (point.ip or point.hostname for point in present(balancer.ingress))
    return Service(
        namespace=meta.namespace or "",
        name=meta.name or "",
        load_balancer=spec.type == "LoadBalancer",
        addresses=tuple(point for point in points if point),
    )


def api_service(wire: ApiServiceWire) -> ApiService:
    """A group version of the API, and whether it answers."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or ApiServiceSpec()
    conditions = present((wire.status or ApiServiceStatus()).conditions)
    stated = next((condition for condition in conditions if condition.type == "Available"), None)
    known = stated is not None and stated.status in ("True", "False")
    available = stated.status == "True" if stated is not None and known else None
    return ApiService(
        name=meta.name or "",
        service=_named(spec.service),
        available=available,
        reason=(stated.reason or "") if stated is not None and not available else "",
    )


def priority_class(wire: PriorityClassWire) -> PriorityClass:
    """A priority class."""
    return PriorityClass(
        name=(wire.metadata or ObjectMeta()).name or "",
        value=wire.value or 0,
        default=bool(wire.global_default),
    )


def resource_quota(wire: QuotaWire) -> ResourceQuota:
    """A quota."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or QuotaSpec()
    return ResourceQuota(
        namespace=meta.namespace or "",
        name=meta.name or "",
        hard=amounts(spec.hard),
        used=amounts((wire.status or QuotaStatus()).used),
        scoped=bool(present(spec.scopes) or spec.scope_selector),
    )


def limit_range(wire: LimitRangeWire) -> LimitRange:
    """The limits of a namespace."""
    meta, spec = wire.metadata or ObjectMeta(), wire.spec or LimitRangeSpec()
    return LimitRange(
        namespace=meta.namespace or "",
        name=meta.name or "",
        limits=tuple(
            Limits(
                type=limit.type or "",
                maximum=amounts(limit.max),
                minimum=amounts(limit.min),
                defaults={**amounts(limit.default), **amounts(limit.default_request)},
                default_limits=amounts(limit.default),
            )
            for limit in present(spec.limits)
        ),
    )


def webhooks(wire: WebhooksWire) -> WebhookConfiguration:
    """The webhooks of one configuration."""
    return WebhookConfiguration(
        name=(wire.metadata or ObjectMeta()).name or "",
        webhooks=tuple(_webhook(webhook) for webhook in present(wire.webhooks)),
    )


def _webhook(wire: WebhookWire) -> Webhook:
    selectors = (wire.namespace_selector, wire.object_selector)
    rules = _create_rules(present(wire.rules))
    return Webhook(
        name=wire.name or "",
        service=_named((wire.client_config or ClientConfig()).service),
        required=wire.failure_policy != "Ignore",
        pods=any(rule.takes("", "pods") for rule in rules),
        narrowed=bool(wire.match_conditions) or any(_narrows(selector) for selector in selectors),
        rules=rules,
    )


def _create_rules(stated: Iterable[OperationRule]) -> tuple[CreateRule, ...]:
    return tuple(
        CreateRule(groups=tuple(present(rule.api_groups)), resources=tuple(present(rule.resources)))
        for rule in stated
        if not _CREATES.isdisjoint(rule.operations or ())
    )


def _narrows(selector: Selector | None) -> bool:
    return selector is not None and bool(selector.match_labels or selector.match_expressions)


def admission_policy(wire: PolicyWire) -> AdmissionPolicy:
    """A policy, with what it is asked about."""
    spec = wire.spec or PolicySpec()
    match = _match(spec.match_constraints)
    return AdmissionPolicy(
        name=(wire.metadata or ObjectMeta()).name or "",
        resources=tuple(sorted({name for rule in match.rules for name in rule.resources})),
        match=match,
        parameters=spec.param_kind is not None,
        variables={
            variable.name or "": variable.expression or "" for variable in present(spec.variables)
        },
        conditions=tuple(
            condition.expression or "" for condition in present(spec.match_conditions)
        ),
        validations=tuple(
            Validation(
                expression=validation.expression or "",
                message=validation.message or "",
                message_expression=validation.message_expression or "",
            )
            for validation in present(spec.validations)
        ),
    )


def _match(wire: MatchResources | None) -> PolicyMatch:
    """What is about some names, a scope or other operations alone leaves the rest out."""
    wire = wire or MatchResources()
    stated = present(wire.resource_rules)
    narrowed = any(rule.resource_names or rule.scope not in (None, "*") for rule in stated)
    rules = _create_rules(stated)
    return PolicyMatch(
        rules=rules,
        excludes=narrowed or bool(wire.exclude_resource_rules) or bool(stated and not rules),
        namespace_selector=label_selector(wire.namespace_selector),
        object_selector=label_selector(wire.object_selector),
    )


def policy_binding(wire: BindingWire) -> PolicyBinding:
    """What puts a policy into force."""
    spec = wire.spec or BindingSpec()
    return PolicyBinding(
        name=(wire.metadata or ObjectMeta()).name or "",
        policy=spec.policy_name or "",
        actions=tuple(present(spec.validation_actions)),
        match=_match(spec.match_resources),
    )


def _named(reference: ServiceReference | None) -> str:
    return f"{reference.namespace or ''}/{reference.name or ''}" if reference is not None else ""


Maker = Callable[[Any], Any]
RECORDS: dict[str, tuple[type[Any], Maker]] = {
    "services": (ServiceWire, service),
    "resourcequotas": (QuotaWire, resource_quota),
    "limitranges": (LimitRangeWire, limit_range),
    "networking.k8s.io/ingressclasses": (Named, ingress_class),
    "scheduling.k8s.io/priorityclasses": (PriorityClassWire, priority_class),
    "apiregistration.k8s.io/apiservices": (ApiServiceWire, api_service),
    "admissionregistration.k8s.io/validatingwebhookconfigurations": (WebhooksWire, webhooks),
    "admissionregistration.k8s.io/mutatingwebhookconfigurations": (WebhooksWire, webhooks),
    "admissionregistration.k8s.io/validatingadmissionpolicies": (PolicyWire, admission_policy),
    "admissionregistration.k8s.io/validatingadmissionpolicybindings": (BindingWire, policy_binding),
    "admissionregistration.k8s.io/mutatingadmissionpolicies": (PolicyWire, admission_policy),
    "admissionregistration.k8s.io/mutatingadmissionpolicybindings": (BindingWire, policy_binding),
}
"""By the name of the read: what it decodes, and the record of it."""
