"""The parts that Run:ai needs or brings, recognised by what was read for other reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from advisor.facts.cluster import Component
from advisor.facts.workload import PodContainer, Workload

_VERSION_LABEL = "app.kubernetes.io/version"
_BUNDLE_LABEL = "olm.owner"
"""`gpu-operator-certified.v25.3.0`: the ClusterServiceVersion that a workload is of."""
_DOTTED = re.compile(r"v?\d+\.\d", re.ASCII)
_SERVING = ("Deployment", "DaemonSet", "StatefulSet")
"""What serves a cluster. A Job or a pod of the same image is somebody's try."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How a part is recognised, and what states its version.

    `images` are repositories of the part itself: their tag is its version. What matches by `beside`
    (images of its helpers), `names` (of workloads) or `groups` (of the API) only shows that it is
    there, but for the workloads of `stating`, whose image has its version whatever it is called.
    `others` look like it and are not. `labelled`: `app.kubernetes.io/version` is the part's own
    version, and not that of what it came with. With `namespaces` only there: jobs of users may run
    images of the same repositories.
    """

    component: str
    namespaces: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stating: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    labelled: bool = True


MARKS: tuple[Mark, ...] = (
    Mark(
        component="gpu-operator",
        images=("/gpu-operator",),
        names=("gpu-operator",),
        groups=("nvidia.com",),
    ),
    Mark(component="amd-gpu-operator", images=("/amd-gpu-operator",), groups=("amd.com",)),
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
        images=("/k8s-dra-driver-gpu", "/dra-driver-nvidia-gpu"),
    ),
    Mark(component="amd-dra-driver", images=("/k8s-gpu-dra-driver",)),
    Mark(component="intel-dra-driver", images=("/intel-gpu-resource-driver",)),
    Mark(component="network-operator", images=("/network-operator",), groups=("mellanox.com",)),
    Mark(
        component="prometheus",
        images=("/prometheus", "/mirrored-prometheus-prometheus"),
        beside=("/prometheus-operator", "/mirrored-prometheus-operator-prometheus-operator"),
        others=("/prometheus-engine/",),
        groups=("monitoring.coreos.com",),
        labelled=False,
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
        beside=("/run-ai-", "runai.jfrog.io/", "/runai/"),
        stating=("runai-operator",),
        groups=("run.ai",),
    ),
    Mark(component="kai-scheduler", images=("/kai-scheduler",), groups=("kai.scheduler",)),
    Mark(
        component="training-operator",
        images=("/training-operator",),
        groups=("kubeflow.org",),
    ),
    Mark(component="mpi-operator", images=("/mpi-operator",)),
    Mark(component="leader-worker-set", images=("/lws/lws",), groups=("leaderworkerset.x-k8s.io",)),
    Mark(
        component="knative",
        images=("/serving/cmd/", "/openshift-serverless-1/serving-"),
        groups=("serving.knative.dev",),
    ),
)


def components(
    workloads: tuple[Workload, ...] | None, groups: Iterable[str] | None
) -> tuple[Component, ...] | None:
    """Each part by name, once for each version that is stated. None when workloads are not known
    and served APIs say nothing.

    A running workload is better evidence than an API group, which outlives what served it.
    """
    by_name: dict[str, dict[str, Component]] = {}
    for candidate in (*_in_workloads(workloads or ()), *_in_groups(groups or ())):
        by_name.setdefault(candidate.name, {}).setdefault(candidate.version, candidate)
    if workloads is None and not by_name:
        return None
    return tuple(
        by_version[version]
        for _, by_version in sorted(by_name.items())
        for version in sorted(by_version)
        if version or len(by_version) == 1
    )


def _in_workloads(workloads: tuple[Workload, ...]) -> Iterator[Component]:
    for workload in workloads:
        if workload.kind not in _SERVING:
            continue
        running = [
            container for container in workload.template.containers if not container.init
        ]  # init containers only wait for a part
        for mark in MARKS:
            image = _own_image(workload, running, mark)
            if image or _is_there(workload, running, mark):
                yield Component(
                    name=mark.component,
                    evidence=f"{workload.kind} {workload.namespace}/{workload.name}",
                    version=_version(workload, image, mark),
                )


def _own_image(workload: Workload, running: list[PodContainer], mark: Mark) -> str:
    """The image whose tag is the part's version; empty where the workload runs none."""
    if mark.namespaces and workload.namespace not in mark.namespaces:
        return ""
    if running and workload.name in mark.stating:
        return running[0].image
    images = [
        container.image
        for container in running
        if _is_image(container.image, mark.images) and not _is_image(container.image, mark.others)
    ]
    return images[0] if images else ""


def _is_there(workload: Workload, running: list[PodContainer], mark: Mark) -> bool:
    if mark.namespaces and workload.namespace not in mark.namespaces:
        return False
    helpers = [container for container in running if _is_image(container.image, mark.beside)]
    return bool(helpers or (running and workload.name in mark.names))


def _version(workload: Workload, image: str, mark: Mark) -> str:
    """What runs says it best, then the operator's bundle on OpenShift, where images have digests
    and no tags; a label may be left behind by hands. What is no version is a last resort."""
    if not image and workload.name not in mark.names:
        return ""
    tag = _tag(image)
    stated = [tag, workload.labels.get(_BUNDLE_LABEL, "").partition(".")[2]]
    stated += [workload.labels.get(_VERSION_LABEL, "")] if mark.labelled else []
    return next((version for version in stated if _DOTTED.match(version)), tag)


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
