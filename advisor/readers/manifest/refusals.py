"""What an API server would refuse of an object, told before it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.facts.quantity import parse_quantity
from advisor.objects.roles import WrittenTemplate
from advisor.readers.manifest.container import meant_amount, refused_amounts
from advisor.readers.manifest.shape import (
    Body,
    entries,
    mapping,
    once_for_each_content,
    spelled,
    text,
)

Refusal = tuple[str, str]
"""A path within the part that was looked at, and what is wrong there."""

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_KEY_NAME = re.compile(r"[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?", re.ASCII)
_RESTARTS = {
    **dict.fromkeys(("Job", "CronJob"), ("OnFailure", "Never")),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), ("Always",)),
    "ReplicationController": ("Always",),
    "Pod": ("Always", "OnFailure", "Never"),
}
_NEEDS_RESTART = frozenset({"Job", "CronJob"})
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
_COUNTS = (
    *("replicas", "parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished"),
    *("minReadySeconds", "revisionHistoryLimit", "activeDeadlineSeconds"),
)


def refusals(document: Body, template: WrittenTemplate) -> tuple[str, ...]:
    """What a server would refuse of the object and one of its pod templates, as `PATH: reason`.

    What only a server knows (policies, quotas, classes, fields of other releases) is not looked
    for. Of kinds that are no part of Kubernetes only the pod templates are looked at.
    """
    kind, pod = text(document, "kind"), mapping(template.spec)
    reasons = [*_of_object(document, kind), *_of_amounts_in(document, kind)]
    if template.path or kind == "Pod":
        path = spelled((*template.path, "spec"))
        claims = entries(mapping(document, "spec"), "volumeClaimTemplates")
        made = [text(mapping(claim, "metadata"), "name") for claim in claims]
        own = [
            *_of_pod(pod, made),
            *_of_restart(kind, pod),
            *_of_labels(template.metadata, "metadata"),
        ]
        if kind == "Pod":
            own = [refusal for refusal in own if not refusal[0].startswith("metadata")]
        reasons += [
            (
                _where_written(template, where)
                or f"{path}.{where}".replace("spec.metadata", "metadata"),
                what,
            )
            for where, what in own
        ]
    return tuple(f"{where}: {what}" for where, what in reasons)


def _where_written(template: WrittenTemplate, where: str) -> str:
    """The path in the object of a field of a pod spec that was put together; empty for others."""
    for written, inside in sorted(template.parts.items(), key=lambda part: -len(part[1])):
        if (spelled_inside := spelled(inside)) and where.startswith(spelled_inside):
            return f"{spelled(written)}{where.removeprefix(spelled_inside)}"
    return ""


def object_refusals(document: Body) -> tuple[str, ...]:
    """Each as `PATH: what is wrong`, for an object that has no pod template."""
    reasons = _of_object(document, text(document, "kind"))
    return tuple(f"{where}: {what}" for where, what in reasons)


def _of_object(document: Body, kind: str) -> Iterator[Refusal]:
    metadata = mapping(document, "metadata")
    name = text(metadata, "name")
    if not name and not text(metadata, "generateName"):
        yield "metadata", "name or generateName is needed"
    if name and (not _SUBDOMAIN.fullmatch(name) or len(name) > 253):
        yield "metadata.name", f"'{name}' is no name: it has lower-case letters, digits, - and ."
    yield from _of_operator(document, kind)
    if served := _GONE.get(text(document, "apiVersion"), {}).get(kind):
        yield "apiVersion", f"no server of today has it for {kind}: {served} is what it is now"
    yield from _of_labels(metadata, "metadata")
    if kind in _SELECTING:
        wanted = mapping(document, "spec", "selector", "matchLabels")
        has = mapping(document, "spec", "template", "metadata", "labels")
        if not mapping(document, "spec", "selector"):
            yield "spec.selector", "it is needed"
        elif any(has.get(key) != value for key, value in wanted.items()):
            yield "spec.selector.matchLabels", "the template's labels do not match it"
    if kind == "CronJob" and not _is_schedule(text(mapping(document, "spec"), "schedule")):
        yield "spec.schedule", "it is no schedule, which is `0 3 * * *` or `@daily`"
    for path, key, allowed in _WORDS_OF_OBJECTS:
        stated = text(mapping(document, *path), key)
        if kind in _RESTARTS and stated and stated not in allowed:
            yield ".".join((*path, key)), f"{stated} is none: {', '.join(allowed)}"


def _of_operator(document: Body, kind: str) -> Iterator[Refusal]:
    """What the operator of a job of Kubeflow wants of each of its roles."""
    field, wanted = _CONTAINERS.get(kind, ("", ""))
    if text(document, "apiVersion") != "kubeflow.org/v1" or not field:
        return
    for role, body in mapping(document, "spec", field).items():
        containers = entries(mapping(body, "template", "spec"), "containers")
        if containers and wanted not in (text(container, "name") for container in containers):
            path = f"spec.{field}.{role}.template.spec.containers"
            yield path, f"its operator wants one that is named {wanted}"


_CONTAINERS = {
    "PyTorchJob": ("pytorchReplicaSpecs", "pytorch"),
    "TFJob": ("tfReplicaSpecs", "tensorflow"),
    "XGBoostJob": ("xgbReplicaSpecs", "xgboost"),
    "PaddleJob": ("paddleReplicaSpecs", "paddle"),
}
_OF_KUBEFLOW = ("TFJob", "PyTorchJob", "XGBoostJob", "MXJob", "PaddleJob")
_OF_APPS = ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")
_GONE = {
    **{
        version: dict.fromkeys(_OF_APPS, "apps/v1")
        for version in ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2")
    },
    **{version: {"CronJob": "batch/v1"} for version in ("batch/v1beta1", "batch/v2alpha1")},
    **{
        f"kubeflow.org/{version}": dict.fromkeys(_OF_KUBEFLOW, "kubeflow.org/v1")
        for version in ("v1alpha1", "v1alpha2", "v1beta1", "v1beta2")
    },
    "jobset.x-k8s.io/v1alpha1": {"JobSet": "jobset.x-k8s.io/v1alpha2"},
}
"""By version and kind that no release that is still served has, the version that has it."""


def _is_schedule(stated: str) -> bool:
    fields = stated.split()
    if stated.startswith("@"):
        return len(fields) in (1, 2)
    return len(fields) == len(_HIGHEST) and all(
        int(number) <= most
        for field, most in zip(fields, _HIGHEST, strict=True)
        for number in re.findall(r"\d+", field.partition("/")[0])
    )


_HIGHEST = (59, 23, 31, 12, 7)
_WORDS_OF_OBJECTS = (
    (("spec",), "completionMode", ("NonIndexed", "Indexed")),
    (("spec",), "concurrencyPolicy", ("Allow", "Forbid", "Replace")),
    (("spec",), "podManagementPolicy", ("OrderedReady", "Parallel")),
    (("spec", "jobTemplate", "spec"), "completionMode", ("NonIndexed", "Indexed")),
    (("spec", "strategy"), "type", ("Recreate", "RollingUpdate")),
)


def _of_labels(metadata: Body, path: str) -> Iterator[Refusal]:
    for field in ("labels", "annotations"):
        for key, value in mapping(metadata, field).items():
            where = f'{path}.{field}["{key}"]'
            if value is not None and not isinstance(value, str):
                yield where, "the value is not text: put it in quotes"
            elif field == "labels" and value and not _LABEL_VALUE.fullmatch(value):
                yield where, "the value is no label: at most 63 letters, digits, -, _ and ."
            prefix, slash, name = key.rpartition("/")
            if not _KEY_NAME.fullmatch(name) or (
                slash and not _SUBDOMAIN.fullmatch(prefix.lower())
            ):
                yield where, "the key is none that Kubernetes takes"


def _of_amounts_in(document: Body, kind: str) -> Iterator[Refusal]:
    """Counts of the object itself."""
    if kind not in _RESTARTS:
        return
    spec = mapping(document, "spec")
    places = [("spec", spec)]
    if kind == "CronJob":
        places.append(("spec.jobTemplate.spec", mapping(spec, "jobTemplate", "spec")))
    for path, body in places:
        for key in _COUNTS:
            value = body.get(key)
            if value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool):
                yield f"{path}.{key}", f"{value!r} is no whole number"
            elif value < 0 or (key == "activeDeadlineSeconds" and value == 0):
                yield f"{path}.{key}", f"{value} is too small"


def _of_restart(kind: str, pod: Body) -> Iterator[Refusal]:
    stated, allowed = text(pod, "restartPolicy"), _RESTARTS.get(kind, ())
    if stated and allowed and stated not in allowed:
        yield "restartPolicy", f"{stated} is not one that a {kind} takes: {' or '.join(allowed)}"
    if not stated and kind in _NEEDS_RESTART:
        yield "restartPolicy", f"it is needed in a {kind}: {' or '.join(allowed)}"


def _of_pod(pod: Body, claims: Iterable[str]) -> list[Refusal]:
    """`claims` are names of volumes that the object itself makes for each pod."""
    containers = [
        (f"{key}[{number}]", container)
        for key in ("initContainers", "containers")
        for number, container in enumerate(entries(pod, key))
    ]
    volumes = entries(pod, "volumes")
    refused = list(_of_volumes(volumes))
    if not entries(pod, "containers"):
        refused.append(("containers", "at least one is needed"))
    refused += _repeated([(where, text(container, "name")) for where, container in containers])
    names = {text(volume, "name") for volume in volumes} | set(claims)
    for where, container in containers:
        refused += [(f"{where}{below}", what) for below, what in _of_container(container)]
        refused += [(f"{where}{below}", what) for below, what in _of_mounts(container, names)]
    return refused + list(_of_scheduling(pod))


def _repeated(named: Iterable[tuple[str, str]]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for where, name in named:
        if name in seen:
            yield f"{where}.name", f"there are two of the name '{name}'"
        elif not _LABEL.fullmatch(name):
            yield f"{where}.name", f"'{name}' is no name: it has lower-case letters, digits and -"
        seen.add(name)


@once_for_each_content
def _of_container(container: Body) -> list[Refusal]:
    refused = list(refused_amounts(mapping(container, "resources")))
    image = text(container, "image")
    if not image or image != image.strip():
        refused.append(
            (".image", "it is needed" if not image.strip() else "it has blanks around it")
        )
    refused += [(f".{where}", what) for where, what in _of_words(container, _WORDS_OF_CONTAINERS)]
    for key in ("command", "args"):
        words = container.get(key) or []
        if not isinstance(words, list):
            refused.append((f".{key}", "it is no list"))
            continue
        for number, word in enumerate(words):
            if not isinstance(word, str):
                refused.append((f".{key}[{number}]", "it is not text: put it in quotes"))
    for number, variable in enumerate(entries(container, "env")):
        refused += [(f".env[{number}]{below}", what) for below, what in _of_variable(variable)]
    for number, entry in enumerate(entries(container, "ports")):
        port = entry.get("containerPort")
        if not isinstance(port, int) or not 0 < port < 2**16:
            refused.append((f".ports[{number}].containerPort", f"{port} is no port"))
    security = mapping(container, "securityContext")
    if security.get("privileged") is True and security.get("allowPrivilegeEscalation") is False:
        what = "a privileged container cannot refuse privilege escalation"
        refused.append((".securityContext.allowPrivilegeEscalation", what))
    return refused


def _of_variable(variable: Body) -> Iterator[Refusal]:
    name, value = variable.get("name"), variable.get("value")
    if not isinstance(name, str) or not name or "=" in name:
        yield ".name", f"{name!r} is no name of a variable"
    if value is not None and not isinstance(value, str):
        yield ".value", "it is not text: put it in quotes"
    if value and variable.get("valueFrom"):
        yield ".valueFrom", "a variable has either value or valueFrom"


def _of_mounts(container: Body, volumes: set[str]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for number, mount in enumerate(entries(container, "volumeMounts")):
        where = f".volumeMounts[{number}]"
        target, below = text(mount, "mountPath"), text(mount, "subPath")
        if text(mount, "name") not in volumes:
            yield f"{where}.name", f"the pod has no volume '{text(mount, 'name')}'"
        if not target:
            yield f"{where}.mountPath", "it is needed"
        elif target in seen:
            yield f"{where}.mountPath", f"there are two mounts at {target}"
        seen.add(target)
        if below.startswith("/") or ".." in below.split("/"):
            yield f"{where}.subPath", f"'{below}' is not below the volume"


def _of_volumes(volumes: list[Body]) -> Iterator[Refusal]:
    yield from _repeated(
        [(f"volumes[{n}]", text(volume, "name")) for n, volume in enumerate(volumes)]
    )
    for number, volume in enumerate(volumes):
        where = f"volumes[{number}]"
        kinds = [key for key, body in volume.items() if key != "name" and body is not None]
        if len(kinds) > 1:
            yield where, f"a volume is of one kind, and this has {' and '.join(kinds)}"
        size = mapping(volume, "emptyDir").get("sizeLimit")
        if size is not None:
            try:
                parse_quantity(size)
            except ValueError:
                yield (
                    f"{where}.emptyDir.sizeLimit",
                    f"{size} is no quantity{meant_amount(str(size))}",
                )
        for kind, key in _NEEDED:
            body = volume.get(kind)
            if isinstance(body, dict) and not text(body, key):
                yield f"{where}.{kind}.{key}", "it is needed"
        path = text(mapping(volume, "nfs"), "path")
        if path and not path.startswith("/"):
            yield f"{where}.nfs.path", f"'{path}' does not begin with /"
        yield from (
            (f"{where}.hostPath.{below}", what)
            for below, what in _of_words(mapping(volume, "hostPath"), _HOST_PATHS)
        )
        if ".." in text(mapping(volume, "hostPath"), "path").split("/"):
            yield f"{where}.hostPath.path", "it has .. in it"


_NEEDED = (
    ("hostPath", "path"),
    ("persistentVolumeClaim", "claimName"),
    ("nfs", "server"),
    ("nfs", "path"),
    ("secret", "secretName"),
    ("configMap", "name"),
    ("csi", "driver"),
)


def _of_scheduling(pod: Body) -> Iterator[Refusal]:
    for key, value in mapping(pod, "nodeSelector").items():
        if value is not None and not isinstance(value, str):
            yield f'nodeSelector["{key}"]', "the value is not text: put it in quotes"
        elif value and not _LABEL_VALUE.fullmatch(value):
            yield f'nodeSelector["{key}"]', "the value is no label's"
    for number, toleration in enumerate(entries(pod, "tolerations")):
        operator = text(toleration, "operator") or "Equal"
        if operator not in ("Exists", "Equal", "Lt", "Gt"):
            yield f"tolerations[{number}].operator", f"{operator} is none: Exists or Equal"
        elif operator == "Exists" and text(toleration, "value"):
            yield f"tolerations[{number}].value", "Exists takes no value"
        elif not text(toleration, "key") and operator != "Exists":
            yield f"tolerations[{number}].operator", "without a key it must be Exists"
        yield from (
            (f"tolerations[{number}].{where}", what)
            for where, what in _of_words(toleration, _EFFECTS)
        )
    yield from _of_words(pod, _WORDS_OF_PODS)
    if (hostname := text(pod, "hostname")) and not _LABEL.fullmatch(hostname):
        yield "hostname", f"'{hostname}' is no name: it has lower-case letters, digits and -"
    deadline = pod.get("activeDeadlineSeconds")
    if isinstance(deadline, int) and deadline < 1:
        yield "activeDeadlineSeconds", f"{deadline} is too small"
    user = mapping(pod, "securityContext").get("runAsUser")
    if isinstance(user, int) and user < 0:
        yield "securityContext.runAsUser", f"{user} is below zero"


def _of_words(body: Body, table: Words) -> Iterator[Refusal]:
    """Fields that take one of a few words."""
    for key, allowed in table.items():
        stated = text(body, key)
        if stated and stated not in allowed:
            yield key, f"{stated} is none: {', '.join(allowed)}"


Words = dict[str, tuple[str, ...]]
_WORDS_OF_CONTAINERS: Words = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
}
_WORDS_OF_PODS: Words = {
    "dnsPolicy": ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
    "preemptionPolicy": ("Never", "PreemptLowerPriority"),
}
_EFFECTS: Words = {"effect": ("NoSchedule", "PreferNoSchedule", "NoExecute")}
_HOST_PATHS: Words = {
    "type": (
        *("DirectoryOrCreate", "Directory", "FileOrCreate", "File"),
        *("Socket", "CharDevice", "BlockDevice"),
    )
}
