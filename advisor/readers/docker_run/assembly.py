"""The flags of a command put together as a Run; CPUs, memory, shared memory and limits of processes
are read here too."""

from __future__ import annotations

import math
import re
from typing import Any

from advisor.jobs.numbers import parse_duration, parse_integer, parse_nano_cpus, parse_size
from advisor.jobs.run import (
    DEFAULT_SHARED_MEMORY,
    GpuAsk,
    HealthCheck,
    PortMapping,
    Run,
    Seconds,
    Variable,
    Whole,
)
from advisor.jobs.word import Expansion, Veil, Word, is_veiled
from advisor.readers.docker_run.checks import parse_ulimit
from advisor.readers.docker_run.command import Command
from advisor.readers.docker_run.environment import (
    FileContents,
    pairs,
    read_environment,
    read_labels,
)
from advisor.readers.docker_run.flags import Engine, GivenFlags
from advisor.readers.docker_run.gpus import (
    device_asks,
    parse_gpus,
    visible_devices,
)
from advisor.readers.docker_run.mounts import read_mounts
from advisor.readers.docker_run.ports import parse_expose, parse_publish
from advisor.readers.docker_run.rights import read_security
from advisor.readers.gpu_evidence import evidence_table

NANO_PER_MILLI = 10**6
DEFAULT_PERIOD = 100_000
SHARES_PER_CPU = 1024


def read_amounts(given: GivenFlags, engine: Engine) -> dict[str, Any]:
    """Fields of Run; zero or no limit is None, and what is left to the shell keeps its words."""
    shared = given.amount("shm-size", parse_size)
    unlimited = shared == 0 and engine == "podman"
    return {
        "cpu_limit": _cpu_limit(given),
        "cpu_request": _cpu_request(given),
        "memory_limit": given.amount("memory", parse_size) or None,
        "memory_request": given.amount("memory-reservation", parse_size) or None,
        "shared_memory": None if unlimited else DEFAULT_SHARED_MEMORY if shared == 0 else shared,
        "large_shared_memory": unlimited,
        "layer_size": _layer_size(given),
        "ulimits": _ulimits(given),
        "grace_seconds": given.amount("stop-timeout", parse_integer),
    }


def _cpu_limit(given: GivenFlags) -> Whole | None:
    """Thousandths of a CPU, rounded up: `--cpus`, or the quota's part of its period. A negative
    quota is no limit, whatever `--cpus` says: the engine puts it in the place of that."""
    nano = given.amount("cpus", parse_nano_cpus) or 0
    quota, period = (given.amount(f"cpu-{name}", parse_integer) for name in ("quota", "period"))
    if isinstance(quota, int) and quota < 0:
        return None
    if isinstance(nano, Word):
        return nano
    if nano > 0:
        return math.ceil(nano / NANO_PER_MILLI)
    if isinstance(quota, Word):
        return quota
    if quota is None or quota <= 0:
        return None
    if isinstance(period, Word):
        return period
    return math.ceil(quota * 1000 / (period or DEFAULT_PERIOD))


