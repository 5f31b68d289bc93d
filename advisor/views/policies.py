"""What the ValidatingAdmissionPolicies of a cluster say of an object before it is made."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from advisor.facts.cluster import AdmissionPolicy, Cluster, PolicyBinding, Validation
from advisor.facts.storage import NodeSelectorRequirement
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Translation
from advisor.objects.kinds import object_templates
from advisor.objects.owners import OWNERS
from advisor.placement.node_index import holds
from advisor.rulebook.expression import Environment, Expression, ExpressionError
from advisor.views.base import UNSET, UnsetType
from advisor.writers import write

Body = dict[str, Any]
Names = tuple[str, ...]

_RESOURCES = {(group, kind.name): plural for (group, plural), kind in OWNERS.items()}
_RESOURCES |= {("", "Pod"): "pods", ("apps", "ReplicaSet"): "replicasets"}
_VARIABLE = re.compile(r"\bvariables\.(\w+)")
_LONGEST = 20_000
_PLACEHOLDER = "SET_ME"
_NAMES = ("object", "oldObject", "request", "params", "namespaceObject", "authorizer")
"""Of these only the first two are known before a request; what needs another one is not judged."""
_POD_DEFAULTS: Body = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
}
_CONTAINER_DEFAULTS: Body = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_MADE_PODS: Body = {
    "serviceAccountName": "default",
    "enableServiceLinks": True,
    "preemptionPolicy": "PreemptLowerPriority",
    "priority": 0,
}
_OBJECT_DEFAULTS: dict[str, Body] = {
    "Job": {"backoffLimit": 6, "suspend": False, "completionMode": "NonIndexed",
            "manualSelector": False},
    "Deployment": {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600},
    "StatefulSet": {"replicas": 1, "revisionHistoryLimit": 10,
                    "podManagementPolicy": "OrderedReady"},
}  # fmt: skip
"""What the API server fills in before it asks a policy (its defaults, and admission for pods)."""


class Policies:
    """The policies in force that deny. `cluster` None: there is none yet, and no policy."""

    def __init__(self, cluster: Cluster | None) -> None:
        self._cluster = cluster
        policies, bindings = (
            (cluster.admission_policies, cluster.policy_bindings) if cluster else ((), ())
        )
        self._read = policies is not None and bindings is not None
        by_name = {policy.name: policy for policy in policies or ()}
        self._in_force = [
            (by_name[binding.policy], binding)
            for binding in bindings or ()
            if binding.policy in by_name and "Deny" in binding.actions
        ]
        self._labels = {
            namespace.name: namespace.labels for namespace in (cluster and cluster.namespaces) or ()
        }

    @cached_property
    def _environment(self) -> Environment:
        return Environment(_NAMES, optional=True)

    @cached_property
    def _evaluate(self) -> Callable[[str], Expression]:
        return lru_cache(maxsize=512)(self._environment.compile)

    def refusals(self, job: JobSpec, translation: Translation | None) -> Names | UnsetType:
        """Why policies refuse the job's object or its pods; UNSET where one cannot be told."""
        if job.nodes or job.stopped or job.run is None:
            return ()
        if not self._read:
            return UNSET
        if not self._in_force:
            return ()
        document = _document(job, translation)
        if document is None or _PLACEHOLDER in msgspec.json.encode(document).decode():
            return UNSET
        answers = [
            self._refused(policy, binding, made, mutable=self._may_change(made))
            for made in _objects(document)
            for policy, binding in self._in_force
        ]
        said = dict.fromkeys(words for answer in answers for words in answer or ())
        return UNSET if None in answers and not said else tuple(said)

    def _may_change(self, made: Body) -> bool:
        """Whether something may change such an object before policies see it."""
        cluster = self._cluster
        webhooks = cluster.mutating_webhooks if cluster else ()
        kind = (made["apiVersion"].rpartition("/")[0], made["kind"])
        resource = _RESOURCES.get(kind)
        stated, bindings = (
            (cluster.mutating_policies, cluster.mutating_bindings) if cluster else ((), ())
        )
        if webhooks is None or stated is None or bindings is None or resource is None:
            return True
        bound = {binding.policy for binding in bindings}
        policies = [policy for policy in stated if policy.name in bound]
        return any(
            webhook.takes(kind[0], resource) for each in webhooks for webhook in each.webhooks
        ) or any(
            rule.takes(kind[0], resource) for policy in policies for rule in policy.match.rules
        )

    def _refused(
        self, policy: AdmissionPolicy, binding: PolicyBinding, made: Body, *, mutable: bool
    ) -> Names | None:
        """What the policy has against an object; None where that cannot be told."""
        asked = self._asks(policy, binding, made)
        if asked is False:
            return ()
        if asked is None or policy.parameters or mutable:
            return None
        activation = self._environment.activation({"object": made, "oldObject": None})
        conditions = [self._holds(policy, text, activation) for text in policy.conditions]
        if False in conditions:
            return ()
        if None in conditions:
            return None
        found = [
            self._holds(policy, validation.expression, activation)
            for validation in policy.validations
        ]
        said = tuple(
            f"policy {policy.name}: {self._words(policy, validation, activation)}"
            for validation, holds_ in zip(policy.validations, found, strict=True)
            if holds_ is False
        )
        return None if None in found and not said else said

    def _asks(self, policy: AdmissionPolicy, binding: PolicyBinding, made: Body) -> bool | None:
        """Whether the policy is asked about such an object."""
        group = made["apiVersion"].rpartition("/")[0]
        resource = _RESOURCES.get((group, made["kind"]))
        if resource is None:
            return None
        answers: list[bool | None] = []
        for match in (policy.match, binding.match):
            if match.rules:
                answers.append(any(rule.takes(group, resource) for rule in match.rules))
            elif match is policy.match:  # Older snapshots have the names of resources alone.
                answers.append(None if policy.resources else False)
            answers.append(None if match.excludes else True)
            labels = made.get("metadata", {}).get("labels") or {}
            answers.append(_selects(match.object_selector, labels))
            namespace = made.get("metadata", {}).get("namespace") or ""
            answers.append(_selects(match.namespace_selector, self._labels.get(namespace)))
        return False if False in answers else None if None in answers else True

    def _holds(self, policy: AdmissionPolicy, text: str, activation: Any) -> bool | None:
        try:
            answer = self._evaluate(_expanded(text, policy.variables)).evaluate(activation)
        except ExpressionError:  # A function that only the API server has.
            return None
        return answer if isinstance(answer, bool) else None

    def _words(self, policy: AdmissionPolicy, failed: Validation, activation: Any) -> str:
        """What the server says of a validation that does not hold."""
        written = None
        if failed.message_expression:
            text = _expanded(failed.message_expression, policy.variables)
            written = self._environment.text(text, activation)
        return written or failed.message or f"failed expression: {failed.expression}"


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """The expression with its policy's variables written out, each of which knows those before it;
    empty, which is no expression, where that would be too long."""
    known: dict[str, str] = {}
    for name, value in (*variables.items(), ("", text)):
        whole = _VARIABLE.sub(lambda m: f"({known.get(m[1], m[0])})", value)
        if len(whole) > _LONGEST:
            return ""
        known[name] = whole
    return known[""]


