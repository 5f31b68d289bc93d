"""Sites of any size, of which one thing can be made to grow; no two things in them are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from advisor.facts.cluster import Node, NodeImage
from advisor.facts.host import Container, DockerHost, Filesystem, GpuRequest, HostImage, Mount
from advisor.facts.snapshot import Snapshot
from advisor.facts.storage import Claim, PersistentVolume, StorageClass
from advisor.facts.workload import (
    PodContainer,
    PodTemplate,
    PodVolume,
    RunningPods,
    VolumeMount,
    Workload,
)
from tests.placement import samples

GIB = 2**30
_RAID = Filesystem(mount_point="/raid", type="xfs", device="/dev/md0")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each there are; `contents` is of each image name, `paths` of each container,
    `pods` of each owner."""

    nodes: int = 4
    owners: int = 4
    pods: int = 1
    images: int = 4
    contents: int = 1
    claims: int = 4
    hosts: int = 1
    containers: int = 4
    paths: int = 1
    faults: int = 0
    """Nodes that a finding concerns."""

    def snapshot(self) -> Snapshot:
        """The site as the probes would have read it."""
        nodes = tuple(self._nodes())
        cluster = samples.cluster(
            *nodes,
            node_images=tuple(self._node_images()),
            storage_classes=(StorageClass(name="files", provisioner="nfs.csi.k8s.io"),),
            claims=tuple(
                Claim(
                    namespace="team",
                    name=f"set-{number}",
                    storage_class="files",
                    access_modes=("ReadWriteMany",),
                    phase="Bound",
                    volume=f"volume-{number}",
                )
                for number in range(self.claims)
            ),
            persistent_volumes=tuple(
                PersistentVolume(
                    name=f"volume-{number}",
                    source_kind="nfs" if number % 2 else "local",
                    source=f"filer:/export/{number}" if number % 2 else f"/disks/{number}",
                    storage_class="files",
                    claim_namespace="team",
                    claim_name=f"set-{number}",
                )
                for number in range(self.claims)
            ),
            workloads=tuple(self._workloads()),
            pods=self.owners * self.pods,
        )
        hosts = (self._host(number) for number in range(self.hosts))
        return samples.snapshot(cluster, *hosts)

    def _nodes(self) -> Iterator[Node]:
        for number in range(self.nodes):
            yield samples.node(
                f"n{number}",
                gpus=8,
                labels={"team": f"team-{number % 7}", "nvidia.com/gpu.product": "H100"},
                ready=number >= self.faults,
                image_count=20,
            )

    def _node_images(self) -> Iterator[NodeImage]:
        for number in range(self.images):
            for content in range(self.contents):
                name = f"registry.example/lab/image-{number}"
                yield NodeImage(
                    names=(f"{name}@{digest(number, content)}", f"{name}:1"),
                    size=GIB + content,
                    nodes=(f"n{(number + content) % self.nodes}",),
                )

    def _workloads(self) -> Iterator[Workload]:
        for number in range(self.owners):
            yield Workload(
                namespace="team",
                kind="Job",
                name=f"train-{number}",
                template=PodTemplate(
                    containers=(
                        PodContainer(
                            name="main",
                            image=f"registry.example/lab/image-{number % max(self.images, 1)}:1",
                            requests={"nvidia.com/gpu": 1 + number % 8, "cpu": 100 + number},
                            variables=(f"SETTING_{number}",),
                            mounts=(
                                VolumeMount(volume="sets", path="/sets"),
                                VolumeMount(volume="scratch", path="/scratch"),
                            ),
                        ),
                    ),
                    volumes=(
                        PodVolume(
                            name="sets",
                            kind="persistentVolumeClaim",
                            source=f"set-{number % max(self.claims, 1)}",
                        ),
                        PodVolume(name="scratch", kind="hostPath", source=f"/scratch/{number}"),
                    ),
                    node_selector={"team": f"team-{number % 7}"} if number % 3 == 0 else {},
                ),
                nodes=dict(Counter(self._places(number))),
                running=tuple(
                    RunningPods(images={"main": self._runs(number, pod)}, nodes=(node,))
                    for pod, node in enumerate(self._places(number))
                ),
            )

    def _places(self, owner: int) -> list[str]:
        return [f"n{(owner + pod) % self.nodes}" for pod in range(self.pods)]

    def _runs(self, owner: int, pod: int) -> str:
        """No two pods run the same content, as where the tag was pushed anew all the time."""
        name = f"registry.example/lab/image-{owner % max(self.images, 1)}"
        return f"{name}@{digest(owner, 10**8 + pod)}"

    def _host(self, host: int) -> DockerHost:
        images = tuple(
            HostImage(
                id=digest(host, 10**6 + number),
                tags=(f"lab/work-{number}:1",),
                layers=(digest(0, 0), digest(host, 10**7 + number)),
                size=2 * GIB,
                architecture="amd64",
            )
            for number in range(self.containers)
        )
        return samples.host(
            f"h{host}",
            *(self._container(host, number, images[number]) for number in range(self.containers)),
            images=images,
        )

    def _container(self, host: int, number: int, image: HostImage) -> Container:
        return Container(
            id=f"{host}-{number}",
            name=f"work-{number}",
            image=image.tags[0],
            image_id=image.id,
            state="running",
            owner=f"user-{number % 5}",
            command=("python", "train.py", f"--seed={number}"),
            gpu=GpuRequest(how="--gpus", count=1 + number % 4),
            mounts=tuple(
                Mount(
                    kind="bind",
                    source=f"/raid/h{host}/{number}/{path}",
                    target=f"/data/{path}",
                    filesystem=_RAID,
                )
                for path in range(self.paths)
            ),
        )


def digest(group: int, number: int) -> str:
    """A made-up sha256."""
    return f"sha256:{group:032x}{number:032x}"
