from __future__ import annotations

import msgspec
import pytest

from advisor.facts.cluster import Component
from advisor.facts.workload import PodContainer, PodTemplate, Workload
from advisor.probes.kubernetes.components import components

VERSION = "app.kubernetes.io/version"


def workload(name: str, image: str, *, init: bool = False, **labels: str) -> Workload:
    container = PodContainer(name="c", image=image, init=init)
    return Workload(
        namespace="ns",
        kind="DaemonSet",
        name=name,
        template=PodTemplate(containers=(container,)),
        labels={key.replace("_", "/"): value for key, value in labels.items()},
    )


def found(*workloads: Workload, groups: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    return {one.name: (one.evidence, one.version) for one in components(workloads, groups) or ()}


@pytest.mark.parametrize(
    ("image", "component", "version"),
    [
        ("nvcr.io/nvidia/gpu-operator:v25.3.0", "gpu-operator", "v25.3.0"),
        ("harbor.lab/mirror/nvidia/gpu-operator:v25.3.0", "gpu-operator", "v25.3.0"),
        ("docker.io/rocm/amd-gpu-operator:v1.3.0", "amd-gpu-operator", "v1.3.0"),
        ("docker.io/rocm/k8s-gpu-dra-driver:v0.1", "amd-dra-driver", "v0.1"),
        ("nvcr.io/nvidia/k8s-dra-driver-gpu:v25.8.0", "dra-driver", "v25.8.0"),
        ("nvcr.io/nvidia/k8s-device-plugin:v0.17.1", "device-plugin", "v0.17.1"),
        ("rocm/k8s-device-plugin", "device-plugin", ""),
        ("nvcr.io/nvidia/k8s/dcgm-exporter:4.2-ubuntu", "dcgm-exporter", "4.2-ubuntu"),
        ("registry.k8s.io/nfd/node-feature-discovery:v0.17", "feature-discovery", "v0.17"),
        ("quay.io/prometheus/prometheus:v3.0@sha256:0", "prometheus", "v3.0"),
        ("localhost:5000/prometheus/node-exporter", "node-exporter", ""),
        ("registry.k8s.io/ingress-nginx/controller:v1.12", "ingress-controller", "v1.12"),
        ("gcr.io/run-ai-demo/quickstart:2.8", "", ""),
        ("team/gpu-operator-tests:latest", "", ""),
        ("quay.io/prometheus/alertmanager:v0.28", "", ""),
        ("rancher/mirrored-prometheus-prometheus:v3.5.0", "prometheus", "v3.5.0"),
        ("quay.io/prometheus-operator/prometheus-operator:v0.84.0", "prometheus", ""),
        ("gke.gcr.io/prometheus-engine/prometheus:v2.53.5-gmp.1-gke.2", "", ""),
        (
            "gcr.io/knative-releases/knative.dev/serving/cmd/controller:v1.19.0",
            "knative",
            "v1.19.0",
        ),
        (
            "registry.redhat.io/openshift-serverless-1/serving-controller-rhel8:1.36",
            "knative",
            "1.36",
        ),
        ("gcr.io/knative-releases/knative.dev/eventing/cmd/controller:v1.20.0", "", ""),
        ("gcr.io/knative-releases/knative.dev/net-kourier/cmd/kourier:v1.18.0", "", ""),
        ("kubeflow/training-operator:v1-855e096", "training-operator", "v1-855e096"),
        ("ghcr.io/kubeflow/trainer/trainer-controller-manager:v2.0.0", "", ""),
    ],
)
def test_a_part_is_recognised_by_its_image(image: str, component: str, version: str) -> None:
    expected = {component: ("DaemonSet ns/x", version)} if component else {}
    assert found(workload("x", image)) == expected


def test_a_part_that_its_name_gives_away_has_the_version_of_its_label_alone() -> None:
    image = "mirror.example/all-in-one:1.2"
    named = workload("gpu-operator", image)
    assert found(workload("nvidia-dcgm-exporter", image, app_x="y"), named) == {
        "dcgm-exporter": ("DaemonSet ns/nvidia-dcgm-exporter", ""),
        "gpu-operator": ("DaemonSet ns/gpu-operator", ""),
    }
    labelled = msgspec.structs.replace(named, labels={VERSION: "v25.3.0"})
    assert found(labelled) == {"gpu-operator": ("DaemonSet ns/gpu-operator", "v25.3.0")}


DIGEST = f"@sha256:{'0' * 64}"
BUNDLE = {"olm.owner": "gpu-operator-certified.v25.3.0"}


@pytest.mark.parametrize(
    ("image", "labels", "version"),
    [
        ("nvcr.io/nvidia/gpu-operator:v25.10.1", {VERSION: "v24.9.0"}, "v25.10.1"),
        (f"nvcr.io/nvidia/gpu-operator{DIGEST}", {VERSION: "v24.9.0"}, "v24.9.0"),
        (f"nvcr.io/nvidia/gpu-operator{DIGEST}", BUNDLE, "v25.3.0"),
        (f"nvcr.io/nvidia/gpu-operator{DIGEST}", {**BUNDLE, VERSION: "1.0"}, "v25.3.0"),
        (f"nvcr.io/nvidia/gpu-operator{DIGEST}", {"olm.owner": "gpu-operator"}, ""),
        ("nvcr.io/nvidia/gpu-operator:latest", {}, ""),
        (f"gcr.io/knative-releases/knative.dev/serving/cmd/webhook{DIGEST}", {VERSION: "1.19.0"},
         "1.19.0"),
        ("kubeflow/training-operator:v1-855e096", {VERSION: "1.9.2"}, "1.9.2"),
        # The chart's number stands on what kube-prometheus-stack installs.
        ("quay.io/prometheus/prometheus:v2.53.0", {VERSION: "76.3.0"}, "v2.53.0"),
        (f"quay.io/prometheus/prometheus{DIGEST}", {VERSION: "76.3.0"}, ""),
        ("quay.io/prometheus-operator/prometheus-operator:v0.84.0", {VERSION: "76.3.0"}, ""),
    ],
)  # fmt: skip
def test_the_version_is_that_of_what_runs(image: str, labels: dict[str, str], version: str) -> None:
    one = msgspec.structs.replace(workload("x", image), labels=labels)
    assert [part.version for part in components((one,), ()) or ()] == [version]


def test_each_version_that_runs_is_told() -> None:
    stack = workload("prometheus-stack", "quay.io/prometheus/prometheus:v3.5.0")
    team = workload("prometheus-team", "prom/prometheus:v2.45.0")
    operator = workload("operator", "quay.io/prometheus-operator/prometheus-operator:v0.84.0")
    assert components((stack, operator, team, stack), ("monitoring.coreos.com",)) == (
        Component(name="prometheus", evidence="DaemonSet ns/prometheus-team", version="v2.45.0"),
        Component(name="prometheus", evidence="DaemonSet ns/prometheus-stack", version="v3.5.0"),
    )


def test_what_somebody_tries_is_no_part_of_the_cluster() -> None:
    one = workload("x", "quay.io/prometheus/prometheus:v3.5.0")
    kinds = ("Job", "Pod", "CronJob", "PyTorchJob")
    assert components(tuple(msgspec.structs.replace(one, kind=kind) for kind in kinds), ()) == ()


def test_an_init_container_that_waits_for_a_part_is_not_that_part() -> None:
    assert found(workload("x", "nvcr.io/nvidia/gpu-operator:v25", init=True)) == {}


def test_api_groups_are_the_weaker_evidence() -> None:
    groups = ("nvidia.com", "monitoring.coreos.com", "apps")
    assert found(workload("x", "nvcr.io/nvidia/gpu-operator:v25"), groups=groups) == {
        "gpu-operator": ("DaemonSet ns/x", "v25"),
        "prometheus": ("API group monitoring.coreos.com", ""),
    }


def test_unread_workloads_and_silent_groups_leave_parts_unknown() -> None:
    assert components(None, None) is None
    assert components(None, ("apps",)) is None
    assert components((), None) == ()
    assert components(None, ("run.ai",)) == (Component(name="runai", evidence="API group run.ai"),)


def test_runai_is_where_it_is_installed_and_has_the_version_of_its_operator() -> None:
    """Not where jobs use its images; and what it brings along has versions of its own."""
    image = "gcr.io/run-ai-prod/operator:2.20.33"
    own = msgspec.structs.replace(workload("runai-operator", image), namespace="runai")
    job = msgspec.structs.replace(workload("a", "gcr.io/run-ai-demo/x:2.8"), namespace="runai-team")
    database = msgspec.structs.replace(
        workload("db", "runai.jfrog.io/cp-live/postgresql:16.4.0"), namespace="runai-backend"
    )
    assert found(job, database, own) == {"runai": ("DaemonSet runai/runai-operator", "2.20.33")}
    assert found(job, database) == {"runai": ("DaemonSet runai-backend/db", "")}
    elsewhere = msgspec.structs.replace(own, namespace="team")
    assert found(elsewhere) == {}
