"""A cluster of 200 nodes with teams, quotas of their own making, and three old Docker hosts."""

from __future__ import annotations

from advisor.facts.cluster import (
    Cluster,
    Component,
    IngressClass,
    Namespace,
    Node,
    NodeImage,
    RuntimeClass,
    Service,
    ServiceAccount,
)
from advisor.facts.host import DockerHost, GpuRequest, Mount
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Source
from advisor.facts.storage import Claim, CsiDriver, PersistentVolume, StorageClass
from advisor.facts.workload import PodContainer, PodTemplate, PodVolume, VolumeMount, Workload
from tests import demo_snapshot as parts

_TAKEN = "2026-11-19T05:00:00Z"
_TEAMS = ("vision", "speech", "language", "robots", "climate", "genomes", "physics", "finance")
_REGISTRY = "registry.hpc.example"
_JOBS = 48
_GIANT = 30
"""A job that asks for more than any node has."""


def _nodes() -> tuple[Node, ...]:
    return tuple(_node(number) for number in range(200))


def _node(number: int) -> Node:
    name, address = f"n{number:03}", f"10.50.{number // 100}.{number % 100 + 1}"
    if number >= 80:
        return parts.node(name, address, cpus=96, memory=384 * parts.GIB, capacity={})
    product, cards = ("NVIDIA-H100-80GB-HBM3", 8) if number < 48 else ("NVIDIA-L40S", 4)
    return parts.node(
        name,
        address,
        cpus=128,
        memory=1536 * parts.GIB,
        capacity={"nvidia.com/gpu": cards},
        taints=(parts.GPU_TAINT,),
        unschedulable=number in (7, 63),
        labels={
            **parts.gpu_labels(product, cards, "560.35.05"),
            "nvidia.com/cuda.runtime-version.full": "12.6",
        },
    )


def _image(number: int) -> str:
    team = _TEAMS[number % len(_TEAMS)]
    if number == _GIANT:
        return "physics-giant:1"
    if number % 12 == 5:
        return f"{team}-local:{number}"
    tag = "latest" if number % 9 == 4 else f"1.{number % 17}"
    return f"{_REGISTRY}/{team}/job-{number % 40}:{tag}"


def _node_images() -> tuple[NodeImage, ...]:
    names = dict.fromkeys(_image(number) for number in range(_JOBS))
    return tuple(
        NodeImage(
            names=(name,)
            if "/" not in name
            else (f"{name.rpartition(':')[0]}@{parts.digest(name)}", name),
            size=(4 + number % 20) * parts.GIB,
            nodes=tuple(f"n{(number * 7 + step * 5) % 80:03}" for step in range(1 + number % 4)),
        )
        for number, name in enumerate(names)
    )


def _workload(number: int) -> Workload:
    team = _TEAMS[number % len(_TEAMS)]
    local = number % 10 == 3
    cards = 16 if number == _GIANT else (0, 1, 1, 2, 4, 8)[number % 6]
    volumes = (
        PodVolume(name="scratch", kind="hostPath", source=f"/scratch/{team}")
        if local
        else PodVolume(name="data", kind="persistentVolumeClaim", source="data"),
    )
    template = PodTemplate(
        containers=(
            PodContainer(
                name="main",
                image=_image(number),
                requests={"cpu": 8000, "memory": 64 * parts.GIB}
                | ({"nvidia.com/gpu": cards} if cards else {}),
                mounts=(VolumeMount(volume=volumes[0].name, path="/data"),),
            ),
        ),
        volumes=volumes,
        tolerations=(parts.TOLERATES_GPU,) if cards else (),
        pull_secrets=("registry",) if number % 4 else (),
        restart_policy="Never",
    )
    return Workload(
        namespace=f"runai-{team}",
        kind="Job",
        name=f"{team}-{number}",
        api_version="batch/v1",
        template=template,
        replicas=1 + number % 3,
        phases={"Running": 1 + number % 3},
        nodes={f"n{number % 80:03}": 1 + number % 3},
        labels={"user": f"{team}-{'abc'[number % 3]}"},
    )


