"""Volume mounts of a container as mounts of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from advisor.jobs.run import RunMount
from advisor.jobs.word import word
from advisor.readers.manifest.content import once_for_each_content
from advisor.readers.manifest.shape import Body, entries, mapping, quantity, text

SHARED_MEMORY = "/dev/shm"  # noqa: S108
_NAMED = {"configMap": "ConfigMap", "secret": "Secret"}
_CONFIGURATION = frozenset({"configMap", "secret", "projected", "downwardAPI", "image"})


class ReadMounts(msgspec.Struct, frozen=True, kw_only=True):
    """The mounts, and what was mounted on /dev/shm: its size, or that it has none."""

    mounts: tuple[RunMount, ...]
    shared_memory: int | None = None
    large_shared_memory: bool = False


def read_mounts(spec: Body, container: Body) -> ReadMounts:
    """Every mount whose volume the pod has; one without is what a controller adds."""
    return _of_volumes(entries(spec, "volumes"), entries(container, "volumeMounts"))


@once_for_each_content
def _of_volumes(stated: list[Body], wanted: list[Body]) -> ReadMounts:
    volumes = {text(one, "name"): one for one in stated}
    mounts, shared = [], None
    for mount in wanted:
        volume = volumes.get(text(mount, "name"))
        if volume is None:
            continue
        if is_shared_memory(mount, volume):
            shared = mapping(volume, "emptyDir")
        else:
            mounts.append(_mount(mount, volume))
    size = quantity(shared.get("sizeLimit")) if shared is not None else None
    return ReadMounts(
        mounts=tuple(mounts),
        shared_memory=size,
        large_shared_memory=shared is not None and size is None,
    )


def is_shared_memory(mount: Body, volume: Body) -> bool:
    """Whether a mount is a memory-backed directory on /dev/shm."""
    memory = mapping(volume, "emptyDir").get("medium") == "Memory"
    return memory and text(mount, "mountPath").rstrip("/") == SHARED_MEMORY


def _mount(mount: Body, volume: Body) -> RunMount:
    kind = next((key for key, body in volume.items() if key != "name" and body is not None), "")
    fields = _KINDS.get(kind, _other)(kind, mapping(volume, kind))
    return RunMount(
        target=word(text(mount, "mountPath")),
        read_only=mount.get("readOnly") is True or mapping(volume, kind).get("readOnly") is True,
        sub_path=text(mount, "subPath"),
        **{"source": word(""), **fields},
    )


def _host_path(_: str, body: Body) -> dict[str, Any]:
    create = text(body, "type").endswith("OrCreate")
    return {"kind": "hostPath", "source": word(text(body, "path")), "create": create}


def _claim(_: str, body: Body) -> dict[str, Any]:
    return {"kind": "claim", "source": word(text(body, "claimName"))}


def _nfs(_: str, body: Body) -> dict[str, Any]:
    return {"kind": "nfs", "source": word(f"{text(body, 'server')}:{text(body, 'path')}")}


def _scratch(_: str, body: Body) -> dict[str, Any]:
    if body.get("medium") != "Memory":
        return {"kind": "anonymous-volume"}
    return {"kind": "tmpfs", "size": quantity(body.get("sizeLimit"))}


def _ephemeral(_: str, body: Body) -> dict[str, Any]:
    claim = mapping(body, "volumeClaimTemplate", "spec")
    return {"kind": "anonymous-volume", "driver": text(claim, "storageClassName")}


def _other(kind: str, body: Body) -> dict[str, Any]:
    """Configuration, or storage on the network of a kind that Docker does not know."""
    if not kind:
        return {"kind": "anonymous-volume"}
    if kind in _CONFIGURATION:
        name = text(body, "name") or text(body, "secretName") or text(body, "reference")
        return {"kind": "config", "source": word(f"{_NAMED.get(kind, kind)}/{name}")}
    return {"kind": "network-volume", "driver": text(body, "driver") or kind}


_KINDS: dict[str, Callable[[str, Body], dict[str, Any]]] = {
    "hostPath": _host_path,
    "persistentVolumeClaim": _claim,
    "nfs": _nfs,
    "emptyDir": _scratch,
    "ephemeral": _ephemeral,
}
