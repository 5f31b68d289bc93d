"""Flags that docker refuses to take together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from advisor.jobs.numbers import parse_duration, parse_integer
from advisor.readers.docker_run.flags import Engine, GivenFlags, Occurrence, Verb
from advisor.readers.docker_run.rights import read_networks

_HEALTH_TIMES = (
    "health-interval",
    "health-timeout",
    "health-start-period",
    "health-start-interval",
)
_PER_NETWORK = {
    "alias": "network-alias",
    "ip": "ip",
    "ip6": "ip6",
    "mac-address": "mac-address",
    "link-local-ip": "link-local-ip",
}


class Contradiction(NamedTuple):
    """What is wrong, and the flag where it is reported."""

    what: str
    at: Occurrence
    remedy: str = ""


def find_contradiction(
    given: GivenFlags, verb: Verb, engine: Engine, image: str
) -> Contradiction | None:
    """The first one, in no order that matters; podman is asked about fewer."""
    for pulled in _pulled(given, image):
        return pulled
    checks: tuple[Callable[[GivenFlags], Iterator[Contradiction]], ...] = (_removal, _logs)
    if engine != "podman":
        checks += (_health, _networks, _swappiness)
    if verb == "run":
        checks += (_attached,)
    return next((contradiction for check in checks for contradiction in check(given)), None)


def _removal(given: GivenFlags) -> Iterator[Contradiction]:
    restart = given.known("restart")
    if given.on("rm") and restart is not None and restart.split(":")[0] not in ("", "no"):
        yield Contradiction(
            "--restart and --rm exclude each other",
            given.of("restart")[-1],
            "a container that is removed cannot be restarted: leave one out",
        )


def _pulled(given: GivenFlags, image: str) -> Iterator[Contradiction]:
    if given.last("pull") == "always" and re.fullmatch("[0-9a-f]{64}", image):
        yield Contradiction("--pull always: an image's id cannot be pulled", given.of("pull")[-1])


def _attached(given: GivenFlags) -> Iterator[Contradiction]:
    if given.on("detach") and given.all("attach"):
        yield Contradiction("--attach and --detach exclude each other", given.of("attach")[-1])


def _logs(given: GivenFlags) -> Iterator[Contradiction]:
    if given.last("log-driver") == "none" and given.all("log-opt"):
        yield Contradiction("--log-opt has no place with --log-driver none", given.of("log-opt")[0])


def _health(given: GivenFlags) -> Iterator[Contradiction]:
    times = {name: parse_duration(given.known(name) or "0") for name in _HEALTH_TIMES}
    retries = parse_integer(given.known("health-retries") or "0")
    settings = {**times, "health-retries": retries}
    chosen = [name for name, value in settings.items() if value]
    if given.last("health-cmd"):
        chosen.append("health-cmd")
    if given.on("no-healthcheck") and chosen:
        yield Contradiction(
            f"--no-healthcheck and --{chosen[0]} exclude each other", given.of(chosen[0])[-1]
        )
    for name, value in settings.items():
        if value < 0 and not given.on("no-healthcheck"):
            yield Contradiction(f"--{name} cannot be negative", given.of(name)[-1])


def _swappiness(given: GivenFlags) -> Iterator[Contradiction]:
    value = parse_integer(given.known("memory-swappiness") or "-1")
    if value != -1 and not 0 <= value <= 100:
        yield Contradiction("--memory-swappiness is 0 to 100", given.of("memory-swappiness")[-1])


def _networks(given: GivenFlags) -> Iterator[Contradiction]:
    networks, occurrences = read_networks(given), given.of("network")
    names = [network.name for network in networks]
    for network, at in zip(networks, occurrences, strict=True):
        if not network.name.strip():
            yield Contradiction("--network needs a name", at)
        if not network.user_defined and "alias" in network.values:
            yield Contradiction("--network: only a network of your own has aliases", at)
    for number, name in enumerate(names):
        if name in names[:number]:
            yield Contradiction(f"--network {name} is given twice", occurrences[number])
    if len({network.user_defined for network in networks}) > 1:
        yield Contradiction(
            "--network: one of your own and one of Docker's exclude each other", occurrences[-1]
        )
    yield from _first_network(given)


def _first_network(given: GivenFlags) -> Iterator[Contradiction]:
    """Flags about an attachment are about the first network."""
    networks = read_networks(given)
    values = networks[0].values if networks else {}
    for key, name in _PER_NETWORK.items():
        occurrences = given.of(name)
        listed = bool(occurrences) and occurrences[-1].flag.repeatable
        said = key in values if listed else values.get(key)
        if said and occurrences and (listed or occurrences[-1].text):
            yield Contradiction(
                f"--{name} and {key}= of --network exclude each other", given.of(name)[-1]
            )
    own = bool(networks) and networks[0].user_defined
    if given.all("network-alias") and not own:
        yield Contradiction(
            "--network-alias needs a network of your own", given.of("network-alias")[-1]
        )