def _storage() -> dict[str, object]:
    volumes = tuple(
        PersistentVolume(
            name=f"pv-{team}",
            source_kind="csi",
            driver="nfs.csi.k8s.io",
            source=f"filer.hpc.example#{team}",
            capacity=100 * parts.TIB,
            access_modes=("ReadWriteMany",),
            storage_class="filer",
            reclaim_policy="Retain",
            phase="Bound",
            claim_namespace=f"runai-{team}",
            claim_name="data",
        )
        for team in _TEAMS
    )
    return {
        "storage_classes": (
            StorageClass(name="filer", provisioner="nfs.csi.k8s.io", reclaim_policy="Retain"),
            StorageClass(name="fast", provisioner="rook-ceph.rbd.csi.ceph.com", default=True),
        ),
        "csi_drivers": (
            CsiDriver(name="nfs.csi.k8s.io", attach_required=False),
            CsiDriver(name="rook-ceph.rbd.csi.ceph.com", attach_required=True),
        ),
        "persistent_volumes": volumes,
        "claims": tuple(_claim(volume) for volume in volumes),
    }


def _claim(volume: PersistentVolume) -> Claim:
    return parts.claim(
        volume.claim_namespace, "data", "filer", volume.name, "ReadWriteMany", 100 * parts.TIB
    )


def _cluster() -> Cluster:
    fields: dict[str, object] = {
        "context": "hpc",
        "server": "https://kube.hpc.example:6443",
        "version": "v1.33.4",
        "openshift": (),
        "nodes": _nodes(),
        "node_images": _node_images(),
        "device_classes": (),
        "resource_slices": (),
        "storage_profiles": (),
        "workloads": tuple(_workload(number) for number in range(_JOBS)),
        "pods": 2 * _JOBS,
        "namespaces": tuple(Namespace(name=f"runai-{team}") for team in _TEAMS),
        "service_accounts": tuple(
            ServiceAccount(namespace=f"runai-{team}", name="default") for team in _TEAMS
        ),
        "ingress_classes": (IngressClass(name="nginx", default=True),),
        "services": (
            Service(
                namespace="ingress-nginx",
                name="controller",
                load_balancer=True,
                addresses=("10.20.0.200",),
            ),
        ),
        **dict.fromkeys(parts.NOTHING_REFUSES, ()),
        "runtime_classes": (RuntimeClass(name="nvidia"),),
        "components": (
            Component(name="device-plugin", evidence="DaemonSet gpu-operator/nvidia-device-plugin"),
            Component(name="gpu-operator", evidence="API group nvidia.com (ClusterPolicy)"),
        ),
        **_storage(),
    }
    return Cluster(**fields)  # type: ignore[arg-type]


def _host(number: int) -> DockerHost:
    team = _TEAMS[number]
    image = parts.host_image(f"{team}-old:{number}", (6 + number) * parts.GIB, pulled=False)
    return DockerHost(
        name=f"old-{number}",
        url=f"ssh://admin@old-{number}.hpc.example",
        addresses=(f"10.51.0.{number}",),
        version="24.0.9",
        api_version="1.43",
        storage_driver="overlay2",
        image_store="classic",
        architecture="amd64",
        cpus=64,
        memory=512 * parts.GIB,
        gpus=4,
        runtimes=("nvidia", "runc"),
        default_runtime="runc",
        images=(image,),
        containers=tuple(
            parts.container(
                image,
                f"{team}-run-{job}",
                f"{team}-{'abc'[job]}",
                gpu=GpuRequest(how="--gpus", count=1 + job),
                shared_memory=16 * parts.GIB,
                mounts=(
                    Mount(
                        kind="bind",
                        source=f"/raid/{team}",
                        target="/data",
                        filesystem=parts.RAID,
                    ),
                ),
            )
            for job in range(3)
        ),
        volumes=(),
        mount_table_read=True,
    )


def snapshot() -> Snapshot:
    """The whole of it."""
    hosts = tuple(_host(number) for number in range(3))
    return Snapshot(
        advisor="0.1.0",
        taken=_TAKEN,
        sources=(
            Source(probe="kubernetes", target="hpc", status="ok"),
            *(Source(probe="docker", target=host.url, status="ok") for host in hosts),
        ),
        cluster=_cluster(),
        hosts=hosts,
    )
