"""CPUs, memory, shared memory and limits of processes."""

from __future__ import annotations

import math
from typing import Any

from advisor.jobs.numbers import parse_integer, parse_nano_cpus, parse_size
from advisor.jobs.run import Whole
from advisor.jobs.word import Word
from advisor.readers.docker_run.checks import parse_ulimit
from advisor.readers.docker_run.flags import Engine
from advisor.readers.docker_run.given import GivenFlags
from advisor.readers.masking import is_veiled

NANO_PER_MILLI = 10**6
DEFAULT_PERIOD = 100_000
SHARES_PER_CPU = 1024
DEFAULT_SHARED_MEMORY = 64 * 2**20
"""What docker gives where the size is 0; podman then sets no limit."""


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
    """Thousandths of a CPU, rounded up: `--cpus`, or the quota's part of its period."""
    nano = given.amount("cpus", parse_nano_cpus) or 0
    if isinstance(nano, Word):
        return nano
    if nano > 0:
        return math.ceil(nano / NANO_PER_MILLI)
    quota, period = (given.amount(f"cpu-{name}", parse_integer) for name in ("quota", "period"))
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
