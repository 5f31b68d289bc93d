"""GPUs, CPUs and memory of a service, in the new forms and the old."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from advisor.errors import suggestion
from advisor.jobs.numbers import parse_size
from advisor.jobs.run import DEFAULT_SHARED_MEMORY, GpuAsk, Whole
from advisor.jobs.word import Expansion, Word, is_veiled
from advisor.readers.compose.keys import DEVICE
from advisor.readers.compose.project import Body
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.docker_run.gpus import ALL, device_asks, visible_devices
from advisor.readers.gpu_evidence import evidence_table

_RESERVED = ("deploy", "resources", "reservations", "devices")
_SHARES_OF_A_CORE = 1024
_USUAL_PERIOD = 100_000


def read_devices(service: Service) -> tuple[tuple[GpuAsk, ...], tuple[str, ...]]:
    """All GPUs asked for, and the devices that are no GPUs."""
    asks = [ask for keys in (_RESERVED, ("gpus",)) for ask in _requests(service, keys)]
    asks += _generic(service)
    flagged, others = device_asks(
        [device_text(service, device) for device in service.list("devices")]
    )
    asks += flagged
    if not asks:
        asks += _by_runtime(service)
    return tuple(asks), others


def _requests(service: Service, keys: tuple[str, ...]) -> Iterator[GpuAsk]:
    for index, entry in enumerate(service.list(*keys)):
        if not isinstance(entry, dict):
            if scalar_text(entry) == "all":
                yield GpuAsk(how="compose", count=ALL)
            else:
                service.refuse("`all` or a list of devices is expected", *keys)
            continue
        for key in entry:
            if key not in DEVICE:
                near = suggestion(key, DEVICE, listing=False)
                service.refuse(f"compose knows no key {key} here{near}", *keys, index)
        ask = _request(service, entry, (*keys, index), always=keys == ("gpus",))
        if ask is not None:
            yield ask


def _generic(service: Service) -> Iterator[GpuAsk]:
    """GPUs of a swarm's nodes, which an administrator gave a name; none of them means those that
    the nodes' usual runtime hands out."""
    for entry in service.list(*GENERIC):
        if is_generic_gpu(entry):
            count = entry["discrete_resource_spec"].get("value")
            yield GpuAsk(how="compose", count=count if isinstance(count, int) and count else ALL)


GENERIC = ("deploy", "resources", "reservations", "generic_resources")
_GPU_NAME = re.compile(r"gpu|nvidia|cuda", re.IGNORECASE)


def is_generic_gpu(entry: Any) -> bool:
    """Whether a generic resource of a swarm is one for GPUs, by its name."""
    stated = entry.get("discrete_resource_spec") if isinstance(entry, dict) else None
    name = stated.get("kind") if isinstance(stated, dict) else None
    return isinstance(name, str) and _GPU_NAME.search(name) is not None


def _request(
    service: Service, entry: Body, path: tuple[str | int, ...], *, always: bool
) -> GpuAsk | None:
    """None for a device that is no GPU."""
    capabilities = tuple(_plain_texts(service, entry.get("capabilities")))
    driver = service.veil.plain(scalar_text(entry.get("driver")))
    ids = tuple(_plain_texts(service, entry.get("device_ids")))
    everything = "all" in ids
    if not is_gpu_request(service, entry, always=always):
        return None
    if ids and entry.get("count") is not None:
        service.refuse("count and device_ids exclude each other", *path)
    return GpuAsk(
        how="compose",
        count=ALL if everything else _count(service, entry, path),
        devices=() if everything else ids,
        vendor="amd" if "amd" in (driver, *capabilities) else "nvidia",
        capabilities=capabilities,
    )


def is_gpu_request(service: Service, entry: Any, *, always: bool) -> bool:
    """Whether a request for devices is one for GPUs; under `gpus` it always is."""
    if always or not isinstance(entry, dict):
        return True
    driver = service.veil.plain(scalar_text(entry.get("driver")))
    return driver in ("nvidia", "amd", "cdi") or "gpu" in _plain_texts(
        service, entry.get("capabilities")
    )


def _count(service: Service, entry: Body, path: tuple[str | int, ...]) -> Whole | None:
    """Ids that are left open may be any number of them."""
    ids = [scalar_text(device_id) for device_id in _listed(entry.get("device_ids"))]
    if any(map(is_veiled, ids)):
        return service.veil.word(",".join(ids))
    text = scalar_text(entry.get("count"))
    if ids:
        return None
    if text in ("", "all", "-1"):
        return ALL
    if is_veiled(text):
        return service.veil.word(text)
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        service.refuse("count is a whole number or all", *path, "count")
    return int(text)


def _plain_texts(service: Service, value: Any) -> list[str]:
    return [service.veil.plain(scalar_text(entry)) for entry in _listed(value)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def device_text(service: Service, entry: Any) -> str:
    """A device as `--device` has it."""
    if not isinstance(entry, dict):
        return service.veil.plain(scalar_text(entry))
    parts = [scalar_text(entry.get(key)) for key in ("source", "target", "permissions")]
    return service.veil.plain(":".join(part for part in parts if part))


def _by_runtime(service: Service) -> list[GpuAsk]:
    """A runtime for devices gives what its variable names, and all where none does."""
    variables = service.pairs("environment")
    kind = evidence_table().device_runtime(service.plain("runtime"), variables)
    if kind is None:
        return []
    value = variables.get(kind.variable, "all")
    if value is None:
        own = Expansion(source=f"${kind.variable}", kind="variable", name=kind.variable)
        count, devices = Word(parts=(own,)), (own.source,)
        return [GpuAsk(how="runtime", count=count, devices=devices, vendor=kind.vendor)]
    ask = visible_devices(value, as_word=service.veil.word, vendor=kind.vendor)
    if ask is None:
        return []
    return [replace(ask, devices=tuple(map(service.veil.plain, ask.devices)))]


def read_amounts(service: Service) -> dict[str, Any]:
    """Fields of Run for CPUs and memory; those of `deploy` win."""
    limits, reserved = ("deploy", "resources", "limits"), ("deploy", "resources", "reservations")
    return {
        "cpu_limit": _cpu_limit(service, service.millicores(*limits, "cpus")),
        "cpu_request": service.millicores(*reserved, "cpus") or _by_shares(service),
        "memory_limit": service.size(*limits, "memory") or service.size("mem_limit"),
        "memory_request": service.size(*reserved, "memory") or service.size("mem_reservation"),
        "shared_memory": _shared_memory(service),
        "layer_size": service.size("storage_opt", "size"),
    }


def _shared_memory(service: Service) -> Whole | None:
    """Zero is docker's usual size."""
    size = service.parsed(parse_size, "shm_size")
    return DEFAULT_SHARED_MEMORY if size == 0 else size


def _by_shares(service: Service) -> Whole | None:
    shares = service.whole("cpu_shares")
    if isinstance(shares, Word):
        return shares
    return max(round(shares * 1000 / _SHARES_OF_A_CORE), 1) if shares and shares > 0 else None


def _cpu_limit(service: Service, deployed: Whole | None) -> Whole | None:
    """What `deploy` says, else `cpus`, else the quota's part of its period. A negative quota is no
    limit: the engine puts it in the place of the others."""
    quota, period = service.whole("cpu_quota"), service.whole("cpu_period")
    if isinstance(quota, int) and quota < 0:
        return None
    if stated := deployed or service.millicores("cpus"):
        return stated
    if isinstance(quota, Word):
        return quota
    if not quota:
        return None
    if isinstance(period, Word):
        return period
    return max(round(quota * 1000 / max(period or _USUAL_PERIOD, 1)), 1)
