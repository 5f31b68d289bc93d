"""A cluster against Run:ai releases: every cell by hand, and nothing unknown that passes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from advisor.catalogs import load_catalog
from advisor.catalogs.accelerators import AcceleratorCatalog
from advisor.catalogs.runai_releases import (
    OperatorCatalog,
    ReleaseCatalog,
    VersionRange,
    parse_version,
)
from advisor.errors import InputError
from advisor.facts.cluster import (
    Cluster,
    Component,
    IngressClass,
    Namespace,
    Node,
    Service,
    Webhook,
    WebhookConfiguration,
)
from advisor.facts.storage import StorageClass
from advisor.placement.accelerators import node_accelerators
from advisor.views.readiness import readiness
from advisor.views.requirement import Surveyed
from advisor.views.requirements import outcomes

RELEASES = load_catalog("runai_releases", ReleaseCatalog)
OPERATORS = load_catalog("gpu_operator", OperatorCatalog)
ACCELERATORS = load_catalog("accelerators", AcceleratorCatalog)
GIB = 1024**3


def gpu_node(name: str = "dgx-1", **changes: Any) -> Node:
    labels = {
        "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
        "nvidia.com/cuda.driver-version.full": "580.95.05",
    }
    size = {"nvidia.com/gpu": 8, "cpu": 128_000, "memory": 1024 * GIB}
    fields: dict[str, Any] = {
        "labels": labels,
        "architecture": "amd64",
        "operating_system": "linux",
        "os_image": "Ubuntu 22.04.5 LTS",
        "container_runtime": "containerd://1.7.27",
        "clock_offset": 1,
        "capacity": size,
        "allocatable": size,
    }
    return Node(name=name, **{**fields, **changes})


def cpu_node(name: str = "cpu-1", cpus: int = 16, memory: int = 64) -> Node:
    size = {"cpu": cpus * 1000, "memory": memory * GIB}
    return gpu_node(name, labels={}, capacity=size, allocatable=size)


COMPONENTS = {
    "gpu-operator": "v25.10.1",
    "prometheus": "v3.5.0",
    "mpi-operator": "0.6.0",
    "training-operator": "v1.9.2",
}


def surveyed(*nodes: Node, components: dict[str, str] | None = None, **changes: Any) -> Surveyed:
    nodes = nodes or (gpu_node(), cpu_node())
    parts = COMPONENTS if components is None else components
    cluster = Cluster(
        context="lab",
        version="v1.34.3",
        nodes=nodes,
        storage_classes=(StorageClass(name="nfs", provisioner="nfs.csi.k8s.io", default=True),),
        namespaces=(
            Namespace(name="runai", labels={"pod-security.kubernetes.io/enforce": "privileged"}),
        ),
        ingress_classes=(IngressClass(name="haproxy", default=True),),
        admission_policies=(),
        policy_bindings=(),
        validating_webhooks=(),
        mutating_webhooks=(),
        mutating_policies=(),
        mutating_bindings=(),
        services=(
            Service(
                namespace="haproxy", name="haproxy", load_balancer=True, addresses=("10.0.0.5",)
            ),
            Service(namespace="team", name="web"),
        ),
        gateway_classes=(),
        openshift=(),
        components=tuple(
            Component(name=name, evidence="x", version=version) for name, version in parts.items()
        ),
    )
    cluster = replace(cluster, **changes)
    return Surveyed(
        cluster=cluster,
        nodes=cluster.nodes,
        accelerators=node_accelerators(cluster.nodes or (), (), (), ACCELERATORS),
        operators=OPERATORS,
    )


def states(found: Surveyed, release: str) -> dict[str, bool | None]:
    named = RELEASES.named(release)
    assert named is not None
    return {name: one.met for name, one in outcomes(found, named, RELEASES).items()}


LATE_ROWS = {"clocks", "default_ingress_class", "load_balancer"}
NEVER_STATED = {"network_operator", "dra_driver", "secrets", "operator_kubernetes"}
"""What no manual states, and the Kubernetes below GPU Operator 25.10, which was not found."""
BEFORE_2_25 = {"leader_worker_set", "unsupported_gpus", "default_ingress_class", "load_balancer"}


@pytest.mark.parametrize(
    ("release", "unmet", "unknown"),
    [
        ("2.16", {"kubernetes"}, {"gpu_operator", "training_operator", "mpi_operator", "knative",
                                  "runtimes", "clocks"} | BEFORE_2_25 | NEVER_STATED),
        ("2.20", {"kubernetes", "gpu_operator", "training_operator"}, BEFORE_2_25 | NEVER_STATED),
        ("2.24", set(), {"gpu_operator", "training_operator", "mpi_operator", "knative"}
         | BEFORE_2_25 | NEVER_STATED),
        ("2.25", set(), NEVER_STATED - {"network_operator", "dra_driver"}),
        ("3.0", {"prometheus", "training_operator", "fractions"},
         {"kubernetes", "secrets", "operator_kubernetes"} | LATE_ROWS),
    ],
)  # fmt: skip
def test_a_cluster_against_five_releases(release: str, unmet: set[str], unknown: set[str]) -> None:
    found = states(surveyed(), release)
    assert {name for name, met in found.items() if met is False} == unmet
    assert {name for name, met in found.items() if met is None} == unknown


def test_the_newest_release_that_the_cluster_meets_is_chosen() -> None:
    assert readiness(surveyed(), RELEASES, "").release.name == "2.26"
    assert readiness(surveyed(version="v1.35.1"), RELEASES, "").release.name == "2.26"
    assert readiness(surveyed(version="v1.29.4"), RELEASES, "").release.name == "2.17"
    assert readiness(surveyed(version="v1.12.0"), RELEASES, "").release.name == "3.0"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"version": None}, "kubernetes"),
        ({"openshift": None}, "openshift"),
        ({"nodes": None}, "runtimes"),
        ({"nodes": None}, "system_nodes"),
        ({"nodes": None}, "unsupported_gpus"),
        ({"ingress_classes": None}, "ingress"),
        ({"ingress_classes": (), "gateway_classes": None}, "ingress"),
        ({"ingress_classes": None}, "default_ingress_class"),
        ({"ingress_classes": ("haproxy",)}, "default_ingress_class"),
        ({"services": None}, "load_balancer"),
        ({"services": ()}, "load_balancer"),
        ({"nodes": None}, "clocks"),
        ({"nodes": (gpu_node(), gpu_node("dgx-2", clock_offset=None))}, "clocks"),
        ({"nodes": None}, "operator_driver"),
        ({"storage_classes": None}, "default_storage_class"),
        ({"namespaces": None}, "pod_security"),
        ({"namespaces": ()}, "pod_security"),
    ],
)
def test_what_was_not_read_is_not_known(changes: dict[str, Any], name: str) -> None:
    assert states(surveyed(**changes), "2.25")[name] is None


def test_components_that_could_not_be_read_are_not_known() -> None:
    found = surveyed()
    unread = Surveyed(
        cluster=replace(found.cluster, components=None),
        nodes=found.nodes,
        accelerators=found.accelerators,
        operators=OPERATORS,
    )
    assert states(unread, "2.25")["prometheus"] is None
    assert states(unread, "2.25")["upgrade"] is None


@pytest.mark.parametrize(
    ("found", "name", "seen"),
    [
        (surveyed(version="v1.36.0"), "kubernetes", "v1.36.0"),
        (surveyed(openshift=("4.16.9",)), "openshift", "4.16.9"),
        (surveyed(components={"prometheus": "v3.5.0"}), "gpu_operator", "not installed"),
        (surveyed(components={"gpu-operator": "v24.9.0"}), "gpu_operator", "v24.9.0"),
        (surveyed(gpu_node(container_runtime="docker://24.0")), "runtimes", "docker on dgx-1"),
        (
            surveyed(gpu_node(os_image="Bottlerocket OS 1.20")),
            "operating_systems",
            "Bottlerocket OS 1.20 on dgx-1",
        ),
        (surveyed(gpu_node(architecture="s390x")), "architectures", "s390x on dgx-1"),
        (surveyed(gpu_node()), "system_nodes", "every node has GPUs"),
        (
            surveyed(gpu_node(), cpu_node(cpus=4, memory=8)),
            "system_nodes",
            "the largest, cpu-1, has 4 CPUs and 8.0 GiB",
        ),
        (surveyed(ingress_classes=(), gateway_classes=()), "ingress", "none"),
        (
            surveyed(ingress_classes=(IngressClass(name="a"), IngressClass(name="b"))),
            "default_ingress_class",
            "default: none",
        ),
        (
            surveyed(
                services=(
                    Service(namespace="haproxy", name="haproxy", load_balancer=True),
                    Service(
                        namespace="team", name="ui", load_balancer=True, addresses=("10.0.0.6",)
                    ),
                )
            ),
            "load_balancer",
            "none for haproxy/haproxy",
        ),
        (
            surveyed(
                gpu_node(clock_offset=-340),
                gpu_node("dgx-2", clock_offset=61),
                cpu_node("cpu-1"),
                gpu_node("dgx-3", clock_offset=None),
            ),
            "clocks",
            "dgx-1 is 340 s behind, dgx-2 is 61 s ahead",
        ),
        (
            surveyed(components={"gpu-operator": "v24.9.2"}),
            "operator_kubernetes",
            "v1.34.3",
        ),
        (
            surveyed(components={"gpu-operator": "v26.3.1"}, openshift=("4.16.9",)),
            "operator_kubernetes",
            "4.16.9",
        ),
        (
            surveyed(gpu_node(labels={"nvidia.com/cuda.driver-version.full": "470.256.02"})),
            "operator_driver",
            "driver 470.256.02",
        ),
        (surveyed(storage_classes=()), "default_storage_class", "none"),
        (
            surveyed(
                namespaces=(
                    Namespace(
                        name="runai", labels={"pod-security.kubernetes.io/enforce": "restricted"}
                    ),
                )
            ),
            "pod_security",
            "runai: restricted",
        ),
        (
            surveyed(gpu_node(labels={"nvidia.com/gpu.product": "NVIDIA-GB10"})),
            "unsupported_gpus",
            "NVIDIA-GB10",
        ),
        (surveyed(components={**COMPONENTS, "runai": "2.16.9"}), "upgrade", "2.16 is installed"),
        (
            surveyed(components={**COMPONENTS, "runai": "3.0.1"}),
            "upgrade",
            "3.0 is installed, a newer one",
        ),
        (surveyed(nodes=()), "system_nodes", "there is no node"),
    ],
)
def test_what_is_not_met_says_what_was_seen(found: Surveyed, name: str, seen: str) -> None:
    release = RELEASES.named("2.25")
    assert release is not None
    outcome = outcomes(found, release, RELEASES)[name]
    assert (outcome.met, outcome.seen) == (False, seen)


def test_a_part_that_only_some_work_needs_may_be_missing() -> None:
    release = RELEASES.named("2.25")
    assert release is not None
    outcome = outcomes(surveyed(), release, RELEASES)["knative"]
    assert (outcome.met, outcome.needed, outcome.seen) == (True, False, "not installed")


@pytest.mark.parametrize(
    ("operator", "changes", "below", "driver"),
    [
        ("v26.3.1", {}, True, True),
        ("v26.3.1", {"version": "v1.36.0"}, False, True),
        ("v26.3.1", {"version": None}, None, True),
        ("v26.3.1", {"openshift": None}, None, True),
        ("v26.3.1", {"openshift": ("4.21.3",)}, True, True),
        ("v25.3.4", {"version": "v1.33.1"}, True, True),
        ("v25.10.0", {}, None, True),
        ("v24.6.2", {}, False, None),
        ("v31.1.0", {}, None, None),
        ("", {}, None, None),
    ],
)
def test_what_nvidia_supports_an_operator_on(
    operator: str, changes: dict[str, Any], below: bool | None, driver: bool | None
) -> None:
    found = states(surveyed(components={"gpu-operator": operator}, **changes), "2.25")
    assert (found["operator_kubernetes"], found["operator_driver"]) == (below, driver)


def test_without_an_operator_nothing_is_asked_below_it() -> None:
    release = RELEASES.named("2.25")
    assert release is not None
    found = outcomes(surveyed(components={}), release, RELEASES)
    for name in ("operator_kubernetes", "operator_driver"):
        assert (found[name].met, found[name].needed, found[name].seen) == (
            True,
            False,
            "no GPU Operator",
        )


def test_the_row_of_an_operator_names_nvidias_page() -> None:
    release = RELEASES.named("2.25")
    assert release is not None
    found = outcomes(surveyed(components={"gpu-operator": "v26.3.1"}), release, RELEASES)
    assert found["operator_kubernetes"].source == OPERATORS.sources["V26_3"]
    assert found["operator_driver"].source == OPERATORS.sources["V26_3_drivers"]


def test_an_optional_part_in_the_right_version_is_met_and_in_another_only_a_warning() -> None:
    release = RELEASES.named("2.25")
    assert release is not None
    for version, met in (("1.19.0", True), ("1.12.0", False)):
        outcome = outcomes(surveyed(components={"knative": version}), release, RELEASES)["knative"]
        assert (outcome.met, outcome.needed, outcome.seen) == (met, met, version)


def test_a_component_without_a_version_is_not_known() -> None:
    assert states(surveyed(components={"gpu-operator": ""}), "2.25")["gpu_operator"] is None


def test_the_installed_release_is_found_by_its_version() -> None:
    found = readiness(surveyed(components={"runai": "v2.23.4"}), RELEASES, "installed")
    assert (found.release.name, found.asked) == ("2.23", True)
    with pytest.raises(InputError) as caught:
        readiness(surveyed(), RELEASES, "installed")
    assert caught.value.line() == (
        "--runai installed: no version of Run:ai is stated in this cluster"
        " (name the release: --runai 2.25)"
    )


def test_a_release_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        readiness(surveyed(), RELEASES, "9.9")
    assert caught.value.line().startswith("--runai: release '9.9' is not in the table (give one of")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v1.34.3", (1, 34, 3)),
        ("v1.31.4-eks-2d5f260", (1, 31, 4)),
        ("1.33.5+rke2r1", (1, 33, 5)),
        ("v25.10.1-ubi9", (25, 10, 1)),
        ("main", ()),
        ("", ()),
        ("٣.٤", ()),
    ],
)
def test_versions_as_clusters_state_them(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("lowest", "highest", "version", "takes"),
    [
        ("1.33", "1.35", (1, 35, 9), True),
        ("1.33", "1.35", (1, 36), False),
        ("1.33", "1.35", (1, 33), True),
        ("25.10", "26.7.1", (26, 7, 2), False),
        ("25.10", "26.7.1", (26, 7), True),
        ("0.6.0", "", (0, 6), True),
        ("", "0.3.0", (0, 4, 0), False),
        ("", "", (7,), True),
    ],
)
def test_ranges(lowest: str, highest: str, version: tuple[int, ...], takes: bool) -> None:
    supported = VersionRange(lowest=lowest, highest=highest, source="SM")
    assert supported.takes(version) is takes


HOOK = Webhook(name="pods.guard", service="guard/hook", pods=True)
HOOKS = (WebhookConfiguration(name="guard", webhooks=(HOOK,)),)


@pytest.mark.parametrize(
    ("changes", "met", "seen"),
    [
        ({}, True, "nothing is asked about them"),
        (
            {"mutating_webhooks": HOOKS, "services": (Service(namespace="guard", name="hook"),)},
            None,
            "asked about them: mutating webhook pods.guard",
        ),
        (
            {"mutating_webhooks": HOOKS},
            False,
            "pods.guard of guard (guard/hook) cannot be asked: no such Service",
        ),
        ({"validating_webhooks": None}, None, ""),
    ],
)
def test_what_may_change_or_refuse_a_job_is_never_met(
    changes: dict[str, Any], met: bool | None, seen: str
) -> None:
    named = RELEASES.named("2.25")
    assert named is not None
    found = outcomes(surveyed(**changes), named, RELEASES)["admission"]
    assert (found.met, found.seen) == (met, seen)
    assert found.settle == ("kubectl apply --dry-run=server -f FILE" if met is None else "")
