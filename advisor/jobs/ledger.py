"""What became of every flag and field: nothing is lost in silence.

Parts of a run are known by name: what a reader sets under one, a writer carries under the same. A
part is the attribute of Run or Security that holds it, and for one of several what tells it apart:
`("image",)`, `("mounts", "/data")`, `("ports", "8080/tcp")`, `("options", "0")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from advisor.facts.record import Record
from advisor.findings.finding import Place
from advisor.jobs.run import HealthCheck, PortMapping, Run, RunMount, Security, Whole
from advisor.jobs.word import Expansion, Word

Part = tuple[str, ...]

_NO_WORD = Word()
_BY_TEXT = frozenset(
    {"groups", "host_entries", "name_servers", "search_domains", "resolver_options", "devices"}
    | {"ulimits", "capabilities_added", "capabilities_dropped", "environment_sources"}
    | {"pull_secrets"}
)
"""Attributes with several texts, each a part of its own."""
_TOLD_APART = {"large_shared_memory": "shared_memory"}
_OF_SECURITY = {"options": "security_options"}
_OF_KIND = frozenset({"service", "leader", "security", "called", "called_ports"})
"""Attributes that follow from others, or are runs of their own."""


def mount_part(mount: RunMount) -> Part:
    """A mount, by its path in the container."""
    return ("mounts", mount.target.text)


def port_part(port: PortMapping) -> Part:
    """A port, by its number in the container and its protocol."""
    return ("ports", f"{amount_text(port.container)}/{port.protocol}")


def ports_of_ranges(ports: Iterable[PortMapping]) -> dict[str, int]:
    """By the key of each port that stands in an unbroken row of many, how many there are: nobody
    is to be told of each."""
    many: dict[str, int] = {}
    numbers = {(port.protocol, port.container) for port in ports if isinstance(port.container, int)}
    row: list[tuple[str, int]] = []
    for protocol, number in [*sorted(numbers), ("", 0)]:
        if row and (protocol, number) != (row[-1][0], row[-1][1] + 1):
            if len(row) >= _MANY:
                many |= {f"{inside}/{name}": len(row) for name, inside in row}
            row = []
        row.append((protocol, number))
    return many


_MANY = 10


def amount_text(amount: Whole) -> str:
    """A number, or the words it is left to, as text."""
    return amount.text if isinstance(amount, Word) else str(amount)


def stated_parts(run: Run) -> dict[Part, Any]:
    """Every part that the run states, with its value; what it leaves open is not among them."""
    parts: dict[Part, Any] = {}
    for name in Run.__struct_fields__:
        if name not in _OF_KIND and _is_stated(name, value := getattr(run, name)):
            parts |= _parts(_TOLD_APART.get(name, name), value)
    for name in Security.__struct_fields__:
        if _is_stated(name, value := getattr(run.security, name)):
            parts |= _parts(_OF_SECURITY.get(name, name), value)
    return parts


def _is_stated(name: str, value: Any) -> bool:
    """An entrypoint of no words is one, and so is a number of zero."""
    if not value and value is not None:
        return name == "entrypoint" or (value == 0 and value is not False)
    return value is not None and value != _NO_WORD


def _parts(name: str, value: Any) -> dict[Part, Any]:
    if isinstance(value, HealthCheck) and not value.command:
        return {("no_healthcheck",): value}
    if name == "mounts":
        return {mount_part(mount): mount for mount in value}
    if name == "ports":
        return {port_part(port): port for port in value}
    if name == "environment":
        return {(name, entry.name): entry for entry in value}
    if name == "environment_files":
        return {(name, word.text): word for word in value}
    if name == "options":
        return {(name, str(number)): entry for number, entry in enumerate(value)}
    if name in _BY_TEXT:
        return {(name, entry): entry for entry in value}
    if isinstance(value, Mapping):
        return {(name, key): entry for key, entry in value.items()}
    return {(name,): value}


Fate = Literal["mapped", "changed", "no-equivalent", "unresolved"]
FATES: tuple[Fate, ...] = ("unresolved", "no-equivalent", "changed", "mapped")
"""From what needs most attention to what needs none."""


class Origin(NamedTuple):
    """What a flag or field sets, or why it sets nothing."""

    sets: tuple[Part, ...] = ()
    idle: str = ""


class Item(Record, frozen=True, kw_only=True):
    """One flag or field of the source.

    `name` is the canonical one (`--shm-size` for docker and runai, `services.train.shm_size` for
    compose, `spec.containers[0].image` for a manifest), `written` the spelling met. `value` has
    secrets taken out. `words` are the numbers of the source words it covers, counted from 0 (shell
    sources only): together the items of a job cover every word of it. A word of several short flags
    (`-itd`) is covered by an item for each. `expansions` are what of the value the shell decides.

    `sets` are the parts of the run that it states (see parts.py), or the name of something that no
    run has a field for (`memory_swap`): rules/catalog/lost_parts.yaml says what each target does
    about those. One that states nothing has in `idle` the reason why, of
    rules/catalog/without_effect.yaml.
    """

    name: str
    written: str = ""
    value: str = ""
    place: Place | None = None
    words: tuple[int, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    sets: tuple[Part, ...] = ()
    idle: str = ""


class Entry(Record, frozen=True, kw_only=True):
    """What became of an item for one target.

    `mapped`: the same effect; `changed`: an effect that differs or moved, `reason` says how;
    `no-equivalent`: left out, `reason` says what is lost and what to do; `unresolved`: needs a
    value that only the user has, `reason` says how to give it. `output` is what it became (a flag
    with its value, or a field path), empty when nothing.
    """

    item: Item
    fate: Fate
    reason: str
    output: str = ""