def _selects(
    selector: Iterable[NodeSelectorRequirement], labels: Mapping[str, str] | None
) -> bool | None:
    wanted = tuple(selector)
    if not wanted:
        return True
    return (
        None
        if labels is None
        else all(holds(expression, labels.get(expression.key)) for expression in wanted)
    )


def _document(job: JobSpec, translation: Translation | None) -> Body | None:
    """The object as it came or was written, else as it would be; None for one whose pods are
    another program's to make."""
    if translation is not None and translation.target == "kubernetes" and translation.documents:
        documents: Iterable[Any] = translation.documents
    elif job.document is not None:
        documents = (job.document,)
    else:
        documents = write(job, Situation(target="kubernetes")).documents
    for document in documents:
        templates, _ = object_templates(document)
        own = document.get("kind") == "Pod"
        if templates and all(
            isinstance(template.spec, dict) and (template.path or own) for template in templates
        ):
            return dict(document)
    return None


def _objects(document: Body) -> Iterator[Body]:
    """The object and the pods that are made of it, as a policy sees them."""
    whole = copy.deepcopy(document)
    metadata = whole.setdefault("metadata", {})
    for key, value in _OBJECT_DEFAULTS.get(whole["kind"], {}).items():
        whole["spec"].setdefault(key, value)
    templates, _ = object_templates(whole)
    for template in templates:
        _fill(template.spec)
    if whole["kind"] != "Pod":
        yield whole
    for template in templates:
        spec = {**_MADE_PODS, **template.spec}
        place = {key: metadata[key] for key in ("namespace",) if metadata.get(key)}
        own = metadata if whole["kind"] == "Pod" else {**template.metadata, **place}
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": own, "spec": spec}


def _fill(spec: Body) -> None:
    for key, value in _POD_DEFAULTS.items():
        spec.setdefault(key, copy.deepcopy(value))
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        for key, value in _CONTAINER_DEFAULTS.items():
            container.setdefault(key, copy.deepcopy(value))
        image = str(container.get("image") or "")
        name = image.rpartition("/")[2]
        moving = "@" not in name and (":" not in name or name.endswith(":latest"))
        container.setdefault("imagePullPolicy", "Always" if moving else "IfNotPresent")
        resources = container["resources"]
        for key in ("limits", "requests"):
            if resources.get(key):
                resources[key] = {name: str(amount) for name, amount in resources[key].items()}
        if resources.get("limits"):
            resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}
    for volume in spec.get("volumes") or ():
        if "hostPath" in volume:
            volume["hostPath"].setdefault("type", "")
