"""What refuses a pod before it is made: quotas, limits, priorities, webhooks, policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from advisor.facts.cluster import (
    Cluster,
    LimitRange,
    Limits,
    ResourceQuota,
    Webhook,
    WebhookConfiguration,
)
from advisor.facts.quantity import format_bytes, resources
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.objects.owners import OWNERS
from advisor.views.base import UNSET, UnsetType

Names = tuple[str, ...]

_ENFORCED = "pod-security.kubernetes.io/enforce"
_PROJECT_LABEL = "runai/queue"
_PRIORITY = "priorityClassName"
BASELINE_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
"""Those that the level baseline lets a pod add (kubernetes.io, Pod Security Standards)."""
_RESTRICTED_PROFILES = ("RuntimeDefault", "Localhost")
_RESTRICTED_CAPABILITIES = frozenset({"NET_BIND_SERVICE"})
"""What `restricted` takes (kubernetes.io, Pod Security Standards)."""
_COMPUTED = ("cpu", "memory")
_WRITTEN_OF = (
    ("", "pods"),
    *(kind for kind in OWNERS if kind[0] in ("apps", "batch", "kubeflow.org", "run.ai")),
)
_WRITTEN = frozenset({"*", "*/*", *(resource for _, resource in _WRITTEN_OF)})
"""Pods, and everything that a plan writes to make them."""


class Admission:
    """What the namespaces of a cluster refuse for good. `cluster` None: none was read, and nothing
    refuses anything."""

    def __init__(self, cluster: Cluster | None) -> None:
        self._cluster = cluster or Cluster(context="")
        self._planned = cluster is None
        self._quotas: dict[str, list[ResourceQuota]] = defaultdict(list)
        self._limits: dict[str, list[LimitRange]] = defaultdict(list)
        for quota in self._cluster.resource_quotas or ():
            self._quotas[quota.namespace].append(quota)
        for limits in self._cluster.limit_ranges or ():
            self._limits[limits.namespace].append(limits)
        classes = self._cluster.priority_classes
        self._priorities = None if classes is None else {class_.name for class_ in classes}
        namespaces = self._cluster.namespaces
        self._levels = {
            namespace.name: namespace.labels.get(_ENFORCED, "") for namespace in namespaces or ()
        }
        self._projects = [
            namespace.name for namespace in namespaces or () if _PROJECT_LABEL in namespace.labels
        ]

    def refusals(self, job: JobSpec) -> Names | UnsetType:
        """Why every pod of a job would be refused, in words; UNSET where that is not known. A job
        without a namespace goes to a project of Run:ai: it is refused where all of them do."""
        if self._planned or job.nodes or job.stopped:
            return ()
        named = (item.value for item in job.items if item.name.rpartition(".")[2] == _PRIORITY)
        priority = next(named, "")
        if priority and self._priorities is not None and priority not in self._priorities:
            return (f"PriorityClass {priority}, which the cluster does not have",)
        refused = self._refused([job.namespace] if job.namespace else self._projects, job)
        if refused:
            certain = all(any(sure for sure, _ in each) for each in refused)
            return tuple(words for sure, words in refused[0] if sure) if certain else UNSET
        lists = (self._cluster.resource_quotas, self._cluster.limit_ranges)
        unread = (job.namespace or self._projects) and None in lists
        return UNSET if unread or (priority and self._priorities is None) else ()

    def pod_security(self, job: JobSpec) -> str | UnsetType | None:
        """The level that the job's namespace enforces; None where none is known to be."""
        if job.namespace and not self._planned and self._cluster.namespaces is None:
            return UNSET
        return self._levels.get(job.namespace) or None

    def _refused(self, namespaces: list[str], job: JobSpec) -> list[list[tuple[bool, str]]]:
        """What each of the namespaces has against the job; nothing where one takes it."""
        found = []
        for namespace in namespaces:
            found.append(list(self._in(namespace, job)))
            if not found[-1]:
                return []
        return found

    def _in(self, namespace: str, job: JobSpec) -> Iterator[tuple[bool, str]]:
        """What the namespace has against the job, and whether that is certain: Run:ai may fill in
        what a job of a project does not ask for."""
        limits = [limit for each in self._limits[namespace] for limit in each.limits]
        single = len(job.images) == 1
        for limit in limits:
            if limit.type == "Pod" or limit.type == "Container":
                words = f"limits of {namespace}"
                yield from _beyond(job, limit, words, sure=limit.type == "Pod" or single)
        for quota in self._quotas[namespace]:
            words = f"quota {quota.name} of {namespace}"
            for certain, said in _over_quota(job, quota.hard, limits):
                yield certain and not quota.scoped, f"{words} {said}"


