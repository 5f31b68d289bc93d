"""Which parts of the run each field of an object sets, or why it sets none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any

from advisor.catalogs import load_catalog
from advisor.facts.record import Record
from advisor.jobs.ledger import Origin, Part
from advisor.jobs.run import Run
from advisor.objects.roles import Path, WrittenTemplate
from advisor.readers.manifest.container import CDI, is_shared_memory, vendor_of
from advisor.readers.manifest.run import RESTARTS, main_container
from advisor.readers.manifest.runtimes import MODEL_PATH
from advisor.readers.manifest.shape import Body, entries, mapping, scalar, text, texts
from advisor.readers.manifest.words import ray_words
from advisor.readers.manifest.workflows import is_workflow

Keys = tuple[str, ...]


class FieldNames(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of fields that no run has; the table's head says what each key means."""

    sources: dict[str, str]
    others: dict[str, tuple[str, ...]]
    usual: dict[str, tuple[str | bool, ...]]
    on: frozenset[str]


@cache
def _known_fields() -> FieldNames:
    return load_catalog("manifest_fields", FieldNames)


@cache
def _others() -> dict[str, str]:
    return {name: part for part, names in _known_fields().others.items() for name in names}


_OF_POD: dict[Keys, str] = {
    ("restartPolicy",): "restart",
    ("hostname",): "hostname",
    ("terminationGracePeriodSeconds",): "grace_seconds",
    ("imagePullSecrets",): "pull_secrets",
    ("dnsConfig", "nameservers"): "name_servers",
    ("dnsConfig", "searches"): "search_domains",
    ("nodeSelector",): "node_selector",
    ("hostNetwork",): "host_network",
    ("hostPID",): "host_pid",
    ("hostIPC",): "host_ipc",
    ("securityContext", "runAsUser"): "user",
    ("securityContext", "runAsGroup"): "user",
    ("securityContext", "runAsNonRoot"): "run_as_non_root",
    ("securityContext", "fsGroup"): "fs_group",
    ("securityContext", "supplementalGroups"): "groups",
    ("securityContext", "seccompProfile"): "seccomp",
    ("securityContext", "sysctls"): "sysctls",
    ("securityContext",): "security_options",
}
_OF_CONTAINER: dict[Keys, str] = {
    ("image",): "image",
    ("imagePullPolicy",): "pull",
    ("command",): "entrypoint",
    ("args",): "arguments",
    ("source",): "entrypoint",
    ("script",): "entrypoint",
    ("computeResources", "limits", "cpu"): "cpu_limit",
    ("computeResources", "limits", "memory"): "memory_limit",
    ("computeResources", "requests", "cpu"): "cpu_request",
    ("computeResources", "requests", "memory"): "memory_request",
    ("workingDir",): "working_directory",
    ("stdin",): "interactive",
    ("tty",): "terminal",
    ("resources", "limits", "cpu"): "cpu_limit",
    ("resources", "limits", "memory"): "memory_limit",
    ("resources", "limits", "ephemeral-storage"): "layer_size",
    ("resources", "requests", "cpu"): "cpu_request",
    ("resources", "requests", "memory"): "memory_request",
    ("securityContext", "privileged"): "privileged",
    ("securityContext", "capabilities", "add"): "capabilities_added",
    ("securityContext", "capabilities", "drop"): "capabilities_dropped",
    ("securityContext", "readOnlyRootFilesystem"): "read_only_root",
    **{keys: part for keys, part in _OF_POD.items() if keys[0] == "securityContext"},
}
_OF_OBJECT: dict[Keys, str] = {
    ("metadata", "name"): "name",
    ("metadata", "namespace"): "project",
    ("backoffLimit",): "backoff_limit",
    ("runPolicy", "backoffLimit"): "backoff_limit",
    ("completions",): "completions",
    ("parallelism",): "parallelism",
    ("replicas",): "replicas",
}
_OF_JOB: dict[Keys, str] = {("completionMode",): "completion_mode"}
_TOLD_APART = frozenset(
    {"groups", "capabilities_added", "capabilities_dropped", "name_servers", "search_domains"}
)
_OPTIONS: dict[Keys, str] = {
    ("slotsPerWorker",): "slots-per-worker",
    ("ttlSecondsAfterFinished",): "auto-deletion-time-after-completion",
    ("runPolicy", "ttlSecondsAfterFinished"): "auto-deletion-time-after-completion",
    ("sshAuthMountPath",): "ssh-auth-mount-path",
    ("minReplicas",): "min-replicas",
    ("maxReplicas",): "max-replicas",
    ("elasticPolicy", "minReplicas"): "min-replicas",
    ("elasticPolicy", "maxReplicas"): "max-replicas",
}
_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})
_SHARES = frozenset({"gpu-fraction", "gpu-memory"})
_OF_RAY = (("entrypoint",), ("serveConfigV2",))
_WORKER = "worker"


