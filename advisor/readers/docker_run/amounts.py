"""CPUs, memory, shared memory and limits of processes."""

from __future__ import annotations

import math
from typing import Any

from advisor.jobs.numbers import parse_integer, parse_nano_cpus, parse_size
from advisor.readers.docker_run.checks import parse_ulimit
from advisor.readers.docker_run.given import Given
from advisor.readers.masking import is_veiled

NANO_PER_MILLI = 10**6
DEFAULT_PERIOD = 100_000
SHARES_PER_CPU = 1024


def read_amounts(given: Given) -> dict[str, Any]:
    """Fields of Run; what is left to the shell, zero or without limit is None."""
    return {
        "cpu_limit": _cpu_limit(given),
        "cpu_request": _cpu_request(given),
        "memory_limit": _bytes(given, "memory"),
        "memory_request": _bytes(given, "memory-reservation"),
        "shared_memory": _bytes(given, "shm-size"),
        "ulimits": _ulimits(given),
        "grace_seconds": _integer(given, "stop-timeout"),
    }


def _bytes(given: Given, name: str) -> int | None:
    value = given.known(name)
    return None if value is None else parse_size(value) or None


def _integer(given: Given, name: str) -> int | None:
    value = given.known(name)
    return None if value is None else parse_integer(value)


def _cpu_limit(given: Given) -> int | None:
    """Thousandths of a CPU, rounded up: `--cpus`, or the quota's part of its period."""
    cpus, quota = given.known("cpus"), _integer(given, "cpu-quota")
    nano = parse_nano_cpus(cpus) if cpus is not None else 0
    if nano > 0:
        return math.ceil(nano / NANO_PER_MILLI)
    if quota is None or quota <= 0:
        return None
    return math.ceil(quota * 1000 / (_integer(given, "cpu-period") or DEFAULT_PERIOD))


def _cpu_request(given: Given) -> int | None:
    """`--cpu-shares` as if every CPU had 1024, which is how Kubernetes turns a request around."""
    shares = _integer(given, "cpu-shares")
    return None if shares is None or shares <= 0 else max(1, shares * 1000 // SHARES_PER_CPU)


def _ulimits(given: Given) -> tuple[str, ...]:
    """`name=soft:hard`, each name once, the last wins; as written where the shell decides."""
    found: dict[str, str] = {}
    for text in given.all("ulimit"):
        try:
            name, soft, hard = parse_ulimit(text)
        except ValueError:
            found[text] = given.veil.plain(text)
        else:
            found[name] = f"{name}={soft}:{hard}"
    return tuple(found[name] for name in sorted(found, key=lambda key: (is_veiled(key), key)))
