"""Which parts of the run each key of a service sets, or why it sets none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from advisor.jobs.ledger import Origin, Part, mount_part, port_part
from advisor.jobs.numbers import FALSE
from advisor.jobs.run import Run
from advisor.jobs.word import is_veiled
from advisor.readers.compose.data import file_mount, is_mounted, mount_target
from advisor.readers.compose.devices import GENERIC, device_text, is_generic_gpu, is_gpu_request
from advisor.readers.compose.run import published_text
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.docker_run.ports import parse_expose, parse_publish
from advisor.readers.gpu_evidence import evidence_table
from advisor.readers.yaml_documents import Path

Keys = tuple[str, ...]

_PARTS: dict[Keys, str] = {
    ("annotations",): "annotations",
    ("attach",): "attach_output",
    ("blkio_config",): "blkio_weight",
    ("cap_add",): "capabilities_added",
    ("cap_drop",): "capabilities_dropped",
    ("cgroup",): "cgroupns",
    ("command",): "arguments",
    ("container_name",): "name",
    ("cpu_period",): "cpu_limit",
    ("cpu_quota",): "cpu_limit",
    ("cpu_shares",): "cpu_request",
    ("cpus",): "cpu_limit",
    ("cpuset",): "cpuset_cpus",
    ("deploy",): "unknown_field",
    ("deploy", "endpoint_mode"): "swarm_endpoint_mode",
    ("deploy", "labels"): "labels",
    ("deploy", "mode"): "swarm_mode",
    ("deploy", "placement"): "swarm_placement",
    ("deploy", "replicas"): "replicas",
    ("deploy", "resources", "limits", "cpus"): "cpu_limit",
    ("deploy", "resources", "limits", "memory"): "memory_limit",
    ("deploy", "resources", "limits", "pids"): "pids_limit",
    ("deploy", "resources", "reservations", "cpus"): "cpu_request",
    ("deploy", "resources", "reservations", "generic_resources"): "device_request",
    ("deploy", "resources", "reservations", "memory"): "memory_request",
    ("deploy", "restart_policy"): "restart",
    ("deploy", "restart_policy", "delay"): "restart_policy_delay",
    ("deploy", "restart_policy", "window"): "restart_policy_window",
    ("deploy", "rollback_config"): "swarm_rollback_config",
    ("deploy", "update_config"): "swarm_update_config",
    ("device_cgroup_rules",): "device_cgroup_rule",
    ("dns",): "name_servers",
    ("dns_opt",): "resolver_options",
    ("dns_search",): "search_domains",
    ("external_links",): "link",
    ("group_add",): "groups",
    ("healthcheck", "start_interval"): "health_start_interval",
    ("label_file",): "label_files",
    ("links",): "link",
    ("logging",): "log_driver",
    ("logging", "driver"): "log_driver",
    ("logging", "options"): "log_opt",
    ("mem_limit",): "memory_limit",
    ("mem_reservation",): "memory_request",
    ("mem_swappiness",): "memory_swappiness",
    ("memswap_limit",): "memory_swap",
    ("pull_policy",): "pull",
    ("read_only",): "read_only_root",
    ("scale",): "replicas",
    ("shm_size",): "shared_memory",
    ("stdin_open",): "interactive",
    ("stop_grace_period",): "grace_seconds",
    ("storage_opt",): "storage_opt",
    ("storage_opt", "size"): "layer_size",
    ("tty",): "terminal",
    ("userns_mode",): "userns",
    ("working_dir",): "working_directory",
}
"""By the keys that lead there; the longest way counts. Other keys have their part's own name."""
_TOLD_APART = frozenset(
    {"annotations", "capabilities_added", "capabilities_dropped", "groups", "labels"}
    | {"name_servers", "resolver_options", "search_domains", "sysctls"}
)
_PAIRS = frozenset({"annotations", "labels", "sysctls"})
_SWITCHES = frozenset(
    {"init", "oom_kill_disable", "privileged", "read_only", "stdin_open", "tty", "use_api_socket"}
)
_CHOOSE = frozenset({"profiles", "extends"})
_WINNERS: dict[str, tuple[Keys, ...]] = {
    "cpu_limit": (("deploy", "resources", "limits", "cpus"), ("cpus",)),
    "cpu_request": (("deploy", "resources", "reservations", "cpus"),),
    "memory_limit": (("deploy", "resources", "limits", "memory"),),
    "memory_request": (("deploy", "resources", "reservations", "memory"),),
    "restart": (("deploy", "restart_policy", "condition"),),
}
"""Where the same is said twice: what counts, in this order."""


