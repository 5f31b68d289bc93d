"""Records of small objects."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.facts.cluster import (
    AdmissionPolicy,
    ApiService,
    CreateRule,
    Device,
    DeviceClaim,
    DeviceClass,
    DeviceConstraint,
    DeviceRequest,
    DeviceWish,
    IngressClass,
    LimitRange,
    Limits,
    PolicyBinding,
    PolicyMatch,
    PriorityClass,
    ResourceQuota,
    ResourceSlice,
    Service,
    Validation,
    Webhook,
    WebhookConfiguration,
)
from advisor.facts.storage import NodeSelectorRequirement
from advisor.probes.kubernetes.devices import (
    DeviceClassWire,
    SliceWire,
    device_class,
    resource_slice,
)
from advisor.probes.kubernetes.reading import SUBJECTS

ATTRIBUTES = {
    "type": {"string": "gpu"},
    "gpu.nvidia.com/productName": {"string": "NVIDIA H100 80GB HBM3"},
    "index": {"int": 0},
    "healthy": {"bool": True},
    "driverVersion": {"version": "570.86.15"},
    "odd": None,
}
NEW = {
    "name": "gpu-0",
    "attributes": ATTRIBUTES,
    "capacity": {"memory": {"value": "80Gi"}},
    "consumesCounters": [{"counterSet": "gpu-0", "counters": {}}],
}
V1BETA1 = {
    "name": "gpu-0",
    "basic": {
        "attributes": ATTRIBUTES,
        "capacity": {"memory": {"value": "80Gi"}},
        "consumesCounters": [{"counterSet": "gpu-0"}],
    },
}
V1ALPHA3 = {
    "name": "gpu-0",
    "basic": {
        "attributes": ATTRIBUTES,
        "capacity": {"memory": "80Gi"},
        "consumesCounters": [{"counterSet": "gpu-0"}],
    },
}
GPU = Device(
    name="gpu-0",
    type="gpu",
    product="NVIDIA H100 80GB HBM3",
    memory=80 * 2**30,
    shares_counters=True,
    attributes={
        "gpu.nvidia.com/type": "gpu",
        "gpu.nvidia.com/productName": "NVIDIA H100 80GB HBM3",
        "gpu.nvidia.com/index": 0,
        "gpu.nvidia.com/healthy": True,
    },
    versions={"gpu.nvidia.com/driverVersion": "570.86.15"},
    capacity={"gpu.nvidia.com/memory": "80Gi"},
)


@pytest.mark.parametrize(
    ("status", "version"),
    [
        (
            '{"history": [{"state": "Partial", "version": "4.18.3"},'
            ' {"state": "Completed", "version": "4.17.12"}]}',
            "4.17.12",
        ),
        ('{"history": [{"state": "Completed", "version": null}, null]}', ""),
        ('{"history": null}', ""),
        ("null", ""),
    ],
)
def test_the_openshift_version_is_what_is_installed(status: str, version: str) -> None:
    subject = SUBJECTS["config.openshift.io/clusterversions"]
    text = f'{{"metadata": {{"name": "version"}}, "status": {status}}}'
    wire = msgspec.json.decode(text, type=subject.wire)
    assert subject.record(wire) == version


@pytest.mark.parametrize(
    ("spec", "selector"),
    [('{"defaultNodeSelector": "type=user,region=east"}', "type=user,region=east"), ("null", "")],
)
def test_the_selector_that_openshift_gives_to_pods(spec: str, selector: str) -> None:
    subject = SUBJECTS["config.openshift.io/schedulers"]
    wire = msgspec.json.decode(
        f'{{"metadata": {{"name": "cluster"}}, "spec": {spec}}}', type=subject.wire
    )
    assert subject.record(wire) == selector


def slice_of(*devices: Any) -> ResourceSlice:
    spec = {
        "driver": "gpu.nvidia.com",
        "pool": {"name": "gpu-1", "generation": 3, "resourceSliceCount": 2},
        "nodeName": "gpu-1",
        "devices": list(devices),
    }
    document = {"metadata": {"name": "slice"}, "spec": spec}
    return resource_slice(msgspec.convert(document, SliceWire))


@pytest.mark.parametrize("device", [NEW, V1BETA1, V1ALPHA3])
def test_a_device_of_every_served_version(device: Any) -> None:
    assert slice_of(device, None, {"name": "bare", "attributes": None}) == ResourceSlice(
        name="slice",
        driver="gpu.nvidia.com",
        pool="gpu-1",
        generation=3,
        slice_count=2,
        node="gpu-1",
        devices=(GPU, Device(name="bare")),
    )


def test_a_slice_with_nothing() -> None:
    assert resource_slice(SliceWire()) == ResourceSlice(
        name="", driver="", pool="", generation=0, slice_count=0
    )


REQUEST = {
    "deviceClassName": "gpu.nvidia.com",
    "selectors": [{"cel": {"expression": "device.attributes['gpu.nvidia.com'].index < 4"}}],
    "allocationMode": "ExactCount",
    "count": 2,
}
WISH = DeviceWish(
    device_class="gpu.nvidia.com",
    selectors=("device.attributes['gpu.nvidia.com'].index < 4",),
    count=2,
)


@pytest.mark.parametrize(
    ("requests", "found"),
    [
        ([{"name": "gpus", "exactly": REQUEST}], DeviceRequest(name="gpus", wishes=(WISH,))),
        ([{"name": "gpus", **REQUEST}], DeviceRequest(name="gpus", wishes=(WISH,))),
        (
            [{"name": "all", "exactly": {"deviceClassName": "nic", "allocationMode": "All"}}, None],
            DeviceRequest(name="all", wishes=(DeviceWish(device_class="nic", count=None),)),
        ),
        (
            [
                {
                    "name": "either",
                    "firstAvailable": [
                        {"name": "big", **REQUEST},
                        {"name": "small", "deviceClassName": "mig", "capacity": {"requests": {}}},
                    ],
                }
            ],
            DeviceRequest(
                name="either", wishes=(WISH, DeviceWish(device_class="mig", amounts=True))
            ),
        ),
        (
            [{"name": "watch", "exactly": {"deviceClassName": "gpu", "adminAccess": True}}],
            DeviceRequest(name="watch", wishes=(DeviceWish(device_class="gpu"),), admin=True),
        ),
    ],
)
@pytest.mark.parametrize("kind", ["ResourceClaim", "ResourceClaimTemplate"])
def test_a_claim_of_every_served_version(requests: Any, found: DeviceRequest, kind: str) -> None:
    devices = {
        "requests": requests,
        "constraints": [{"matchAttribute": "gpu.nvidia.com/numa", "requests": ["gpus"]}, {}],
    }
    spec: dict[str, Any] = {"devices": devices}
    subject = SUBJECTS[f"resource.k8s.io/{kind.lower()}s"]
    document = {
        "metadata": {"namespace": "team", "name": "one"},
        "spec": {"spec": spec} if kind == "ResourceClaimTemplate" else spec,
    }
    assert subject.record(msgspec.convert(document, subject.wire)) == DeviceClaim(
        kind=kind,
        namespace="team",
        name="one",
        requests=(found,),
        constraints=(
            DeviceConstraint(attribute="gpu.nvidia.com/numa", requests=("gpus",)),
            DeviceConstraint(attribute=""),
        ),
    )


def test_a_device_class() -> None:
    spec = {
        "extendedResourceName": "nvidia.com/gpu",
        "selectors": [{"cel": {"expression": "device.driver == 'gpu.nvidia.com'"}}, {"cel": None}],
    }
    document = {"metadata": {"name": "gpu.nvidia.com"}, "spec": spec}
    assert device_class(msgspec.convert(document, DeviceClassWire)) == DeviceClass(
        name="gpu.nvidia.com",
        extended_resource="nvidia.com/gpu",
        selectors=("device.driver == 'gpu.nvidia.com'",),
    )


def read(name: str, document: Any) -> Any:
    """The record of one object as the probe makes it."""
    subject = SUBJECTS[name]
    wire = msgspec.json.decode(msgspec.json.encode(document), type=subject.wire)
    return subject.record(wire)


META = {"namespace": "team", "name": "x"}
ADMISSION = "admissionregistration.k8s.io"
A_POD = CreateRule(groups=("",), resources=("pods",))
ANYTHING = CreateRule(groups=("*",), resources=("*/*",))
ON_PODS = {"operations": ["CREATE"], "apiGroups": [""], "resources": ["pods"]}


@pytest.mark.parametrize(
    ("name", "document", "record"),
    [
        (
            "networking.k8s.io/ingressclasses",
            {
                "metadata": {
                    "name": "nginx",
                    "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"},
                }
            },
            IngressClass(name="nginx", default=True),
        ),
        ("networking.k8s.io/ingressclasses", {}, IngressClass(name="")),
        (
            "services",
            {
                "metadata": META,
                "spec": {"type": "LoadBalancer"},
                "status": {
                    "loadBalancer": {
                        "ingress": [{"ip": "10.0.0.5"}, None, {"hostname": "lb.example"}, {}]
                    }
                },
            },
            Service(
                namespace="team",
                name="x",
                load_balancer=True,
                addresses=("10.0.0.5", "lb.example"),
            ),
        ),
        (
            "services",
            {"metadata": META, "spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {}}},
            Service(namespace="team", name="x", load_balancer=True),
        ),
        (
            "services",
            {"metadata": META, "spec": None, "status": {"loadBalancer": {"ingress": None}}},
            Service(namespace="team", name="x"),
        ),
        (
            "apiregistration.k8s.io/apiservices",
            {
                "metadata": {"name": "v1beta1.metrics.k8s.io"},
                "spec": {"service": {"namespace": "kube-system", "name": "metrics-server"}},
                "status": {
                    "conditions": [
                        {"type": "Available", "status": "False", "reason": "MissingEndpoints"}
                    ]
                },
            },
            ApiService(
                name="v1beta1.metrics.k8s.io",
                service="kube-system/metrics-server",
                available=False,
                reason="MissingEndpoints",
            ),
        ),
        (
            "apiregistration.k8s.io/apiservices",
            {
                "metadata": {"name": "v1.apps"},
                "status": {
                    "conditions": [{"type": "Available", "status": "True", "reason": "Local"}]
                },
            },
            ApiService(name="v1.apps", available=True),
        ),
        (
            "apiregistration.k8s.io/apiservices",
            {"metadata": {"name": "v1.x"}, "status": {"conditions": [{"status": "True"}]}},
            ApiService(name="v1.x"),
        ),
        (
            "scheduling.k8s.io/priorityclasses",
            {"metadata": {"name": "high"}, "value": 1000, "globalDefault": True},
            PriorityClass(name="high", value=1000, default=True),
        ),
        (
            "resourcequotas",
            {
                "metadata": META,
                "spec": {"hard": {"requests.nvidia.com/gpu": "4", "requests.cpu": "1500m"}},
                "status": {"used": {"requests.cpu": "1"}},
            },
            ResourceQuota(
                namespace="team",
                name="x",
                hard={"requests.nvidia.com/gpu": 4, "requests.cpu": 1500},
                used={"requests.cpu": 1000},
            ),
        ),
        (
            "resourcequotas",
            {"metadata": META, "spec": {"hard": {"pods": "0"}, "scopes": ["BestEffort"]}},
            ResourceQuota(namespace="team", name="x", hard={"pods": 0}, scoped=True),
        ),
        (
            "limitranges",
            {
                "metadata": META,
                "spec": {
                    "limits": [
                        {
                            "type": "Container",
                            "max": {"cpu": "4"},
                            "min": {"memory": "1Gi"},
                            "default": {"cpu": "2", "memory": "2Gi"},
                            "defaultRequest": {"cpu": "1"},
                        },
                        None,
                    ]
                },
            },
            LimitRange(
                namespace="team",
                name="x",
                limits=(
                    Limits(
                        type="Container",
                        maximum={"cpu": 4000},
                        minimum={"memory": 2**30},
                        defaults={"cpu": 1000, "memory": 2**31},
                        default_limits={"cpu": 2000, "memory": 2**31},
                    ),
                ),
            ),
        ),
        (
            f"{ADMISSION}/validatingwebhookconfigurations",
            {
                "metadata": {"name": "guard"},
                "webhooks": [
                    {
                        "name": "a.guard",
                        "clientConfig": {"service": {"namespace": "guard", "name": "hook"}},
                        "rules": [ON_PODS],
                    },
                    {
                        "name": "b.guard",
                        "clientConfig": {"url": "https://user:secret@guard.example"},
                        "failurePolicy": "Ignore",
                        "rules": [{**ON_PODS, "operations": ["UPDATE"]}],
                        "namespaceSelector": {"matchLabels": {"guarded": "yes"}},
                    },
                    {
                        "name": "c.guard",
                        "rules": [{"operations": ["*"], "apiGroups": ["*"], "resources": ["*/*"]}],
                        "namespaceSelector": {},
                    },
                ],
            },
            WebhookConfiguration(
                name="guard",
                webhooks=(
                    Webhook(name="a.guard", service="guard/hook", pods=True, rules=(A_POD,)),
                    Webhook(name="b.guard", required=False, narrowed=True),
                    Webhook(name="c.guard", pods=True, rules=(ANYTHING,)),
                ),
            ),
        ),
        (
            f"{ADMISSION}/validatingadmissionpolicies",
            {
                "metadata": {"name": "no-host-path"},
                "spec": {
                    "matchConstraints": {
                        "resourceRules": [
                            ON_PODS,
                            {**ON_PODS, "resources": ["jobs", None]},
                            {**ON_PODS, "operations": ["DELETE"], "resources": ["nodes"]},
                        ],
                        "namespaceSelector": {"matchLabels": {"team": "vision"}},
                    },
                    "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
                    "variables": [{"name": "spec", "expression": "object.spec"}, None],
                    "matchConditions": [{"name": "c", "expression": "true"}],
                    "validations": [
                        {"expression": "a", "message": "m"},
                        {"expression": "b", "messageExpression": "'m'", "reason": "Invalid"},
                    ],
                },
            },
            AdmissionPolicy(
                name="no-host-path",
                resources=("jobs", "pods"),
                match=PolicyMatch(
                    rules=(
                        CreateRule(groups=("",), resources=("pods",)),
                        CreateRule(groups=("",), resources=("jobs",)),
                    ),
                    namespace_selector=(
                        NodeSelectorRequirement(key="team", operator="In", values=("vision",)),
                    ),
                ),
                parameters=True,
                variables={"spec": "object.spec"},
                conditions=("true",),
                validations=(
                    Validation(expression="a", message="m"),
                    Validation(expression="b", message_expression="'m'"),
                ),
            ),
        ),
        (
            f"{ADMISSION}/validatingadmissionpolicybindings",
            {
                "metadata": {"name": "b"},
                "spec": {"policyName": "no-host-path", "validationActions": ["Deny", "Audit"]},
            },
            PolicyBinding(name="b", policy="no-host-path", actions=("Deny", "Audit")),
        ),
    ],
)
def test_what_stands_before_an_object(name: str, document: Any, record: Any) -> None:
    assert read(name, document) == record
