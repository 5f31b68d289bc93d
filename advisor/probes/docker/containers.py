"""Containers as an engine inspects them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from advisor.facts.host import Container
from advisor.facts.quantity import whole_number
from advisor.facts.secrecy import redact_image, redact_mapping, redact_words
from advisor.probes.docker.documents import Document
from advisor.probes.docker.gpus import gpu_request, other_devices
from advisor.probes.docker.owners import owner_hint
from advisor.probes.docker.published import published_ports
from advisor.probes.docker.volumes import container_mounts

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


class Redacted(NamedTuple):
    """A container, and how many values were taken out of which of its fields."""

    container: Container
    taken_out: dict[str, int]


def inspected_container(inspected: Document, image: Document, *, podman: bool) -> Redacted:
    """The record of a container; `image` is what it was made from, for what not to repeat.

    Command, entrypoint and user are those in force, whether its own or the image's.
    """
    entrypoint, in_entrypoint = redact_words(inspected.texts("Config", "Entrypoint"))
    command, in_command = redact_words(inspected.texts("Config", "Cmd"))
    labels, in_labels = redact_mapping(_own_labels(inspected, image))
    mounts = container_mounts(inspected)
    user = inspected.text("Config", "User")
    image_name = inspected.text("Config", "Image")
    container = Container(
        id=inspected.text("Id"),
        name=inspected.text("Name").removeprefix("/"),
        image=redact_image(image_name),
        image_id=inspected.text("Image"),
        state=inspected.text("State", "Status"),
        created=inspected.time("Created"),
        finished=inspected.time("State", "FinishedAt"),
        entrypoint=entrypoint,
        command=command,
        variables=_own_variables(inspected, image, podman=podman),
        labels=labels,
        user=user,
        owner=owner_hint(labels, user if user != image.text("Config", "User") else "", mounts),
        working_directory=inspected.text("Config", "WorkingDir"),
        mounts=mounts,
        gpu=gpu_request(inspected),
        ports=published_ports(inspected),
        tty=inspected.flag("Config", "Tty"),
        interactive=inspected.flag("Config", "OpenStdin"),
        layer_size=inspected.number("SizeRw"),
    )
    counts = {"entrypoint": in_entrypoint, "command": in_command, "labels": in_labels}
    counts["image"] = int(container.image != image_name)
    counts["variables"] = len(container.variables)
    return Redacted(
        _with_host_config(container, inspected, podman=podman),
        {field: count for field, count in counts.items() if count},
    )


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


def _own_variables(inspected: Document, image: Document, *, podman: bool) -> tuple[str, ...]:
    """Names of the variables that neither the image nor podman set to the same value."""
    given = set(image.texts("Config", "Env")) | (PODMAN_VARIABLES if podman else frozenset())
    names = {
        entry.partition("=")[0] for entry in inspected.texts("Config", "Env") if entry not in given
    }
    return tuple(sorted(name for name in names if name))


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
    """As `--restart` takes it; empty for never."""
    name = inspected.text("HostConfig", "RestartPolicy", "Name")
    retries = inspected.positive("HostConfig", "RestartPolicy", "MaximumRetryCount")
    if name in ("", "no"):
        return ""
    return f"{name}:{retries}" if retries else name