class Provenance:
    """The keys of one service against the run that was made of it."""

    def __init__(self, service: Service, run: Run) -> None:
        self._service = service
        self._plain = service.veil.plain
        self._run = run
        self._unread = {file.text for file in run.environment_files}
        self._filed: dict[str, list[Part]] = {}
        for variable in run.environment:
            self._filed.setdefault(variable.file, []).append(("environment", variable.name))
        self._gpu_devices = {device for ask in run.gpus for device in ask.devices}
        self._by_runtime = any(ask.how == "runtime" for ask in run.gpus)
        # Of several mounts at one path the last one counts.
        self._mounted = {
            key: {
                mount_target(key, entry): entry for entry in service.list(key) if is_mounted(entry)
            }
            for key in ("volumes", "tmpfs")
        }

    def key(self, path: Path, value: Any) -> Origin:
        """One key, or one element of its list."""
        keys = tuple(step for step in path[2:] if isinstance(step, str))
        if keys[0] in _CHOOSE:
            return Origin(idle="choice")
        if keys[0] == "build" and self._run.pull == "build":
            return Origin((("image",),))
        if idle := self._idle(keys, value):
            return Origin(idle=idle)
        finder = next((_FINDERS[way] for way in _ways(keys) if way in _FINDERS), None)
        if finder is None:
            return Origin((self._named(keys, value),))
        parts = finder(self, keys, value)
        return parts if isinstance(parts, Origin) else Origin(tuple(dict.fromkeys(parts)))

    def _idle(self, keys: Keys, value: Any) -> str:
        """Why a key says nothing: it is off, empty, no limit, or another counts instead."""
        if keys[0] == "environment":
            return ""
        if value is None or (value in ("", [], {}) and keys[0] not in _PAIRS | {"entrypoint"}):
            return "" if keys[-1] != keys[0] and keys[0] in _PAIRS else "empty"
        if keys[0] in _SWITCHES and scalar_text(value) in FALSE:
            return "off"
        field = _field(keys)
        winners = _WINNERS.get(field, ())
        if keys in winners:
            winners = winners[: winners.index(keys)]
        winners = () if keys[:2] == ("deploy", "restart_policy") else winners
        if any(self._service.get(*way) not in (None, "", 0) for way in winners):
            return "overruled"
        if keys == ("cpu_period",) and self._service.get("cpu_quota") is None:
            return "period-alone"
        limit = field in _WINNERS and field != "restart"
        return "no-limit" if limit and getattr(self._run, field) is None else ""

    def _named(self, keys: Keys, value: Any) -> Part:
        field = _field(keys)
        if field not in _TOLD_APART:
            return (field,)
        if field in _PAIRS:
            return (field, self._plain(keys[-1]))
        text = scalar_text(value)
        if field.startswith("capabilities"):
            text = text.strip().upper().removeprefix("CAP_")
        return (field, self._plain(text))

    def _variable(self, keys: Keys, _: Any) -> Iterable[Part]:
        name = self._plain(keys[-1])
        yield "environment", name
        if name.endswith("_VISIBLE_DEVICES") and self._by_runtime:
            yield ("gpus",)

    def _variables(self, _: Keys, value: Any) -> Iterable[Part] | Origin:
        file = self._plain(scalar_text(value.get("path") if isinstance(value, dict) else value))
        if file in self._unread:
            return (("environment_files", file),)
        return self._filed.get(file) or Origin(idle="no-variables")

    def _mount(self, keys: Keys, value: Any) -> Iterable[Part] | Origin:
        if not is_mounted(value):
            return (("engine_mount",),)
        target = mount_target(keys[0], value)
        if value != self._mounted[keys[0]][target]:
            return Origin(idle="overruled")
        return (("mounts", self._plain(target)),)

    def _file(self, keys: Keys, value: Any) -> Iterable[Part]:
        return mount_part(file_mount(self._service, keys[0], value)), (keys[0],)

    def _published(self, _: Keys, value: Any) -> Iterable[Part]:
        return map(port_part, parse_publish(published_text(value), self._service.veil.word))

    def _exposed(self, _: Keys, value: Any) -> Iterable[Part]:
        return map(port_part, parse_expose(scalar_text(value), self._service.veil.word))

    def _device(self, _: Keys, value: Any) -> Iterable[Part]:
        text = device_text(self._service, value)
        if text in self._gpu_devices:
            return (("gpus",),)
        own: Part = ("devices", text)
        return (own, ("unknown_device",)) if is_veiled(scalar_text(value)) else (own,)

    def _request(self, keys: Keys, value: Any) -> Iterable[Part]:
        gpus = is_gpu_request(self._service, value, always=keys[0] == "gpus")
        return (("gpus",),) if gpus else (("device_request",),)

    def _generic(self, _: Keys, value: Any) -> Iterable[Part]:
        return (("gpus",),) if is_generic_gpu(value) else (("device_request",),)

    def _runtime(self, _: Keys, value: Any) -> Iterable[Part] | Origin:
        if self._by_runtime:
            return (("gpus",),)
        if evidence_table().device_runtime(scalar_text(value), ()) is not None:
            return Origin(idle="gpus-by-number" if self._run.gpus else "no-devices")
        return (("runtime",),)

    def _space(self, keys: Keys, value: Any) -> Iterable[Part]:
        name = "network" if keys[0] == "network_mode" else keys[0]
        return ((f"host_{name}",),) if value == "host" else ((name,),)

    def _network(self, keys: Keys, _: Any) -> Iterable[Part]:
        others = {"aliases": "network_alias", "ipv4_address": "ip", "ipv6_address": "ip6"}
        return ((others.get(keys[-1], "networks"),),)

    def _health(self, keys: Keys, _: Any) -> Iterable[Part]:
        health = self._run.health
        if health is None or not health.command:
            off = keys[-1] == "disable" or (keys[-1] == "test" and health is not None)
            return (("no_healthcheck",),) if off else (("image_health",),)
        return (("health_start_interval",),) if keys[-1] == "start_interval" else (("health",),)

    def _security(self, _: Keys, value: Any) -> Iterable[Part]:
        name = self._plain(scalar_text(value)).replace(":", "=", 1).partition("=")[0]
        fields = {"no-new-privileges": "no_new_privileges", "seccomp": "seccomp"}
        return ((fields.get(name, "security_options"),),)

    def _hosts(self, keys: Keys, value: Any) -> Iterable[Part]:
        name = self._plain(keys[-1])
        addresses = [self._plain(address) for address in scalar_text(value).split(",")]
        return [("host_entries", f"{name}={address}") for address in addresses]


