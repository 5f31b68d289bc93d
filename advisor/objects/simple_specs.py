"""Kinds that state an image and amounts instead of a pod template: Run:ai's and TrainJob."""

from __future__ import annotations

import shlex
from typing import Any

from advisor.facts.quantity import whole_number

Spec = dict[str, Any]
_RUNAI_GPU = ("gpuDevices", "gpu")
_NVIDIA = "nvidia.com/gpu"


def trainjob_template(spec: Spec) -> Spec | None:
    """What a TrainJob adds to its runtime; None when it leaves even the image to the runtime."""
    trainer = _map(spec, "trainer")
    if not trainer.get("image"):
        return None
    container = {
        "name": "trainer",
        "image": trainer["image"],
        "command": trainer.get("command"),
        "args": trainer.get("args"),
        "env": trainer.get("env"),
        "resources": trainer.get("resourcesPerNode"),
    }
    return {"containers": [container]}


def runai_template(spec: Spec) -> Spec | None:
    """A Run:ai workload (run.ai/v2alpha1), each field of which is `{value: ...}` or `{items: ...}`.

    None for a template that other workloads are made from, and for one without an image. A
    fraction of a GPU is not a count of a resource, and is left out.
    """
    image = _value(spec, "image")
    if spec.get("usage") == "Template" or not isinstance(image, str):
        return None
    volumes, mounts = _runai_volumes(spec)
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
        "resources": {"requests": _runai_requests(spec), "limits": _runai_gpu(spec)},
        "volumeMounts": mounts,
    }
    return {
        "containers": [container],
        "volumes": volumes,
        "hostNetwork": _value(spec, "hostNetwork") is True,
        "hostIPC": _value(spec, "hostIpc") is True,
    }


def _runai_requests(spec: Spec) -> Spec:
    stated = {name: _value(spec, name) for name in ("cpu", "memory")}
    amounts = {name: value for name, value in stated.items() if isinstance(value, str | int)}
    return amounts | _runai_gpu(spec)


def _runai_gpu(spec: Spec) -> Spec:
    for field in _RUNAI_GPU:
        count = str(_value(spec, field))
        if whole_number(count):
            return {_NVIDIA: count}
    return {}


def _runai_volumes(spec: Spec) -> tuple[list[Spec], list[Spec]]:
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


def _mount(name: str, path: Any, stated: Spec) -> Spec:
    return {"name": name, "mountPath": path, "readOnly": stated.get("readOnly") is True}


def _map(spec: Spec, key: str) -> Spec:
    value = spec.get(key)
    return value if isinstance(value, dict) else {}


def _value(spec: Spec, key: str) -> Any:
    return _map(spec, key).get("value")


def _words(stated: Any) -> list[str] | None:
    """Run:ai keeps a command as one text, split as a shell splits words."""
    if isinstance(stated, list):
        return [str(one) for one in stated]
    if not isinstance(stated, str) or not stated:
        return None
    try:
        return shlex.split(stated)
    except ValueError:
        return stated.split()


def _items(spec: Spec, key: str) -> dict[str, Spec]:
    """`{items: {name: {value: {...}}}}` as name to value, scalars as an empty map."""
    return {name: _map(box, "value") for name, box in _boxes(spec, key).items()}


def _boxes(spec: Spec, key: str) -> dict[str, Spec]:
    items = _map(_map(spec, key), "items")
    return {name: box for name, box in items.items() if isinstance(box, dict)}
