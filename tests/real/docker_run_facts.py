"""The same facts twice: from the request that docker made, and from what the reader understood."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from advisor.jobs.docker_run import numbers
from advisor.jobs.run import GpuAsk, PortMapping, Run, RunMount, Variable
from advisor.jobs.spec import JobSpec

Facts = dict[str, Any]

PROPAGATIONS = frozenset({"shared", "rshared", "slave", "rslave", "private", "rprivate"})
CONSISTENCIES = frozenset({"cached", "delegated", "consistent"})


def recorded_facts(query: Mapping[str, str], body: Mapping[str, Any]) -> Facts:
    """Of a request's query and body."""
    host = body["HostConfig"]
    return {
        **_recorded_process(body),
        **_recorded_amounts(host),
        **_recorded_rights(host),
        **_recorded_rest(body, host),
        "name": query.get("name", ""),
        "ports": _recorded_ports(body, host),
        "mounts": sorted(_recorded_mounts(body, host)),
        "gpus": [_recorded_gpu(request) for request in host["DeviceRequests"] or ()],
        "devices": [
            (d["PathOnHost"], d["PathInContainer"], d["CgroupPermissions"]) for d in host["Devices"]
        ],
    }


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


def _recorded_process(body: Mapping[str, Any]) -> Facts:
    health = body.get("Healthcheck") or {}
    return {
        "image": body["Image"],
        "command": body["Cmd"] or [],
        "entrypoint": body["Entrypoint"],
        "environment": _last_of_each(body["Env"] or ()),
        "labels": body["Labels"] or {},
        "workdir": body["WorkingDir"],
        "user": body["User"],
        "hostname": body["Hostname"],
        "terminal": body["Tty"],
        "interactive": body["OpenStdin"],
        "stop_signal": body.get("StopSignal", ""),
        "grace": body.get("StopTimeout"),
        "health": (
            health.get("Test"),
            *(health.get(key, 0) for key in ("Interval", "Timeout", "StartPeriod", "Retries")),
            health.get("StartInterval", 0),
        ),
    }


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


def _last_of_each(entries: Iterable[str]) -> list[str]:
    return sorted({entry.partition("=")[0]: entry for entry in entries}.values())


def _entry(variable: Variable, environment: Mapping[str, str]) -> str | None:
    """As docker sends it; a bare name of a file that the shell does not have is left out."""
    if variable.value is not None:
        return f"{variable.name}={variable.value.text}"
    if variable.name in environment:
        return f"{variable.name}={environment[variable.name]}"
    return None if variable.file else variable.name


