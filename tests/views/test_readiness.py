"""A cluster against Run:ai releases: every cell by hand, and nothing unknown that passes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from advisor.catalogs.runai_releases import (
    Requirements,
    VersionRange,
    parse_version,
)
from advisor.errors import InputError
from advisor.facts.cluster import (
    Component,
    IngressClass,
    Namespace,
    Node,
    Service,
    Taint,
    Webhook,
    WebhookConfiguration,
)
from advisor.views.readiness import readiness
from advisor.views.requirement import Surveyed
from advisor.views.requirements import outcomes
from tests.views.readiness_cluster import (
    COMPONENTS,
    OPERATORS,
    RELEASES,
    SYSTEM,
    cpu_node,
    gpu_node,
    judged,
    states,
    surveyed,
)

ADVICE = {"high_availability", "node_roles"}
"""What one unlabelled node for Run:ai's services lacks for every release."""
NEVER_STATED = {"network_operator", "dra_driver", "secrets", "operator_kubernetes"}
"""What no manual states, and the Kubernetes below GPU Operator 25.10, which was not found."""
BEFORE_2_25 = {"leader_worker_set", "unsupported_gpus", "default_ingress_class", "load_balancer"}
WORK = {"training_operator", "mpi_operator", "knative"}
BEFORE_2_20 = {"runtimes", "clocks", "control_plane"} | WORK


@pytest.mark.parametrize(
    ("release", "unmet", "unknown"),
    [
        ("2.8", {"kubernetes"}, {"prometheus", "system_nodes", "high_availability", "node_roles",
                                 "operating_systems", "default_storage_class",
                                 "pod_security"} | BEFORE_2_20),
        ("2.14", ADVICE, {"kubernetes", "gpu_operator"} | BEFORE_2_20),
        ("2.15", {"kubernetes", "gpu_operator"} | ADVICE, BEFORE_2_20),
        ("2.16", {"kubernetes"} | ADVICE, {"gpu_operator"} | BEFORE_2_20),
        ("2.20", {"kubernetes", "gpu_operator", "training_operator"} | ADVICE, set()),
        ("2.21", ADVICE, {"kubernetes", "gpu_operator", "prometheus", "clocks", "support"}
         | WORK),
        ("2.24", ADVICE, {"gpu_operator", "support"} | WORK),
    ],
)  # fmt: skip
def test_a_cluster_against_releases_before_2_25(
    release: str, unmet: set[str], unknown: set[str]
) -> None:
    found = states(surveyed(), release)
    ended = {"support"} - unknown
    assert {name for name, met in found.items() if met is False} == unmet | ended
    assert {name for name, met in found.items() if met is None} == (
        unknown | BEFORE_2_25 | NEVER_STATED
    )


@pytest.mark.parametrize(
    ("release", "unmet", "unknown"),
    [
        ("2.25", set(), {"support", "secrets", "operator_kubernetes"}),
        ("3.0", {"prometheus", "training_operator", "fractions"},
         {"kubernetes", "clocks", "default_ingress_class", "load_balancer", "support", "secrets",
          "operator_kubernetes"}),
    ],
)  # fmt: skip
def test_a_cluster_against_the_last_releases(
    release: str, unmet: set[str], unknown: set[str]
) -> None:
    found = states(surveyed(), release)
    assert {name for name, met in found.items() if met is False} == unmet | ADVICE
    assert {name for name, met in found.items() if met is None} == unknown


def test_the_newest_release_that_the_cluster_meets_is_chosen() -> None:
    assert readiness(surveyed(), RELEASES, "").release.name == "2.26"
    assert readiness(surveyed(version="v1.35.1"), RELEASES, "").release.name == "2.26"
    assert readiness(surveyed(version="v1.35.1+k3s1"), RELEASES, "").release.name == "2.26"
    assert readiness(surveyed(version="v1.29.4"), RELEASES, "").release.name == "2.17"
    assert readiness(surveyed(version="v1.12.0"), RELEASES, "").release.name == "3.0"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"version": None}, "kubernetes"),
        ({"openshift": None}, "openshift"),
        ({"nodes": None}, "runtimes"),
        ({"nodes": (gpu_node(container_runtime=""),)}, "runtimes"),
        ({"nodes": (gpu_node(container_runtime="containerd"),)}, "runtimes"),
        ({"nodes": (gpu_node(container_runtime="containerd://1.7\ndocker://1"),)}, "runtimes"),
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


