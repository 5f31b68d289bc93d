"""One DGX that is also the cluster's only GPU node: most things may stay."""

from __future__ import annotations

from advisor.facts.cluster import Cluster, Component, Namespace, RuntimeClass, ServiceAccount
from advisor.facts.host import DockerHost, GpuRequest, Measurement, Mount, Port, Volume
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Source
from advisor.facts.storage import StorageClass
from tests import demo_snapshot as parts

_TAKEN = "2026-11-18T07:15:00Z"


def _cluster() -> Cluster:
    dgx = parts.node(
        "dgx",
        "10.30.0.10",
        cpus=112,
        memory=2048 * parts.GIB,
        capacity={"nvidia.com/gpu": 8},
        labels={
            **parts.gpu_labels("NVIDIA-H100-80GB-HBM3", 8, "550.127.05", machine="DGXH100"),
            "nvidia.com/cuda.runtime-version.full": "12.4",
        },
    )
    return Cluster(
        context="dgx",
        server="https://10.30.0.10:6443",
        version="v1.33.4",
        openshift=(),
        nodes=(dgx,),
        node_images=(),
        device_classes=(),
        resource_slices=(),
        storage_profiles=(),
        storage_classes=(
            StorageClass(
                name="local-path",
                provisioner="rancher.io/local-path",
                binding_mode="WaitForFirstConsumer",
                default=True,
            ),
        ),
        csi_drivers=(),
        persistent_volumes=(),
        claims=(),
        workloads=(),
        pods=0,
        namespaces=(Namespace(name="runai-vision"),),
        service_accounts=(ServiceAccount(namespace="runai-vision", name="default"),),
        ingress_classes=(),
        services=(),
        **dict.fromkeys(parts.NOTHING_REFUSES, ()),  # type: ignore[arg-type]
        runtime_classes=(RuntimeClass(name="nvidia"),),
        components=(
            Component(name="device-plugin", evidence="DaemonSet gpu-operator/nvidia-device-plugin"),
        ),
    )


def _host() -> DockerHost:
    pytorch = parts.host_image(
        "nvcr.io/nvidia/pytorch:25.03-py3", 21 * parts.GIB, pulled=True, cuda_version="12.8.1"
    )
    diffusion = parts.host_image("diffusion:main", 17 * parts.GIB, pulled=False)
    return DockerHost(
        name="dgx",
        url="ssh://admin@dgx.vision.example",
        addresses=("10.30.0.10",),
        version="27.5.1",
        api_version="1.47",
        storage_driver="overlay2",
        image_store="classic",
        architecture="amd64",
        operating_system="DGX OS 6.3.2",
        cpus=112,
        memory=2048 * parts.GIB,
        gpus=8,
        runtimes=("nvidia", "runc"),
        default_runtime="nvidia",
        data_root="/var/lib/docker",
        images=(pytorch, diffusion),
        containers=(
            parts.container(
                diffusion,
                "diffusion-512",
                "mira",
                gpu=GpuRequest(how="--gpus", count=-1),
                command=("python", "train.py", "--resolution", "512"),
                variables=("WANDB_API_KEY",),
                shared_memory=128 * parts.GIB,
                mounts=(
                    Mount(
                        kind="bind",
                        source="/raid/laion",
                        target="/data",
                        read_only=True,
                        filesystem=parts.RAID,
                    ),
                    Mount(kind="volume", volume="checkpoints", target="/out", driver="local"),
                ),
            ),
            parts.container(
                pytorch,
                "notebook-tom",
                "tom",
                gpu=GpuRequest(how="--gpus", count=1),
                tty=True,
                interactive=True,
                ports=(Port(container_port=8888, host_port=8888),),
                mounts=(
                    Mount(
                        kind="bind",
                        source="/raid/home/tom",
                        target="/workspace",
                        filesystem=parts.RAID,
                    ),
                ),
                layer_size=700 * 2**20,
                layer_changes=912,
                layer_paths=("/usr/local/lib/python3.12/dist-packages/timm",),
            ),
        ),
        measured=(
            Measurement(
                path="/raid/home/tom",
                size=212 * parts.GIB,
                allocated=214 * parts.GIB,
                files=48_190,
                unreadable=2,
                reason="2 folders could not be read",
            ),
            Measurement(
                path="/raid/laion",
                size=1_288 * parts.GIB,
                allocated=1_289 * parts.GIB,
                files=3_400_112,
                complete=True,
            ),
            Measurement(
                path="/var/lib/docker/volumes/checkpoints/_data",
                size=96 * parts.GIB,
                allocated=96 * parts.GIB,
                files=24,
                complete=True,
            ),
        ),
        volumes=(
            Volume(
                name="checkpoints",
                mount_point="/var/lib/docker/volumes/checkpoints/_data",
                filesystem=parts.ROOT,
            ),
        ),
        mount_table_read=True,
    )


def snapshot() -> Snapshot:
    """The whole of it."""
    return Snapshot(
        advisor="0.1.0",
        taken=_TAKEN,
        sources=(
            Source(probe="docker", target="ssh://admin@dgx.vision.example", status="ok"),
            Source(probe="kubernetes", target="dgx", status="ok"),
        ),
        cluster=_cluster(),
        hosts=(_host(),),
    )
