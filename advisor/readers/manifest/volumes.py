"""Volume mounts of a container as mounts of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from advisor.jobs.run import RunMount
from advisor.jobs.word import word
from advisor.readers.manifest.shape import (
    Body,
    entries,
    mapping,
    once_for_each_content,
    quantity,
    text,
    texts,
)

SHARED_MEMORY = "/dev/shm"  # noqa: S108
_NAMED = {"configMap": "ConfigMap", "secret": "Secret"}
_CONFIGURATION = frozenset({"configMap", "secret", "projected", "downwardAPI", "image"})


class ReadMounts(msgspec.Struct, frozen=True, kw_only=True):
    """The mounts, and what was mounted on /dev/shm: its size, or that it has none. `new_claims` are
    claims made for the pod, as the value of runai's `--new-pvc`."""

    mounts: tuple[RunMount, ...]
    new_claims: tuple[str, ...] = ()
    shared_memory: int | None = None
    large_shared_memory: bool = False


def read_mounts(spec: Body, container: Body, claims: list[Body] | None = None) -> ReadMounts:
    """Every mount whose volume the pod has, or that one of the object's `claims` makes; one without
    is what a controller adds."""
    return _of_volumes(entries(spec, "volumes"), entries(container, "volumeMounts"), claims or [])


@once_for_each_content
def _of_volumes(stated: list[Body], wanted: list[Body], claims: list[Body]) -> ReadMounts:
    volumes = {text(volume, "name"): volume for volume in stated}
    made = {text(mapping(claim, "metadata"), "name"): mapping(claim, "spec") for claim in claims}
    mounts, shared, new_claims = [], None, []
    for mount in wanted:
        name = text(mount, "name")
        volume = volumes.get(name)
        if volume is None:
            new_claims += [_new_claim(name, made[name], mount)] if name in made else []
            continue
        own = mapping(volume, "ephemeral", "volumeClaimTemplate", "spec")
        if own:
            new_claims.append(f"{_new_claim(name, own, mount)},ephemeral")
        elif is_shared_memory(mount, volume):
            shared = mapping(volume, "emptyDir")
        else:
            mounts.append(_mount(mount, volume))
    size = quantity(shared.get("sizeLimit")) if shared is not None else None
    return ReadMounts(
        mounts=tuple(mounts),
        new_claims=tuple(new_claims),
        shared_memory=size,
        large_shared_memory=shared is not None and size is None,
    )


def _new_claim(name: str, claim: Body, mount: Body) -> str:
    """The value of runai's `--new-pvc` that makes a claim like this one."""
    modes = [_MODES[mode] for mode in texts(claim, "accessModes") if mode in _MODES]
    pairs = (
        ("claimname", name),
        ("storageclass", text(claim, "storageClassName")),
        ("size", text(mapping(claim, "resources", "requests"), "storage")),
        ("path", text(mount, "mountPath")),
    )
    words = [f"{key}={value}" for key, value in pairs if value]
    return ",".join([*words, *modes, *(["ro"] if mount.get("readOnly") is True else [])])


_MODES = {
    "ReadWriteOnce": "accessmode-rwo",
    "ReadOnlyMany": "accessmode-rom",
    "ReadWriteMany": "accessmode-rwm",
}


def is_shared_memory(mount: Body, volume: Body) -> bool:
    """Whether a mount is a memory-backed directory on /dev/shm."""
    memory = mapping(volume, "emptyDir").get("medium") == "Memory"
    return memory and text(mount, "mountPath").rstrip("/") == SHARED_MEMORY


def _mount(mount: Body, volume: Body) -> RunMount:
    kind = next((key for key, body in volume.items() if key != "name" and body is not None), "")
    fields = _KINDS.get(kind, _other)(kind, mapping(volume, kind))
    source = word(text(volume, "name") if fields["kind"] in _KNOWN_BY_NAME else "")
    below = (text(mount, "subPath") or text(mount, "subPathExpr")).strip("/")
    if below and fields["kind"] in _PATHS and "$" not in below:
        source, below = word(f"{fields['source'].text.rstrip('/')}/{below}"), ""
        fields = {**fields, "source": source}
    return RunMount(
        target=word(text(mount, "mountPath")),
        read_only=mount.get("readOnly") is True or mapping(volume, kind).get("readOnly") is True,
        propagation=text(mount, "mountPropagation").replace("None", ""),
        sub_path=below,
        **{"source": source, **fields},
    )


_PATHS = frozenset({"hostPath", "nfs"})
"""Volumes whose source is a path, so that a subpath is a part of it."""
_KNOWN_BY_NAME = frozenset({"network-volume"})


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


def _other(kind: str, body: Body) -> dict[str, Any]:
    """Configuration, or storage on the network of a kind that Docker does not know."""
    if not kind:
        return {"kind": "anonymous-volume"}
    if kind in _CONFIGURATION:
        kind, body = _lone_source(kind, body)
        name = text(body, "name") or text(body, "secretName") or text(body, "reference")
        return {"kind": "config", "source": word(f"{_NAMED.get(kind, kind)}/{name or kind}")}
    return {"kind": "network-volume", "driver": text(body, "driver") or kind}


def _lone_source(kind: str, body: Body) -> tuple[str, Body]:
    """A projected volume of one ConfigMap or Secret is that one."""
    sources = entries(body, "sources") if kind == "projected" else []
    if len(sources) == 1:
        for name in _NAMED:
            if name in sources[0]:
                return name, mapping(sources[0], name)
    return kind, body


_KINDS: dict[str, Callable[[str, Body], dict[str, Any]]] = {
    "hostPath": _host_path,
    "persistentVolumeClaim": _claim,
    "nfs": _nfs,
    "emptyDir": _scratch,
}