def _over_quota(
    job: JobSpec, hard: Mapping[str, int], limits: Iterable[Limits]
) -> Iterator[tuple[bool, str]]:
    """What a quota has against one pod, and whether that is certain."""
    containers = [limit for limit in limits if limit.type == "Container"]
    if 0 in (hard.get("pods"), hard.get("count/pods")):
        yield True, "takes no pods"
    for name, most in _amounts_of(hard, "requests."):
        given = any(name in container.defaults for container in containers)
        asked = _asked(job, name)
        if asked is not None and asked > most:
            said = f"takes at most {_shown(name, most)}, a pod asks for"
            yield True, f"{said} {_shown(name, asked, bare=True)}"
        elif _is_unstated(job, name) and not given:
            yield bool(job.namespace), f"takes only pods that ask for {name}"
    for name, most in _amounts_of(hard, "limits."):
        given = any(name in container.default_limits for container in containers)
        stated = _limit(job, name)
        if stated is not None and stated > most:
            said = f"takes limits of at most {_shown(name, most)}, a pod has"
            yield True, f"{said} {_shown(name, stated, bare=True)}"
        elif stated is None and not given:
            yield bool(job.namespace), f"takes only pods with a limit for {name}"


def _beyond(job: JobSpec, limits: Limits, words: str, *, sure: bool) -> Iterator[tuple[bool, str]]:
    for name, asked in job.resources.items():
        most, least = limits.maximum.get(name), limits.minimum.get(name)
        if most is not None and asked > most:
            said = f"{words} take at most {_shown(name, most)}, a pod asks for"
            yield sure, f"{said} {_shown(name, asked, bare=True)}"
        if least is not None and asked < least:
            said = f"{words} take no less than {_shown(name, least)}, a pod asks for"
            yield True, f"{said} {_shown(name, asked, bare=True)}"


def _amounts_of(hard: Mapping[str, int], prefix: str) -> Iterator[tuple[str, int]]:
    """A quota's amounts by the resource that a pod states; `cpu` is `requests.cpu`."""
    for name, most in hard.items():
        if name.startswith(prefix) and name != "requests.storage":
            yield name.removeprefix(prefix), most
        elif prefix == "requests." and name in _COMPUTED:
            yield name, most


def _limit(job: JobSpec, name: str) -> int | None:
    """The limits of the job's containers together; None without any."""
    ending = f".resources.limits.{name}"
    stated = [resources({name: item.value}) for item in job.items if item.name.endswith(ending)]
    return sum(quota.get(name, 0) for quota in stated) if stated else None


def _asked(job: JobSpec, name: str) -> int | None:
    """What one pod asks for; a job that does not say whose GPUs it wants gets those there are."""
    asked = job.resources.get(name)
    if asked is not None or not name.endswith("/gpu"):
        return asked
    return (
        sum(
            accelerator.count or 0
            for accelerator in job.accelerators
            if accelerator.resource in ("", name) and not accelerator.part
        )
        or None
    )


def _is_unstated(job: JobSpec, name: str) -> bool:
    return name in _COMPUTED and name not in job.resources and name not in job.open_resources