def _cpu_request(given: GivenFlags) -> Whole | None:
    """`--cpu-shares` as if every CPU had 1024, which is how Kubernetes turns a request around."""
    shares = given.amount("cpu-shares", parse_integer)
    if isinstance(shares, Word):
        return shares
    return None if shares is None or shares <= 0 else max(1, shares * 1000 // SHARES_PER_CPU)


def _layer_size(given: GivenFlags) -> Whole | None:
    """`--storage-opt size=`; what is no size is the storage driver's own affair."""
    sizes = [text for text in given.all("storage-opt") if text.startswith("size=")]
    if not sizes:
        return None
    size = sizes[-1].removeprefix("size=")
    try:
        return given.veil.word(size) if is_veiled(size) else parse_size(size)
    except ValueError:
        return None


def _ulimits(given: GivenFlags) -> tuple[str, ...]:
    """`name=soft:hard`, each name once, the last wins; as written where the shell decides."""
    limits: dict[str, str] = {}
    for text in given.all("ulimit"):
        try:
            name, soft, hard = parse_ulimit(text)
        except ValueError:
            limits[text] = given.veil.plain(text)
        else:
            limits[name] = f"{name}={soft}:{hard}"
    return tuple(limits[name] for name in sorted(limits, key=lambda key: (is_veiled(key), key)))


_CAPABILITIES = "NVIDIA_DRIVER_CAPABILITIES"

_NANOSECONDS = 10**9


def assemble_run(given: GivenFlags, command: Command, image: int, contents: FileContents) -> Run:
    """`image` is the number of its word. Raises BadLineError for one of a file."""
    environment, unread = read_environment(given, contents, command.variables)
    gpus, devices = _gpus(given, command, environment)
    return Run(
        image=given.veil.word(given.veil.texts[image]),
        name=given.word("name") or None,
        pull=given.text("pull"),
        entrypoint=_entrypoint(given),
        arguments=tuple(map(given.veil.word, given.veil.texts[image + 1 :])),
        environment=environment,
        environment_files=unread,
        working_directory=_unless_empty(given.word("workdir")),
        user=_unless_empty(given.word("user")),
        groups=given.texts("group-add"),
        hostname=given.text("hostname"),
        host_entries=_read_host_entries(given),
        name_servers=given.texts("dns"),
        search_domains=given.texts("dns-search"),
        resolver_options=given.texts("dns-option"),
        health=_read_health(given),
        interactive=given.on("interactive"),
        terminal=given.on("tty"),
        detached=given.on("detach"),
        remove=given.on("rm"),
        restart=given.text("restart"),
        stop_signal=given.text("stop-signal"),
        mounts=read_mounts(given, command.engine),
        ports=_ports(given),
        gpus=gpus,
        devices=tuple(map(given.veil.plain, devices)),
        security=read_security(given),
        labels=read_labels(given, contents),
        annotations=pairs(given.texts("annotation")),
        platform=_platform(given),
        **read_amounts(given, command.engine),
    )


def _unless_empty(word: Word | None) -> Word | None:
    return word if word is not None and word.parts else None


def _entrypoint(given: GivenFlags) -> tuple[Word, ...] | None:
    word = given.word("entrypoint")
    if word is None:
        return None
    return (word,) if word.parts else ()


def _platform(given: GivenFlags) -> str:
    """The platform; podman takes its parts as flags of their own."""
    parts = [given.text("os") or "linux", given.text("arch"), given.text("variant")]
    stated = given.text("arch") or given.text("os")
    apart = "/".join(part for part in parts if part) if stated else ""
    return given.text("platform") or apart


def _ports(given: GivenFlags) -> tuple[PortMapping, ...]:
    """Published ports, then exposed ones that are not published."""
    word = given.veil.word
    published = [port for text in given.all("publish") for port in parse_publish(text, word)]
    taken = {(port.container, port.protocol) for port in published}
    exposed = [port for text in given.all("expose") for port in parse_expose(text, word)]
    alone = [port for port in exposed if (port.container, port.protocol) not in taken]
    return tuple(dict.fromkeys([*published, *alone]))


def _gpus(
    given: GivenFlags, command: Command, environment: tuple[Variable, ...]
) -> tuple[tuple[GpuAsk, ...], list[str]]:
    """All GPUs asked for, and the devices that are no GPUs."""
    flagged = [parse_gpus(text, given.veil.word) for text in given.all("gpus")]
    devices, others = device_asks(given.all("device"))
    asks = [*flagged, *devices]
    if not asks:
        asks = _runtime_asks(given, command, environment)
    return tuple(_plain(ask, given.veil) for ask in asks), list(others)


def _runtime_asks(
    given: GivenFlags, command: Command, environment: tuple[Variable, ...]
) -> list[GpuAsk]:
    """A runtime for devices gives what its variable names, and all where none does (CUDA images
    do). The variable alone tells them too, where the runtime is the daemon's usual one."""
    if command.program == "nvidia-docker" and "NV_GPU" in command.variables:
        ids = command.variables["NV_GPU"].replace(" ", ",")
        named = visible_devices(ids, as_word=given.veil.word)
        return [named] if named else []
    runtime = "nvidia" if command.program == "nvidia-docker" else given.text("runtime")
    variables = {variable.name: variable for variable in environment}
    kind = evidence_table().device_runtime(runtime, variables)
    if kind is None:
        return []
    capabilities = variables.get(_CAPABILITIES)
    named = _visible(variables.get(kind.variable), kind.vendor)
    if named is None:
        return []
    text = capabilities.value.literal if capabilities and capabilities.value else ""
    return [
        GpuAsk(
            how=named.how,
            count=named.count,
            devices=named.devices,
            vendor=named.vendor,
            capabilities=tuple(part.strip() for part in (text or "").split(",") if part.strip()),
        )
    ]


def _visible(variable: Variable | None, vendor: str) -> GpuAsk | None:
    """What the variable names; copied from the shell or left to it, how many is not known."""
    if variable is None:
        return visible_devices("all", vendor=vendor)
    if variable.value is None:
        own = Expansion(source=f"${variable.name}", kind="variable", name=variable.name)
        word = Word(parts=(own,))
        return GpuAsk(how="runtime", count=word, devices=(own.source,), vendor=vendor)
    text = variable.value.text
    if variable.value.literal is None:
        return GpuAsk(how="runtime", count=variable.value, devices=(text,), vendor=vendor)
    return visible_devices(variable.value.literal, vendor=vendor)


def _plain(ask: GpuAsk, veil: Veil) -> GpuAsk:
    """The request with expansions as they were written."""
    return GpuAsk(
        how=ask.how,
        count=ask.count,
        devices=tuple(map(veil.plain, ask.devices)),
        vendor=veil.plain(ask.vendor),
        capabilities=tuple(map(veil.plain, ask.capabilities)),
    )


def _read_health(given: GivenFlags) -> HealthCheck | None:
    """None where the image decides; podman may switch it off with `none`."""
    command = given.word("health-cmd")
    if given.on("no-healthcheck") or (command is not None and command.text == "none"):
        return HealthCheck()
    if command is None or not command.parts:
        return None
    return HealthCheck(
        command=(command,),
        by_shell=True,
        interval=_seconds(given, "health-interval"),
        timeout=_seconds(given, "health-timeout"),
        start_period=_seconds(given, "health-start-period"),
        retries=given.amount("health-retries", parse_integer) or None,
    )


def _read_host_entries(given: GivenFlags) -> tuple[str, ...]:
    """The entries of all `--add-host` flags."""
    return tuple(map(host_entry, given.texts("add-host")))


def host_entry(text: str) -> str:
    """`NAME:ADDRESS` and `NAME=ADDRESS` as the latter."""
    return re.sub(r"[:=]", "=", text, count=1)


def _seconds(given: GivenFlags, name: str) -> Seconds | None:
    amount = given.amount(name, parse_duration)
    return amount if isinstance(amount, Word) else (amount or 0) / _NANOSECONDS or None
