"""The parts that Run:ai needs or brings, recognised by what was read for other reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from advisor.facts.cluster import Component
from advisor.facts.workload import PodContainer, Workload

_VERSION_LABEL = "app.kubernetes.io/version"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How a part is recognised: by an image's repository, a workload's name, an API group. With
    `namespaces` only there: jobs of users may run images of the same repositories."""

    component: str
    namespaces: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


MARKS: tuple[Mark, ...] = (
    Mark(
        component="gpu-operator",
        images=("/gpu-operator", "/amd-gpu-operator"),
        names=("gpu-operator",),
        groups=("nvidia.com", "amd.com"),
    ),
    Mark(
        component="device-plugin",
        images=(
            "/k8s-device-plugin",
            "/intel-gpu-plugin",
            "habanalabs-device-plugin",
            "vault.habana.ai/docker-k8s-device-plugin",
        ),
        names=(
            "nvidia-device-plugin-daemonset",
            "amdgpu-device-plugin-daemonset",
            "habanalabs-device-plugin-daemonset",
            "intel-gpu-plugin",
        ),
    ),
    Mark(
        component="dcgm-exporter",
        images=("/dcgm-exporter",),
        names=("dcgm-exporter", "nvidia-dcgm-exporter"),
    ),
    Mark(
        component="feature-discovery",
        images=("/gpu-feature-discovery", "/node-feature-discovery"),
        names=("gpu-feature-discovery",),
        groups=("nfd.k8s-sigs.io",),
    ),
    Mark(
        component="dra-driver",
        images=(
            "/k8s-dra-driver-gpu",
            "/dra-driver-nvidia-gpu",
            "/k8s-gpu-dra-driver",
            "/intel-gpu-resource-driver",
        ),
    ),
    Mark(component="network-operator", images=("/network-operator",), groups=("mellanox.com",)),
    Mark(
        component="prometheus",
        images=("/prometheus", "/prometheus-operator"),
        groups=("monitoring.coreos.com",),
    ),
    Mark(component="kube-state-metrics", images=("/kube-state-metrics",)),
    Mark(component="node-exporter", images=("/node-exporter",)),
    Mark(
        component="ingress-controller",
        images=(
            "/ingress-nginx/controller",
            "/nginx-ingress",
            "/kubernetes-ingress",
            "/traefik",
            "/openshift-router",
            "/haproxy-router",
            "/contour",
            "/kong",
        ),
    ),
    Mark(
        component="runai",
        namespaces=("runai", "runai-backend"),
        images=("/run-ai-", "runai.jfrog.io/", "/runai/"),
        groups=("run.ai",),
    ),
    Mark(component="kai-scheduler", images=("/kai-scheduler",), groups=("kai.scheduler",)),
    Mark(
        component="training-operator",
        images=("/training-operator",),
        groups=("kubeflow.org", "trainer.kubeflow.org"),
    ),
    Mark(component="mpi-operator", images=("/mpi-operator",)),
    Mark(component="leader-worker-set", images=("/lws/lws",), groups=("leaderworkerset.x-k8s.io",)),
    Mark(
        component="knative",
        images=("/knative-releases/", "/knative/serving"),
        groups=("serving.knative.dev",),
    ),
)


def components(
    workloads: tuple[Workload, ...] | None, groups: Iterable[str] | None
) -> tuple[Component, ...] | None:
    """Each part once, by name. None when workloads are not known and served APIs say nothing.

    A running workload is better evidence than an API group, which outlives what served it.
    """
    by_name: dict[str, Component] = {}
    for candidate in (*_in_workloads(workloads or ()), *_in_groups(groups or ())):
        known = by_name.setdefault(candidate.name, candidate)
        if candidate.version and not known.version:
            by_name[candidate.name] = candidate
    if workloads is None and not by_name:
        return None
    return tuple(by_name[name] for name in sorted(by_name))


def _in_workloads(workloads: tuple[Workload, ...]) -> Iterator[Component]:
    for workload in workloads:
        for mark in MARKS:
            container = _matching(workload, mark)
            if container is not None:
                yield Component(
                    name=mark.component,
                    evidence=f"{workload.kind} {workload.namespace}/{workload.name}",
                    version=workload.labels.get(_VERSION_LABEL) or _tag(container.image),
                )


def _matching(workload: Workload, mark: Mark) -> PodContainer | None:
    """The container that gives a part away; init containers only wait for it."""
    if mark.namespaces and workload.namespace not in mark.namespaces:
        return None
    running = [container for container in workload.template.containers if not container.init]
    for container in running:
        if _is_image(container.image, mark.images):
            return container
    return running[0] if running and workload.name in mark.names else None


def _is_image(reference: str, marks: tuple[str, ...]) -> bool:
    """A mark is the end of the repository, or a part of it when it ends in `/` or `-`."""
    repository = f"/{_repository(reference)}"
    return any(
        mark in repository if mark[-1] in "/-" else repository.endswith(mark) for mark in marks
    )


def _repository(reference: str) -> str:
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _tag(reference: str) -> str:
    tag = reference.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return "" if tag == "latest" else tag


def _in_groups(groups: Iterable[str]) -> Iterator[Component]:
    served = set(groups)
    for mark in MARKS:
        for group in mark.groups:
            if group in served:
                yield Component(name=mark.component, evidence=f"API group {group}")