class Provenance:
    """The fields of one object against the run that was made of one of its templates."""

    def __init__(
        self, document: Body, template: WrittenTemplate, others: Collection[Path], run: Run
    ) -> None:
        self._document = document
        self._role = template.role
        self._parts = template.parts
        self._beside_others = {path[:-1] for path in others} - {template.path[:-1]}
        self._run = run
        self._in_workflow = is_workflow(document)
        self._by_runtime = any(ask.how == "runtime" for ask in run.gpus)
        self._pod = mapping(template.spec)
        self._starts_ray = bool(ray_words(document, template))
        self._template_path = template.path
        made_up = not template.path and document.get("kind") != "Pod"
        self._pod_path: Path | None = None if made_up else (*template.path, "spec")
        self._container = main_container(self._pod, template.metadata)
        containers = entries(self._pod, "containers")
        self._number = next(
            (number for number, container in enumerate(containers) if container is self._container),
            0,
        )
        self._mounts = _mounts(self._pod, self._container, run)

    def field(self, path: Path, value: Any) -> Origin:
        """What a field or one entry of a list sets of the run, or why it sets nothing."""
        if path in (("apiVersion",), ("kind",)):
            alone = self._option("no-master") if path == ("kind",) else ()
            return Origin(alone) if alone else Origin(idle="object-kind")
        if value in (None, "", [], {}):
            return Origin(idle="empty")
        if value is False and path[-1] not in _known_fields().on:
            return Origin(idle="off")
        if value in _known_fields().usual.get(str(path[-1]), ()):
            return Origin(idle="usual")
        if inside := self._put_together(path):
            origin = self._of_pod(inside, value)
        elif self._pod_path is not None and path[:-1][: len(self._pod_path)] == self._pod_path:
            origin = self._of_pod(path[len(self._pod_path) :], value)
        elif self._template_path and path[: len(self._template_path)] == self._template_path:
            origin = self._of_metadata(path[len(self._template_path) + 1 :], value)
        else:
            origin = self._of_object(path, value)
        if isinstance(origin, Origin):
            return origin
        parts = tuple(dict.fromkeys(origin))
        return Origin(parts or (_other(path),))

    def _put_together(self, path: Path) -> Path:
        """The path in the pod spec of a field that is written elsewhere; empty for others."""
        for written, inside in self._parts.items():
            if path[: len(written)] == written:
                return (*inside, *path[len(written) :])
        return ()

    def _of_pod(self, path: Path, value: Any) -> Iterable[Part] | Origin:
        keys = _keys(path)
        if keys in _OPTIONS:
            return self._option(_OPTIONS[keys])
        if keys[0] == "containers" and path[1] == self._number:
            return self._of_container(path[2:], value)
        if keys[0] in _CONTAINERS and isinstance(path[1], int):
            return (_of_another(keys[0], mapping(self._pod[keys[0]][path[1]])),)
        if keys[0] == "volumes" and isinstance(value, dict):
            return self._volume(text(value, "name"))
        if keys[0] == "tolerations" and isinstance(value, dict):
            return (("tolerations", text(value, "key")),)
        if keys[0] == "hostAliases" and isinstance(value, dict):
            address = text(value, "ip")
            return [("host_entries", f"{name}={address}") for name in texts(value, "hostnames")]
        if keys == ("nodeSelector", "kubernetes.io/arch"):
            return (("node_selector",), ("platform",))
        if keys == ("os", "name") and value == "linux":
            return Origin(idle="usual")
        if keys == ("runtimeClassName",) and self._by_runtime:
            return (("gpus",), ("runtime_class_name",))
        if keys[:2] == ("dnsConfig", "options"):
            return [("resolver_options", option) for option in self._run.resolver_options]
        if keys[:2] == ("securityContext", "sysctls"):
            return [("sysctls", name) for name in self._run.security.sysctls]
        return _named(_OF_POD, keys, value)

    def _of_container(self, path: Path, value: Any) -> Iterable[Part] | Origin:
        keys = _keys(path)
        if not keys:
            return ()
        if keys == ("name",):
            return Origin(idle="container-name")
        if keys == ("securityContext", "allowPrivilegeEscalation"):
            return (("allow_privilege_escalation",) if value else ("no_new_privileges",),)
        if keys[0] == "livenessProbe":
            return (("health",),) if self._run.health is not None else (("liveness_probe",),)
        if keys == ("storageUri",) and scalar(value).startswith("pvc://"):
            return (("mounts", MODEL_PATH),)
        if keys[0] == "resources" and len(keys) == 3 and keys not in _OF_CONTAINER:
            return self._resource(keys[-1])
        finder = _ENTRIES.get(keys[0])
        if finder is not None and isinstance(value, dict):
            return finder(self, value)
        return _named(_OF_CONTAINER, keys, value)

    def _resource(self, name: str) -> Iterable[Part]:
        if vendor_of(name):
            return (("gpus",),)
        return (("extended", name),) if name in self._run.extended else ()

    def _variable(self, entry: Body) -> Iterable[Part]:
        name = text(entry, "name")
        gives = self._by_runtime and name.endswith("_VISIBLE_DEVICES")
        return (("environment", name), *((("gpus",),) if gives else ()))

    def _source(self, entry: Body) -> Iterable[Part]:
        kinds = (("configMapRef", "config"), ("secretRef", "secret"))
        return [
            ("environment_sources", f"{kind}:{text(mapping(entry, key), 'name')}")
            for key, kind in kinds
            if key in entry
        ]

    def _port(self, entry: Body) -> Iterable[Part]:
        protocol = (text(entry, "protocol") or "TCP").lower()
        return (("ports", f"{text(entry, 'containerPort')}/{protocol}"),)

    def _volume_mount(self, entry: Body) -> Iterable[Part]:
        name, at = text(entry, "name"), text(entry, "mountPath")
        if name not in self._mounts:
            return (("volume_claim_templates",),)
        return [part for path, part in self._mounts[name] if path == at]

    def _volume(self, name: str) -> Iterable[Part] | Origin:
        if name in self._mounts:
            return [part for _, part in self._mounts[name]]
        others = [
            _of_another(key, container)
            for key in ("initContainers", "containers")
            for container in entries(self._pod, key)
            for mount in entries(container, "volumeMounts")
            if text(mount, "name") == name
        ]
        return others[:1] or Origin(idle="unused")

    def _of_metadata(self, path: Path, value: Any) -> Iterable[Part] | Origin:
        """The parts that a field of metadata sets; labels and annotations are those of the pods."""
        keys = _keys(path)
        if keys[:1] == ("labels",) and len(keys) == 2:
            project = keys[1] == "project" and self._run.project == scalar(value)
            return (("labels", keys[1]), *((("project",),) if project else ()))
        if keys[:1] == ("annotations",) and len(keys) == 2:
            if keys[1].startswith(CDI):
                return (("gpus",),) if self._run.gpus else (("annotations", keys[1]),)
            share = keys[1] in _SHARES and any(ask.how == "annotation" for ask in self._run.gpus)
            return (("annotations", keys[1]), *((("gpus",),) if share else ()))
        return Origin(idle="settled")

    def _of_object(self, path: Path, value: Any) -> Iterable[Part] | Origin:
        keys = _keys(path)
        if keys == ("metadata", "generateName"):
            return ("name",), ("metadata_generate_name",)
        if keys[0] == "metadata" and keys not in _OF_OBJECT:
            return self._of_metadata(path[1:], value)
        below = keys[1:] if keys[0] == "spec" else keys
        below = below[2:] if below[:2] == ("jobTemplate", "spec") else below
        if below in _OPTIONS:
            return self._option(_OPTIONS[below])
        if self._in_workflow and keys[0] == "spec" and not {keys[-1]} & _others().keys():
            return (("workflow",),)
        if "selector" in keys or keys[:3] == ("spec", "jobTemplate", "metadata"):
            return Origin(idle="settled")
        if below[:1] == ("volumeClaimTemplates",):
            number = next(step for step in path if isinstance(step, int))
            claims = entries(mapping(self._document, "spec"), "volumeClaimTemplates")
            return self._volume(text(mapping(claims[number], "metadata"), "name"))
        beside = path[:-1] == self._template_path[:-1]
        if keys == ("spec", "trainer", "numNodes"):
            return (("workers",),) if self._run.workers is not None else (("replicas",),)
        if keys[:2] == ("spec", "runtimeRef"):
            return () if self._run.image.literal else (("image",),)
        if keys[:2] == ("spec", "replicatedJobs") and path[:3] == self._template_path[:3]:
            if keys[2:] in (("name",), ("replicas",)):
                return (("name" if keys[-1] == "name" else "parallelism",),)
            if beside:
                return _named({**_OF_OBJECT, **_OF_JOB}, keys[-1:], value)
        if keys[-1] == "restartPolicy" and value in RESTARTS:
            return (("restart",),) if beside else Origin(idle="other-role")
        if self._run.distributed in ("", "ray") and self._is_beside_another(path):
            return Origin(idle="other-role")
        if self._starts_ray and ("rayStartParams" in keys or below in _OF_RAY):
            return (("entrypoint",),)
        if beside and keys[-1] == "name" and value == self._role:
            return (("name",),)
        if keys[-1] == "replicas" and (self._run.distributed or len(below) > 1):
            return self._replicas(keys)
        return _named(_OF_OBJECT, keys if keys[0] == "metadata" else below, value)

    def _is_beside_another(self, path: Path) -> bool:
        """Whether a field is of another role: it stands beside that one's template."""
        return any(path[: len(holder)] == holder for holder in self._beside_others)

    def _option(self, flag: str) -> tuple[Part, ...]:
        """The run's option for a flag that only runai has; empty when it is not set."""
        names = [name for name, _ in self._run.options]
        return (("options", str(names.index(flag))),) if flag in names else ()

    def _replicas(self, keys: Keys) -> Iterable[Part]:
        if "workerGroupSpecs" in keys:
            return (("worker_group_specs_replicas",),)
        counted = self._run.workers is not None and _WORKER in keys[-2].lower()
        return (("workers",),) if counted else (("replicas",),)


