"""Each row of the readiness table with each list refused: what was not read decides nothing."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from advisor.facts.cluster import (
    AdmissionPolicy,
    Component,
    Device,
    IngressClass,
    Namespace,
    PolicyBinding,
    ResourceSlice,
    Service,
    Taint,
    Webhook,
    WebhookConfiguration,
)
from advisor.facts.storage import StorageClass
from advisor.views.requirement import Surveyed
from advisor.views.requirements import outcomes
from tests.views.readiness_cluster import RELEASES, cpu_node, gpu_node, surveyed

ENFORCED = "pod-security.kubernetes.io/enforce"
HOOKS = (
    WebhookConfiguration(
        name="guard", webhooks=(Webhook(name="pods.guard", service="guard/hook", pods=True),)
    ),
)
POLICIES = (AdmissionPolicy(name="p", resources=("pods",)),)
BINDINGS = (PolicyBinding(name="p", policy="p", actions=("Deny",)),)
ON_CPU_NODE = ResourceSlice(
    name="s",
    driver="gpu.nvidia.com",
    pool="cpu-1",
    generation=1,
    slice_count=1,
    node="cpu-1",
    devices=(Device(name="gpu-0", type="gpu", product="NVIDIA GB10"),),
)


def parts(**versions: str) -> tuple[Component, ...]:
    return tuple(
        Component(name=name.replace("_", "-"), evidence="Deployment a/b", version=version)
        for name, version in versions.items()
    )


CONTENTS: dict[str, tuple[Any, ...]] = {
    "version": ("v1.34.3", "v1.20.1", "v1.31.14"),
    "openshift": ((), ("4.19.9",), ("4.10.1",)),
    "nodes": (
        (),
        (gpu_node(), cpu_node()),
        (cpu_node(cpus=2, unschedulable=True),),
        (gpu_node(container_runtime="docker://24", os_image="Windows", architecture="s390x"),),
        (
            gpu_node(
                clock_offset=900,
                labels={
                    "nvidia.com/gpu.product": "NVIDIA-GB10",
                    "nvidia.com/cuda.driver-version.full": "390.1",
                },
            ),
            *(cpu_node(f"cpu-{number}") for number in range(5)),
        ),
        (cpu_node(taints=(Taint(key="a", effect="NoSchedule"),), os_image="Talos"),),
    ),
    "resource_slices": ((), (ON_CPU_NODE,)),
    "storage_classes": ((), (StorageClass(name="nfs", provisioner="nfs", default=True),)),
    "namespaces": (
        (),
        (Namespace(name="runai", labels={ENFORCED: "privileged"}),),
        (Namespace(name="runai", labels={ENFORCED: "restricted"}),),
        (Namespace(name="runai-backend"), Namespace(name="runai")),
    ),
    "ingress_classes": (
        (),
        (IngressClass(name="a", default=True),),
        (IngressClass(name="a"), IngressClass(name="b")),
    ),
    "gateway_classes": ((), ("envoy",)),
    "services": (
        (),
        (Service(namespace="guard", name="hook"),),
        (Service(namespace="a", name="b", load_balancer=True),),
        (Service(namespace="a", name="b", load_balancer=True, addresses=("10.0.0.1",)),),
    ),
    "validating_webhooks": ((), HOOKS),
    "mutating_webhooks": ((), HOOKS),
    "admission_policies": ((), POLICIES),
    "policy_bindings": ((), BINDINGS),
    "mutating_policies": ((), POLICIES),
    "mutating_bindings": ((), BINDINGS),
    "components": (
        (),
        parts(gpu_operator="v26.3.1", prometheus="v3.5.0", knative="1.19.0"),
        parts(gpu_operator="v22.9.0", prometheus="v2.45.0", runai="2.13.1"),
        parts(gpu_operator="v26.7.1", prometheus="v3.13.1", runai="2.25.1", knative="1.1.0"),
    ),
}
"""What each list may hold; any of them could be behind a refusal."""

SMALL = {"nodes": (gpu_node(), cpu_node(disk=60)), "ingress_classes": (), "storage_classes": ()}
BASES: dict[str, dict[str, Any]] = {
    "whole": {},
    "bare": {name: contents[0] for name, contents in CONTENTS.items()},
    "small": {**SMALL, "services": (), "namespaces": (Namespace(name="runai-backend"),)},
    "openshift": {**SMALL, "openshift": ("4.19.9",), "version": "v1.32.5", "components": ()},
    "with policies": {
        "mutating_webhooks": HOOKS,
        "policy_bindings": BINDINGS,
        "mutating_bindings": BINDINGS,
        "admission_policies": POLICIES,
        "services": (Service(namespace="guard", name="hook"),),
    },
}


def met(cluster: Surveyed, release: str) -> dict[str, bool | None]:
    named = RELEASES.named(release)
    assert named is not None
    return {name: outcome.met for name, outcome in outcomes(cluster, named, RELEASES).items()}


def holding(base: dict[str, Any], **contents: Any) -> Surveyed:
    fields = {**base, **contents}
    components = fields.pop("components", parts(gpu_operator="v25.10.1", prometheus="v3.5.0"))
    found = surveyed(**fields)
    return replace(found, cluster=replace(found.cluster, components=components))


@pytest.mark.parametrize("release", ["2.16", "2.20", "2.24", "2.25", "3.0"])
@pytest.mark.parametrize("refused", CONTENTS)
@pytest.mark.parametrize("base", BASES)
def test_a_list_that_was_refused_decides_nothing(base: str, refused: str, release: str) -> None:
    """A row is not known, or as it is with whatever the list may hold."""
    without = met(holding(BASES[base], **{refused: None}), release)
    every = [met(holding(BASES[base], **{refused: one}), release) for one in CONTENTS[refused]]
    wrong = {
        row: (state, [states[row] for states in every])
        for row, state in without.items()
        if state is not None and {states[row] for states in every} != {state}
    }
    assert wrong == {}


def test_each_list_decides_some_row() -> None:
    """Else the test above would say nothing of it."""
    for name, contents in CONTENTS.items():
        results = [
            met(holding(base, **{name: one}), release)
            for base in BASES.values()
            for one in contents
            for release in ("2.25", "3.0")
        ]
        assert any(one != results[0] for one in results), name
