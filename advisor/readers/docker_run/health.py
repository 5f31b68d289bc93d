"""The health check, the hosts file and the resolver that flags ask for."""

from __future__ import annotations

import re

from advisor.jobs.numbers import parse_duration, parse_integer
from advisor.jobs.run import HealthCheck
from advisor.readers.docker_run.given import Given

_NANOSECONDS = 10**9


def read_health(given: Given) -> HealthCheck | None:
    """None where the image decides; podman may switch it off with `none`."""
    command = given.word("health-cmd")
    if given.on("no-healthcheck") or (command is not None and command.text == "none"):
        return HealthCheck()
    if command is None or not command.parts:
        return None
    retries = given.known("health-retries")
    return HealthCheck(
        command=(command,),
        by_shell=True,
        interval=_seconds(given, "health-interval"),
        timeout=_seconds(given, "health-timeout"),
        start_period=_seconds(given, "health-start-period"),
        retries=parse_integer(retries) or None if retries else None,
    )


def read_host_entries(given: Given) -> tuple[str, ...]:
    """`NAME:ADDRESS` and `NAME=ADDRESS` as the latter."""
    return tuple(re.sub(r"[:=]", "=", entry, count=1) for entry in given.texts("add-host"))


def _seconds(given: Given, name: str) -> float | None:
    text = given.known(name)
    return parse_duration(text) / _NANOSECONDS or None if text else None
