"""Facts of a request that docker made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.jobs.run import DEFAULT_SHARED_MEMORY
from tests.real.docker_run.rows import capability, extra_host, mount_row, option

Facts = dict[str, Any]


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


def _last_of_each(entries: Iterable[str]) -> list[str]:
    return sorted({entry.partition("=")[0]: entry for entry in entries}.values())


def _recorded_amounts(host: Mapping[str, Any]) -> Facts:
    quota, period = host["CpuQuota"], host["CpuPeriod"] or 100_000
    nano = host["NanoCpus"]
    limit = -(-nano // 10**6) if nano > 0 else -(-quota * 1000 // period) if quota > 0 else None
    return {
        "memory": host["Memory"] or None,
        "memory_reservation": host["MemoryReservation"] or None,
        "shm": host["ShmSize"] or DEFAULT_SHARED_MEMORY,
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


def _recorded_rights(host: Mapping[str, Any]) -> Facts:
    options = host["SecurityOpt"] or []
    unconfined = ["systempaths=unconfined"] if host.get("MaskedPaths") == [] else []
    return {
        "privileged": host["Privileged"],
        "added": sorted({capability(name) for name in host["CapAdd"] or ()}),
        "dropped": sorted({capability(name) for name in host["CapDrop"] or ()}),
        "read_only_root": host["ReadonlyRootfs"],
        "security": sorted({option(text) for text in (*options, *unconfined)}),
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
        "hosts": [extra_host(text) for text in host["ExtraHosts"] or ()],
    }


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


def _recorded_mounts(body: Mapping[str, Any], host: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    driver = host["VolumeDriver"]
    for text in host["Binds"] or ():
        parts = text.split(":")
        options = set(parts[2].split(",")) if len(parts) > 2 else set()
        path = parts[0][0] in "/~"
        kind = "bind" if path else "named-volume"
        yield mount_row(
            kind,
            parts[0],
            parts[1],
            "ro" in options,
            options - {"ro", "rw"},
            driver="" if path else driver,
            create=path,
        )
    for target in body["Volumes"] or ():
        yield mount_row("anonymous-volume", "", target, False, (), driver=driver)
    for target, text in (host.get("Tmpfs") or {}).items():
        options = {option for option in text.split(",") if option}
        # A share of the machine's memory is no number of bytes, and stays an option.
        sizes = [one for one in options if one.startswith("size=") and not one.endswith("%")]
        yield mount_row("tmpfs", "", target, "ro" in options, options - {"ro", *sizes}, size=sizes)
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
    return mount_row(
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


def _recorded_gpu(request: Mapping[str, Any]) -> tuple[Any, ...]:
    capabilities = [name for row in request["Capabilities"] or () for name in row]
    return (
        request["Driver"] == "cdi",
        request["Count"],
        request["DeviceIDs"] or [],
        capabilities,
    )
