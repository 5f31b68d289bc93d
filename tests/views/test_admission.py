"""What refuses a pod before it is made, and what is not known of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from advisor.facts.cluster import (
    AdmissionPolicy,
    ApiService,
    Cluster,
    CreateRule,
    LimitRange,
    Limits,
    Namespace,
    PolicyBinding,
    PolicyMatch,
    PriorityClass,
    ResourceQuota,
    Service,
    Validation,
    Webhook,
    WebhookConfiguration,
)
from advisor.jobs.ledger import Item
from advisor.jobs.run import Run, Security
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobSpec
from advisor.jobs.word import word
from advisor.views.admission import (
    Admission,
    against_restricted,
    apis_down,
    pod_policies,
    silent_webhooks,
)
from advisor.views.base import UNSET
from advisor.views.policies import Policies
from tests.placement import samples

GIB = 2**30
ASKED = {"nvidia.com/gpu": 8, "cpu": 16_000, "memory": 64 * GIB}


def job(**changes: Any) -> JobSpec:
    fields: dict[str, Any] = {
        "namespace": "team",
        "resources": ASKED,
        "images": (JobImage(reference="x:1"),),
    }
    return JobSpec(id="j", label="train", kind="Job", **{**fields, **changes})


def quota(hard: dict[str, int], **changes: Any) -> dict[str, Any]:
    fields = {"namespace": "team", "name": "most", "hard": hard, **changes}
    return {"resource_quotas": (ResourceQuota(**fields),)}


def limits(type: str, **changes: Any) -> dict[str, Any]:
    found = LimitRange(namespace="team", name="l", limits=(Limits(type=type, **changes),))
    return {"limit_ranges": (found,)}


LIMITED = (Item(name="spec.containers[0].resources.limits.cpu", value="2"),)
NO_GPUS = "quota most of team takes at most 4 nvidia.com/gpu, a pod asks for 8"
TWO = (JobImage(reference="x:1"), JobImage(reference="y:1"))
CONTAINER_DEFAULTS = limits("Container", defaults={"cpu": 1000})


@pytest.mark.parametrize(
    ("facts", "asks", "refused"),
    [
        ({}, {}, ()),
        (quota({"requests.nvidia.com/gpu": 8}), {}, ()),
        (quota({"requests.nvidia.com/gpu": 4}), {}, (NO_GPUS,)),
        (quota({"requests.nvidia.com/gpu": 4}, namespace="other"), {}, ()),
        (quota({"requests.nvidia.com/gpu": 4}, scoped=True), {}, None),
        (quota({"requests.nvidia.com/gpu": 4}), {"nodes": {"n": 1}}, ()),
        (
            quota({"cpu": 8000, "requests.memory": 32 * GIB}),
            {},
            (
                "quota most of team takes at most 8 cpu, a pod asks for 16",
                "quota most of team takes at most 32.0 GiB memory, a pod asks for 64.0 GiB",
            ),
        ),
        (
            quota({"requests.cpu": 8000}),
            {"resources": {}},
            ("quota most of team takes only pods that ask for cpu",),
        ),
        ({**quota({"requests.cpu": 8000}), **CONTAINER_DEFAULTS}, {"resources": {}}, ()),
        (quota({"requests.cpu": 8000}), {"resources": {}, "open_resources": {"cpu": "$N"}}, ()),
        (quota({"pods": 4}), {}, ()),
        (quota({"pods": 0}), {}, ("quota most of team takes no pods",)),
        (quota({"count/pods": 0}), {}, ("quota most of team takes no pods",)),
        (quota({"requests.storage": 0, "services": 0}), {}, ()),
        (
            quota({"limits.cpu": 8000}),
            {},
            ("quota most of team takes only pods with a limit for cpu",),
        ),
        (quota({"limits.cpu": 8000}), {"items": LIMITED}, ()),
        (
            quota({"limits.cpu": 1500}),
            {"items": LIMITED},
            ("quota most of team takes limits of at most 1.5 cpu, a pod has 2",),
        ),
        (
            {**quota({"limits.cpu": 8000}), **limits("Container", default_limits={"cpu": 1})},
            {},
            (),
        ),
        (
            limits("Container", maximum={"cpu": 8000}),
            {},
            ("limits of team take at most 8 cpu, a pod asks for 16",),
        ),
        (limits("Container", maximum={"cpu": 8000}), {"images": TWO}, None),
        (
            limits("Pod", maximum={"cpu": 8000}),
            {"images": TWO},
            ("limits of team take at most 8 cpu, a pod asks for 16",),
        ),
        (
            limits("Pod", minimum={"memory": 128 * GIB}),
            {},
            ("limits of team take no less than 128.0 GiB memory, a pod asks for 64.0 GiB",),
        ),
        (limits("PersistentVolumeClaim", maximum={"cpu": 1}), {}, ()),
        ({"resource_quotas": None}, {}, None),
        ({"limit_ranges": None}, {}, None),
        ({"limit_ranges": None, **quota({"requests.nvidia.com/gpu": 4})}, {}, (NO_GPUS,)),
    ],
)
def test_a_job_in_its_namespace(
    facts: dict[str, Any], asks: dict[str, Any], refused: tuple[str, ...] | None
) -> None:
    found = Admission(samples.cluster(**facts)).refusals(job(**asks))
    assert found == (UNSET if refused is None else refused)


PROJECTS = tuple(
    Namespace(name=name, labels={"runai/queue": name}) for name in ("runai-a", "runai-b")
)
FROM_DOCKER: dict[str, Any] = {
    "namespace": "",
    "resources": {},
    "accelerators": (AcceleratorNeed(resource="", count=8),),
}


def project_quotas(**most: int) -> dict[str, Any]:
    return {
        "namespaces": PROJECTS,
        "resource_quotas": tuple(
            ResourceQuota(
                namespace=f"runai-{name}", name="gpus", hard={"requests.nvidia.com/gpu": number}
            )
            for name, number in most.items()
        ),
    }


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        (project_quotas(a=4, b=2), ("quota gpus of runai-a takes at most 4 nvidia.com/gpu, a pod"
                                    " asks for 8",)),
        (project_quotas(a=4, b=8), ()),
        (project_quotas(a=4), ()),
        ({"namespaces": PROJECTS, "resource_quotas": None}, None),
        ({"namespaces": (), "resource_quotas": None}, ()),
    ],
)  # fmt: skip
def test_a_job_of_a_docker_host_is_refused_where_all_projects_refuse_it(
    facts: dict[str, Any], refused: tuple[str, ...] | None
) -> None:
    found = Admission(samples.cluster(**facts)).refusals(job(**FROM_DOCKER))
    assert found == (UNSET if refused is None else refused)


@pytest.mark.parametrize(
    ("classes", "refused"),
    [
        ((PriorityClass(name="high"),), ()),
        ((), ("PriorityClass high, which the cluster does not have",)),
        (None, None),
    ],
)
def test_a_priority_class_has_to_be_there(
    classes: tuple[PriorityClass, ...] | None, refused: tuple[str, ...] | None
) -> None:
    named = job(items=(Item(name="spec.template.spec.priorityClassName", value="high"),))
    found = Admission(samples.cluster(priority_classes=classes))
    assert found.refusals(named) == (UNSET if refused is None else refused)
    assert found.refusals(job()) == ()


def test_without_a_cluster_nothing_refuses() -> None:
    named = job(items=(Item(name="priorityClassName", value="high"),))
    assert Admission(None).refusals(named) == ()


@pytest.mark.parametrize(
    ("namespaces", "level"),
    [
        ((Namespace(name="team", labels={"pod-security.kubernetes.io/enforce": "baseline"}),),
         "baseline"),
        ((Namespace(name="team"),), None),
        ((), None),
        (None, UNSET),
    ],
)  # fmt: skip
def test_the_level_of_pod_security_is_not_none_where_namespaces_were_not_read(
    namespaces: tuple[Namespace, ...] | None, level: Any
) -> None:
    found = Admission(samples.cluster(namespaces=namespaces))
    assert found.pod_security(job()) == level
    assert found.pod_security(job(namespace="")) is None
    assert Admission(None).pod_security(job()) is None


CAREFUL = Security(
    no_new_privileges=True,
    capabilities_dropped=("all",),
    options=("runAsNonRoot=true",),
    seccomp="RuntimeDefault",
)


@pytest.mark.parametrize(
    ("security", "refused"),
    [
        (CAREFUL, ()),
        (
            Security(),
            (
                "no allowPrivilegeEscalation: false",
                "no capabilities.drop: [ALL]",
                "no runAsNonRoot: true",
                "no seccompProfile",
            ),
        ),
        (replace(CAREFUL, capabilities_added=("CAP_NET_BIND_SERVICE", "CHOWN")),
         ("capability CHOWN",)),
        (replace(CAREFUL, seccomp="unconfined"), ("no seccompProfile",)),
    ],
)  # fmt: skip
def test_what_only_the_level_restricted_refuses(
    security: Security, refused: tuple[str, ...]
) -> None:
    assert against_restricted(Run(image=word("x:1"), security=security)) == refused


METRICS = ApiService(
    name="v1beta1.metrics.k8s.io", service="kube-system/metrics", available=False, reason="Gone"
)
SILENT = ApiService(name="v1.x", service="x/y")


@pytest.mark.parametrize(
    ("services", "down"),
    [
        ((ApiService(name="v1.apps", available=True), ApiService(name="v1")), ()),
        ((METRICS, SILENT), ("v1beta1.metrics.k8s.io (kube-system/metrics, Gone)",)),
        ((SILENT,), None),
        (None, None),
    ],
)
def test_apis_that_are_down(services: Any, down: tuple[str, ...] | None) -> None:
    found = apis_down(samples.cluster(api_services=services))
    assert found == (UNSET if down is None else down)


def hooks(**changes: Any) -> tuple[WebhookConfiguration, ...]:
    hook = Webhook(**{"name": "p.guard", "service": "guard/hook", "pods": True, **changes})
    return (WebhookConfiguration(name="guard", webhooks=(hook,)),)


@pytest.mark.parametrize(
    ("facts", "silent"),
    [
        ({"validating_webhooks": hooks()}, ("p.guard of guard (guard/hook)",)),
        ({"mutating_webhooks": hooks()}, ("p.guard of guard (guard/hook)",)),
        (
            {
                "validating_webhooks": hooks(),
                "services": (Service(namespace="guard", name="hook"),),
            },
            (),
        ),
        (
            {"validating_webhooks": hooks(narrowed=True)},
            ("p.guard of guard (guard/hook, for some pods)",),
        ),
        ({"validating_webhooks": hooks(required=False)}, ()),
        ({"validating_webhooks": hooks(pods=False)}, ()),
        ({"validating_webhooks": hooks(service="")}, ()),
        ({"services": None}, None),
        ({"mutating_webhooks": None}, None),
    ],
)
def test_webhooks_that_cannot_answer(facts: dict[str, Any], silent: tuple[str, ...] | None) -> None:
    found = silent_webhooks(samples.cluster(**facts))
    assert found == (UNSET if silent is None else silent)


ABOUT_JOBS = CreateRule(groups=("batch",), resources=("jobs",))
ABOUT_NODES = CreateRule(groups=("",), resources=("nodes",))
POLICY = AdmissionPolicy(name="no-host-path", resources=("pods",))
DENY = PolicyBinding(name="b", policy="no-host-path", actions=("Deny",))


@pytest.mark.parametrize(
    ("facts", "policies"),
    [
        (
            {
                "admission_policies": (POLICY,),
                "policy_bindings": (DENY,),
                "validating_webhooks": hooks(),
            },
            ("policy no-host-path", "webhook p.guard"),
        ),
        ({"admission_policies": (POLICY,)}, ()),
        ({"mutating_webhooks": hooks()}, ("mutating webhook p.guard",)),
        (
            {"mutating_webhooks": hooks(pods=False, rules=(ABOUT_JOBS,))},
            ("mutating webhook p.guard",),
        ),
        ({"validating_webhooks": hooks(pods=False, rules=(ABOUT_NODES,))}, ()),
        (
            {"mutating_policies": (POLICY,), "mutating_bindings": (DENY,)},
            ("mutating policy no-host-path",),
        ),
        ({"mutating_policies": (POLICY,), "mutating_bindings": ()}, ()),
        (
            {
                "admission_policies": (POLICY,),
                "policy_bindings": (PolicyBinding(name="b", policy="other", actions=("Deny",)),),
            },
            (),
        ),
        (
            {
                "admission_policies": (AdmissionPolicy(name="no-host-path", resources=("nodes",)),),
                "policy_bindings": (DENY,),
            },
            (),
        ),
        ({"admission_policies": None}, None),
        ({"policy_bindings": None}, None),
        ({"validating_webhooks": None}, None),
        ({"mutating_webhooks": None}, None),
    ],
)
def test_policies_that_may_refuse_pods(
    facts: dict[str, Any], policies: tuple[str, ...] | None
) -> None:
    found = pod_policies(samples.cluster(**facts))
    assert found == (UNSET if policies is None else policies)


def test_a_cluster_of_an_earlier_version_leaves_all_of_it_open() -> None:
    unread = Cluster(context="old")
    assert {apis_down(unread), silent_webhooks(unread), pod_policies(unread)} == {UNSET}
    assert Admission(unread).refusals(job()) is UNSET


def judging(expression: str, **changes: Any) -> AdmissionPolicy:
    match = PolicyMatch(rules=(CreateRule(groups=("*",), resources=("pods", "pytorchjobs")),))
    validations = (Validation(expression=expression, message="no"),)
    fields = {"match": match, "validations": validations, **changes}
    return AdmissionPolicy(name="no-host-path", resources=("pods",), **fields)


DOCUMENT = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "train"},
    "spec": {"containers": [{"name": "main", "image": "x:1"}]},
}
OWN_KIND = {
    "apiVersion": "run.ai/v2alpha1",
    "kind": "TrainingWorkload",
    "metadata": {"name": "train"},
    "spec": {"image": {"value": "x:1"}},
}
NO, YES = judging("false"), judging("true")
TWO = (Validation(expression="params.most > 1"), Validation(expression="false", message="no"))
VARIABLES = {"a": "object.spec", "b": "variables.a.containers"}
MUTATING = (WebhookConfiguration(name="m", webhooks=(Webhook(name="w", pods=True),)),)


@pytest.mark.parametrize(
    ("policies", "changes", "of", "said"),
    [
        ((NO,), {}, {}, ("policy no-host-path: no",)),
        ((YES,), {}, {}, ()),
        ((judging("variables.b.size() == 1", variables=VARIABLES),), {}, {}, ()),
        ((judging("variables.c"),), {}, {}, UNSET),
        ((judging("variables.a" * 3000, variables={"a": "object.x" * 9}),), {}, {}, UNSET),
        ((judging("true", parameters=True),), {}, {}, UNSET),
        ((judging("params.most > 1 || true"),), {}, {}, ()),
        ((judging("false", validations=TWO),), {}, {}, ("policy no-host-path: no",)),
        ((YES,), {"mutating_webhooks": MUTATING}, {}, UNSET),
        ((YES,), {"mutating_webhooks": None}, {}, UNSET),
        ((AdmissionPolicy(name="no-host-path", resources=("pods",)),), {}, {}, UNSET),
        ((YES,), {}, {"document": {**DOCUMENT, "metadata": {"name": "SET_ME_NAME"}}}, UNSET),
        ((YES,), {}, {"document": OWN_KIND}, UNSET),
        ((NO,), {}, {"nodes": {"a": 1}}, ()),
        (None, {}, {}, UNSET),
    ],
)  # fmt: skip
def test_what_policies_say_of_a_job(
    policies: Any, changes: dict[str, Any], of: dict[str, Any], said: Any
) -> None:
    facts = {
        "admission_policies": policies,
        "policy_bindings": (DENY,),
        "mutating_webhooks": (),
        "mutating_policies": (),
        "mutating_bindings": (),
        **changes,
    }
    asked = job(run=Run(image=word("x:1")), **{"document": DOCUMENT, **of})
    assert Policies(Cluster(context="", **facts)).refusals(asked, None) == said
    assert Policies(None).refusals(asked, None) == ()
