"""The bundled demo: a small mixed cluster and two Docker hosts, all names made up.

`python -m tests.demo_snapshot` writes advisor/demo/demo-snapshot.json anew; a test says whether the
committed file is current.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

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
    Taint,
)
from advisor.facts.host import (
    Container,
    DockerHost,
    Filesystem,
    GpuRequest,
    HostImage,
    Mount,
    Port,
    Volume,
)
from advisor.facts.snapshot import Snapshot
from advisor.facts.source import Redaction, Refusal, Source
from advisor.facts.storage import (
    Claim,
    CsiDriver,
    NodeSelectorRequirement,
    PersistentVolume,
    StorageClass,
)
from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    Toleration,
    VolumeMount,
    Workload,
)

NOTHING_REFUSES = (
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
)
"""Lists of a cluster that may refuse pods, and of its APIs."""
PATH = Path(__file__).parent.parent / "advisor" / "demo" / "demo-snapshot.json"
TAKEN = "2026-11-20T08:00:00Z"
GIB = 2**30
TIB = 2**40
GPU_TAINT = Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule")
TOLERATES_GPU = Toleration(key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")


def digest(text: str) -> str:
    """A made-up sha256 that stays the same."""
    import hashlib

    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def node(
    name: str, address: str, *, cpus: int, memory: int, capacity: dict[str, int], **more: object
) -> Node:
    own = {"cpu": cpus * 1000, "memory": memory, "pods": 110, "ephemeral-storage": 400 * GIB}
    fields: dict[str, object] = {
        "name": name,
        "hostname": name,
        "addresses": (address,),
        "ready": True,
        "architecture": "amd64",
        "operating_system": "linux",
        "os_image": "Ubuntu 22.04.5 LTS",
        "kernel": "5.15.0-119-generic",
        "container_runtime": "containerd://1.7.22",
        "kubelet": "v1.33.4",
        "capacity": {**own, **capacity},
        "allocatable": {**own, "cpu": (cpus - 1) * 1000, "memory": memory - 2 * GIB, **capacity},
        "image_count": 14,
        "clock_offset": 0,
        **more,
    }
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64"}
    fields["labels"] = {**labels, **more.get("labels", {})}  # type: ignore[dict-item]
    return msgspec.convert(fields, Node)


def gpu_labels(product: str, count: int, driver: str, **more: str) -> dict[str, str]:
    return {
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": product,
        "nvidia.com/gpu.count": str(count),
        "nvidia.com/gpu.sharing-strategy": "none",
        "nvidia.com/gpu.replicas": "1",
        "nvidia.com/gpu.machine": more.pop("machine", "Server"),
        "nvidia.com/cuda.driver-version.full": driver,
        **{name.replace("__", "/").replace("_", "."): value for name, value in more.items()},
    }


def nodes() -> tuple[Node, ...]:
    dgx = node(
        "dgx-1",
        "10.20.0.11",
        cpus=128,
        memory=1024 * GIB,
        capacity={"nvidia.com/gpu": 8},
        taints=(GPU_TAINT,),
        labels={
            **gpu_labels("NVIDIA-A100-SXM4-80GB", 8, "550.90.07", machine="DGXA100"),
            "nvidia.com/cuda.runtime-version.full": "12.4",
        },
    )
    broken_card = msgspec.structs.replace(dgx, allocatable={**dgx.allocatable, "nvidia.com/gpu": 7})
    split = node(
        "gpu-2",
        "10.20.0.12",
        cpus=64,
        memory=512 * GIB,
        capacity={"nvidia.com/gpu": 2, "nvidia.com/mig-1g.5gb": 14},
        taints=(GPU_TAINT,),
        labels={
            **gpu_labels("NVIDIA-A100-PCIE-40GB", 4, "550.90.07"),
            "nvidia.com/mig.strategy": "mixed",
            "nvidia.com/cuda.runtime-version.full": "12.4",
        },
    )
    shared = node(
        "gpu-3",
        "10.20.0.13",
        cpus=32,
        memory=256 * GIB,
        capacity={"nvidia.com/gpu.shared": 16},
        unschedulable=True,
        taints=(GPU_TAINT, Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")),
        labels={
            **gpu_labels("Tesla-T4-SHARED", 4, "535.183.01"),
            "nvidia.com/gpu.sharing-strategy": "time-slicing",
            "nvidia.com/gpu.replicas": "4",
            "nvidia.com/cuda.runtime-version.full": "12.2",
        },
    )
    control = node(
        "control-1",
        "10.20.0.1",
        cpus=8,
        memory=32 * GIB,
        capacity={},
        labels={"node-role.kubernetes.io/control-plane": ""},
        taints=(Taint(key="node-role.kubernetes.io/control-plane", effect="NoSchedule"),),
    )
    plain = (
        node(f"cpu-{n}", f"10.20.0.2{n}", cpus=32, memory=128 * GIB, capacity={}) for n in (1, 2)
    )
    return (control, *plain, broken_card, split, shared)


def node_images() -> tuple[NodeImage, ...]:
    bert = "registry.lab.example/nlp/bert"
    pytorch = "nvcr.io/nvidia/pytorch"
    return (
        NodeImage(
            names=(f"{bert}@{digest('bert')}", f"{bert}:2.1"),
            size=9 * GIB,
            nodes=("dgx-1", "gpu-2"),
        ),
        NodeImage(
            names=(f"{pytorch}@{digest('pytorch')}", f"{pytorch}:24.03-py3"),
            size=19 * GIB,
            nodes=("dgx-1",),
        ),
        NodeImage(names=("docker.io/library/yolo:latest",), size=6 * GIB, nodes=("gpu-2",)),
        NodeImage(
            names=(
                f"registry.k8s.io/pause@{digest('pause')}",
                "registry.k8s.io/pause:3.10",
            ),
            size=736_796,
            nodes=("control-1", "cpu-1", "cpu-2", "dgx-1", "gpu-2", "gpu-3"),
        ),
    )


def storage() -> dict[str, object]:
    return {
        "storage_classes": (
            StorageClass(
                name="filer",
                provisioner="nfs.csi.k8s.io",
                parameters={"server": "filer.lab.example", "share": "/export/k8s"},
                reclaim_policy="Retain",
            ),
            StorageClass(
                name="local-path",
                provisioner="rancher.io/local-path",
                binding_mode="WaitForFirstConsumer",
                default=True,
            ),
            StorageClass(name="ceph-block", provisioner="rook-ceph.rbd.csi.ceph.com"),
            StorageClass(name="archive", provisioner="csi.archive.example"),
        ),
        "csi_drivers": (
            CsiDriver(name="nfs.csi.k8s.io", attach_required=False),
            CsiDriver(name="rook-ceph.rbd.csi.ceph.com", attach_required=True),
            CsiDriver(name="csi.archive.example", attach_required=True),
        ),
        "persistent_volumes": (
            PersistentVolume(
                name="pv-datasets",
                source_kind="csi",
                driver="nfs.csi.k8s.io",
                source="filer.lab.example#export/k8s#datasets",
                capacity=20 * TIB,
                access_modes=("ReadWriteMany",),
                storage_class="filer",
                reclaim_policy="Retain",
                phase="Bound",
                claim_namespace="team-nlp",
                claim_name="datasets",
            ),
            PersistentVolume(
                name="pv-scratch",
                source_kind="local",
                source="/opt/local-path/pv-scratch",
                capacity=500 * GIB,
                access_modes=("ReadWriteOnce",),
                storage_class="local-path",
                reclaim_policy="Delete",
                phase="Bound",
                claim_namespace="team-cv",
                claim_name="scratch",
                node_affinity=(
                    (
                        NodeSelectorRequirement(
                            key="kubernetes.io/hostname", operator="In", values=("gpu-2",)
                        ),
                    ),
                ),
            ),
            PersistentVolume(
                name="pv-archive",
                source_kind="csi",
                driver="csi.archive.example",
                capacity=2 * TIB,
                access_modes=("ReadWriteMany",),
                storage_class="archive",
                reclaim_policy="Delete",
                phase="Bound",
                claim_namespace="team-cv",
                claim_name="archive",
            ),
        ),
        "claims": (
            claim("team-nlp", "datasets", "filer", "pv-datasets", "ReadWriteMany", 20 * TIB),
            claim("team-cv", "scratch", "local-path", "pv-scratch", "ReadWriteOnce", 500 * GIB),
            claim("team-cv", "archive", "archive", "pv-archive", "ReadWriteMany", 2 * TIB),
        ),
    }


def claim(
    namespace: str, name: str, storage_class: str, volume: str, mode: str, size: int
) -> Claim:
    return Claim(
        namespace=namespace,
        name=name,
        storage_class=storage_class,
        volume=volume,
        access_modes=(mode,),
        requested=size,
        capacity=size,
        phase="Bound",
    )


def workloads() -> tuple[Workload, ...]:
    bert = PodTemplate(
        containers=(
            PodContainer(
                name="pytorch",
                image="registry.lab.example/nlp/bert:2.1",
                requests={"cpu": 16000, "memory": 128 * GIB, "nvidia.com/gpu": 2},
                limits={"nvidia.com/gpu": 2},
                variables=("NCCL_DEBUG", "WANDB_API_KEY"),
                mounts=(VolumeMount(volume="datasets", path="/datasets", read_only=True),),
            ),
        ),
        volumes=(
            PodVolume(name="datasets", kind="persistentVolumeClaim", source="datasets"),
            PodVolume(name="shm", kind="emptyDir", type="Memory"),
        ),
        tolerations=(TOLERATES_GPU,),
        pull_secrets=("lab-registry",),
        restart_policy="OnFailure",
    )
    yolo = PodTemplate(
        containers=(
            PodContainer(
                name="train",
                image="yolo:latest",
                pull_policy="Never",
                requests={"nvidia.com/mig-1g.5gb": 1},
                mounts=(
                    VolumeMount(volume="coco", path="/data/coco"),
                    VolumeMount(volume="scratch", path="/scratch"),
                ),
            ),
        ),
        volumes=(
            PodVolume(name="coco", kind="hostPath", source="/raid/coco", type="DirectoryOrCreate"),
            PodVolume(name="scratch", kind="persistentVolumeClaim", source="scratch"),
        ),
        node_selector={"kubernetes.io/hostname": "gpu-2"},
        tolerations=(TOLERATES_GPU,),
        restart_policy="Never",
    )
    notebook = PodTemplate(
        containers=(
            PodContainer(
                name="notebook",
                image="cv-notebook:may",
                requests={"nvidia.com/gpu": 1},
                mounts=(VolumeMount(volume="archive", path="/archive"),),
            ),
        ),
        volumes=(PodVolume(name="archive", kind="persistentVolumeClaim", source="archive"),),
        tolerations=(TOLERATES_GPU,),
    )
    plugin = PodTemplate(
        containers=(
            PodContainer(
                name="plugin", image="nvcr.io/nvidia/k8s-device-plugin:v0.17.0", privileged=True
            ),
        ),
        volumes=(PodVolume(name="plugins", kind="hostPath", source="/var/lib/kubelet"),),
    )
    return (
        Workload(
            namespace="team-nlp",
            kind="PyTorchJob",
            name="bert-pretrain",
            api_version="kubeflow.org/v1",
            role="Worker",
            template=bert,
            replicas=3,
            phases={"Running": 3},
            nodes={"dgx-1": 2, "gpu-2": 1},
            labels={"user": "alice"},
        ),
        Workload(
            namespace="team-cv",
            kind="Job",
            name="yolo-train",
            api_version="batch/v1",
            template=yolo,
            replicas=1,
            phases={"Running": 1},
            nodes={"gpu-2": 1},
            labels={"user": "bob"},
        ),
        Workload(
            namespace="team-cv",
            kind="Pod",
            name="notebook-chen",
            api_version="v1",
            origin="pod",
            template=notebook,
            phases={"Pending": 1},
            labels={"user": "chen"},
        ),
        Workload(
            namespace="gpu-operator",
            kind="DaemonSet",
            name="nvidia-device-plugin",
            api_version="apps/v1",
            template=plugin,
            phases={"Running": 3},
            nodes={"dgx-1": 1, "gpu-2": 1, "gpu-3": 1},
        ),
    )


def cluster() -> Cluster:
    fields = {
        "context": "demo",
        "server": "https://kube.lab.example:6443",
        "version": "v1.33.4",
        "nodes": nodes(),
        "node_images": node_images(),
        "device_classes": (),
        "resource_slices": (),
        "storage_profiles": (),
        "workloads": workloads(),
        "pods": 8,
        "namespaces": (
            Namespace(name="gpu-operator"),
            Namespace(name="team-cv"),
            Namespace(name="team-nlp"),
        ),
        "service_accounts": (
            ServiceAccount(namespace="team-cv", name="default"),
            ServiceAccount(namespace="team-nlp", name="default", pull_secrets=("lab-registry",)),
        ),
        "ingress_classes": (IngressClass(name="nginx", default=True),),
        "openshift": (),
        "gateway_classes": (),
        "services": (
            Service(
                namespace="ingress-nginx",
                name="controller",
                load_balancer=True,
                addresses=("10.20.0.200",),
            ),
        ),
        **dict.fromkeys(NOTHING_REFUSES, ()),
        "runtime_classes": (RuntimeClass(name="nvidia"),),
        "components": (
            Component(name="device-plugin", evidence="DaemonSet gpu-operator/nvidia-device-plugin"),
            Component(
                name="gpu-operator", evidence="API group nvidia.com (ClusterPolicy)", version=""
            ),
            Component(name="prometheus", evidence="API group monitoring.coreos.com"),
        ),
        **storage(),
    }
    return Cluster(**fields)  # type: ignore[arg-type]


def host_image(
    name: str, size: int, *, pulled: bool, content: str = "", **more: object
) -> HostImage:
    repository = name.rpartition(":")[0]
    fields: dict[str, object] = {
        "id": digest(content or name),
        "tags": (name,),
        "digests": (f"{repository}@{digest('manifest ' + (content or name))}",) if pulled else (),
        "size": size,
        "layers": (digest("base"), digest("layer " + (content or name))),
        "architecture": "amd64",
        "operating_system": "linux",
        "created": "2026-10-02T14:11:09Z",
        **more,
    }
    return msgspec.convert(fields, HostImage)


RAID = Filesystem(
    mount_point="/raid", type="xfs", device="/dev/md1", size=28 * TIB, available=2 * TIB
)
HOME = Filesystem(
    mount_point="/home",
    type="nfs4",
    device="filer.lab.example:/export/home",
    size=40 * TIB,
    available=11 * TIB,
)
ROOT = Filesystem(
    mount_point="/",
    type="ext4",
    device="/dev/nvme0n1p2",
    size=1800 * GIB,
    available=900 * GIB,
)
RUN = Filesystem(mount_point="/run", type="tmpfs", device="tmpfs")
MODELS = Filesystem(
    mount_point="/var/lib/docker/volumes/shared-models/_data",
    type="nfs4",
    device="filer.lab.example:/export/models",
    size=40 * TIB,
    available=11 * TIB,
)


def dgx() -> DockerHost:
    images = (
        host_image(
            "nvcr.io/nvidia/pytorch:24.03-py3", 19 * GIB, pulled=True, cuda_version="12.4.0"
        ),
        host_image("llm-finetune:v7", 24 * GIB, pulled=False, cuda_version="12.4.0"),
        host_image(
            "trainer:dev",
            11 * GIB,
            pulled=False,
            content="trainer on dgx-1",
            cuda_version="13.0.1",
            secret_variables=("HF_TOKEN",),
        ),
        host_image("localhost:5000/etl:3", 2 * GIB, pulled=True),
    )
    return DockerHost(
        name="dgx-1",
        url="ssh://admin@dgx-1.lab.example",
        addresses=("10.20.0.11",),
        version="27.3.1",
        api_version="1.47",
        storage_driver="overlay2",
        image_store="classic",
        architecture="amd64",
        operating_system="Ubuntu 22.04.5 LTS",
        kernel="5.15.0-119-generic",
        cpus=128,
        memory=1024 * GIB,
        gpus=8,
        runtimes=("nvidia", "runc"),
        default_runtime="runc",
        data_root="/var/lib/docker",
        images=images,
        containers=(finetune(images[1]), jupyter(images[0]), trainer(images[2]), etl(images[3])),
        volumes=(
            Volume(
                name="mlflow-artifacts",
                mount_point="/var/lib/docker/volumes/mlflow-artifacts",
                filesystem=ROOT,
            ),
            Volume(
                name="shared-models",
                options={
                    "type": "nfs",
                    "o": "addr=filer.lab.example,rw",
                    "device": ":/export/models",
                },
                filesystem=MODELS,
            ),
        ),
        mount_table_read=True,
    )


def container(image: HostImage, name: str, owner: str, **more: object) -> Container:
    fields: dict[str, object] = {
        "id": digest("container " + name).removeprefix("sha256:"),
        "name": name,
        "image": image.tags[0],
        "image_id": image.id,
        "state": "running",
        "created": "2026-11-02T09:30:00Z",
        "owner": owner,
        "layer_size": 0,
        "layer_changes": 0,
        **more,
    }
    return msgspec.convert(fields, Container)


def finetune(image: HostImage) -> Container:
    return container(
        image,
        "llm-finetune",
        "alice",
        gpu=GpuRequest(how="--gpus", count=8),
        command=("torchrun", "--nproc-per-node=8", "train.py"),
        shared_memory=64 * GIB,
        ipc_mode="host",
        ulimits=("memlock=-1:-1", "stack=67108864:67108864"),
        mounts=(
            Mount(
                kind="bind",
                source="/raid/public/corpora",
                target="/data",
                read_only=True,
                filesystem=RAID,
            ),
            Mount(kind="bind", source="/home/alice/ckpt", target="/ckpt", filesystem=HOME),
        ),
    )


def jupyter(image: HostImage) -> Container:
    return container(
        image,
        "jupyter-bob",
        "bob",
        gpu=GpuRequest(how="runtime", count=1),
        tty=True,
        interactive=True,
        restart="unless-stopped",
        runtime="nvidia",
        ports=(Port(container_port=8888, host_port=8888),),
        mounts=(
            Mount(
                kind="bind",
                source="/raid/public/my_datasets",
                target="/root/dataset",
                read_only=True,
                filesystem=RAID,
            ),
            Mount(kind="volume", volume="shared-models", target="/models", driver="local"),
            Mount(
                kind="bind",
                source="/var/run/docker.sock",
                target="/var/run/docker.sock",
                filesystem=RUN,
            ),
        ),
        layer_size=3 * GIB,
        layer_changes=18_204,
        layer_paths=("/root/notebooks/eval.ipynb", "/usr/local/lib/python3.10/dist-packages"),
    )


def trainer(image: HostImage) -> Container:
    return container(
        image,
        "train-unet",
        "chen",
        state="exited",
        finished="2026-11-18T22:41:00Z",
        gpu=GpuRequest(how="--gpus", count=2),
        mounts=(
            Mount(kind="bind", source="/raid/med/scans", target="/scans", filesystem=RAID),
            Mount(kind="volume", volume="mlflow-artifacts", target="/mlruns", driver="local"),
        ),
    )


def etl(image: HostImage) -> Container:
    return container(
        image,
        "etl-nightly",
        "",
        cpus=8000,
        memory=32 * GIB,
        restart="always",
        mounts=(Mount(kind="bind", source="/raid/med/scans", target="/in", filesystem=RAID),),
    )


def workstation() -> DockerHost:
    image = host_image(
        "trainer:dev", 11 * GIB, pulled=False, content="trainer on ws-7", cuda_version="12.2.2"
    )
    experiments = host_image("chen/experiments:latest", 8 * GIB, pulled=True)
    return DockerHost(
        name="ws-7",
        url="ssh://chen@ws-7.lab.example/run/user/1000/podman/podman.sock",
        engine="podman",
        version="5.2.3",
        api_version="1.41",
        storage_driver="overlay",
        image_store="podman",
        architecture="amd64",
        operating_system="Ubuntu 24.04.1 LTS",
        cpus=32,
        memory=128 * GIB,
        images=(image, experiments),
        containers=(
            container(
                image,
                "train-unet-ws",
                "chen",
                gpu=GpuRequest(how="--gpus", count=-1),
                mounts=(Mount(kind="bind", source="/raid/med/scans", target="/scans"),),
            ),
            container(
                experiments,
                "ablation",
                "chen",
                state="exited",
                gpu=GpuRequest(how="--gpus", count=1),
                mounts=(Mount(kind="volume", volume="7f" * 32, target="/out", anonymous=True),),
            ),
        ),
        volumes=(Volume(name="7f" * 32, anonymous=True),),
        mount_table_read=False,
    )


def demo() -> Snapshot:
    """The whole snapshot."""
    return Snapshot(
        advisor="0.1.0",
        taken=TAKEN,
        sources=(
            Source(
                probe="kubernetes",
                target="demo",
                status="ok",
                seconds=1.4,
            ),
            Source(
                probe="docker", target="ssh://admin@dgx-1.lab.example", status="ok", seconds=2.1
            ),
            Source(
                probe="docker",
                target="ssh://chen@ws-7.lab.example/run/user/1000/podman/podman.sock",
                status="partial",
                reason="1 read was refused",
                refused=(
                    Refusal(
                        resource="mounts",
                        verb="read",
                        reason="cat /proc/1/mountinfo took longer than 30 s",
                        facts=("hosts.containers.mounts.filesystem",),
                        supplement=True,
                    ),
                ),
                seconds=0.8,
            ),
        ),
        cluster=msgspec.structs.replace(cluster(), storage_profiles=()),
        hosts=(dgx(), workstation()),
        redactions=(
            Redaction(path="hosts.dgx-1.containers.train-unet.command", redactor="secret words"),
        ),
    )


def encoded() -> bytes:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(demo()), indent=1) + b"\n"


if __name__ == "__main__":
    PATH.write_bytes(encoded())
    print(f"wrote {PATH}")
