"""Each requirement of a Run:ai release held against a cluster: met, not met, or not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from advisor.catalogs.runai_releases import Release, ReleaseCatalog, parse_version
from advisor.facts.cluster import Cluster, IngressClass
from advisor.views.admission import pod_policies, silent_webhooks
from advisor.views.base import UnsetType
from advisor.views.node_requirements import (
    architectures,
    clocks,
    fractions,
    operating_systems,
    operator_driver,
    operator_kubernetes,
    runtimes,
    unsupported_gpus,
)
from advisor.views.parts import PARTS, component
from advisor.views.requirement import (
    OPENSHIFT,
    Outcome,
    Surveyed,
    not_in_manual,
    some_names,
    version_of,
)
from advisor.views.system_nodes import control_plane, high_availability, node_roles, system_nodes

Judge = Callable[[Surveyed, Release], Outcome]
_FURTHEST_UPGRADE = 4
"""Releases that one upgrade may jump over, says the manual of 2.25."""


def outcomes(surveyed: Surveyed, release: Release, catalog: ReleaseCatalog) -> dict[str, Outcome]:
    """Every requirement of the release by its name in ReadinessFacts."""
    found = {name: _judged(judge, surveyed, release) for name, judge in _JUDGES.items()}
    return {**found, "upgrade": _upgrade(surveyed.cluster, release, catalog)}


def kubernetes(surveyed: Surveyed, release: Release) -> Outcome:
    """The cluster's version against those of the release; that of OpenShift brings its own."""
    return _judged(_kubernetes, surveyed, release)


def _judged(judge: Judge, surveyed: Surveyed, release: Release) -> Outcome:
    """A requirement that OpenShift meets in another way is not known where that is not."""
    if surveyed.openshift is not None:
        return judge(surveyed, release)
    on_it = msgspec.structs.replace(surveyed, openshift=True, distribution=OPENSHIFT)
    there = judge(on_it, release)
    elsewhere = judge(msgspec.structs.replace(surveyed, openshift=False), release)
    if there.met is elsewhere.met:
        return elsewhere
    return Outcome(
        wanted=elsewhere.wanted,
        needed=elsewhere.needed or there.needed,
        reason="whether this is OpenShift could not be read",
        settle=_CLUSTER_VERSION,
    )


_CLUSTER_VERSION = "kubectl get clusterversion"


def installed_release(cluster: Cluster, catalog: ReleaseCatalog) -> Release | None:
    """The release of the Run:ai that is installed, where a version of it is stated."""
    version = version_of(cluster, "runai")
    return catalog.named(version) if version else None


def _kubernetes(surveyed: Surveyed, release: Release) -> Outcome:
    supported = release.kubernetes
    version = surveyed.cluster.version
    if surveyed.openshift and release.openshift is not None:
        wanted = "the one that a supported OpenShift brings"
        return Outcome(wanted=wanted, seen=version or "", met=True, needed=False)
    if supported is None:
        return msgspec.structs.replace(not_in_manual(release), seen=version or "")
    parsed = parse_version(version or "")
    if not parsed:
        return Outcome(
            wanted=supported.words(), reason="the version could not be read", settle=_VERSION
        )
    met = supported.takes(parsed)
    if met and not surveyed.named:
        reason = f"{surveyed.distribution} is not among the distributions that the manual names"
        return Outcome(wanted=supported.words(), seen=version or "", reason=reason)
    return Outcome(wanted=supported.words(), seen=version or "", met=met)


_VERSION = "kubectl version"


def _openshift(surveyed: Surveyed, release: Release) -> Outcome:
    supported = release.openshift
    if surveyed.openshift is False:
        wanted = supported.words() if supported else ""
        return Outcome(wanted=wanted, seen="not OpenShift", met=True, needed=False)
    if supported is None:
        return not_in_manual(release)
    installed = (surveyed.cluster.openshift or ("",))[0]
    parsed = parse_version(installed)
    if not parsed:
        return Outcome(
            wanted=supported.words(),
            reason="the version of OpenShift could not be read",
            settle=_CLUSTER_VERSION,
        )
    return Outcome(wanted=supported.words(), seen=installed, met=supported.takes(parsed))


def _ingress(surveyed: Surveyed, release: Release) -> Outcome:
    need = release.ingress
    if need is None:
        return not_in_manual(release)
    cluster = surveyed.cluster
    wanted = "an ingress controller" + (" or a Gateway" if need.gateway else "")
    if not need.required:
        return Outcome(wanted="Run:ai installs it", seen="", met=True, needed=False)
    if surveyed.openshift:
        return Outcome(wanted=wanted, seen="routes of OpenShift", met=True)
    if cluster.ingress_classes:
        classes = [class_.name for class_ in _ingress_classes(cluster.ingress_classes)]
        return Outcome(wanted=wanted, seen=f"class {some_names(classes)}", met=True)
    if need.gateway and cluster.gateway_classes:
        seen = f"Gateway class {some_names(cluster.gateway_classes)}"
        return Outcome(wanted=wanted, seen=seen, met=True)
    settle = "kubectl get ingressclasses,gatewayclasses"
    if cluster.ingress_classes is None or (need.gateway and cluster.gateway_classes is None):
        return Outcome(wanted=wanted, reason="the classes could not be read", settle=settle)
    return Outcome(wanted=wanted, seen="none", met=False)


