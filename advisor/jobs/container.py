"""A container on a Docker host, read as the job that will replace it."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.facts.host import Container, DockerHost, GpuRequest, HostImage, Mount
from advisor.jobs.container_run import container_items, container_run
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec, MountKind

_ALL = -1
POD_LABEL = "io.kubernetes.pod.name"
"""A kubelet that runs on Docker puts it on every container: those are pods of the cluster."""

_STOPPED = frozenset({"created", "configured", "initialized", "exited", "stopped", "dead"})
"""States of Docker and podman in which no process runs; an unknown one is taken for running."""


def container_jobs(host: DockerHost) -> Iterator[JobSpec]:
    """The jobs that the host's containers are, without those that are a cluster's pods."""
    images = {image.id: image for image in host.images or ()}
    for container in host.containers or ():
        if POD_LABEL not in container.labels:
            yield container_job(host, container, images.get(container.image_id))


def container_job(host: DockerHost, container: Container, image: HostImage | None) -> JobSpec:
    """The job that `container` is, made from `image`; it asks for NVIDIA devices unless it names
    others."""
    architecture = image.architecture if image is not None else host.architecture
    return JobSpec(
        id=f"container:{host.name}/{container.name}",
        label=f"{container.name} on {host.name}",
        kind="container",
        host=host.name,
        owner=container.owner,
        images=(JobImage(reference=container.image, image_id=container.image_id),),
        mounts=tuple(job for mount in container.mounts if (job := _mount(mount)) is not None),
        resources=_resources(container),
        accelerators=_accelerators(host, container.gpu),
        tolerates_gpu_taints=container.gpu is not None and container.gpu.count != 0,
        architectures=(architecture,) if architecture else (),
        stopped=container.state in _STOPPED,
        reader="container",
        run=container_run(container, image),
        items=container_items(container, image),
    )


def _resources(container: Container) -> dict[str, int]:
    limits = {"cpu": container.cpus, "memory": container.memory}
    return {name: amount for name, amount in limits.items() if amount}


def _accelerators(host: DockerHost, gpu: GpuRequest | None) -> tuple[AcceleratorNeed, ...]:
    if gpu is None or gpu.count == 0:
        return ()
    count = host.gpus if gpu.count == _ALL else gpu.count
    vendor = "amd" if any("kfd" in device for device in gpu.devices) else "nvidia"
    return (AcceleratorNeed(count=count or None, vendor=vendor, how=gpu.how),)


def _mount(mount: Mount) -> JobMount | None:
    if mount.kind == "bind":
        kind: MountKind = "bind"
        source = mount.source
    elif mount.kind == "volume":
        kind = "anonymous-volume" if mount.anonymous else "named-volume"
        source = mount.volume
    else:
        return None
    return JobMount(kind=kind, source=source, target=mount.target, read_only=mount.read_only)
