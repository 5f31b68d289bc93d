"""The health check, the hosts file and the resolver that flags ask for."""

from __future__ import annotations

import re

from advisor.jobs.numbers import parse_duration, parse_integer
from advisor.jobs.run import HealthCheck, Seconds
from advisor.jobs.word import Word
from advisor.readers.docker_run.given import Given

_NANOSECONDS = 10**9


def read_health(given: Given) -> HealthCheck | None:
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


def read_host_entries(given: Given) -> tuple[str, ...]:
    """Each of `--add-host`."""
    return tuple(map(host_entry, given.texts("add-host")))


def host_entry(text: str) -> str:
    """`NAME:ADDRESS` and `NAME=ADDRESS` as the latter."""
    return re.sub(r"[:=]", "=", text, count=1)


def _seconds(given: Given, name: str) -> Seconds | None:
    amount = given.amount(name, parse_duration)
    return amount if isinstance(amount, Word) else (amount or 0) / _NANOSECONDS or None
