"""Run:ai's own workloads, as the pod specs that they stand for."""

from __future__ import annotations

import shlex
from typing import Any

from advisor.facts.quantity import whole_number
from advisor.objects.base import inner, size

_Spec = dict[str, Any]
_RUNAI_GPU = ("gpuDevices", "gpu")
_RUNAI_PORTION = ("gpu", "gpuPortion", "gpuPortionRequest")
_RUNAI_MEMORY = ("gpuMemory", "gpuMemoryRequest")
_NVIDIA = "nvidia.com/gpu"


def runai_template(spec: _Spec) -> _Spec | None:
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


def runai_share(spec: _Spec) -> _Spec:
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


def _value(spec: _Spec, key: str) -> Any:
    return inner(spec, key).get("value")


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
    return {name: inner(box, "value") for name, box in _boxes(spec, key).items()}


def _boxes(spec: _Spec, key: str) -> dict[str, _Spec]:
    items = inner(inner(spec, key), "items")
    return {name: box for name, box in items.items() if isinstance(box, dict)}