@pytest.mark.parametrize(
    ("found", "name", "seen"),
    [
        (surveyed(version="v1.36.0"), "kubernetes", "v1.36.0"),
        (surveyed(openshift=("4.16.9",)), "openshift", "4.16.9"),
        (surveyed(components={"prometheus": "v3.5.0"}), "gpu_operator", "not installed"),
        (surveyed(components={"gpu-operator": "v24.9.0"}), "gpu_operator", "v24.9.0"),
        (surveyed(gpu_node(container_runtime="docker://24.0")), "runtimes", "docker on dgx-1"),
        (
            surveyed(gpu_node(os_image="Windows Server 2022")),
            "operating_systems",
            "Windows Server 2022 on dgx-1",
        ),
        (surveyed(gpu_node(architecture="s390x")), "architectures", "s390x on dgx-1"),
        (surveyed(gpu_node()), "system_nodes", "every node has GPUs"),
        (
            surveyed(gpu_node(), cpu_node(cpus=4, memory=8)),
            "system_nodes",
            "the largest, cpu-1, has 4 CPUs, 8.6 GB of memory, 214.7 GB of disk",
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
            "NVIDIA-GB10 on dgx-1",
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
        ("580", (580,)),
        ("v4.2-ubuntu", (4, 2)),
        ("1.9.", (1, 9)),
        ("v1.34.3\nv1.35", ()),
        ("v1.34.3 and more", ()),
        ("v1-855e096", ()),
        ("v1-e2f3", ()),
        ("1_2.3", ()),
        ("1.2x", ()),
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


GKE, EKS, OPENSHIFT = "v1.33.5-gke.1162000", "v1.34.1-eks-113cf36", ("4.19.9",)
OKE = {"oke.oraclecloud.com/node.info.private_subnet": "true"}
COS = "Container-Optimized OS from Google"
RHCOS = "Red Hat Enterprise Linux CoreOS 9.6.20251013-0"
NAMED_OS = "the manual does not name"


@pytest.mark.parametrize(
    ("image", "changes", "labels", "release", "met", "told"),
    [
        ("Ubuntu 24.04 LTS", {"version": GKE}, {}, "2.18", True, "Ubuntu 24.04 LTS"),
        (COS, {"version": GKE}, {}, "2.18", False, f"{COS} on dgx-1"),
        (COS, {"version": GKE}, {}, "2.19", True, COS),
        (COS, {"version": GKE, "operator": "v24.3.0"}, {}, "2.25", False, f"{COS} on dgx-1"),
        (COS, {"version": GKE, "operator": ""}, {}, "2.25", None,
         "Container-Optimized OS takes GPU Operator 24.6 or newer, whose version is not known"
         " (dgx-1)"),
        (COS, {}, {"cloud.google.com/gke-nodepool": "a"}, "2.16", False, f"{COS} on dgx-1"),
        ("Debian GNU/Linux 12 (bookworm)", {"version": GKE}, {}, "2.25", False,
         "Debian GNU/Linux 12 (bookworm) on dgx-1"),
        ("Bottlerocket OS 1.20", {"version": EKS}, {}, "2.20", False,
         "Bottlerocket OS 1.20 on dgx-1"),
        ("Amazon Linux 2023.6.20250107", {"version": EKS}, {}, "3.0", False,
         "Amazon Linux 2023.6.20250107 on dgx-1"),
        ("Amazon Linux 2", {"version": EKS}, {}, "2.18", None,
         "NVIDIA does not list Amazon Linux 2 for the GPU Operator (dgx-1)"),
        ("Ubuntu 22.04.5 LTS", {"version": EKS}, {}, "2.25", True, "Ubuntu 22.04.5 LTS"),
        ("Oracle Linux Server 8.10", {}, OKE, "2.25", False, "Oracle Linux Server 8.10 on dgx-1"),
        ("Ubuntu 22.04.5 LTS", {}, OKE, "2.25", True, "Ubuntu 22.04.5 LTS"),
        (RHCOS, {"openshift": OPENSHIFT}, {}, "2.25", True, RHCOS),
        ("Red Hat Enterprise Linux 9.4 (Plow)", {"openshift": OPENSHIFT}, {}, "2.25", None,
         f"{NAMED_OS} Red Hat Enterprise Linux 9.4 (Plow) (dgx-1)"),
        ("Talos (v1.11.3)", {}, {}, "2.25", None,
         "NVIDIA does not list Talos (v1.11.3) for the GPU Operator (dgx-1)"),
        ("Rocky Linux 9.7 (Blue Onyx)", {}, {}, "2.25", True, "Rocky Linux 9.7 (Blue Onyx)"),
        ("", {}, {}, "2.25", None, "a node does not state its system (dgx-1)"),
        ("Ubuntu 22.04.5 LTS", {}, {}, "2.8", None,
         "no requirement of Run:ai 2.8 is on record; its support matrix tells"),
    ],
)  # fmt: skip
def test_the_system_of_a_node_by_distribution_and_release(
    image: str, changes: dict[str, Any], labels: dict[str, str], release: str,
    met: bool | None, told: str,
) -> None:  # fmt: skip
    operator = changes.pop("operator", "v25.10.1")
    node = gpu_node(os_image=image, labels={**gpu_node().labels, **labels})
    found = surveyed(node, components={"gpu-operator": operator}, **changes)
    outcome = judged(found, "operating_systems", release)
    assert (outcome.met, outcome.seen or outcome.reason) == (met, told)


def test_a_node_without_gpus_may_have_any_linux_and_no_node_has_none() -> None:
    talos = cpu_node(os_image="Talos (v1.11.3)")
    assert judged(surveyed(gpu_node(), talos), "operating_systems").met is True
    assert judged(surveyed(nodes=()), "operating_systems").reason == "there is no node"


def test_a_node_with_windows_is_none_for_runai_unless_it_has_gpus() -> None:
    windows = {"os_image": "Windows Server 2022", "operating_system": "windows"}
    pool = surveyed(gpu_node(), cpu_node(**windows))
    assert judged(pool, "operating_systems").seen == "Ubuntu 22.04.5 LTS"
    assert judged(surveyed(gpu_node(**windows)), "operating_systems").met is False


CONTROL = Taint(key="node-role.kubernetes.io/control-plane", value="", effect="NoSchedule")
OWNED = Taint(key="team", value="a", effect="NoExecute")
EVERY = "every node has GPUs or takes no such pods"


@pytest.mark.parametrize(
    ("nodes", "met", "told"),
    [
        ([cpu_node()], True, "cpu-1"),
        ([cpu_node(cpus=10, memory=19, disk=47)], True, "cpu-1"),
        ([cpu_node(disk=40)], False,
         "the largest, cpu-1, has 16 CPUs, 68.7 GB of memory, 42.9 GB of disk"),
        ([cpu_node(disk=None)], None, "may have room: cpu-1 (disk not stated)"),
        ([cpu_node(cpus=-16)], None, "may have room: cpu-1 (CPUs not stated)"),
        ([cpu_node(cpus=-16, disk=1)], False,
         "the largest, cpu-1, has 68.7 GB of memory, 1.1 GB of disk"),
        ([cpu_node(ready=False), cpu_node("cpu-2", unschedulable=True),
          cpu_node("cpu-3", ready=None), cpu_node("cpu-4", taints=(OWNED,), disk=None)], None,
         "may have room: cpu-1 (not ready); cpu-2 (cordoned); cpu-3 (readiness not stated);"
         " cpu-4 (taint team=a:NoExecute, disk not stated)"),
        ([cpu_node(ready=False), cpu_node("cpu-2")], True, "cpu-2"),
        ([cpu_node(taints=(replace(OWNED, effect="PreferNoSchedule"),))], True, "cpu-1"),
        ([cpu_node(labels={"feature.node.kubernetes.io/pci-10de.present": "true"})], False,
         "every node has GPUs"),
        ([cpu_node(cpus=4, disk=None)], False,
         "the largest, cpu-1, has 4 CPUs, 68.7 GB of memory"),
        ([cpu_node(disk=None), cpu_node("cpu-2")], True, "cpu-2"),
        ([cpu_node(taints=(CONTROL,))], False, EVERY),
        ([cpu_node(operating_system="windows")], False, EVERY),
        ([], False, "there is no node"),
    ],
)  # fmt: skip
def test_a_node_for_runais_services_by_what_the_machine_has(
    nodes: list[Node], met: bool | None, told: str
) -> None:
    found = surveyed(nodes=tuple(nodes))
    outcome = judged(found, "system_nodes")
    assert (outcome.met, outcome.seen or outcome.reason) == (met, told)
    assert outcome.wanted == ("a node without GPUs with 10 CPUs, 20 GB of memory and 50 GB of disk")


@pytest.mark.parametrize(
    ("nodes", "release", "met", "told"),
    [
        ([cpu_node(f"cpu-{n}") for n in (1, 2, 3)], "2.25", True, "3 (cpu-1, cpu-2, cpu-3)"),
        ([cpu_node(f"cpu-{n}") for n in (1, 2)], "2.25", False, "2 (cpu-1, cpu-2)"),
        ([cpu_node(f"cpu-{n}") for n in (1, 2)], "2.18", True, "2 (cpu-1, cpu-2)"),
        ([cpu_node("cpu-1"), *(cpu_node(f"cpu-{n}", disk=None) for n in (2, 3))], "2.25", None,
         "may have room: cpu-2, cpu-3 (disk not stated)"),
        ([cpu_node(f"cpu-{n}", unschedulable=True) for n in (1, 2, 3)], "2.25", None,
         "may have room: cpu-1, cpu-2, cpu-3 (cordoned)"),
        ([cpu_node("cpu-1"), cpu_node("cpu-2", disk=None)], "2.25", False, "at most 2"),
        ([gpu_node()], "2.25", False, "0"),
        ([], "2.25", False, "0"),
        (None, "2.25", None, "nodes could not be read"),
    ],
)  # fmt: skip
def test_the_number_of_such_nodes(
    nodes: list[Node] | None, release: str, met: bool | None, told: str
) -> None:
    found = surveyed(nodes=nodes if nodes is None else tuple(nodes))
    outcome = judged(found, "high_availability", release)
    assert (outcome.met, outcome.seen or outcome.reason) == (met, told)
    assert outcome.needed is (met is True)


def test_a_control_plane_decides_only_where_it_is() -> None:
    small = (gpu_node(), cpu_node(disk=60))
    away = judged(surveyed(*small), "control_plane")
    here = judged(surveyed(*small, namespaces=(Namespace(name="runai-backend"),)), "control_plane")
    assert (away.met, away.needed) == (False, False)
    assert (here.met, here.needed) == (False, True)
    assert judged(surveyed(), "control_plane").met is True
    assert judged(surveyed(nodes=None), "control_plane").met is None


WORKER = "node-role.kubernetes.io/runai-gpu-worker"


@pytest.mark.parametrize(
    ("nodes", "met", "told"),
    [
        ([gpu_node(), cpu_node(labels={SYSTEM: "true"})], True, "cpu-1"),
        ([gpu_node(), cpu_node(labels={SYSTEM: ""})], True, "cpu-1"),
        ([gpu_node(), cpu_node(labels={SYSTEM: "false"})], False, "no node has the label"),
        ([gpu_node(), cpu_node()], False, "no node has the label"),
        ([gpu_node(labels={WORKER: "true"}), cpu_node(labels={SYSTEM: "true"})], True, "cpu-1"),
        ([gpu_node(labels={WORKER: "true"}), gpu_node("dgx-2"), cpu_node(labels={SYSTEM: "true"})],
         None,
         "dgx-1 are labelled as workers and dgx-2 not, which get no jobs where Run:ai restricts"
         " scheduling to such nodes"),
        ([], None, "there is no node"),
        (None, None, "nodes could not be read"),
    ],
)  # fmt: skip
def test_labels_of_node_roles(nodes: list[Node] | None, met: bool | None, told: str) -> None:
    found = surveyed(nodes=nodes if nodes is None else tuple(nodes))
    outcome = judged(found, "node_roles")
    assert (outcome.met, outcome.seen or outcome.reason) == (met, told)
    assert outcome.needed is (met is True)


@pytest.mark.parametrize(
    ("release", "day", "met", "told"),
    [
        ("2.20", "2026-12-01T01:25:00Z", False, "none since 2026-07-13"),
        ("2.20", "2026-07-13T23:59:59Z", True,
         "fixes until 2026-07-13, critical ones alone since 2026-01-12"),
        ("2.20", "2026-01-12T08:00:00Z", True, "fixes until 2026-07-13"),
        ("2.13", "2026-12-01T01:25:00Z", False, "none since 2025-07-25"),
        ("2.13", "2025-01-01T00:00:00Z", None,
         "its last day is not on record; it is 2025-07-25 or earlier"),
        ("2.25", "2026-12-01T01:25:00Z", None, "until when is not on record"),
        ("2.20", "", None, "the day of the reading is not known"),
        ("2.20", "yesterday", None, "the day of the reading is not known"),
    ],
)  # fmt: skip
def test_support_is_told_for_the_day_of_the_reading(
    release: str, day: str, met: bool | None, told: str
) -> None:
    outcome = judged(replace(surveyed(), taken=day), "support", release)
    assert (outcome.met, outcome.seen or outcome.reason) == (met, told)
    assert outcome.needed is (met is True)


@pytest.mark.parametrize(
    ("release", "wanted"),
    [
        ("2.9", "runai-cluster-domain-tls-secret and a pull secret with a login at gcr.io"),
        ("2.16", "runai-cluster-domain-tls-secret and a pull secret with a login at Run:ai's"
                 " registry"),
        ("2.24", "runai-cluster-domain-tls-secret and runai-reg-creds with a login at"
                 " runai.jfrog.io"),
        ("2.25", "runai-cluster-domain-tls-secret, runai-cluster-domain-star-tls-secret and"
                 " runai-reg-creds with a login at nvcr.io"),
    ],
)  # fmt: skip
def test_where_the_pull_secret_is_from(release: str, wanted: str) -> None:
    outcome = judged(surveyed(), "secrets", release)
    assert (outcome.wanted, outcome.met, outcome.by_hand) == (
        f"{wanted} in namespace runai",
        None,
        True,
    )


def test_a_single_older_version_is_taken_too() -> None:
    for operator, met in (("v1.9.1", True), ("v1.11.0", False), ("v22.9.2", True)):
        found = surveyed(components={"gpu-operator": operator}, version="v1.25.4")
        assert judged(found, "gpu_operator", "2.10").met is met


def test_an_installed_release_outside_the_table_is_told_as_that() -> None:
    with pytest.raises(InputError) as caught:
        readiness(surveyed(components={"runai": "2.7.14"}), RELEASES, "installed")
    assert caught.value.line().startswith("--runai: release '2.7.14' is not in the table (give one")


def test_every_release_between_the_first_and_the_last_is_in_the_table() -> None:
    names = [release.name for release in RELEASES.releases]
    assert names == [f"2.{minor}" for minor in range(8, 27)] + ["3.0"]


def test_each_cell_has_a_source_and_no_two_lasting_ones_meet() -> None:
    for release in RELEASES.releases:
        for field in Requirements.__struct_fields__:
            cells = [getattr(one, field) for one in RELEASES.lasting if one.covers(release)]
            assert sum(cell is not None for cell in cells) <= 1, (release.name, field)
            cell = getattr(release, field)
            assert cell is None or cell.source in RELEASES.sources, (release.name, field)
    assert {change.source for change in RELEASES.changes} <= set(RELEASES.sources)


def test_on_openshift_its_own_version_decides_and_its_own_rights_do() -> None:
    """4.18 brings Kubernetes 1.31, which Run:ai 2.25 takes on no other cluster."""
    found = surveyed(
        version="v1.31.14",
        openshift=("4.18.3",),
        storage_classes=(),
        services=(),
        ingress_classes=(IngressClass(name="openshift-default"),),
        components={},
    )
    alone = ("prometheus", "kubernetes", "default_storage_class", "default_ingress_class",
             "load_balancer")  # fmt: skip
    rows = {name: judged(found, name) for name in alone}
    assert {name: (row.met, row.needed) for name, row in rows.items()} == dict.fromkeys(
        rows, (True, False)
    )
    assert judged(found, "openshift").met is True
    assert judged(found, "ingress").seen == "routes of OpenShift"
    assert judged(found, "secrets").wanted == (
        "runai-reg-creds with a login at nvcr.io in namespace runai"
    )


@pytest.mark.parametrize(
    ("level", "met"), [("privileged", True), ("restricted", False), ("", None)]
)
def test_on_openshift_runais_own_namespace_is_privileged_and_no_other(
    level: str, met: bool | None
) -> None:
    labels = {"pod-security.kubernetes.io/enforce": level} if level else {}
    strict = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespaces = (
        Namespace(name="runai", labels=labels),
        Namespace(name="runai-reservation", labels=strict),
    )
    found = surveyed(openshift=OPENSHIFT, namespaces=namespaces)
    assert judged(found, "pod_security").met is met


@pytest.mark.parametrize(
    ("parts", "met", "told"),
    [
        ([("DaemonSet a/p", "v3.5.0")], True, "v3.5.0"),
        ([("DaemonSet a/p", "v3.5.0"), ("DaemonSet b/p", "v3.6.0")], True, "v3.5.0, v3.6.0"),
        ([("DaemonSet a/p", "v2.45.0"), ("DaemonSet b/p", "v2.53.0")], False, "v2.45.0, v2.53.0"),
        ([("DaemonSet a/p", "v2.45.0"), ("DaemonSet b/p", "v3.5.0")], None,
         "Run:ai may use v2.45.0 (DaemonSet a/p) or v3.5.0 (DaemonSet b/p)"),
        ([("DaemonSet a/p", "v1-855e096")], None, "v1-855e096 is no version (DaemonSet a/p)"),
        ([("DaemonSet a/p", "")], None, "nothing states a version (DaemonSet a/p)"),
        ([("API group monitoring.coreos.com", "")], None,
         "there is API group monitoring.coreos.com, but nothing that serves it was recognised"),
        ([], False, "not installed"),
    ],
)  # fmt: skip
def test_the_version_of_a_part(parts: list[tuple[str, str]], met: bool | None, told: str) -> None:
    components = tuple(
        Component(name="prometheus", evidence=evidence, version=version)
        for evidence, version in parts
    )
    found = surveyed()
    found = replace(found, cluster=replace(found.cluster, components=components))
    outcome = judged(found, "prometheus")
    assert (outcome.met, outcome.reason or outcome.seen) == (met, told)


@pytest.mark.parametrize(
    ("product", "met", "told"),
    [
        ("NVIDIA-H100-80GB-HBM3-MIG-1g.10gb", True, "NVIDIA-H100-80GB-HBM3-MIG-1g.10gb"),
        ("NVIDIA H200", True, "NVIDIA H200"),
        ("Tesla-T4-SHARED", True, "Tesla-T4-SHARED"),
        ("NVIDIA-A10G", True, "NVIDIA-A10G"),
        ("NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition", True,
         "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition"),
        ("NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition", False,
         "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition on dgx-1"),
        ("NVIDIA-RTX-A6000", None, "NVIDIA does not list NVIDIA-RTX-A6000 as one of data centres"),
        ("NVIDIA-GeForce-RTX-4090", False, "NVIDIA-GeForce-RTX-4090 on dgx-1"),
        ("NVIDIA-A40-48Q", False, "NVIDIA-A40-48Q on dgx-1"),
        ("NVIDIA-A100-4C-SHARED", False, "NVIDIA-A100-4C-SHARED on dgx-1"),
        ("GRID-T4-16Q", False, "GRID-T4-16Q on dgx-1"),
        ("NVIDIA-B9000", None, "NVIDIA does not list NVIDIA-B9000 as one of data centres"),
        ("", None, "dgx-1 does not name its product"),
    ],
)  # fmt: skip
def test_products_by_what_the_manuals_name(product: str, met: bool | None, told: str) -> None:
    found = surveyed(gpu_node(labels={"nvidia.com/gpu.product": product}))
    outcome = judged(found, "unsupported_gpus")
    assert (outcome.met, outcome.reason or outcome.seen) == (met, told)


@pytest.mark.parametrize(
    "labels",
    [
        {"nvidia.com/gpu.machine": "HP-Z8-G4-Workstation"},
        {"nvidia.com/gpu.machine": "NVIDIA-DGX-Spark"},
        {"nvidia.com/vgpu.present": "true"},
    ],
)
def test_a_product_of_data_centres_in_a_machine_that_is_not_supported(
    labels: dict[str, str],
) -> None:
    node = gpu_node(labels={"nvidia.com/gpu.product": "NVIDIA-A40", **labels})
    assert judged(surveyed(node), "unsupported_gpus").seen == "NVIDIA-A40 on dgx-1"


@pytest.mark.parametrize(
    ("version", "labels", "met", "told"),
    [
        ("v1.34.3+rke2r1", {}, True, "v1.34.3+rke2r1"),
        ("v1.34.3+k3s1", {}, None, "k3s is not among the distributions that the manual names"),
        ("v1.34.3+k0s.0", {}, None, "k0s is not among the distributions that the manual names"),
        ("v1.34.3", {"microk8s.io/cluster": "true"}, None,
         "MicroK8s is not among the distributions that the manual names"),
        ("v1.29.3+k3s1", {}, False, "v1.29.3+k3s1"),
    ],
)  # fmt: skip
def test_a_distribution_that_the_manual_does_not_name(
    version: str, labels: dict[str, str], met: bool | None, told: str
) -> None:
    found = surveyed(gpu_node(labels={**gpu_node().labels, **labels}), version=version)
    outcome = judged(found, "kubernetes")
    assert (outcome.met, outcome.reason or outcome.seen) == (met, told)
