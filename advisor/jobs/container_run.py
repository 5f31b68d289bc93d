"""What a container runs, as a run that writers can put into another form; values it never kept,
such as those of its variables, are left to the shell that submits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from advisor.facts.host import Container, GpuRequest, HostImage, Mount
from advisor.facts.secrecy import MARK, looks_secret
from advisor.jobs.ledger import Item
from advisor.jobs.parts import Part, mount_part, port_part
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
    """The flags of `docker run` that would make such a container, each with what it sets."""
    found: list[tuple[str, str, Part]] = [
        ("IMAGE", container.image, ("image",)),
        ("--name", container.name, ("name",)),
    ]
    found += [("--entrypoint", text, ("entrypoint",)) for text in container.entrypoint[:1]]
    words = (*container.entrypoint[1:], *container.command)
    behind = ("arguments",) if container.command else ("entrypoint",)
    found += [("COMMAND", text, behind) for text in words]
    found += [("--env", name, ("environment", name)) for name in container.variables]
    for one in sorted(container.mounts, key=lambda mount: mount.kind == "tmpfs"):
        mount = _mount(one)
        part = ("engine_mount",) if mount is None else mount_part(mount)
        if one.kind == "tmpfs":
            found.append(("--tmpfs", one.target, part))
        else:
            found.append(("--volume", _mount_words(one), part))
    found += list(_switches(container))
    found += list(_amounts(container))
    if container.user and (image is None or container.user != image.user):
        found.append(("--user", container.user, ("user",)))
    return tuple(
        Item(name=name, written=name, value=value, sets=(part,)) for name, value, part in found
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
