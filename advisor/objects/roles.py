"""The pod templates in an object that makes pods, with where each is written."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from advisor.facts.quantity import whole_number
from advisor.objects.base import size
from advisor.objects.owners import Kind, Place

Path = tuple[str | int, ...]

_Spec = dict[str, Any]
_RUNAI_GPU = ("gpuDevices", "gpu")
_RUNAI_PORTION = ("gpu", "gpuPortion", "gpuPortionRequest")
_RUNAI_MEMORY = ("gpuMemory", "gpuMemoryRequest")
_NVIDIA = "nvidia.com/gpu"


def _runai_template(spec: _Spec) -> _Spec | None:
    """A Run:ai workload (run.ai/v2alpha1), each field of which is `{value: ...}` or `{items: ...}`.

    None for a template that other workloads are made from, and for one without an image. A
    fraction of a GPU is not a count of a resource, and is left out.
    """
    image = _value(spec, "image")
    if spec.get("usage") == "Template" or not isinstance(image, str):
        return None
    volumes, mounts = _runai_volumes(spec)
    stated = {name: _value(spec, name) for name in ("cpu", "memory")}
    amounts = {name: value for name, value in stated.items() if isinstance(value, str | int)}
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": _value(spec, "imagePullPolicy"),
        "command": _words(_value(spec, "command")),
        "args": _words(_value(spec, "arguments")),
        "workingDir": _value(spec, "workingDir"),
        "stdin": _value(spec, "stdin") is True,
        "tty": _value(spec, "tty") is True,
        "env": [
            {"name": name, "value": _value(_boxes(spec, "environment"), name)}
            for name in _boxes(spec, "environment")
        ],
        "resources": {"requests": (amounts | _runai_gpu(spec)), "limits": _runai_gpu(spec)},
        "volumeMounts": mounts,
    }
    return {
        "containers": [container],
        "volumes": volumes,
        "hostNetwork": _value(spec, "hostNetwork") is True,
        "hostIPC": _value(spec, "hostIpc") is True,
    }


def _runai_gpu(spec: _Spec) -> _Spec:
    for field in _RUNAI_GPU:
        count = str(_value(spec, field))
        if whole_number(count):
            return {_NVIDIA: count}
    return {}


def _runai_share(spec: _Spec) -> _Spec:
    """The annotation that Run:ai gives to pods which have a part of a GPU."""
    portion, memory = (
        next((str(one) for name in fields if (one := _value(spec, name)) is not None), "")
        for fields in (_RUNAI_PORTION, _RUNAI_MEMORY)
    )
    if _runai_gpu(spec):
        return {}
    if memory:
        return {"annotations": {"gpu-memory": str((size(memory) or 0) // 2**20)}}
    return {"annotations": {"gpu-fraction": portion}} if portion else {}


def _runai_volumes(spec: _Spec) -> tuple[list[_Spec], list[_Spec]]:
    volumes, mounts = [], []
    for name, claim in _items(spec, "pvcs").items():
        volumes.append(
            {"name": name, "persistentVolumeClaim": {"claimName": claim.get("claimName")}}
        )
        mounts.append(_mount(name, claim.get("path"), claim))
    for name, volume in _items(spec, "volumes").items():
        server, path = volume.get("nfsServer"), volume.get("path")
        source = (
            {"nfs": {"server": server, "path": path}} if server else {"hostPath": {"path": path}}
        )
        volumes.append({"name": name, **source})
        mounts.append(_mount(name, volume.get("mountPath"), volume))
    return volumes, mounts


def _mount(name: str, path: Any, stated: _Spec) -> _Spec:
    return {"name": name, "mountPath": path, "readOnly": stated.get("readOnly") is True}


def _map(spec: _Spec, key: str) -> _Spec:
    value = spec.get(key)
    return value if isinstance(value, dict) else {}


def _value(spec: _Spec, key: str) -> Any:
    return _map(spec, key).get("value")


def _words(stated: Any) -> list[str] | None:
    """Run:ai keeps a command as one text, split as a shell splits words."""
    if isinstance(stated, list):
        return [str(entry) for entry in stated]
    if not isinstance(stated, str) or not stated:
        return None
    try:
        return shlex.split(stated)
    except ValueError:
        return stated.split()


def _items(spec: _Spec, key: str) -> dict[str, _Spec]:
    """`{items: {name: {value: {...}}}}` as name to value, scalars as an empty map."""
    return {name: _map(box, "value") for name, box in _boxes(spec, key).items()}


def _boxes(spec: _Spec, key: str) -> dict[str, _Spec]:
    items = _map(_map(spec, key), "items")
    return {name: box for name, box in items.items() if isinstance(box, dict)}


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
    "runai": _runai_template,
}


def written_templates(kind: Kind, document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """Every template of an object, in the order of the kind's places."""
    if kind.reader in _PUT_TOGETHER:
        yield from _PUT_TOGETHER[kind.reader](document)
    elif kind.reader:
        spec = _READERS[kind.reader](document["spec"])
        if spec is not None:
            yield WrittenTemplate(role="", spec=spec, metadata=_runai_share(document["spec"]))
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
            metadata={key: _map(component, key) for key in ("labels", "annotations")},
            replicas=_number(component.get("minReplicas")),
            path=path,
            parts=parts,
        )


def _trainer(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """What a TrainJob adds to its runtime, to which it may leave even the image."""
    trainer = _map(document["spec"], "trainer")
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
            common = _map(task, "stepTemplate")
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