_ENTRIES: dict[str, Callable[[Provenance, Body], Iterable[Part]]] = {
    "env": Provenance._variable,
    "envFrom": Provenance._source,
    "ports": Provenance._port,
    "volumeMounts": Provenance._volume_mount,
}


def _keys(path: Path) -> Keys:
    return tuple(step for step in path if isinstance(step, str))


def _named(table: dict[Keys, str], keys: Keys, value: Any) -> Iterable[Part]:
    """By the longest way that the table has; nothing where it has none."""
    for end in range(len(keys), 0, -1):
        field = table.get(keys[:end])
        if field is not None:
            return ((field, scalar(value)) if field in _TOLD_APART else (field,),)
    return ()


def _of_another(key: str, container: Body) -> Part:
    """What is of another container than the main one; a sidecar may be written as one of init."""
    ends = key == "initContainers" and text(container, "restartPolicy") != "Always"
    return "init_container" if ends else "other_container", text(container, "name")


def _other(path: Path) -> Part:
    """A field that no run has."""
    known = (_others()[key] for key in reversed(_keys(path)) if key in _others())
    return (next(known, "unknown_field"),)


def _mounts(pod: Body, container: Body, run: Run) -> dict[str, list[tuple[str, Part]]]:
    """By the volume's name: where the container has it, and what of the run that is."""
    made = {value.text: number for number, (_, value) in enumerate(run.options)}
    volumes = {text(volume, "name"): volume for volume in entries(pod, "volumes")}
    by_volume: dict[str, list[tuple[str, Part]]] = {}
    for mount in entries(container, "volumeMounts"):
        name, at = text(mount, "name"), text(mount, "mountPath")
        claims = [n for text, n in made.items() if text.startswith(f"claimname={name},")]
        if claims:
            by_volume.setdefault(name, []).append((at, ("options", str(claims[0]))))
        elif name in volumes:
            shared = is_shared_memory(mount, volumes[name])
            part: Part = ("shared_memory",) if shared else ("mounts", at)
            by_volume.setdefault(name, []).append((at, part))
    return by_volume