def _ways(keys: Keys) -> Iterable[Keys]:
    """The keys, then all that they are in, from the inside out."""
    return (keys[:end] for end in range(len(keys), 0, -1))


def _field(keys: Keys) -> str:
    return next((_PARTS[way] for way in _ways(keys) if way in _PARTS), keys[0])


_FINDERS: dict[Keys, Callable[[Provenance, Keys, Any], Iterable[Part] | Origin]] = {
    ("environment",): Provenance._variable,
    ("env_file",): Provenance._variables,
    ("volumes",): Provenance._mount,
    ("tmpfs",): Provenance._mount,
    ("secrets",): Provenance._file,
    ("configs",): Provenance._file,
    ("ports",): Provenance._published,
    ("expose",): Provenance._exposed,
    ("devices",): Provenance._device,
    ("gpus",): Provenance._request,
    ("deploy", "resources", "reservations", "devices"): Provenance._request,
    GENERIC: Provenance._generic,
    ("runtime",): Provenance._runtime,
    ("network_mode",): Provenance._space,
    ("pid",): Provenance._space,
    ("ipc",): Provenance._space,
    ("networks",): Provenance._network,
    ("healthcheck",): Provenance._health,
    ("security_opt",): Provenance._security,
    ("extra_hosts",): Provenance._hosts,
}
