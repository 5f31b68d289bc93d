"""Calls of libraries that start containers (docker-py, python-on-whales, Airflow), as the
`docker run` that does the same; rules/catalog/docker_sdk.yaml has their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.jobs.word import Word, word
from advisor.readers.python.values import Arguments, Value, as_word, split, unknown


class SdkArgument(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The flag, and how its value is given; the table's head says what each is."""

    flag: str = ""
    value: str


class SdkCatalog(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table rules/catalog/docker_sdk.yaml."""

    sources: dict[str, str]
    arguments: dict[str, SdkArgument]
    idle: tuple[str, ...]


@cache
def _catalog() -> SdkCatalog:
    """Read once. Raises RuleError when the table does not load."""
    return load_catalog("docker_sdk", SdkCatalog)


class Started(NamedTuple):
    """The words of `docker run`, and the names of the arguments that are not in them."""

    words: tuple[Word, ...]
    left: tuple[str, ...]


RECORDS: dict[str, tuple[str, ...]] = {
    "DeviceRequest": (),
    "Mount": ("target", "source", "type"),
    "Ulimit": (),
    "create_host_config": (),
    "HostConfig": (),
}
"""Calls that only hold arguments, and the names of those without one."""


def is_start(callee: str) -> bool:
    """Whether a function of that name starts a container."""
    spoken = callee.split(".")
    last, before = spoken[-1], spoken[-2] if len(spoken) > 1 else ""
    if last in ("run", "create") and before in ("containers", "container"):
        return True
    whales = last == "run" and before in ("docker", "docker_client", "podman")
    return whales or last in ("create_container", "DockerOperator", "DockerSwarmOperator")


def started(arguments: Arguments) -> Started:
    """The command that does the same."""
    named = dict(arguments.named)
    image, command = arguments.get(0, "image"), arguments.get(1, "command")
    for name in ("image", "command"):
        named.pop(name, None)
    words: list[Word] = [word("docker"), word("run")]
    left: list[str] = []
    for name, value in _flat(named):
        argument = _catalog().arguments.get(name)
        if argument is not None:
            words += _SPELLED[argument.value](argument.flag, value)
        elif name not in _catalog().idle:
            left.append(name)
    words.append(unknown("image") if image is None else as_word(image, "image"))
    if isinstance(command, list):
        words += [as_word(value) for value in command]
    elif command is not None:
        words += [as_word(value) for value in split(as_word(command, "command"))]
    return Started(tuple(words), tuple(left))


class Container:
    """What a start gives: a container, by the name that it was given."""

    def __init__(self, name: Value) -> None:
        self.name = name


def executed(container: Container, arguments: Arguments) -> list[Value]:
    """The `docker exec` that does the same as `exec_run` of a container."""
    command = arguments.get(0, "cmd", "command")
    words: list[Value] = [word("docker"), word("exec")]
    for name, flag in (("environment", "-e"), ("workdir", "-w"), ("user", "-u")):
        if name in arguments.named:
            words += _pairs(flag, arguments.named[name])
    words.append(unknown("container") if container.name is None else container.name)
    return [*words, *(command if isinstance(command, list) else split(as_word(command)))]


def is_build(callee: str) -> bool:
    """Whether a function of that name builds an image."""
    return ".".join(callee.split(".")[-2:]) in ("images.build", "docker.build", "image.build")


def built(arguments: Arguments) -> list[Value]:
    """The `docker build` that does the same, as far as its tags."""
    tags = arguments.named.get("tag", arguments.named.get("tags"))
    return [word("docker"), word("build"), *_several("-t", tags), word(".")]


def _flat(named: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for name, value in named.items():
        if name == "host_config" and isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


_Words = Iterator[Word]


def _switch(flag: str, value: Value) -> _Words:
    known = value.literal if isinstance(value, Word) else value
    if known not in (False, None, "", "never"):
        yield word(flag)


def _value(flag: str, value: Value) -> _Words:
    if value is not None:
        yield from (word(flag), _joined(value))


def _joined(value: Value) -> Word:
    if isinstance(value, list):
        return word(" ".join(as_word(each).text for each in value))
    return as_word(value)


def _several(flag: str, value: Value) -> _Words:
    if isinstance(value, dict):
        value = [_pair(key, each) for key, each in value.items()]
    for each in value if isinstance(value, list) else [value] if value is not None else ():
        yield from (word(flag), as_word(each))


def _pair(key: str | Word, value: Value, sign: str = "=") -> Word:
    return as_word(key) + word(sign) + as_word(value, as_word(key).text)


def _pairs(flag: str, value: Value) -> _Words:
    if not isinstance(value, dict):
        yield from _several(flag, value)
        return
    for key, each in value.items():
        yield from (word(flag), _pair(key, each) if each is not None else as_word(key))


def _hosts(flag: str, value: Value) -> _Words:
    pairs = value if isinstance(value, dict) else {}
    yield from _several(flag, [_pair(key, each, ":") for key, each in pairs.items()] or value)


def _ports(flag: str, value: Value) -> _Words:
    """Container port to host port, which may be a pair of address and port, or a list of those."""
    if not isinstance(value, dict):
        return  # the ports that a container exposes
    for inner, outer in value.items():
        parts = outer if isinstance(outer, list) else [outer]
        address = len(parts) > 1 and "." in as_word(parts[0]).text
        for each in [parts] if address else [[part] for part in parts]:
            front = [as_word(part, "port") + word(":") for part in each if part is not None]
            yield from (word(flag), sum(front, Word()) + as_word(inner))


def _published(flag: str, value: Value) -> _Words:
    for pair in value if isinstance(value, list) else ():
        parts = pair if isinstance(pair, list) else [pair]
        yield from (word(flag), _with_colons(parts))


def _with_colons(parts: list[Value]) -> Word:
    made = as_word(parts[0]) if parts else Word()
    for part in parts[1:]:
        made = made + word(":") + as_word(part)
    return made


def _volumes(flag: str, value: Value) -> _Words:
    if isinstance(value, dict):
        for source, stated in value.items():
            inner = stated if isinstance(stated, dict) else {"bind": stated}
            target, mode = inner.get("bind"), inner.get("mode", "ro" if inner.get("ro") else None)
            parts = [source, target, *([mode] if mode is not None else [])]
            yield from (word(flag), _with_colons(parts))
        return
    for each in value if isinstance(value, list) else [value] if value is not None else ():
        yield from (word(flag), _with_colons(each) if isinstance(each, list) else as_word(each))


def _mounts(flag: str, value: Value) -> _Words:
    for mount in value if isinstance(value, list) else [value]:
        if not isinstance(mount, dict):
            yield from (word(flag), as_word(mount, "mount"))
            continue
        kind = mount.get("type", word("volume"))
        made = word("type=") + as_word(kind)
        for name in ("source", "target"):
            if mount.get(name) is not None:
                made = made + word(f",{name}=") + as_word(mount[name], name)
        yield from (word(flag), made + word(",readonly" if mount.get("read_only") is True else ""))


def _gpus(flag: str, value: Value) -> _Words:
    for request in value if isinstance(value, list) else [value]:
        if request is None:
            continue
        if not isinstance(request, dict):
            yield from (word(flag), as_word(request, "gpus"))
            continue
        stated = {str(key).lower().replace("_", ""): each for key, each in request.items()}
        ids, count = stated.get("deviceids"), stated.get("count", 1)
        if isinstance(ids, list) and ids:
            devices = word("device=") + as_word(ids[0])
            for each in ids[1:]:
                devices = devices + word(",") + as_word(each)
            yield from (word(flag), devices)
        elif ids is not None and not isinstance(ids, list):
            yield from (word(flag), word("device=") + as_word(ids, "device_ids"))
        else:
            yield from (word(flag), word("all") if count == -1 else as_word(count, "gpus"))


def _limits(flag: str, value: Value) -> _Words:
    for limit in value if isinstance(value, list) else ():
        if not isinstance(limit, dict):
            yield from (word(flag), as_word(limit))
            continue
        stated = {str(key).lower(): each for key, each in limit.items()}
        soft, hard = stated.get("soft"), stated.get("hard")
        amounts = [each for each in (soft, hard) if each is not None]
        yield from (word(flag), as_word(stated.get("name")) + word("=") + _with_colons(amounts))


def _policy(flag: str, value: Value) -> _Words:
    stated = value if isinstance(value, dict) else {"Name": value}
    name, times = stated.get("Name"), stated.get("MaximumRetryCount")
    if name is not None:
        yield from (word(flag), _with_colons([name] if times is None else [name, times]))


def _nothing(_: str, __: Value) -> _Words:
    yield from ()


_SPELLED: dict[str, Callable[[str, Value], _Words]] = {
    "extra": _nothing,
    "gpus": _gpus,
    "hosts": _hosts,
    "limits": _limits,
    "mounts": _mounts,
    "pairs": _pairs,
    "policy": _policy,
    "ports": _ports,
    "published": _published,
    "several": _several,
    "switch": _switch,
    "value": _value,
    "volumes": _volumes,
}
