"""A container on a Docker host, read from what its engine says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from advisor.jobs.spec import JobImage, JobSpec
from advisor.jobs.word import word
from advisor.readers.docker_run.inspected_data import Inspected, data_words, quoted
from advisor.readers.docker_run.reader import read_existing

READER = "container"

_DEFAULT_SHM = 64 * 1024**2
_RUNTIMES = frozenset({"", "runc", "crun", "oci", "io.containerd.runc.v2"})
_MADE_BY_PODMAN = frozenset({"container=podman", "container=oci"})
_PODMAN_VARIABLES = frozenset(
    {
        *_MADE_BY_PODMAN,
        "TERM=xterm",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
)
_PODMAN_PIDS = 2048
_DEFAULTS = {"workdir": ("", "/"), "user": ("",), "stop-signal": ("", "15", "SIGTERM")}
_DEFAULT_TIMEOUT = 10
_ON: dict[str, tuple[str, ...]] = {
    "interactive": ("Config", "OpenStdin"),
    "tty": ("Config", "Tty"),
    "rm": ("HostConfig", "AutoRemove"),
    "privileged": ("HostConfig", "Privileged"),
    "read-only": ("HostConfig", "ReadonlyRootfs"),
    "publish-all": ("HostConfig", "PublishAllPorts"),
    "oom-kill-disable": ("HostConfig", "OomKillDisable"),
    "init": ("HostConfig", "Init"),
}
_TEXTS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "pid": (("HostConfig", "PidMode"), frozenset({"", "private"})),
    "ipc": (("HostConfig", "IpcMode"), frozenset({"", "private", "shareable"})),
    "uts": (("HostConfig", "UTSMode"), frozenset({"", "private"})),
    "userns": (("HostConfig", "UsernsMode"), frozenset({""})),
    "network": (("HostConfig", "NetworkMode"), frozenset({"", "default", "bridge"})),
    "runtime": (("HostConfig", "Runtime"), _RUNTIMES),
    "cgroup-parent": (("HostConfig", "CgroupParent"), frozenset({""})),
    "cpuset-cpus": (("HostConfig", "CpusetCpus"), frozenset({""})),
    "cpuset-mems": (("HostConfig", "CpusetMems"), frozenset({""})),
    "volume-driver": (("HostConfig", "VolumeDriver"), frozenset({"", "local"})),
    "isolation": (("HostConfig", "Isolation"), frozenset({"", "default"})),
    "domainname": (("Config", "Domainname"), frozenset({""})),
}
"""By flag: where the value stands, and the values that say nothing."""
_NUMBERS: dict[str, tuple[str, ...]] = {
    "memory": ("HostConfig", "Memory"),
    "memory-reservation": ("HostConfig", "MemoryReservation"),
    "cpu-shares": ("HostConfig", "CpuShares"),
    "cpu-period": ("HostConfig", "CpuPeriod"),
    "cpu-quota": ("HostConfig", "CpuQuota"),
    "cpu-rt-period": ("HostConfig", "CpuRealtimePeriod"),
    "cpu-rt-runtime": ("HostConfig", "CpuRealtimeRuntime"),
    "pids-limit": ("HostConfig", "PidsLimit"),
    "oom-score-adj": ("HostConfig", "OomScoreAdj"),
    "blkio-weight": ("HostConfig", "BlkioWeight"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "cap-add": ("HostConfig", "CapAdd"),
    "cap-drop": ("HostConfig", "CapDrop"),
    "dns": ("HostConfig", "Dns"),
    "dns-option": ("HostConfig", "DnsOptions"),
    "dns-search": ("HostConfig", "DnsSearch"),
    "add-host": ("HostConfig", "ExtraHosts"),
    "group-add": ("HostConfig", "GroupAdd"),
    "link": ("HostConfig", "Links"),
    "volumes-from": ("HostConfig", "VolumesFrom"),
    "device-cgroup-rule": ("HostConfig", "DeviceCgroupRules"),
}
_HEALTH_TIMES = {"interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod"}
_PAIRS: dict[str, tuple[str, ...]] = {
    "sysctl": ("HostConfig", "Sysctls"),
    "storage-opt": ("HostConfig", "StorageOpt"),
    "annotation": ("HostConfig", "Annotations"),
    "log-opt": ("HostConfig", "LogConfig", "Config"),
}


def read_container(inspect: Mapping[str, Any], image_inspect: Mapping[str, Any] | None) -> JobSpec:
    """The job that a container is, without what its image sets; None: the image is gone.

    Its items are the flags that would make it again; they have no words. An architecture that the
    container does not name is its image's. Raises InputError for an answer that is no container.
    """
    container, image = Inspected(inspect), Inspected(image_inspect)
    spec = read_existing([word(text) for text in _run_words(container, image)])
    name = container.text("Name").removeprefix("/") or container.text("Id")[:12]
    architecture = image.text("Architecture")
    return msgspec.structs.replace(
        spec,
        id=f"{READER}:{name}",
        label=name,
        kind=READER,
        reader=READER,
        images=tuple(
            JobImage(
                reference=image.reference,
                pull_policy=image.pull_policy,
                image_id=container.text("Image"),
            )
            for image in spec.images
        ),
        architectures=spec.architectures or ((architecture,) if architecture else ()),
        items=tuple(
            msgspec.structs.replace(item, words=())
            for item in spec.items
            if not item.name.startswith("docker ")
        ),
    )


def _run_words(container: Inspected, image: Inspected) -> list[str]:
    """From `docker` to the command, without what the image sets or the engine fills in."""
    words = ["docker", "run"]
    for part in (_process, _host, _resources, data_words, _network, _devices, _settings):
        words += part(container, image)
    entrypoint, arguments = _command(container, image)
    return [*words, *entrypoint, "--", container.text("Config", "Image"), *arguments]


def _process(container: Inspected, image: Inspected) -> Iterator[str]:
    name = container.text("Name").removeprefix("/")
    if name:
        yield f"--name={name}"
    if container.value("Config", "AttachStdout") is False:
        yield "--detach"
    given = {*image.texts("Config", "Env"), *(_PODMAN_VARIABLES if _podman(container) else ())}
    yield from (
        f"--env={entry}" for entry in container.texts("Config", "Env") if entry not in given
    )
    for flag, key in (("workdir", "WorkingDir"), ("user", "User"), ("stop-signal", "StopSignal")):
        value = container.text("Config", key)
        if value != image.text("Config", key) and value not in _DEFAULTS[flag]:
            yield f"--{flag}={value}"
    inherited = image.pairs("Config", "Labels")
    for label, value in container.pairs("Config", "Labels").items():
        if inherited.get(label) != value:
            yield f"--label={label}={value}"
    timeout = container.value("Config", "StopTimeout")
    filled_in = (0, _DEFAULT_TIMEOUT) if _podman(container) else (_DEFAULT_TIMEOUT,)
    if isinstance(timeout, int) and timeout not in filled_in:
        yield f"--stop-timeout={timeout}"
    yield from _health(container, image)


def _podman(container: Inspected) -> bool:
    """Whether podman made it, which fills in more than docker does."""
    return bool(_MADE_BY_PODMAN.intersection(container.texts("Config", "Env")))


def _health(container: Inspected, image: Inspected) -> Iterator[str]:
    test = container.texts("Config", "Healthcheck", "Test")
    if container.value("Config", "Healthcheck") == image.value("Config", "Healthcheck"):
        return
    if test[:1] == ["NONE"]:
        yield "--no-healthcheck"
    elif test[:1] in (["CMD-SHELL"], ["CMD"]):
        yield f"--health-cmd={' '.join(test[1:])}"
    for flag, key in _HEALTH_TIMES.items():
        if amount := container.number("Config", "Healthcheck", key):
            yield f"--health-{flag}={amount}ns"
    if retries := container.number("Config", "Healthcheck", "Retries"):
        yield f"--health-retries={retries}"


def _host(container: Inspected, _: Inspected) -> Iterator[str]:
    yield from (f"--{flag}" for flag, keys in _ON.items() if container.on(*keys))
    for flag, (keys, nothing) in _TEXTS.items():
        if container.text(*keys) not in nothing:
            yield f"--{flag}={container.text(*keys)}"
    for flag, keys in _LISTS.items():
        yield from (f"--{flag}={value}" for value in container.texts(*keys))
    shares = container.on("HostConfig", "Privileged") or "host" in (
        container.text("HostConfig", "IpcMode"),
        container.text("HostConfig", "PidMode"),
    )
    for option in container.texts("HostConfig", "SecurityOpt"):
        if not (shares and option == "label=disable"):
            yield f"--security-opt={option}"
    if container.value("HostConfig", "MaskedPaths") == []:
        yield "--security-opt=systempaths=unconfined"
    restart = container.text("HostConfig", "RestartPolicy", "Name")
    retries = container.number("HostConfig", "RestartPolicy", "MaximumRetryCount")
    if restart not in ("", "no"):
        yield f"--restart={restart}:{retries}" if retries else f"--restart={restart}"


def _resources(container: Inspected, _: Inspected) -> Iterator[str]:
    for flag, keys in _NUMBERS.items():
        amount = container.number(*keys)
        unlimited = flag == "pids-limit" and (
            amount < 0 or (amount == _PODMAN_PIDS and _podman(container))
        )
        if amount and not unlimited:
            yield f"--{flag}={amount}"
    memory, swap = (container.number("HostConfig", key) for key in ("Memory", "MemorySwap"))
    if swap and swap != 2 * memory:
        yield f"--memory-swap={swap}"
    if (shm := container.number("HostConfig", "ShmSize")) not in (0, _DEFAULT_SHM):
        yield f"--shm-size={shm}"
    if nano := container.number("HostConfig", "NanoCpus"):
        yield f"--cpus={nano // 10**9}.{nano % 10**9:09}"
    for limit in container.parts("HostConfig", "Ulimits"):
        name = limit.text("Name").removeprefix("RLIMIT_").lower()
        if _podman(container) and name in ("nofile", "nproc"):
            continue
        yield f"--ulimit={name}={limit.number('Soft')}:{limit.number('Hard')}"


def _network(container: Inspected, image: Inspected) -> Iterator[str]:
    shared = container.text("HostConfig", "NetworkMode").startswith(("host", "container:"))
    hostname = container.text("Config", "Hostname")
    if hostname and not shared and not container.text("Id").startswith(hostname):
        yield f"--hostname={hostname}"
    bindings = container.value("HostConfig", "PortBindings")
    published = set(container.names("HostConfig", "PortBindings"))
    for port in published if isinstance(bindings, dict) else ():
        for binding in container.parts("HostConfig", "PortBindings", port):
            address, host = binding.text("HostIp"), binding.text("HostPort")
            shown = f"[{address}]" if ":" in address else address
            yield f"--publish={shown}:{host}:{port}" if shown else f"--publish={host}:{port}"
    own = {*published, *image.names("Config", "ExposedPorts")}
    for port in container.names("Config", "ExposedPorts"):
        if port not in own:
            yield f"--expose={port}"


def _devices(container: Inspected, _: Inspected) -> Iterator[str]:
    for device in container.parts("HostConfig", "Devices"):
        parts = [device.text("PathOnHost"), device.text("PathInContainer")]
        mode = device.text("CgroupPermissions")
        yield f"--device={':'.join(part for part in (*parts, mode) if part)}"
    for request in container.parts("HostConfig", "DeviceRequests"):
        if request.text("Driver") == "cdi":
            yield from (f"--device={name}" for name in request.texts("DeviceIDs"))
        else:
            yield f"--gpus={_gpus(request)}"


def _gpus(request: Inspected) -> str:
    rows = request.value("Capabilities")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    capabilities = [str(name) for name in first if name != "gpu"]
    count, devices = request.number("Count"), request.texts("DeviceIDs")
    fields = [f"count={'all' if count == -1 else count}"] if count or not devices else []
    fields += [f"device={','.join(devices)}"] if devices else []
    fields += [f"driver={request.text('Driver')}"] if request.text("Driver") else []
    fields += [f"capabilities={','.join(capabilities)}"] if capabilities else []
    return ",".join(map(quoted, fields))


def _settings(container: Inspected, _: Inspected) -> Iterator[str]:
    driver = container.text("HostConfig", "LogConfig", "Type")
    if driver not in ("", "json-file", "journald", "k8s-file"):
        yield f"--log-driver={driver}"
    for flag, keys in _PAIRS.items():
        yield from (f"--{flag}={name}={value}" for name, value in container.pairs(*keys).items())


def _command(container: Inspected, image: Inspected) -> tuple[list[str], list[str]]:
    """`--entrypoint` where it is not the image's, and the words behind the image."""
    entrypoint, command = (container.texts("Config", key) for key in ("Entrypoint", "Cmd"))
    if entrypoint != image.texts("Config", "Entrypoint"):
        first = entrypoint[0] if entrypoint else ""
        return [f"--entrypoint={first}"], [*entrypoint[1:], *command]
    return [], command if command != image.texts("Config", "Cmd") else []
