"""Records of what stands between a request and its object: quotas, limits, webhooks, policies; and
of the Services and APIs that have to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from advisor.facts.cluster import (
    AdmissionPolicy,
    ApiService,
    IngressClass,
    LimitRange,
    Limits,
    PolicyBinding,
    PriorityClass,
    ResourceQuota,
    Service,
    Webhook,
    WebhookConfiguration,
)
from advisor.objects.base import Named, ObjectMeta, amounts, present
from advisor.probes.kubernetes.wire.admission import (
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
_PODS = frozenset({"pods", "*", "*/*"})


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
    return Webhook(
        name=wire.name or "",
        service=_named((wire.client_config or ClientConfig()).service),
        required=wire.failure_policy != "Ignore",
        pods=any(_takes_pods(rule) for rule in present(wire.rules)),
        narrowed=bool(wire.match_conditions) or any(_narrows(selector) for selector in selectors),
    )


def _takes_pods(rule: OperationRule) -> bool:
    return (
        not _CREATES.isdisjoint(rule.operations or ())
        and not {"", "*"}.isdisjoint(rule.api_groups or ())
        and not _PODS.isdisjoint(rule.resources or ())
    )


def _narrows(selector: Selector | None) -> bool:
    return selector is not None and bool(selector.match_labels or selector.match_expressions)


def admission_policy(wire: PolicyWire) -> AdmissionPolicy:
    """A policy, with what it is asked about."""
    constraints = (wire.spec or PolicySpec()).match_constraints or MatchResources()
    return AdmissionPolicy(
        name=(wire.metadata or ObjectMeta()).name or "",
        resources=tuple(sorted(set(_made(present(constraints.resource_rules))))),
    )


def _made(rules: Iterable[OperationRule]) -> Iterable[str]:
    for rule in rules:
        if not _CREATES.isdisjoint(rule.operations or ()):
            yield from present(rule.resources)


def policy_binding(wire: BindingWire) -> PolicyBinding:
    """What puts a policy into force."""
    spec = wire.spec or BindingSpec()
    return PolicyBinding(
        name=(wire.metadata or ObjectMeta()).name or "",
        policy=spec.policy_name or "",
        actions=tuple(present(spec.validation_actions)),
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
}
"""By the name of the read: what it decodes, and the record of it."""
