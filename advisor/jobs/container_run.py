"""What a container runs, as a run that writers can put into another form; values it never kept,
such as those of its variables, are left to the shell that submits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from advisor.facts.host import Container, GpuRequest, HostImage, Mount
from advisor.facts.secrecy import MARK, looks_secret
from advisor.jobs.ledger import Item
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Security, Variable
from advisor.jobs.word import Expansion, Word, joined, word

_HOST = "host"
_ALL = -1
_PROTOCOLS: dict[str, Literal["tcp", "udp", "sctp"]] = {"udp": "udp", "sctp": "sctp"}


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
        mounts=tuple(mount for one in container.mounts if (mount := _mount(one)) is not None),
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
    """The flags of `docker run` that would make such a container, for the account of each."""
    found = [("IMAGE", container.image), ("--name", container.name)]
    found += [("--entrypoint", text) for text in container.entrypoint[:1]]
    found += [("COMMAND", text) for text in (*container.entrypoint[1:], *container.command)]
    found += [("--env", name) for name in container.variables]
    found += [("--volume", _mount_words(one)) for one in container.mounts if one.kind != "tmpfs"]
    found += [("--tmpfs", one.target) for one in container.mounts if one.kind == "tmpfs"]
    found += list(_switches(container))
    found += list(_amounts(container))
    if container.user and (image is None or container.user != image.user):
        found.append(("--user", container.user))
    return tuple(Item(name=name, written=name, value=value) for name, value in found)


def _switches(container: Container) -> Iterator[tuple[str, str]]:
    for name, given in (
        ("--interactive", container.interactive),
        ("--tty", container.tty),
        ("--rm", container.auto_remove),
        ("--privileged", container.privileged),
    ):
        if given:
            yield name, ""
    for name, mode in (
        ("--network", container.network_mode),
        ("--pid", container.pid_mode),
        ("--ipc", container.ipc_mode),
    ):
        if mode == _HOST:
            yield name, mode


def _amounts(container: Container) -> Iterator[tuple[str, str]]:
    if container.gpu is not None:
        yield from _gpu_flags(container.gpu)
    for name, amount in (
        ("--memory", container.memory),
        ("--shm-size", container.shared_memory),
    ):
        if amount:
            yield name, str(amount)
    if container.cpus:
        yield "--cpus", f"{container.cpus / 1000:g}"
    for name, values in (
        ("--ulimit", container.ulimits),
        ("--cap-add", container.capabilities),
        ("--device", container.devices),
    ):
        yield from ((name, value) for value in values)
    if container.restart:
        yield "--restart", container.restart
    if container.working_directory:
        yield "--workdir", container.working_directory
    for port in container.ports:
        yield "--publish", f"{port.host_port or ''}:{port.container_port}/{port.protocol}"


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


def _mount(mount: Mount) -> RunMount | None:
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
