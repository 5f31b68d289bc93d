"""A service put together as a Run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, cast

from advisor.errors import suggestion
from advisor.facts.image_reference import names_registry
from advisor.facts.secrecy import looks_secret
from advisor.jobs.numbers import parse_integer
from advisor.jobs.run import HealthCheck, PortMapping, Run, Security, Variable
from advisor.jobs.word import Word, image_word, is_veiled, word
from advisor.readers.compose.data import read_mounts
from advisor.readers.compose.devices import read_amounts, read_devices
from advisor.readers.compose.interpolation import Values, as_word
from advisor.readers.compose.project import Body, EnvFiles
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.docker_run.ports import parse_expose, parse_publish

_PULLS = {"always": "always", "never": "never", "missing": "missing", "if_not_present": "missing"}
_SHELL = "CMD-SHELL"


def assemble_run(
    service: Service,
    env: Values,
    env_files: EnvFiles,
) -> Run:
    """What the service runs; `env` gives variables that it only names, `env_files` those of a
    file. InputError where it names what no file of the project has, as compose refuses that."""
    _check_references(service)
    gpus, devices = read_devices(service)
    filed, unread = _filed(service, env, env_files)
    stated = {variable.name: variable for variable in _variables(service, env)}
    grace = service.seconds("stop_grace_period")
    image, pull = _image(service)
    called = _called_names(service)
    ports = _ports(service)
    return Run(
        image=image,
        name=service.word("container_name") or word(service.name),
        pull=pull,
        entrypoint=service.command("entrypoint"),
        arguments=service.command("command") or (),
        environment=tuple({**filed, **stated}.values()),
        environment_files=unread,
        working_directory=service.word("working_dir"),
        user=service.word("user"),
        groups=service.texts("group_add"),
        hostname=service.plain("hostname"),
        called=called,
        called_ports=_called_ports(service, called, ports),
        host_entries=tuple(_hosts(service)),
        name_servers=service.texts("dns"),
        search_domains=service.texts("dns_search"),
        resolver_options=service.texts("dns_opt"),
        health=_health(service),
        interactive=service.on("stdin_open"),
        terminal=service.on("tty"),
        restart=_restart(service),
        service=_stands(service, gpus=bool(gpus), called=called),
        grace_seconds=math.ceil(grace) if isinstance(grace, int | float) else grace,
        stop_signal=service.plain("stop_signal"),
        mounts=read_mounts(service),
        ports=ports,
        gpus=gpus,
        devices=devices,
        ulimits=tuple(_ulimits(service)),
        security=_security(service),
        labels={**service.plain_pairs("labels"), **service.plain_pairs("deploy", "labels")},
        annotations=service.plain_pairs("annotations"),
        platform=service.plain("platform"),
        **read_amounts(service),
    )


def _check_references(service: Service) -> None:
    whole = service.project.whole
    for key in ("networks", "secrets", "configs", "depends_on"):
        top = "services" if key == "depends_on" else key
        known = {*(whole.get(top) or ()), *(("default",) if key == "networks" else ())}
        stated = service.get(key)
        named = stated if isinstance(stated, dict | list) else ()
        for index, entry in enumerate(named):
            name = scalar_text(entry.get("source") if isinstance(entry, dict) else entry)
            how = stated.get(name) if isinstance(stated, dict) else None
            needed = not isinstance(how, dict) or how.get("required") is not False
            if name and name not in known and needed and not is_veiled(name):
                near = suggestion(name, known, listing=False)
                there = name if isinstance(stated, dict) else index
                what = f"the {top.removesuffix('s')} {name} is not among the file's {top}{near}"
                service.refuse(what, key, there)
    mode, _, partner = service.plain("network_mode").partition(":")
    if mode == "service" and partner not in (whole.get("services") or ()):
        service.refuse(f"the service {partner} is not among the file's services", "network_mode")
    if service.get("networks") and service.get("network_mode"):
        service.refuse("compose takes no networks beside network_mode", "networks")


def replicas(service: Service) -> int:
    """How many replicas the service has."""
    for keys in (("deploy", "replicas"), ("scale",)):
        count = service.whole(*keys)
        if isinstance(count, int):
            return max(count, 0)
    return 1


def _image(service: Service) -> tuple[Word, str]:
    """An image that is built here is on this machine only."""
    image = service.word("image")
    stated = service.plain("pull_policy")
    pull = _PULLS.get(stated, stated)
    if image is not None:
        named = image_word(image)
        alone = service.get("build") is not None and not names_registry(named.text)
        return named, "build" if alone and not pull else pull
    if service.get("build") is None:
        service.refuse("it has neither an image nor a build")
    return word(f"{service.project.name()}-{service.name}"), "build"


def _variables(service: Service, env: Values) -> Iterator[Variable]:
    for name, stated in service.pairs("environment").items():
        plain = service.veil.plain(name)
        if stated is not None:
            value: Word | None = service.veil.word(stated)
        else:
            value = as_word(env[plain]) if plain in env else None
        literal = value.literal if value is not None else ""
        yield Variable(name=plain, value=value, secret=looks_secret(plain, literal or ""))


def _filed(
    service: Service, env: Values, env_files: EnvFiles
) -> tuple[dict[str, Variable], tuple[Word, ...]]:
    """Variables of files, a later file's in place of an earlier one's, and the files not read."""
    filed: dict[str, Variable] = {}
    unread: list[Word] = []
    for entry in service.list("env_file"):
        path = scalar_text(entry.get("path") if isinstance(entry, dict) else entry)
        file = service.veil.word(path)
        known = {
            name: variable.value for name, variable in filed.items() if variable.value is not None
        }
        raw = isinstance(entry, dict) and entry.get("format") == "raw"
        values = None if raw else {**known, **env}
        loaded = env_files(file.text, values) if path and file.literal is not None else None
        if loaded is not None:
            for name, stated in loaded.items():
                value = as_word(stated)
                secret = looks_secret(name, value.literal or "")
                filed[name] = Variable(name=name, value=value, secret=secret, file=file.text)
        elif path and not (isinstance(entry, dict) and entry.get("required") is False):
            unread.append(file)
    return filed, tuple(unread)


def _hosts(service: Service) -> Iterator[str]:
    for name, stated in service.pairs("extra_hosts").items():
        addresses = stated.split(",") if stated else []
        for address in addresses:
            yield f"{service.veil.plain(name)}={service.veil.plain(address)}"


def _stands(service: Service, *, gpus: bool, called: tuple[str, ...]) -> bool:
    """Whether it is there for others; what computes, and serves nobody, ends by itself. One with
    GPUs that others only start after (a viewer of its results) is no server for that."""
    reached = any(service.get(key) is not None for key in ("ports", "expose", "healthcheck"))
    works = gpus or bool(service.get("command")) or bool(service.get("entrypoint"))
    needed = bool(called) or service.name in service.project.needed
    asked = any(_is_said(name, service) for name in called) if gpus else needed
    return reached or not works or replicas(service) != 1 or asked


def _restart(service: Service) -> str:
    condition = service.plain("deploy", "restart_policy", "condition")
    if not condition:
        return service.plain("restart")
    attempts = service.whole("deploy", "restart_policy", "max_attempts")
    policy = {"none": "no", "any": "always"}.get(condition, condition)
    text = attempts.text if isinstance(attempts, Word) else str(attempts or "")
    return f"{policy}:{text}" if policy == "on-failure" and text else policy


def _health(service: Service) -> HealthCheck | None:
    if service.get("healthcheck") is None:
        return None
    stated = service.list("healthcheck", "test")
    words = [service.veil.word(scalar_text(entry)) for entry in stated]
    kind = words[0].literal if words else ""
    listed = isinstance(service.get("healthcheck", "test"), list)
    if service.on("healthcheck", "disable") or (listed and kind == "NONE"):
        return HealthCheck()
    if not stated:
        return None
    return HealthCheck(
        command=tuple(words[1:] if listed else words),
        by_shell=not listed or kind == _SHELL,
        interval=service.seconds("healthcheck", "interval"),
        timeout=service.seconds("healthcheck", "timeout"),
        start_period=service.seconds("healthcheck", "start_period"),
        retries=service.parsed(parse_integer, "healthcheck", "retries"),
    )


def _ports(service: Service) -> tuple[PortMapping, ...]:
    """Published ports, then exposed ones that are not published."""
    published: list[PortMapping] = []
    for index, entry in enumerate(service.list("ports")):
        try:
            published += parse_publish(published_text(entry), service.veil.word)
        except ValueError as error:
            service.refuse(str(error), "ports", index)
    taken = {(port.container, port.protocol) for port in published}
    exposed: list[PortMapping] = []
    for index, entry in enumerate(service.list("expose")):
        try:
            exposed += parse_expose(scalar_text(entry), service.veil.word)
        except ValueError as error:
            service.refuse(str(error), "expose", index)
    alone = [port for port in exposed if (port.container, port.protocol) not in taken]
    return tuple(dict.fromkeys([*published, *alone]))


def published_text(entry: Any) -> str:
    """A port as `--publish` has it."""
    if not isinstance(entry, dict):
        return scalar_text(entry)
    address = scalar_text(entry.get("host_ip"))
    host, target = scalar_text(entry.get("published")), scalar_text(entry.get("target"))
    protocol = scalar_text(entry.get("protocol")) or "tcp"
    front = f"[{address}]:" if ":" in address else f"{address}:" if address else ""
    return f"{front}{host}:{target}/{protocol}"


def _ulimits(service: Service) -> Iterator[str]:
    limits = service.get("ulimits")
    if limits is not None and not isinstance(limits, dict):
        service.refuse("a map is expected", "ulimits")
    for name, value in cast(dict[str, Any], limits or {}).items():
        if isinstance(value, dict):
            soft, hard = scalar_text(value.get("soft")), scalar_text(value.get("hard"))
            yield service.veil.plain(f"{name}={soft}:{hard}")
        else:
            yield service.veil.plain(f"{name}={scalar_text(value)}")


def _security(service: Service) -> Security:
    options = [_option(option) for option in service.texts("security_opt")]
    seccomp = [value for name, value in options if name == "seccomp"]
    return Security(
        privileged=service.on("privileged"),
        capabilities_added=_capabilities(service, "cap_add"),
        capabilities_dropped=_capabilities(service, "cap_drop"),
        read_only_root=service.on("read_only"),
        host_network=service.plain("network_mode") == "host",
        host_pid=service.plain("pid") == "host",
        host_ipc=service.plain("ipc") == "host",
        no_new_privileges=any(
            name == "no-new-privileges" and value in ("", "true") for name, value in options
        ),
        seccomp=seccomp[-1] if seccomp else "",
        sysctls=service.plain_pairs("sysctls"),
        options=tuple(
            f"{name}={value}"
            for name, value in options
            if name not in ("seccomp", "no-new-privileges")
        ),
    )


def _option(text: str) -> tuple[str, str]:
    separator = "=" if "=" in text else ":"
    name, _, value = text.partition(separator)
    return name, value


def _capabilities(service: Service, key: str) -> tuple[str, ...]:
    stated = (scalar_text(entry) for entry in service.list(key))
    names = (text.strip().upper().removeprefix("CAP_") for text in stated)
    return tuple(dict.fromkeys(service.veil.plain(name) for name in names if name))


def _called_names(service: Service) -> tuple[str, ...]:
    """Its own name first, where another service says or needs it, or its container has another.
    Of the further names that it is given for others all where it has ports, else those that
    another says; its container's and host's name if another says them."""
    project = service.project
    if service.plain("network_mode") not in ("", "default", "bridge"):
        return ()  # it has no address in the project's networks
    linked = (
        alias for caller, alias in project.linked.get(service.name, ()) if caller != service.name
    )
    further = [name for name in dict.fromkeys([*_aliases(service.body), *linked]) if name]
    container, host = service.scalar("container_name"), service.scalar("hostname")
    known: set[str] = set()
    if any(service.get(key) for key in ("ports", "expose")):
        known = {*further, *([service.name] if container and container != service.name else [])}
    if service.name in project.needed or _may_serve(service):
        known.add(service.name)
    names = (service.name, *further, container, host)
    called = (name for name in names if name and (name in known or _is_said(name, service)))
    return tuple(dict.fromkeys(map(service.veil.plain, called)))


def _may_serve(service: Service) -> bool:
    """Whether others may call it at a port that only its image knows: it stands beside them, and
    is neither a program that ends nor a worker of theirs."""
    services = service.project.whole.get("services") or ()
    if len(services) < 2 or not service.get("image") or not _HOST_NAME.fullmatch(service.name):
        return False
    if service.on("stdin_open") and service.on("tty"):
        return False
    command = service.command("command") or ()
    works = service.get("entrypoint") or (command and not command[0].text.startswith("-"))
    own = service.get("build") is not None
    return not (works and own) if _restart(service) in _STAYS else not (works or own)


_HOST_NAME = re.compile(r"[a-z][-a-z0-9]*", re.IGNORECASE)
_STAYS = frozenset({"always", "unless-stopped"})


def _called_ports(
    service: Service, called: tuple[str, ...], ports: tuple[PortMapping, ...]
) -> tuple[int, ...]:
    """The ports that others call it at and that it does not list: in compose they are reached all
    the same."""
    listed = {port.container for port in ports if port.protocol == "tcp"}
    names = {name.lower() for name in called}
    said = {
        port
        for (name, port), callers in service.project.ports_said.items()
        if name in names and callers - {service.name} and port < 2**16
    }
    return tuple(sorted(said - listed))


def _aliases(body: Body) -> Iterator[str]:
    networks = body.get("networks")
    for stated in networks.values() if isinstance(networks, dict) else ():
        aliases = stated.get("aliases") if isinstance(stated, dict) else None
        yield from map(scalar_text, aliases if isinstance(aliases, list) else ())


def _is_said(name: str, service: Service) -> bool:
    """Whether another service names this one."""
    return bool(service.project.said_by.get(name.lower(), frozenset()) - {service.name})
