"""Containers as an engine inspects them, with their mounts, and volumes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from advisor.facts.host import Container, Mount, Port, Volume
from advisor.facts.quantity import whole_number
from advisor.probes.docker.documents import Document
from advisor.probes.docker.gpus import gpu_request, other_devices

ANONYMOUS = re.compile(r"[0-9a-f]{64}")
ANONYMOUS_LABEL = "com.docker.volume.anonymous"
KINDS: dict[str, Literal["bind", "volume", "tmpfs"]] = {
    "bind": "bind",
    "volume": "volume",
    "tmpfs": "tmpfs",
}


def listed_volume(listed: Document) -> Volume:
    """A volume with its options as they are."""
    name = listed.text("Name")
    return Volume(
        name=name,
        driver=listed.text("Driver") or "local",
        options=listed.texts_by_name("Options"),
        mount_point=listed.text("Mountpoint"),
        anonymous=is_anonymous(name) or ANONYMOUS_LABEL in listed.names("Labels"),
    )


def container_mounts(inspected: Document) -> tuple[Mount, ...]:
    """All mounts by target, those of `--tmpfs` too, without the filesystems that hold them."""
    mounts = [_mount(document) for document in inspected.documents("Mounts")]
    targets = {mount.target for mount in mounts}
    mounts += [
        Mount(kind="tmpfs", target=target, read_only="ro" in options.split(","))
        for target, options in inspected.texts_by_name("HostConfig", "Tmpfs").items()
        if target not in targets
    ]
    return tuple(sorted(mounts, key=lambda mount: mount.target))


def is_anonymous(name: str) -> bool:
    """Whether an engine made the name up."""
    return bool(ANONYMOUS.fullmatch(name))


def data_path(volume: Volume) -> str:
    """The host path whose mount holds a volume's data; empty when only a mount on it could tell.

    A volume made by binding a folder has its data there. One that its driver or options mount is
    its own filesystem, and what lies beneath while it is not mounted says nothing.
    """
    if volume.driver != "local":
        return ""
    kind, device = volume.options.get("type", ""), volume.options.get("device", "")
    if kind in ("", "none"):
        return device if device.startswith("/") else volume.mount_point
    return ""


def count_users(volume: str, containers: Iterable[Container]) -> int:
    """How many of the containers mount this volume."""
    return sum(any(mount.volume == volume for mount in c.mounts) for c in containers)


def _mount(document: Document) -> Mount:
    kind = document.text("Type")
    name = document.text("Name")
    return Mount(
        kind=KINDS.get(kind, "other"),
        target=document.text("Destination"),
        source=document.text("Source") if kind == "bind" else "",
        volume=name if kind == "volume" else "",
        driver=document.text("Driver") if kind == "volume" else "",
        read_only="RW" in document.names() and not document.flag("RW"),
        anonymous=kind == "volume" and is_anonymous(name),
    )


MILLI = 1000
NANO_PER_MILLI = 1_000_000
DEFAULT_PERIOD = 100_000

# What podman puts into every container's config on its own account.
PODMAN_VARIABLES = frozenset(
    {
        "container=podman",
        "TERM=xterm",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
)

MOST_CPUS = 2**16
PODMAN_RUNTIME = "oci"
PODMAN_LIMIT = 1_048_576

_LABELS = ("owner", "user", "username", "maintainer", "author", "contact")
_FOLDER_LABELS = (
    "com.docker.compose.project.working_dir",
    "devcontainer.local_folder",
    "io.podman.compose.project.working_dir",
)
_HOME = re.compile(r"/(?:home|Users)/([^/]+)(?:/|$)")
_SHARED_HOMES = frozenset({"shared", "public", "linuxbrew", "lost+found", "data"})
_SYSTEM_USERS = frozenset({"root", "nobody", "daemon", "www-data"})

_LAST_PORT = 2**16 - 1


def inspected_container(inspected: Document, image: Document, *, podman: bool) -> Container:
    """The record of a container; `image` is what it was made from, for what not to repeat.

    Command, entrypoint and user are those in force, whether its own or the image's. Secrets in them
    are taken out once the record of the host is whole.
    """
    labels = _own_labels(inspected, image)
    mounts = container_mounts(inspected)
    user = inspected.text("Config", "User")
    # Names of the variables that neither the image nor podman set to the same value.
    given = set(image.texts("Config", "Env")) | (PODMAN_VARIABLES if podman else frozenset())
    names = {
        entry.partition("=")[0] for entry in inspected.texts("Config", "Env") if entry not in given
    }
    container = Container(
        id=inspected.text("Id"),
        name=inspected.text("Name").removeprefix("/"),
        image=inspected.text("Config", "Image"),
        image_id=inspected.text("Image"),
        state=inspected.text("State", "Status"),
        created=inspected.time("Created"),
        finished=inspected.time("State", "FinishedAt"),
        entrypoint=tuple(inspected.texts("Config", "Entrypoint")),
        command=tuple(inspected.texts("Config", "Cmd")),
        variables=tuple(sorted(name for name in names if name)),
        labels=labels,
        user=user,
        owner=owner_hint(labels, user if user != image.text("Config", "User") else "", mounts),
        working_directory=inspected.text("Config", "WorkingDir"),
        mounts=mounts,
        gpu=gpu_request(inspected),
        ports=_published_ports(inspected),
        tty=inspected.flag("Config", "Tty"),
        interactive=inspected.flag("Config", "OpenStdin"),
        layer_size=inspected.number("SizeRw"),
    )
    return _with_host_config(container, inspected, podman=podman)


def _with_host_config(container: Container, inspected: Document, *, podman: bool) -> Container:
    """The container with what it was given of the host."""
    runtime = inspected.text("HostConfig", "Runtime")
    pid_mode, ipc_mode = (inspected.text("HostConfig", key) for key in ("PidMode", "IpcMode"))
    return msgspec.structs.replace(
        container,
        cpus=_cpus(inspected),
        memory=inspected.positive("HostConfig", "Memory"),
        shared_memory=inspected.positive("HostConfig", "ShmSize"),
        ulimits=_ulimits(inspected, podman=podman),
        restart=_restart(inspected),
        auto_remove=inspected.flag("HostConfig", "AutoRemove"),
        runtime="" if podman and runtime == PODMAN_RUNTIME else runtime,
        privileged=inspected.flag("HostConfig", "Privileged"),
        network_mode=inspected.text("HostConfig", "NetworkMode"),
        pid_mode="" if pid_mode == "private" else pid_mode,
        ipc_mode="" if ipc_mode == "private" else ipc_mode,
        capabilities=tuple(
            name.removeprefix("CAP_") for name in inspected.texts("HostConfig", "CapAdd")
        ),
        devices=other_devices(inspected),
    )


def _own_labels(inspected: Document, image: Document) -> dict[str, str]:
    inherited = image.texts_by_name("Config", "Labels")
    labels = inspected.texts_by_name("Config", "Labels")
    return {name: labels[name] for name in sorted(labels) if inherited.get(name) != labels[name]}


def _cpus(inspected: Document) -> int | None:
    """Thousandths of a CPU: the smallest of quota, `--cpus` and the CPUs it is pinned to."""
    nano = inspected.positive("HostConfig", "NanoCpus")
    quota = inspected.positive("HostConfig", "CpuQuota")
    period = inspected.positive("HostConfig", "CpuPeriod") or DEFAULT_PERIOD
    pinned = _count_cpus(inspected.text("HostConfig", "CpusetCpus"))
    limits = [
        nano // NANO_PER_MILLI if nano else None,
        quota * MILLI // period if quota else None,
        pinned * MILLI if pinned else None,
    ]
    return min((limit for limit in limits if limit), default=None)


def _count_cpus(cpuset: str) -> int:
    """CPUs in a list like `0-3,8`; 0 when it is empty or not such a list."""
    count = 0
    for part in cpuset.split(","):
        first, dash, last = part.strip().partition("-")
        start = whole_number(first, most=MOST_CPUS)
        end = whole_number(last, most=MOST_CPUS) if dash else start
        if start is None or end is None:
            return 0
        count += max(end - start + 1, 0)
    return count


def _ulimits(inspected: Document, *, podman: bool) -> tuple[str, ...]:
    """`name=soft:hard`. podman lists its own limits for files and processes: those are left out."""
    limits = []
    for limit in inspected.documents("HostConfig", "Ulimits"):
        name = limit.text("Name").removeprefix("RLIMIT_").lower()
        soft, hard = limit.number("Soft"), limit.number("Hard")
        own = name == "nproc" or (name == "nofile" and soft == PODMAN_LIMIT)
        if not (podman and own and soft == hard):
            limits.append(f"{name}={soft}:{hard}")
    return tuple(limits)


def _restart(inspected: Document) -> str:
    """The restart policy as `--restart` takes it; empty for never."""
    name = inspected.text("HostConfig", "RestartPolicy", "Name")
    retries = inspected.positive("HostConfig", "RestartPolicy", "MaximumRetryCount")
    if name in ("", "no"):
        return ""
    return f"{name}:{retries}" if retries else name


def owner_hint(labels: Mapping[str, str], user: str, mounts: Sequence[Mount]) -> str:
    """A name, or empty. `labels` and `user` without what the image sets."""
    sources: Sequence[Callable[[], Iterator[str]]] = (
        lambda: _labelled(labels),
        lambda: _homes(labels.get(name, "") for name in _FOLDER_LABELS),
        lambda: _homes(mount.source for mount in mounts),
        lambda: _user(user),
    )
    for source in sources:
        names = list(dict.fromkeys(source()))
        if len(names) == 1:
            return names[0]
    return ""


def _labelled(labels: Mapping[str, str]) -> Iterator[str]:
    """Values of the first owner label there is; `com.example.owner` counts as `owner`."""
    by_last_word = {name.rpartition(".")[2].lower(): value for name, value in labels.items()}
    yield from [by_last_word[name] for name in _LABELS if by_last_word.get(name)][:1]


def _homes(paths: Sequence[str] | Iterator[str]) -> Iterator[str]:
    for path in paths:
        match = _HOME.match(path)
        if match and match[1] not in _SHARED_HOMES:
            yield match[1]


def _user(user: str) -> Iterator[str]:
    """A user name; numbers and system accounts say nothing about a person."""
    name = user.partition(":")[0]
    if name and not name.isdecimal() and name not in _SYSTEM_USERS:
        yield name


def _published_ports(inspected: Document) -> tuple[Port, ...]:
    """Those published one by one, and with `-P` all exposed ones."""
    bindings = {
        spec: inspected.documents("HostConfig", "PortBindings", spec)
        for spec in inspected.names("HostConfig", "PortBindings")
    }
    ports = [_port(spec, binding) for spec, given in bindings.items() for binding in given]
    if inspected.flag("HostConfig", "PublishAllPorts"):
        exposed = inspected.names("Config", "ExposedPorts")
        ports += [_port(spec, Document({})) for spec in exposed if spec not in bindings]
    known = [port for port in ports if port is not None]
    return tuple(sorted(known, key=lambda port: (port.container_port, port.protocol)))


def _port(spec: str, binding: Document) -> Port | None:
    """`8888/tcp` with one binding; None when it is no such text."""
    number, _, protocol = spec.partition("/")
    container = whole_number(number, most=_LAST_PORT)
    if container is None:
        return None
    return Port(
        container_port=container,
        protocol=protocol or "tcp",
        host_port=whole_number(binding.text("HostPort"), most=_LAST_PORT) or None,
        host_address=binding.text("HostIp"),
    )