def _ingress_classes(stated: Iterable[IngressClass | str]) -> Iterable[IngressClass]:
    return [
        IngressClass(name=ingress_class) if isinstance(ingress_class, str) else ingress_class
        for ingress_class in stated
    ]


def _default_ingress_class(surveyed: Surveyed, release: Release) -> Outcome:
    """Without a default the installer has to be told the name; nothing is amiss where it was."""
    if release.default_ingress_class is None:
        return not_in_manual(release, needed=False)
    wanted = "one ingress class that is the default, or its name for the installer"
    if surveyed.openshift:
        return Outcome(wanted=wanted, seen="routes of OpenShift", met=True, needed=False)
    stated = surveyed.cluster.ingress_classes
    settle = "kubectl get ingressclasses -o yaml"
    if stated is None or any(isinstance(ingress_class, str) for ingress_class in stated):
        reason = "which ingress class is the default was not read"
        return Outcome(wanted=wanted, reason=reason, settle=settle, needed=False)
    if not stated:
        return Outcome(wanted=wanted, seen="no ingress class", met=True, needed=False)
    default = [class_.name for class_ in _ingress_classes(stated) if class_.default]
    seen = f"default: {some_names(default) or 'none'}"
    return Outcome(wanted=wanted, seen=seen, met=len(default) == 1, needed=len(default) == 1)


def _load_balancer(surveyed: Surveyed, release: Release) -> Outcome:
    """Only a Service that got an address proves that one is given; OpenShift has routes."""
    if release.load_balancer is None:
        return not_in_manual(release, needed=False)
    wanted = "an address for each Service of type LoadBalancer"
    settle = "kubectl get services -A"
    if surveyed.openshift:
        return Outcome(wanted=wanted, seen="routes of OpenShift", met=True, needed=False)
    if surveyed.cluster.services is None:
        return Outcome(wanted=wanted, reason="Services could not be read", settle=settle)
    balanced = [service for service in surveyed.cluster.services if service.load_balancer]
    waiting = [
        f"{service.namespace}/{service.name}" for service in balanced if not service.addresses
    ]
    if waiting:
        return Outcome(wanted=wanted, seen=f"none for {some_names(waiting)}", met=False)
    if not balanced:
        reason = "no Service of type LoadBalancer shows whether one would get an address"
        return Outcome(wanted=wanted, reason=reason, settle=settle, by_hand=True)
    given = [
        f"{service.namespace}/{service.name} has {service.addresses[0]}" for service in balanced
    ]
    return Outcome(wanted=wanted, seen=some_names(given), met=True)


def _default_storage_class(surveyed: Surveyed, release: Release) -> Outcome:
    if release.default_storage_class is None:
        return not_in_manual(release)
    wanted = "a default storage class, for the control plane"
    if surveyed.openshift:
        return Outcome(wanted=wanted, seen="OpenShift needs none", met=True, needed=False)
    classes = surveyed.cluster.storage_classes
    if classes is None:
        settle = "kubectl get storageclasses"
        return Outcome(wanted=wanted, reason="the classes could not be read", settle=settle)
    default = [class_.name for class_ in classes if class_.default]
    return Outcome(wanted=wanted, seen=some_names(default) or "none", met=bool(default))


_RUNAI_NAMESPACES = ("runai", "runai-backend", "runai-reservation")
_ENFORCED = "pod-security.kubernetes.io/enforce"


def _pod_security(surveyed: Surveyed, release: Release) -> Outcome:
    """A namespace that is not there yet gets the cluster's own default, which is not readable. On
    OpenShift Run:ai's own namespace alone needs the label."""
    if release.pod_security is None:
        return not_in_manual(release)
    alone = surveyed.openshift and release.version >= _RESTRICTED_ON_OPENSHIFT
    names = _RUNAI_NAMESPACES[:1] if alone else _RUNAI_NAMESPACES
    which = "namespace runai" if alone else "namespaces of Run:ai"
    wanted = f"{which} labelled privileged, where Pod Security is enforced"
    settle = "kubectl get namespaces -L pod-security.kubernetes.io/enforce"
    if surveyed.cluster.namespaces is None:
        return Outcome(wanted=wanted, reason="namespaces could not be read", settle=settle)
    levels = {
        namespace.name: namespace.labels.get(_ENFORCED, "")
        for namespace in surveyed.cluster.namespaces
        if namespace.name in names
    }
    wrong = [f"{name}: {level}" for name, level in levels.items() if level in _STRICT]
    if wrong:
        return Outcome(wanted=wanted, seen="; ".join(wrong), met=False)
    if levels and all(level == "privileged" for level in levels.values()):
        return Outcome(wanted=wanted, seen="privileged", met=True)
    reason = "namespaces without the label have the default of the API server, which is not told"
    return Outcome(wanted=wanted, reason=reason, settle=settle, by_hand=True)


