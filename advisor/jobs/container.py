"""A container on a Docker host, read as the job that will replace it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from advisor.facts.host import Container, DockerHost, GpuRequest, HostImage, Mount
from advisor.facts.secrecy import MARK, looks_secret
from advisor.jobs.ledger import Item, Part, mount_part, port_part
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.spec import AcceleratorNeed, JobImage, JobMount, JobSpec, MountKind
from advisor.jobs.word import Expansion, Word, joined, word

_ALL = -1
POD_LABEL = "io.kubernetes.pod.name"
"""A kubelet that runs on Docker puts it on every container: those are pods of the cluster."""

_STOPPED = frozenset({"created", "configured", "initialized", "exited", "stopped", "dead"})
"""States of Docker and podman in which no process runs; an unknown one is taken for running."""

_HOST = "host"
_PROTOCOLS: dict[str, Literal["tcp", "udp", "sctp"]] = {"udp": "udp", "sctp": "sctp"}


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


def container_run(container: Container, image: HostImage | None = None) -> Run:
    """The run of a container made from `image`, whose own user is not repeated."""
    entrypoint = tuple(_without_mark(text) for text in container.entrypoint)
    user = "" if image is not None and container.user == image.user else container.user
    return Run(
        image=word(container.image),
        name=word(container.name),
        entrypoint=entrypoint or None,
        arguments=tuple(_without_mark(text) for text in container.command),
        environment=tuple(
            Variable(name=name, secret=looks_secret(name)) for name in container.variables
        ),
        working_directory=word(container.working_directory)
        if container.working_directory
        else None,
        user=word(user) if user else None,
        interactive=container.interactive,
        terminal=container.tty,
        remove=container.auto_remove,
        restart=container.restart,
        mounts=tuple(
            mount for stated in container.mounts if (mount := _run_mount(stated)) is not None
        ),
        ports=tuple(_ports(container)),
        gpus=_gpus(container.gpu),
        devices=container.devices,
        cpu_limit=container.cpus,
        memory_limit=container.memory,
        shared_memory=container.shared_memory,
        ulimits=container.ulimits,
        security=Security(
            privileged=container.privileged,
            capabilities_added=container.capabilities,
            host_network=container.network_mode == _HOST,
            host_pid=container.pid_mode == _HOST,
            host_ipc=container.ipc_mode == _HOST,
        ),
    )


def container_items(container: Container, image: HostImage | None = None) -> tuple[Item, ...]:
    """The flags of `docker run` that would make such a container, each with what it sets."""
    items: list[tuple[str, str, Part]] = [
        ("IMAGE", container.image, ("image",)),
        ("--name", container.name, ("name",)),
    ]
    items += [("--entrypoint", text, ("entrypoint",)) for text in container.entrypoint[:1]]
    words = (*container.entrypoint[1:], *container.command)
    behind = ("arguments",) if container.command else ("entrypoint",)
    items += [("COMMAND", text, behind) for text in words]
    items += [("--env", name, ("environment", name)) for name in container.variables]
    for stated in sorted(container.mounts, key=lambda mount: mount.kind == "tmpfs"):
        mount = _run_mount(stated)
        part = ("engine_mount",) if mount is None else mount_part(mount)
        if stated.kind == "tmpfs":
            items.append(("--tmpfs", stated.target, part))
        else:
            items.append(("--volume", _mount_words(stated), part))
    items += list(_switches(container))
    items += list(_amounts(container))
    if container.user and (image is None or container.user != image.user):
        items.append(("--user", container.user, ("user",)))
    return tuple(
        Item(name=name, written=name, value=value, sets=(part,)) for name, value, part in items
    )


def _switches(container: Container) -> Iterator[tuple[str, str, Part]]:
    for name, given, field in (
        ("--interactive", container.interactive, "interactive"),
        ("--tty", container.tty, "terminal"),
        ("--rm", container.auto_remove, "remove"),
        ("--privileged", container.privileged, "privileged"),
    ):
        if given:
            yield name, "", (field,)
    for name, mode in (
        ("network", container.network_mode),
        ("pid", container.pid_mode),
        ("ipc", container.ipc_mode),
    ):
        if mode == _HOST:
            yield f"--{name}", mode, (f"host_{name}",)


def _amounts(container: Container) -> Iterator[tuple[str, str, Part]]:
    if container.gpu is not None and container.gpu.count != 0:
        yield from ((*flag, ("gpus",)) for flag in _gpu_flags(container.gpu))
    for name, amount, field in (
        ("--memory", container.memory, "memory_limit"),
        ("--shm-size", container.shared_memory, "shared_memory"),
    ):
        if amount:
            yield name, str(amount), (field,)
    if container.cpus:
        yield "--cpus", f"{container.cpus / 1000:g}", ("cpu_limit",)
    for name, values, field in (
        ("--ulimit", container.ulimits, "ulimits"),
        ("--cap-add", container.capabilities, "capabilities_added"),
        ("--device", container.devices, "devices"),
    ):
        yield from ((name, value, (field, value)) for value in values)
    if container.restart:
        yield "--restart", container.restart, ("restart",)
    if container.working_directory:
        yield "--workdir", container.working_directory, ("working_directory",)
    for stated, port in zip(container.ports, _ports(container), strict=True):
        published = f"{stated.host_port or ''}:{stated.container_port}/{stated.protocol}"
        yield "--publish", published, port_part(port)


def _gpu_flags(gpu: GpuRequest) -> Iterator[tuple[str, str]]:
    """The flag of the form that the request was found in."""
    if gpu.how in ("device", "cdi"):
        yield from (("--device", device) for device in gpu.devices)
    elif gpu.how == "runtime":
        yield "--runtime", "nvidia"
    elif gpu.devices:
        yield "--gpus", f'"device={",".join(gpu.devices)}"'
    else:
        yield "--gpus", "all" if gpu.count == _ALL else str(gpu.count or "")


def _without_mark(text: str) -> Word:
    """A secret that was taken out of a command is a reference to the shell's variable SECRET."""
    pieces = text.split(MARK)
    secret = Expansion(source="$SECRET", kind="variable", name="SECRET", quoted=True, withheld=True)
    parts: list[str | Expansion] = [pieces[0]]
    for piece in pieces[1:]:
        parts += [secret, piece]
    return joined(parts)


