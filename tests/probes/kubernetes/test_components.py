from __future__ import annotations

import msgspec
import pytest

from advisor.facts.cluster import Component
from advisor.facts.workload import PodContainer, PodTemplate, Workload
from advisor.probes.kubernetes.components import components


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
    ],
)
def test_a_part_is_recognised_by_its_image(image: str, component: str, version: str) -> None:
    expected = {component: ("DaemonSet ns/x", version)} if component else {}
    assert found(workload("x", image)) == expected


def test_a_part_is_recognised_by_its_name_and_takes_the_stated_version() -> None:
    image = "mirror.example/all-in-one:1"
    assert found(
        workload("nvidia-dcgm-exporter", image, app_x="y"),
        workload("gpu-operator", image),
    ) == {
        "dcgm-exporter": ("DaemonSet ns/nvidia-dcgm-exporter", "1"),
        "gpu-operator": ("DaemonSet ns/gpu-operator", "1"),
    }
    labelled = workload("gpu-operator", image).labels | {"app.kubernetes.io/version": "v25.3.0"}
    stated = Workload(
        namespace="ns",
        kind="Deployment",
        name="gpu-operator",
        labels=labelled,
        template=PodTemplate(containers=(PodContainer(name="c", image=image),)),
    )
    assert found(stated) == {"gpu-operator": ("Deployment ns/gpu-operator", "v25.3.0")}


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


def test_runai_is_where_it_is_installed_and_not_where_jobs_use_its_images() -> None:
    image = "gcr.io/run-ai-prod/operator:2.20.33"
    own = msgspec.structs.replace(workload("runai-operator", image), namespace="runai")
    job = msgspec.structs.replace(workload("a", "gcr.io/run-ai-demo/x:2.8"), namespace="runai-team")
    assert found(job, own) == {"runai": ("DaemonSet runai/runai-operator", "2.20.33")}