_STRICT = ("baseline", "restricted")
_RESTRICTED_ON_OPENSHIFT = (2, 15)


def _admission(surveyed: Surveyed, _: Release) -> Outcome:
    """A webhook that cannot be asked refuses every pod; what one that can says is never known."""
    wanted = "nothing that changes or refuses the jobs and pods that the plan writes"
    silent, asked = silent_webhooks(surveyed.cluster), pod_policies(surveyed.cluster)
    settle = "kubectl apply --dry-run=server -f FILE"
    if silent:
        seen = f"{some_names(silent)} cannot be asked: no such Service"
        return Outcome(wanted=wanted, seen=seen, met=False)
    if isinstance(asked, UnsetType) or isinstance(silent, UnsetType):
        reason = "webhooks, policies or Services were not read"
        return Outcome(wanted=wanted, reason=reason, settle=settle)
    if not asked:
        return Outcome(wanted=wanted, seen="nothing is asked about them", met=True)
    return Outcome(
        wanted=wanted,
        seen=f"asked about them: {some_names(asked)}",
        reason="they may change or refuse jobs, and only a try tells",
        settle=settle,
    )


def _secrets(surveyed: Surveyed, release: Release) -> Outcome:
    """What has to be prepared; nothing that advisor reads tells whether it is there. The routers of
    OpenShift have a certificate of their own."""
    need = release.secrets
    if need is None:
        return not_in_manual(release)
    certificates = () if surveyed.openshift else need.tls
    login = f"a login at {need.registry}" if need.registry else "a login at Run:ai's registry"
    pull = f"{need.pull} with {login}" if need.pull else f"a pull secret with {login}"
    wanted = f"{', '.join(certificates)} and {pull}" if certificates else pull
    names = " ".join((*certificates, need.pull)).strip()
    return Outcome(
        wanted=f"{wanted} in namespace runai",
        reason="advisor never reads Secrets",
        by_hand=True,
        settle=f"kubectl -n runai get secret {names}".strip(),
    )


def _support(surveyed: Surveyed, release: Release) -> Outcome:
    """Whether the release still got fixes on the day that the cluster was read. It is no need of an
    installation, and so a warning."""
    wanted = "a release that still gets fixes"
    cell = release.support
    day = _DAY.match(surveyed.taken)
    if cell is None or day is None:
        reason = "until when is not on record" if day else "the day of the reading is not known"
        return Outcome(wanted=wanted, needed=False, reason=reason)
    today, last = day[0], cell.ends or cell.ends_by
    if today > last:
        return Outcome(wanted=wanted, seen=f"none since {last}", met=False, needed=False)
    if not cell.ends:
        reason = f"its last day is not on record; it is {last} or earlier"
        return Outcome(wanted=wanted, needed=False, reason=reason)
    critical = f", critical ones alone since {cell.full_until}" if today > cell.full_until else ""
    return Outcome(wanted=wanted, seen=f"fixes until {last}{critical}", met=True)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _upgrade(cluster: Cluster, release: Release, catalog: ReleaseCatalog) -> Outcome:
    wanted = f"at most {_FURTHEST_UPGRADE} releases in one upgrade"
    if cluster.components is None:
        reason = "workloads could not be read"
        return Outcome(wanted=wanted, reason=reason, settle="helm list -A --filter runai")
    if not any(component.name == "runai" for component in cluster.components):
        return Outcome(wanted=wanted, seen="Run:ai is not installed", met=True, needed=False)
    installed = installed_release(cluster, catalog)
    if installed is None:
        reason = "the version of the Run:ai that is installed is not known"
        return Outcome(wanted=wanted, reason=reason, settle="helm list -A --filter runai")
    if installed.version > release.version:
        return Outcome(wanted=wanted, seen=f"{installed.name} is installed, a newer one", met=False)
    between = [
        one for one in catalog.releases if installed.version < one.version <= release.version
    ]
    seen = f"{installed.name} is installed"
    return Outcome(wanted=wanted, seen=seen, met=len(between) <= _FURTHEST_UPGRADE)


_JUDGES: dict[str, Judge] = {
    **{name: partial(component, part, name) for name, part in PARTS.items()},
    "kubernetes": _kubernetes,
    "openshift": _openshift,
    "operator_kubernetes": operator_kubernetes,
    "operator_driver": operator_driver,
    "runtimes": runtimes,
    "operating_systems": operating_systems,
    "architectures": architectures,
    "clocks": clocks,
    "system_nodes": system_nodes,
    "high_availability": high_availability,
    "node_roles": node_roles,
    "control_plane": control_plane,
    "ingress": _ingress,
    "default_ingress_class": _default_ingress_class,
    "load_balancer": _load_balancer,
    "default_storage_class": _default_storage_class,
    "pod_security": _pod_security,
    "unsupported_gpus": unsupported_gpus,
    "fractions": fractions,
    "admission": _admission,
    "secrets": _secrets,
    "support": _support,
}
