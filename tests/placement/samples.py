"""Small nodes, hosts and jobs for the placement tests."""

from __future__ import annotations

from typing import Any

import msgspec

from advisor.configuration.settings import Settings
from advisor.facts.cluster import Cluster, Node, Taint
from advisor.facts.host import Container, DockerHost, HostImage
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Refusal, Source
from advisor.facts.workload import PodContainer, PodTemplate, PodVolume, VolumeMount, Workload
from advisor.jobs.spec import AcceleratorNeed, JobSpec
from advisor.judging.common import load_catalogs
from advisor.placement.placement import Placement

GIB = 2**30
GPU = "nvidia.com/gpu"
NEEDS_GPU = (AcceleratorNeed(count=1, vendor="nvidia", how="--gpus"),)


def node(name: str, *, gpus: int = 0, **fields: Any) -> Node:
    """A ready Linux node with 32 cores and 128 GiB, whole NVIDIA cards if any."""
    devices = {GPU: gpus} if gpus else {}
    amounts = {"cpu": 32_000, "memory": 128 * GIB, **devices, **fields.pop("devices", {})}
    labels = {"kubernetes.io/hostname": name, **fields.pop("labels", {})}
    if gpus and not any(label.startswith("nvidia.com/") for label in labels):
        labels |= {"nvidia.com/gpu.count": str(gpus), "nvidia.com/gpu.sharing-strategy": "none"}
    values = {
        "ready": True,
        "operating_system": "linux",
        "architecture": "amd64",
        "capacity": amounts,
        "allocatable": amounts,
        "labels": labels,
        **fields,
    }
    return Node(name=name, hostname=name, **values)


def taint(text: str) -> Taint:
    """`key=value:effect` as a record."""
    rest, _, effect = text.rpartition(":")
    key, _, value = rest.partition("=")
    return Taint(key=key, value=value, effect=effect)


def cluster(*nodes: Node, **fields: Any) -> Cluster:
    """A cluster of which everything was read and only the nodes are there."""
    empty = dict.fromkeys(
        (
            "node_images",
            "device_classes",
            "resource_slices",
            "storage_classes",
            "storage_profiles",
            "csi_drivers",
            "csi_nodes",
            "persistent_volumes",
            "claims",
            "workloads",
            "namespaces",
            "service_accounts",
            "ingress_classes",
            "runtime_classes",
            "services",
            "api_services",
            "priority_classes",
            "resource_quotas",
            "limit_ranges",
            "validating_webhooks",
            "mutating_webhooks",
            "admission_policies",
            "policy_bindings",
            "mutating_policies",
            "mutating_bindings",
            "components",
        ),
        (),
    )
    return Cluster(context="test", **{"nodes": nodes, "version": "v1.34.3", **empty, **fields})


def snapshot(cluster: Cluster | None = None, *hosts: DockerHost, **fields: Any) -> Snapshot:
    """A snapshot of them."""
    values = {"advisor": "test", "taken": "2026-11-24T00:00:00Z", **fields}
    return Snapshot(cluster=cluster, hosts=hosts, **values)


def refused(field: str, resource: str) -> Source:
    """A Kubernetes source that could not read the snapshot field."""
    refusal = Refusal(resource=resource, verb="list", reason="forbidden (403)", facts=(field,))
    return Source(probe="kubernetes", target="test", status="partial", refused=(refusal,))


def placement(of: Snapshot, settings: Settings | None = None) -> Placement:
    """Placement's view of the snapshot, with the built-in catalogues."""
    return Placement(of, settings or Settings(), load_catalogs())


def gpu_job(**fields: Any) -> JobSpec:
    """A container's job that asks for one GPU."""
    values = {"accelerators": NEEDS_GPU, "tolerates_gpu_taints": True, **fields}
    return JobSpec(id="job", label="job", kind="container", **values)


def cpu_job(**fields: Any) -> JobSpec:
    """A job without accelerators."""
    return JobSpec(id="job", label="job", kind="container", **fields)


def host(name: str, *containers: Container, **fields: Any) -> DockerHost:
    """A Docker host with the classic store of which everything was read."""
    values = {
        "images": (),
        "volumes": (),
        "image_store": "classic",
        "architecture": "amd64",
        "mount_table_read": True,
        **fields,
    }
    return DockerHost(name=name, url=f"ssh://{name}", containers=containers, **values)


def image(name: str, *, content: str = "", digests: tuple[str, ...] = ()) -> HostImage:
    """An image with a tag, built there unless it has digests."""
    identity = "sha256:" + (content or "a") * 64
    return HostImage(id=identity[:71], tags=(name,), digests=digests, architecture="amd64")


def workload(name: str = "train", **template: Any) -> Workload:
    """A Job with one container of `image`, mounts given as (volume, path) pairs."""
    mounts = tuple(VolumeMount(volume=v.name, path="/data") for v in template.get("volumes", ()))
    container = PodContainer(
        name="main",
        image=template.pop("image", "registry.example/train:1"),
        pull_policy=template.pop("pull_policy", ""),
        requests=template.pop("requests", {GPU: 1}),
        mounts=mounts,
    )
    return Workload(
        namespace="team",
        kind="Job",
        name=name,
        template=PodTemplate(containers=(container,), **template),
    )


def claim_volume(name: str) -> PodVolume:
    """A pod's use of the claim."""
    return PodVolume(name=name, kind="persistentVolumeClaim", source=name)


def without(of: Cluster, *fields: str) -> Cluster:
    """The cluster as if the fields could not be read."""
    return msgspec.structs.replace(of, **dict.fromkeys(fields))
