"""The same facts of what the reader understood."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from advisor.jobs import numbers
from advisor.jobs.run import DEFAULT_SHARED_MEMORY, PortMapping, Run, RunMount, Variable
from advisor.jobs.spec import JobSpec
from advisor.readers.docker_run.gpus import parse_gpus
from tests.real.docker_run.rows import extra_host, mount_row, option

Facts = dict[str, Any]


def understood_facts(spec: JobSpec, folder: str, environment: Mapping[str, str]) -> Facts:
    """Of a job; `folder` is where the command ran, `environment` what the shell had."""
    run = spec.run
    assert run is not None
    values = _Values(spec)
    return {
        **_understood_process(run, values, environment),
        **_understood_amounts(run, values),
        **_understood_rights(run, values),
        **_understood_rest(values),
        "name": run.name.text if run.name else "",
        "ports": sorted(_understood_port(port) for port in run.ports),
        "mounts": sorted(_understood_mount(mount, folder) for mount in run.mounts),
        "gpus": [_understood_gpu(text) for text in values.all("--gpus")] + _cdi(values),
        "devices": [_device(text) for text in values.all("--device") if not _is_cdi(text)],
    }


class _Values:
    """Values of items by flag."""

    def __init__(self, spec: JobSpec) -> None:
        self._items = spec.items

    def all(self, name: str) -> list[str]:
        return [item.value for item in self._items if item.name == name]

    def last(self, name: str, default: str = "") -> str:
        return (self.all(name) or [default])[-1]

    def on(self, name: str, default: bool = False) -> bool:
        values = self.all(name)
        return default if not values else values[-1] in ("", *numbers.TRUE)

    def number(self, name: str, parse: Callable[[str], int], default: int = 0) -> int:
        values = self.all(name)
        return parse(values[-1]) if values else default


def _understood_process(run: Run, values: _Values, environment: Mapping[str, str]) -> Facts:
    variables = [_entry(variable, environment) for variable in run.environment]
    return {
        "image": run.image.text,
        "command": [word.text for word in run.arguments],
        "entrypoint": None
        if run.entrypoint is None
        else [word.text for word in run.entrypoint] or [""],
        "environment": sorted(entry for entry in variables if entry is not None),
        "labels": run.labels,
        "workdir": run.working_directory.text if run.working_directory else "",
        "user": run.user.text if run.user else "",
        "hostname": run.hostname,
        "terminal": run.terminal,
        "interactive": run.interactive,
        "stop_signal": run.stop_signal,
        "grace": run.grace_seconds,
        "health": _understood_health(values),
    }


def _understood_health(values: _Values) -> tuple[Any, ...]:
    command = values.last("--health-cmd")
    times = (
        *(
            values.number(f"--health-{name}", numbers.parse_duration)
            for name in ("interval", "timeout", "start-period")
        ),
        values.number("--health-retries", numbers.parse_integer),
        values.number("--health-start-interval", numbers.parse_duration),
    )
    if values.on("--no-healthcheck"):
        return (["NONE"], *times)
    return (["CMD-SHELL", command] if command else None, *times)


def _entry(variable: Variable, environment: Mapping[str, str]) -> str | None:
    """As docker sends it; a bare name of a file that the shell does not have is left out."""
    if variable.value is not None:
        return f"{variable.name}={variable.value.text}"
    if variable.name in environment:
        return f"{variable.name}={environment[variable.name]}"
    return None if variable.file else variable.name


def _understood_amounts(run: Run, values: _Values) -> Facts:
    integer, size = numbers.parse_integer, numbers.parse_size
    swap = values.last("--memory-swap")
    return {
        "memory": run.memory_limit,
        "memory_reservation": run.memory_request,
        "shm": run.shared_memory or DEFAULT_SHARED_MEMORY,
        "cpu_limit": run.cpu_limit,
        "ulimits": list(run.ulimits),
        "swap": -1 if swap == "-1" else values.number("--memory-swap", size),
        "swappiness": values.number("--memory-swappiness", integer, -1),
        "shares": values.number("--cpu-shares", integer),
        "period": values.number("--cpu-period", integer),
        "rt": (
            values.number("--cpu-rt-period", integer),
            values.number("--cpu-rt-runtime", integer),
        ),
        "cpuset": (values.last("--cpuset-cpus"), values.last("--cpuset-mems")),
        "pids": values.number("--pids-limit", integer),
        "oom": (values.number("--oom-score-adj", integer), values.on("--oom-kill-disable")),
        "blkio": values.number("--blkio-weight", numbers.parse_unsigned),
        "throttles": [
            _throttles(values.all(name), parse)
            for name, parse in (
                ("--blkio-weight-device", integer),
                ("--device-read-bps", size),
                ("--device-write-bps", size),
                ("--device-read-iops", integer),
                ("--device-write-iops", integer),
            )
        ],
        "windows": (
            values.number("--cpu-count", integer),
            values.number("--cpu-percent", integer),
            values.number("--io-maxiops", numbers.parse_unsigned),
            values.number("--io-maxbandwidth", size),
        ),
    }


def _throttles(texts: Iterable[str], parse: Callable[[str], int]) -> list[tuple[str, int]]:
    return [(path, parse(amount)) for path, _, amount in (text.partition(":") for text in texts)]


def _understood_rights(run: Run, values: _Values) -> Facts:
    security = run.security
    networks = [_network_name(text) for text in values.all("--network")]
    return {
        "privileged": security.privileged,
        "added": sorted(security.capabilities_added),
        "dropped": sorted(security.capabilities_dropped),
        "read_only_root": security.read_only_root,
        "security": sorted({option(text) for text in values.all("--security-opt")}),
        "sysctls": security.sysctls,
        "network": networks[0] if networks else "default",
        "pid": values.last("--pid"),
        "ipc": values.last("--ipc"),
        "uts": values.last("--uts"),
        "userns": values.last("--userns"),
        "cgroupns": values.last("--cgroupns"),
        "groups": list(run.groups),
        "host": (security.host_network, security.host_pid, security.host_ipc),
    }


def _network_name(text: str) -> str:
    if "=" not in text:
        return text
    pairs = [field.lower().partition("=") for field in text.split(",")]
    return [value.strip() for name, _, value in pairs if name.strip() == "name"][-1]


def _understood_rest(values: _Values) -> Facts:
    name, _, retries = values.last("--restart", "no").partition(":")
    return {
        "restart": (name, int(retries or 0)),
        "remove": values.on("--rm"),
        "domainname": values.last("--domainname"),
        "publish_all": values.on("--publish-all"),
        "dns": [text.strip() for text in values.all("--dns")],
        "dns_options": values.all("--dns-option"),
        "dns_search": [_domain(text) for text in values.all("--dns-search")],
        "links": values.all("--link"),
        "volumes_from": values.all("--volumes-from"),
        "volume_driver": values.last("--volume-driver"),
        "log_driver": values.last("--log-driver"),
        "log_options": _pairs(values.all("--log-opt")),
        "storage": _pairs(values.all("--storage-opt")),
        "rules": values.all("--device-cgroup-rule"),
        "cgroup_parent": values.last("--cgroup-parent"),
        "runtime": values.last("--runtime"),
        "isolation": values.last("--isolation"),
        "init": values.on("--init") if values.all("--init") else None,
        "annotations": _pairs(values.all("--annotation")),
        "cidfile": values.last("--cidfile"),
        "networks": _endpoints(values),
        "hosts": [extra_host(text) for text in values.all("--add-host")],
    }


def _domain(text: str) -> str:
    trimmed = text.strip()
    return trimmed if trimmed == "." else trimmed.removesuffix(".")


def _endpoints(values: _Values) -> int:
    """docker leaves out a single network of which nothing else is said, and names the default."""
    networks = values.all("--network")
    if len(networks) != 1:
        return len(networks) or 1
    said = any(
        values.all(name)[-1:] not in ([], [""])
        for name in ("--ip", "--ip6", "--mac-address", "--link-local-ip", "--network-alias")
    )
    own = _network_name(networks[0])
    user_defined = own not in ("default", "bridge", "host", "none") and ":" not in own
    links = bool(values.all("--link")) and user_defined
    fields = [field.lower().partition("=")[0] for field in networks[0].split(",")]
    local = bool(values.all("--link-local-ip")) or bool(values.all("--network-alias"))
    return int(said or links or local or len(fields) > 1)


def _pairs(entries: Iterable[str]) -> dict[str, str]:
    return {name: value for name, _, value in (entry.partition("=") for entry in entries)}


def _understood_port(port: PortMapping) -> tuple[Any, ...]:
    return port.container, port.protocol, -1 if port.host is None else port.host, port.address


def _understood_mount(mount: RunMount, folder: str) -> tuple[Any, ...]:
    source = mount.source.text
    if mount.kind == "bind" and source.startswith("."):
        source = posixpath.normpath(posixpath.join(folder, source))
    options = {option for option in mount.options if option != "bind-recursive=enabled"}
    return mount_row(
        mount.kind,
        source,
        mount.target.text,
        mount.read_only,
        options,
        driver=mount.driver,
        driver_options=mount.driver_options,
        sub_path=mount.sub_path,
        size=[f"size={mount.size}"] if mount.size else [],
        create=mount.create,
    )


def _understood_gpu(text: str) -> tuple[Any, ...]:
    ask = parse_gpus(text)
    return False, ask.count or 0, list(ask.devices), [*ask.capabilities, "gpu"]


def _cdi(values: _Values) -> list[tuple[Any, ...]]:
    names = [text for text in values.all("--device") if _is_cdi(text)]
    return [(True, 0, names, [])] if names else []


def _is_cdi(text: str) -> bool:
    return not text.startswith("/") and "=" in text and "/" in text.partition("=")[0]


def _device(text: str) -> tuple[str, str, str]:
    parts = text.split(":")
    mode = parts[-1] if len(parts) > 1 and set(parts[-1]) <= set("rwm") else "rwm"
    inside = parts[1] if len(parts) > 1 and not set(parts[1]) <= set("rwm") else parts[0]
    cleaned = posixpath.normpath(inside) if len(parts) < 3 else inside
    source = parts[0] if len(parts) > 1 and inside != parts[0] else posixpath.normpath(parts[0])
    return source, cleaned, mode