def _recorded_amounts(host: Mapping[str, Any]) -> Facts:
    quota, period = host["CpuQuota"], host["CpuPeriod"] or 100_000
    nano = host["NanoCpus"]
    limit = -(-nano // 10**6) if nano > 0 else -(-quota * 1000 // period) if quota > 0 else None
    return {
        "memory": host["Memory"] or None,
        "memory_reservation": host["MemoryReservation"] or None,
        "shm": host["ShmSize"] or None,
        "cpu_limit": limit,
        "ulimits": [f"{u['Name']}={u['Soft']}:{u['Hard']}" for u in host["Ulimits"]],
        "swap": host["MemorySwap"],
        "swappiness": host["MemorySwappiness"],
        "shares": host["CpuShares"],
        "period": host["CpuPeriod"],
        "rt": (host["CpuRealtimePeriod"], host["CpuRealtimeRuntime"]),
        "cpuset": (host["CpusetCpus"], host["CpusetMems"]),
        "pids": host["PidsLimit"],
        "oom": (host["OomScoreAdj"], host["OomKillDisable"]),
        "blkio": host["BlkioWeight"],
        "throttles": [
            [(d["Path"], d.get("Rate", d.get("Weight"))) for d in host[key] or ()]
            for key in (
                "BlkioWeightDevice",
                "BlkioDeviceReadBps",
                "BlkioDeviceWriteBps",
                "BlkioDeviceReadIOps",
                "BlkioDeviceWriteIOps",
            )
        ],
        "windows": (
            host["CpuCount"],
            host["CpuPercent"],
            host["IOMaximumIOps"],
            host["IOMaximumBandwidth"],
        ),
    }


def _understood_amounts(run: Run, values: _Values) -> Facts:
    integer, size = numbers.parse_integer, numbers.parse_size
    swap = values.last("--memory-swap")
    return {
        "memory": run.memory_limit,
        "memory_reservation": run.memory_request,
        "shm": run.shared_memory,
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


def _recorded_rights(host: Mapping[str, Any]) -> Facts:
    options = host["SecurityOpt"] or []
    unconfined = ["systempaths=unconfined"] if host.get("MaskedPaths") == [] else []
    return {
        "privileged": host["Privileged"],
        "added": sorted({_capability(name) for name in host["CapAdd"] or ()}),
        "dropped": sorted({_capability(name) for name in host["CapDrop"] or ()}),
        "read_only_root": host["ReadonlyRootfs"],
        "security": sorted({_option(text) for text in (*options, *unconfined)}),
        "sysctls": host.get("Sysctls") or {},
        "network": host["NetworkMode"],
        "pid": host["PidMode"],
        "ipc": host["IpcMode"],
        "uts": host["UTSMode"],
        "userns": host["UsernsMode"],
        "cgroupns": host["CgroupnsMode"],
        "groups": host["GroupAdd"] or [],
        "host": tuple(host[mode] == "host" for mode in ("NetworkMode", "PidMode", "IpcMode")),
    }


def _understood_rights(run: Run, values: _Values) -> Facts:
    security = run.security
    networks = [_network_name(text) for text in values.all("--network")]
    return {
        "privileged": security.privileged,
        "added": sorted(security.capabilities_added),
        "dropped": sorted(security.capabilities_dropped),
        "read_only_root": security.read_only_root,
        "security": sorted({_option(text) for text in values.all("--security-opt")}),
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


def _capability(name: str) -> str:
    return name.strip().upper().removeprefix("CAP_")


def _option(text: str) -> str:
    return text if "=" in text else text.replace(":", "=", 1)


def _network_name(text: str) -> str:
    if "=" not in text:
        return text
    pairs = [field.lower().partition("=") for field in text.split(",")]
    return [value.strip() for name, _, value in pairs if name.strip() == "name"][-1]


def _recorded_rest(body: Mapping[str, Any], host: Mapping[str, Any]) -> Facts:
    return {
        "restart": (host["RestartPolicy"]["Name"], host["RestartPolicy"]["MaximumRetryCount"]),
        "remove": host["AutoRemove"],
        "domainname": body["Domainname"],
        "publish_all": host["PublishAllPorts"],
        "dns": host["Dns"],
        "dns_options": host["DnsOptions"],
        "dns_search": host["DnsSearch"],
        "links": host["Links"] or [],
        "volumes_from": host["VolumesFrom"] or [],
        "volume_driver": host["VolumeDriver"],
        "log_driver": host["LogConfig"]["Type"],
        "log_options": host["LogConfig"]["Config"],
        "storage": host.get("StorageOpt") or {},
        "rules": host["DeviceCgroupRules"] or [],
        "cgroup_parent": host["CgroupParent"],
        "runtime": host.get("Runtime", ""),
        "isolation": host["Isolation"],
        "init": host.get("Init"),
        "annotations": host.get("Annotations") or {},
        "cidfile": host["ContainerIDFile"],
        "networks": len(body["NetworkingConfig"]["EndpointsConfig"] or {}),
        "hosts": [_host(text) for text in host["ExtraHosts"] or ()],
    }


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
        "hosts": [_host(text) for text in values.all("--add-host")],
    }


def _host(text: str) -> str:
    return text.replace("=", ":", 1).replace("[", "").replace("]", "")


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


def _recorded_ports(body: Mapping[str, Any], host: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    ports = set()
    bound = host["PortBindings"] or {}
    for port in body.get("ExposedPorts") or {}:
        number, _, protocol = port.partition("/")
        for binding in bound.get(port) or [{"HostPort": "", "HostIp": ""}]:
            host_port = binding["HostPort"]
            known = int(host_port) if host_port.isdecimal() else -1
            ports.add((int(number), protocol.lower() or "tcp", known, binding["HostIp"]))
    return sorted(ports)


def _understood_port(port: PortMapping) -> tuple[Any, ...]:
    return port.container, port.protocol, -1 if port.host is None else port.host, port.address


def _recorded_mounts(body: Mapping[str, Any], host: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    driver = host["VolumeDriver"]
    for text in host["Binds"] or ():
        parts = text.split(":")
        options = set(parts[2].split(",")) if len(parts) > 2 else set()
        path = parts[0][0] in "/~"
        kind = "bind" if path else "named-volume"
        yield _mount_row(
            kind,
            parts[0],
            parts[1],
            "ro" in options,
            options - {"ro", "rw"},
            driver="" if path else driver,
            create=path,
        )
    for target in body["Volumes"] or ():
        yield _mount_row("anonymous-volume", "", target, False, (), driver=driver)
    for target, text in (host.get("Tmpfs") or {}).items():
        options = {option for option in text.split(",") if option}
        sizes = [option for option in options if option.startswith("size=")]
        yield _mount_row("tmpfs", "", target, "ro" in options, options - {"ro", *sizes}, size=sizes)
    for mount in host.get("Mounts") or ():
        socket = mount["Target"] == "/var/run/docker.sock"
        if mount["Type"] in ("bind", "volume", "tmpfs") and not socket:
            yield _recorded_mount(mount)


def _recorded_mount(mount: Mapping[str, Any]) -> tuple[Any, ...]:
    source = mount.get("Source", "")
    volume, bind = mount.get("VolumeOptions") or {}, mount.get("BindOptions") or {}
    tmpfs = mount.get("TmpfsOptions") or {}
    driver = volume.get("DriverConfig") or {}
    options = {mount.get("Consistency", ""), bind.get("Propagation", "")} - {""}
    options |= {"bind-recursive=disabled"} if bind.get("NonRecursive") else set()
    options |= {"bind-recursive=writable"} if bind.get("ReadOnlyNonRecursive") else set()
    options |= {"bind-recursive=readonly"} if bind.get("ReadOnlyForceRecursive") else set()
    options |= {"nocopy"} if volume.get("NoCopy") else set()
    options |= {f"tmpfs-mode={tmpfs['Mode']:o}"} if tmpfs.get("Mode") else set()
    options |= {f"volume-label={k}={v}" for k, v in (volume.get("Labels") or {}).items()}
    kinds = {"bind": "bind", "tmpfs": "tmpfs"}
    named = "named-volume" if source else "anonymous-volume"
    size = tmpfs.get("SizeBytes")
    return _mount_row(
        kinds.get(mount["Type"], named),
        source,
        mount["Target"],
        mount.get("ReadOnly", False),
        options,
        driver=driver.get("Name", ""),
        driver_options=driver.get("Options") or {},
        sub_path=volume.get("Subpath", ""),
        size=[f"size={size}"] if size else [],
    )


def _mount_row(
    kind: str,
    source: str,
    target: str,
    read_only: bool,
    options: Iterable[str],
    *,
    driver: str = "",
    driver_options: Mapping[str, str] | None = None,
    sub_path: str = "",
    size: Iterable[str] = (),
    create: bool = False,
) -> tuple[Any, ...]:
    sizes = [_tmpfs_size(text.removeprefix("size=")) for text in size]
    return (
        kind,
        source,
        target,
        read_only,
        sorted(options),
        driver,
        sorted((driver_options or {}).items()),
        sub_path,
        sizes[-1] if sizes else -1,
        create,
    )


def _tmpfs_size(text: str) -> int:
    try:
        return numbers.parse_size(text)
    except ValueError:
        return -1


def _understood_mount(mount: RunMount, folder: str) -> tuple[Any, ...]:
    source = mount.source.text
    if mount.kind == "bind" and source.startswith("."):
        source = posixpath.normpath(posixpath.join(folder, source))
    options = {option for option in mount.options if option != "bind-recursive=enabled"}
    return _mount_row(
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


def _recorded_gpu(request: Mapping[str, Any]) -> tuple[Any, ...]:
    capabilities = [name for row in request["Capabilities"] or () for name in row]
    return (
        request["Driver"] == "cdi",
        request["Count"],
        request["DeviceIDs"] or [],
        capabilities,
    )


def _understood_gpu(text: str) -> tuple[Any, ...]:
    ask = _ask(text)
    return False, ask.count or 0, list(ask.devices), [*ask.capabilities, "gpu"]


def _ask(text: str) -> GpuAsk:
    from advisor.jobs.docker_run.gpus import parse_gpus

    return parse_gpus(text)


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
