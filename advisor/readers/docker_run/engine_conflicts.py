"""Flags that the command takes together and the daemon then refuses.

From moby: daemon/daemon_unix.go, daemon/volumes.go, runconfig/hostconfig_unix.go.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from advisor.jobs.numbers import parse_integer, parse_nano_cpus, parse_size
from advisor.readers.docker_run.contradictions import Contradiction
from advisor.readers.docker_run.given import GivenFlags
from advisor.readers.docker_run.mounts import parse_mount
from advisor.readers.docker_run.rights import read_networks
from advisor.readers.docker_run.scan import Occurrence
from advisor.readers.docker_run.volumes import parse_tmpfs, parse_volume
from advisor.readers.masking import is_veiled

_OF_THE_OTHER = ("hostname", "publish", "publish-all", "expose", "link", "dns", "add-host")
"""What a container that joins the network of another cannot have."""


def find_engine_conflict(given: GivenFlags, *, command: bool) -> Contradiction | None:
    """The first one found; `command` says whether words follow the image."""
    if given.last("entrypoint") == "" and not command:
        return Contradiction(
            "--entrypoint: empty, so nothing is left to run",
            given.of("entrypoint")[-1],
            "give a command behind the image",
        )
    checks: tuple[Callable[[GivenFlags], Iterator[Contradiction]], ...] = (
        _targets,
        _memory,
        _cpus,
        _joined_network,
        _several_networks,
        _host_network,
        _host_name,
    )
    return next((conflict for check in checks for conflict in check(given)), None)


def _targets(given: GivenFlags) -> Iterator[Contradiction]:
    """A repeated tmpfs counts once, and so does a volume repeated as it is."""
    seen: dict[str, Occurrence] = {}
    for occurrence in given.of("volume", "mount", "tmpfs"):
        target = _target(occurrence)
        before = seen.setdefault(target, occurrence)
        same = before.flag.name == occurrence.flag.name
        again = occurrence.flag.name == "tmpfs" or (
            occurrence.flag.name == "volume" and before.text == occurrence.text
        )
        if target and before is not occurrence and not (same and again):
            yield Contradiction(f"--{occurrence.flag.name}: {target} is mounted twice", occurrence)


def _target(occurrence: Occurrence) -> str:
    """Empty where it is not known, or for an anonymous volume, which gives way."""
    if occurrence.flag.name == "mount":
        text = parse_mount(occurrence.text).target
    elif occurrence.flag.name == "tmpfs":
        text = parse_tmpfs(occurrence.text).target
    else:
        volume = parse_volume(occurrence.text)
        text = volume.target if volume.source else ""
    return posixpath.normpath(text) if text and not is_veiled(text) else ""


def _memory(given: GivenFlags) -> Iterator[Contradiction]:
    limit, reserved = (_bytes(given, name) for name in ("memory", "memory-reservation"))
    swap = given.known("memory-swap")
    swapped = parse_size(swap) if swap not in (None, "-1") else 0
    if is_veiled(given.last("memory") or ""):
        return
    if limit and reserved > limit:
        yield Contradiction(
            "--memory-reservation is above --memory", given.of("memory-reservation")[-1]
        )
    if swapped and not limit:
        yield Contradiction("--memory-swap needs --memory", given.of("memory-swap")[-1])
    if swapped and limit and swapped < limit:
        yield Contradiction(
            "--memory-swap is below --memory",
            given.of("memory-swap")[-1],
            "it is memory and swap together",
        )


def _cpus(given: GivenFlags) -> Iterator[Contradiction]:
    cpus = given.known("cpus")
    nano = parse_nano_cpus(cpus) if cpus is not None else 0
    if nano < 0:
        yield Contradiction("--cpus cannot be negative", given.of("cpus")[-1])
    for name in ("cpu-period", "cpu-quota"):
        if nano > 0 and parse_integer(given.known(name) or "0") > 0:
            yield Contradiction(f"--cpus and --{name} exclude each other", given.of(name)[-1])


def _joined_network(given: GivenFlags) -> Iterator[Contradiction]:
    if _mode(given).startswith("container:"):
        for name in _OF_THE_OTHER:
            if given.last(name) and (name != "publish-all" or given.on(name)):
                yield Contradiction(
                    f"--{name} has no place with --network container:NAME", given.of(name)[-1]
                )


def _several_networks(given: GivenFlags) -> Iterator[Contradiction]:
    own = [network.name for network in read_networks(given) if not network.user_defined]
    if own and len(given.all("network")) > 1 and not is_veiled(own[0]):
        yield Contradiction(
            f"--network {own[0]} excludes any other network", given.of("network")[-1]
        )


def _host_network(given: GivenFlags) -> Iterator[Contradiction]:
    if _mode(given) == "host" and given.all("link"):
        yield Contradiction("--link has no place with --network host", given.of("link")[-1])


def _host_name(given: GivenFlags) -> Iterator[Contradiction]:
    if given.last("uts") == "host" and given.last("hostname"):
        yield Contradiction("--hostname has no place with --uts host", given.of("hostname")[-1])


def _mode(given: GivenFlags) -> str:
    networks = read_networks(given)
    return networks[0].name if networks else "default"


def _bytes(given: GivenFlags, name: str) -> int:
    value = given.known(name)
    return parse_size(value) if value is not None else 0
