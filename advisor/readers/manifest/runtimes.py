"""Runtimes: objects that hold the container which a TrainJob or an InferenceService leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from advisor.objects.roles import WrittenTemplate
from advisor.readers.manifest.shape import Body, entries, mapping, number, text

Runtimes = Mapping[str, Body]
"""The pod spec of each runtime, its main container first, by the runtime's name."""

_SERVER = "kserve-container"
_NAME = "{{.Name}}"
_CLAIM = "pvc://"
_MODEL = "kserve-pvc-source"
MODEL_PATH = "/mnt/models"
"""Where KServe puts the model that `storageUri` names."""


def runtime_pods(documents: Iterable[Body]) -> dict[str, Body]:
    """The pods of the runtimes among these objects: those that train, or that serve."""
    found: dict[str, Body] = {}
    for document in documents:
        kind, spec = text(document, "kind"), mapping(document, "spec")
        pod: Body = {}
        if kind.endswith("TrainingRuntime"):
            jobs = entries(mapping(spec, "template", "spec"), "replicatedJobs")
            trains = [job for job in jobs if text(job, "name") in _TRAINS] or jobs
            pods = (mapping(job, "template", "spec", "template", "spec") for job in trains)
            pod = next((pod for pod in pods if entries(pod, "containers")), {})
        elif kind.endswith("ServingRuntime"):
            containers = entries(spec, "containers")
            containers.sort(key=lambda container: text(container, "name") != _SERVER)
            pod = {**{key: spec[key] for key in _OF_PODS if key in spec}, "containers": containers}
        if entries(pod, "containers"):
            found[text(mapping(document, "metadata"), "name")] = pod
    return found


def serving_runtimes(documents: Iterable[Body]) -> set[str]:
    """The names of the runtimes that models among these objects are served by."""
    services = (document for document in documents if text(document, "kind") == "InferenceService")
    models = (mapping(service, "spec", "predictor", "model") for service in services)
    return {text(model, "runtime") for model in models if text(model, "runtime")}


def served_template(
    document: Body, template: WrittenTemplate, runtimes: Runtimes
) -> WrittenTemplate:
    """The template of a model or a TrainJob as its operator completes it: what its runtime says of
    the pod is below what it says itself (arguments of a model and variables are added), and a claim
    that holds the model is mounted."""
    (model, *others) = entries(mapping(template.spec), "containers") or [{}]
    kind = text(document, "kind")
    if kind not in ("InferenceService", "TrainJob") or not template.parts:
        return template
    runtime = text(model, "runtime") or text(mapping(document, "spec", "runtimeRef"), "name")
    name = text(mapping(document, "metadata"), "name")
    completed: Body = _named(runtimes.get(runtime, {}), name)
    (filled, *_) = entries(completed, "containers") or [{}]
    if kind == "TrainJob":
        model = {key: value for key, value in model.items() if value is not None}
    added: dict[str, list[Any]] = {
        key: [*_list(filled, key), *_list(model, key)]
        for key in ("args", "env", "volumeMounts")
        if key != "args" or kind != "TrainJob"
    }
    volumes = [*_list(completed, "volumes"), *_list(template.spec, "volumes")]
    claim, _, below = text(model, "storageUri").removeprefix(_CLAIM).partition("/")
    if text(model, "storageUri").startswith(_CLAIM) and claim:
        source = {"claimName": claim, "readOnly": True}
        volumes = [*volumes, {"name": _MODEL, "persistentVolumeClaim": source}]
        mount = {"name": _MODEL, "mountPath": MODEL_PATH, "readOnly": True}
        added["volumeMounts"].append({**mount, "subPath": below} if below else mount)
    container = {**filled, **model, **{key: value for key, value in added.items() if value}}
    spec = {**completed, **template.spec, "containers": [container, *others]}
    return replace(template, spec={**spec, "volumes": volumes} if volumes else spec)


def _list(body: Body, key: str) -> list[Any]:
    """A list, empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, list) else []


def _named(value: Any, name: str) -> Any:
    """The value with the name of the service where its runtime has it put in."""
    if isinstance(value, str):
        return value.replace(_NAME, name)
    if isinstance(value, list):
        return [_named(entry, name) for entry in value]
    if isinstance(value, dict):
        return {key: _named(entry, name) for key, entry in value.items()}
    return value


def trained_by(document: Body) -> str:
    """The framework of a TrainJob on several nodes, by its runtime's name; empty for others."""
    spec = mapping(document, "spec")
    if (
        text(document, "kind") != "TrainJob"
        or (number(mapping(spec, "trainer"), "numNodes") or 1) < 2
    ):
        return ""
    runtime = text(mapping(spec, "runtimeRef"), "name").lower()
    named = ((word, framework) for word, framework in _RUNTIMES.items() if word in runtime)
    return next(named, ("", "pytorch"))[1]


_OF_PODS = ("volumes", "nodeSelector", "affinity", "tolerations", "imagePullSecrets", "hostIPC")
"""What a runtime that serves says of its pods, beside their containers."""
_TRAINS = frozenset({"node", "trainer", "trainer-node"})
_RUNTIMES = {"mpi": "mpi", "deepspeed": "mpi", "mlx": "mpi", "jax": "jax", "xgboost": "xgboost"}
"""What the names of runtimes say; those for PyTorch are the most."""
