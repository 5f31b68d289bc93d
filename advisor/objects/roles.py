"""The pod templates in an object that makes pods, with where each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from advisor.objects.base import inner, size
from advisor.objects.owners import Kind, Place
from advisor.objects.runai import runai_share, runai_template

Path = tuple[str | int, ...]

_Spec = dict[str, Any]


class WrittenTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A pod template. `path` leads to it in its object; it is empty for one that was made up from
    a spec without a template. `spec` is its pod spec, `metadata` what its pods get; `claims` are
    made for each of its pods (`volumeClaimTemplates`). `parts` says, for a pod spec that was put
    together, where each part of it is written: by that path, the path in the pod spec."""

    role: str
    spec: Any
    metadata: dict[str, Any] = {}
    replicas: int | None = None
    path: Path = ()
    claims: Any = None
    parts: dict[Path, Path] = {}


_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
    "runai": runai_template,
}


def written_templates(kind: Kind, document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """Every template of an object, in the order of the kind's places."""
    if kind.reader in _PUT_TOGETHER:
        yield from _PUT_TOGETHER[kind.reader](document)
    elif kind.reader:
        spec = _READERS[kind.reader](document["spec"])
        if spec is not None:
            yield WrittenTemplate(role="", spec=spec, metadata=runai_share(document["spec"]))
    for place in kind.places:
        root = dig(document, place.at) if place.at else document
        for role, holder, path in _holders(place, root):
            template = dig(holder, place.template)
            if isinstance(template, dict):
                metadata = template.get("metadata")
                yield WrittenTemplate(
                    role=role,
                    spec=template.get("spec") or {},
                    metadata=metadata if isinstance(metadata, dict) else {},
                    replicas=_replicas(place, holder),
                    path=(*_steps(place.at), *path, *_steps(place.template)),
                    claims=dig(holder, "volumeClaimTemplates"),
                )


_OF_PODS = (
    *("affinity", "automountServiceAccountToken", "hostAliases", "initContainers", "nodeSelector"),
    *("priorityClassName", "schedulerName", "securityContext", "serviceAccountName", "sidecars"),
    *("tolerations", "volumes", "hostNetwork", "imagePullSecrets", "dnsConfig", "dnsPolicy"),
)


def _steps_of_argo(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """The templates of a workflow that run something: what the workflow says of all pods counts
    for each, and its volumes are there too."""
    spec = document["spec"]
    at: Path = ("spec",)
    if isinstance(spec.get("workflowSpec"), dict):
        spec, at = spec["workflowSpec"], ("spec", "workflowSpec")
    steps = spec.get("templates")
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        key = next(
            (field for field in ("container", "script") if isinstance(dig(step, field), dict)), ""
        )
        if not key:
            continue
        path: Path = (*at, "templates", index)
        pod: dict[str, Any] = {"containers": [step[key]], "restartPolicy": "Never"}
        parts: dict[Path, Path] = {(*path, key): ("containers", 0)}
        for holder, where in ((spec, at), (step, path)):
            for name in _OF_PODS:
                if name not in holder:
                    continue
                both = name == "volumes" and isinstance(pod.get(name), list)
                if both and isinstance(holder[name], list):
                    for number, volume in enumerate(holder[name]):
                        parts[(*where, name, number)] = (name, len(pod[name]))
                        pod[name] = [*pod[name], volume]
                else:
                    pod[name] = holder[name]
                    parts[(*where, name)] = (name,)
        metadata = step.get("metadata")
        yield WrittenTemplate(
            role=str(step.get("name") or index),
            spec=pod,
            metadata=metadata if isinstance(metadata, dict) else {},
            path=path,
            parts=parts,
        )


_COMPONENTS = ("predictor", "transformer", "explainer")
_MODELS = (
    *("model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface"),
    *("pmml", "lightgbm", "paddle", "tensorrt", "custom", "alibi", "art"),
)


def _components_of_kserve(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """The components of an inference service, each a pod spec itself. One that names a model has
    its container there, and leaves the image to the cluster's runtime."""
    older = dig(document, "spec.default")
    at: Path = ("spec", "default") if isinstance(older, dict) else ("spec",)
    for role in _COMPONENTS:
        component = dig(document, ".".join((*map(str, at), role)))
        if not isinstance(component, dict):
            continue
        path: Path = (*at, role)
        inline = component.get("containers")
        parts: dict[Path, Path] = {(*path, key): (key,) for key in component}
        if inline is None:
            key = next((model for model in _MODELS if isinstance(component.get(model), dict)), "")
            alone = isinstance(dig(component, f"{key}.container"), dict)
            steps: Path = (key, "container") if alone else (key,)
            inline = [dig(component, ".".join(map(str, steps)))]
            parts.pop((*path, key), None)
            parts[(*path, *steps)] = ("containers", 0)
        yield WrittenTemplate(
            role="" if role == _COMPONENTS[0] else role,
            spec={**component, "containers": inline},
            metadata={key: inner(component, key) for key in ("labels", "annotations")},
            replicas=_number(component.get("minReplicas")),
            path=path,
            parts=parts,
        )


def _trainer(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """What a TrainJob adds to its runtime, to which it may leave even the image."""
    trainer = inner(document["spec"], "trainer")
    at: Path = ("spec", "trainer")
    container = {"name": "trainer", **trainer, "resources": trainer.get("resourcesPerNode")}
    yield WrittenTemplate(
        role="",
        spec={"containers": [container]},
        replicas=_number(trainer.get("numNodes")),
        path=at,
        parts={
            (*at, "resourcesPerNode"): ("containers", 0, "resources"),
            **{(*at, key): ("containers", 0, key) for key in _OF_TRAINER},
        },
    )


def _steps_of_tekton(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """The steps of a task, of its run, or of the tasks that are written in a pipeline: each is a
    container of one pod, and they run one after the other."""
    for at in _tasks(document):
        task = _at(document, at)
        steps = task.get("steps")
        for index, step in enumerate(steps if isinstance(steps, list) else ()):
            if not isinstance(step, dict):
                continue
            path: Path = (*at, "steps", index)
            amounts = step.get("computeResources", step.get("resources"))
            common = inner(task, "stepTemplate")
            container = {**common, **step, **({"resources": amounts} if amounts else {})}
            spec = {"containers": [container], "restartPolicy": "Never"}
            parts: dict[Path, Path] = {path: ("containers", 0)}
            if isinstance(task.get("volumes"), list):
                spec["volumes"] = task["volumes"]
                parts[(*at, "volumes")] = ("volumes",)
            named = [str(step) for step in at if isinstance(step, str) and step not in _KEPT_IN]
            names = [_name(_at(document, at[:-1])), str(step.get("name") or index)]
            yield WrittenTemplate(
                role=".".join(filter(None, [*named, *names])), spec=spec, path=path, parts=parts
            )


def _pods_of_spark(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """The driver and the executors of an application, or of one that a schedule makes."""
    scheduled = isinstance(dig(document, "spec.template"), dict)
    at: Path = ("spec", "template") if scheduled else ("spec",)
    spec = _at(document, at)
    for role in ("driver", "executor"):
        part = inner(spec, role)
        container = {
            "name": role,
            "image": part.get("image", spec.get("image")),
            "imagePullPolicy": spec.get("imagePullPolicy"),
            "env": part.get("env"),
            "volumeMounts": part.get("volumeMounts"),
            "resources": _spark_resources(part, _SPARK_OVERHEAD.get(str(spec.get("type")), 0.1)),
        }
        own = {name: part[name] for name in _OF_PODS if name in part}
        yield WrittenTemplate(
            role=role,
            spec={**own, "containers": [container], "volumes": spec.get("volumes")},
            metadata={key: inner(part, key) for key in ("labels", "annotations")},
            replicas=_number(part.get("instances")),
            path=(*at, role),
        )


_SPARK_OVERHEAD = {"Python": 0.4, "R": 0.4}
_SPARK_LEAST_OVERHEAD = 384 * 2**20
"""What Spark adds to the memory of a pod, by the language of its program: a share, and the least
(spark.kubernetes.memoryOverheadFactor)."""


def _spark_resources(part: _Spec, share: float) -> _Spec:
    """What a pod asks for. Memory is written as Java does: 4g is 4 GiB."""
    requests: _Spec = {"cpu": str(part.get("coreRequest", part.get("cores", 1)))}
    memory, more = (size(_of_java(part.get(key))) for key in ("memory", "memoryOverhead"))
    if memory is not None:
        least = max(_SPARK_LEAST_OVERHEAD, int(memory * share))
        requests["memory"] = str(memory + (least if more is None else more))
    gpu = inner(part, "gpu")
    limits = {str(gpu["name"]): str(gpu.get("quantity"))} if gpu.get("name") else {}
    return {"requests": {**requests, **limits}, "limits": limits}


def _of_java(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    number = text.strip().lower().removesuffix("b")
    return f"{number[:-1]}{number[-1].upper()}i" if number[-1:] in ("k", "m", "g", "t") else number


_KEPT_IN = frozenset({"spec", "tasks", "finally", "taskSpec", "pipelineSpec"})


def _name(holder: dict[str, Any]) -> str:
    name = holder.get("name")
    return name if isinstance(name, str) else ""


def _tasks(document: dict[str, Any]) -> Iterator[Path]:
    """Where specifications of tasks are."""
    spec = document["spec"]
    if "steps" in spec:
        yield ("spec",)
    if isinstance(spec.get("taskSpec"), dict):
        yield ("spec", "taskSpec")
    inside: Path = ("spec", "pipelineSpec") if "pipelineSpec" in spec else ("spec",)
    for key in ("tasks", "finally"):
        tasks = _at(document, inside).get(key)
        for index, task in enumerate(tasks if isinstance(tasks, list) else ()):
            if isinstance(task, dict) and isinstance(task.get("taskSpec"), dict):
                yield (*inside, key, index, "taskSpec")


def _at(value: Any, path: Path) -> dict[str, Any]:
    """The map at a path that is there."""
    for step in path:
        value = value[step] if isinstance(step, int) else value.get(step, {})
    return value if isinstance(value, dict) else {}


_OF_TRAINER = ("image", "command", "args", "env")
_PUT_TOGETHER: dict[str, Callable[[dict[str, Any]], Iterator[WrittenTemplate]]] = {
    "argo": _steps_of_argo,
    "kserve": _components_of_kserve,
    "spark": _pods_of_spark,
    "tekton": _steps_of_tekton,
    "trainjob": _trainer,
}


def _holders(place: Place, holders: Any) -> Iterator[tuple[str, dict[str, Any], Path]]:
    if place.each == "map" and isinstance(holders, dict):
        for role, entry in holders.items():
            if isinstance(entry, dict):
                yield str(role), entry, (str(role),)
    elif place.each == "list" and isinstance(holders, list):
        for index, entry in enumerate(holders):
            if entry:
                yield str(dig(entry, place.role) or ""), entry, (index,)
    elif place.each == "one" and isinstance(holders, dict):
        yield place.role, holders, ()


def _replicas(place: Place, holder: dict[str, Any]) -> int | None:
    count, times = _number(dig(holder, place.replicas)), _number(dig(holder, place.times))
    if place.leader and times is not None:
        leads = isinstance(dig(holder, place.leader), dict)
        return (1 if count is None else count) * max(times - leads, 0)
    return count if count is None or times is None else count * times


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _steps(path: str) -> Path:
    return tuple(path.split(".")) if path else ()


def dig(value: Any, path: str) -> Any:
    """What is at a dotted path, or None; an empty path leads nowhere."""
    if not path:
        return None
    for step in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