def _run_mount(mount: Mount) -> RunMount | None:
    target = word(mount.target)
    if mount.kind == "tmpfs":
        return RunMount(kind="tmpfs", source=Word(), target=target)
    if mount.kind == "bind":
        source = word(mount.source)
        return RunMount(kind="bind", source=source, target=target, read_only=mount.read_only)
    if mount.kind == "volume":
        return RunMount(
            kind="anonymous-volume" if mount.anonymous else "named-volume",
            source=word(mount.volume),
            target=target,
            read_only=mount.read_only,
            driver=mount.driver,
        )
    return None


def _mount_words(mount: Mount) -> str:
    words = [mount.source or mount.volume, mount.target, "ro" if mount.read_only else ""]
    return ":".join(part for part in words if part)


def _ports(container: Container) -> Iterator[PortMapping]:
    for port in container.ports:
        yield PortMapping(
            container=port.container_port,
            host=port.host_port,
            address=port.host_address,
            protocol=_PROTOCOLS.get(port.protocol, "tcp"),
        )


def _gpus(gpu: GpuRequest | None) -> tuple[GpuAsk, ...]:
    if gpu is None or gpu.count == 0:
        return ()
    return (
        GpuAsk(
            how=gpu.how,
            count=gpu.count,
            devices=gpu.devices,
            vendor="amd" if any("kfd" in device for device in gpu.devices) else "nvidia",
            capabilities=gpu.capabilities,
        ),
    )