def _shown(name: str, amount: int, *, bare: bool = False) -> str:
    """An amount in its unit; `bare` without the resource's name."""
    number = f"{amount}"
    if name == "cpu":
        number = f"{amount / 1000:g}"
    elif name in ("memory", "ephemeral-storage"):
        number = format_bytes(amount)
    return number if bare else f"{number} {name}"


def against_restricted(run: Run) -> Names:
    """What of a job the level `restricted` refuses beyond what `baseline` does: rights that it does
    not give up in words, and volumes of other kinds."""
    security = run.security
    dropped = {name.upper().removeprefix("CAP_") for name in security.capabilities_dropped}
    added = {name.upper().removeprefix("CAP_") for name in security.capabilities_added}
    stated = {
        "allowPrivilegeEscalation: false": security.no_new_privileges,
        "capabilities.drop: [ALL]": "ALL" in dropped,
        "runAsNonRoot: true": "runAsNonRoot=true" in security.options,
        "seccompProfile": security.seccomp in _RESTRICTED_PROFILES,
    }
    missing = [f"no {words}" for words, there in stated.items() if not there]
    extra = [f"capability {name}" for name in sorted(added - _RESTRICTED_CAPABILITIES)]
    kinds = {mount.kind for mount in run.mounts}
    return (*missing, *extra, *(["an NFS volume"] if "nfs" in kinds else []))


def apis_down(cluster: Cluster) -> Names | UnsetType:
    """APIs that state that they are down; UNSET where one that does not may be."""
    services = cluster.api_services
    if services is None:
        return UNSET
    down = [service for service in services if service.available is False]
    if not down and any(service.available is None and service.service for service in services):
        return UNSET
    return tuple(
        f"{service.name} ({', '.join(part for part in (service.service, service.reason) if part)})"
        for service in sorted(down, key=lambda service: service.name)
    )


def silent_webhooks(cluster: Cluster) -> Names | UnsetType:
    """Webhooks that every pod has to pass and whose Service is not there."""
    lists = (cluster.validating_webhooks, cluster.mutating_webhooks)
    if cluster.services is None or None in lists:
        return UNSET
    there = {f"{service.namespace}/{service.name}" for service in cluster.services}
    return tuple(
        f"{webhook.name} of {configuration.name} ({webhook.service}"
        f"{', for some pods' * webhook.narrowed})"
        for configuration, webhook in _pod_webhooks(each for list_ in lists for each in list_ or ())
        if webhook.required and webhook.service and webhook.service not in there
    )


def pod_policies(cluster: Cluster) -> Names | UnsetType:
    """Policies in force that may deny or change a pod or what makes pods, and webhooks that may."""
    lists = (
        cluster.admission_policies,
        cluster.policy_bindings,
        cluster.validating_webhooks,
        cluster.mutating_webhooks,
        cluster.mutating_policies,
        cluster.mutating_bindings,
    )
    if None in lists:
        return UNSET
    denying = {
        binding.policy for binding in cluster.policy_bindings or () if "Deny" in binding.actions
    }
    changing = {binding.policy for binding in cluster.mutating_bindings or ()}
    named = [
        f"{word} {policy.name}"
        for word, policies, in_force in (
            ("policy", cluster.admission_policies, denying),
            ("mutating policy", cluster.mutating_policies, changing),
        )
        for policy in policies or ()
        if policy.name in in_force and not _WRITTEN.isdisjoint(policy.resources)
    ]
    webhooks = [
        f"{word} {webhook.name}"
        for word, configurations in (
            ("webhook", cluster.validating_webhooks),
            ("mutating webhook", cluster.mutating_webhooks),
        )
        for configuration in configurations or ()
        for webhook in configuration.webhooks
        if any(webhook.takes(group, resource) for group, resource in _WRITTEN_OF)
    ]
    return tuple(sorted({*named, *webhooks}))


def _pod_webhooks(
    configurations: Iterable[WebhookConfiguration],
) -> Iterator[tuple[WebhookConfiguration, Webhook]]:
    for configuration in configurations:
        for webhook in configuration.webhooks:
            if webhook.pods:
                yield configuration, webhook
