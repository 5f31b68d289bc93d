"""Volumes of a pod: the kind is the name of a field, and each kind says its place differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor.facts.workload import PodVolume
from advisor.objects.amounts import size

_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105


def pod_volumes(stated: list[dict[str, Any] | None] | None) -> tuple[PodVolume, ...]:
    """Every volume but the token that the API server adds to each pod."""
    volumes = (_volume(one) for one in stated or () if isinstance(one, dict))
    return tuple(one for one in volumes if not one.name.startswith(_TOKEN_VOLUME))


def is_added_by_the_server(volume: str) -> bool:
    """Whether a mount refers to the token volume that `pod_volumes` leaves out."""
    return volume.startswith(_TOKEN_VOLUME)


def _volume(stated: dict[str, Any]) -> PodVolume:
    name = _text(stated, "name")
    kinds = [kind for kind, body in stated.items() if kind != "name" and isinstance(body, dict)]
    if not kinds:
        return PodVolume(name=name, kind="emptyDir")
    body = stated[kinds[0]]
    facts = _KINDS.get(kinds[0], _no_place)(body)
    read_only = body.get("readOnly") is True
    return PodVolume(name=name, kind=kinds[0], read_only=read_only, **facts)


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _no_place(body: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {}


def _field(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {"source": _text(body, key)}


def _host_path(body: dict[str, Any]) -> dict[str, Any]:
    return {"source": _text(body, "path"), "type": _text(body, "type")}


def _nfs(body: dict[str, Any]) -> dict[str, Any]:
    return {"source": f"{_text(body, 'server')}:{_text(body, 'path')}"}


def _empty_dir(body: dict[str, Any]) -> dict[str, Any]:
    return {"type": _text(body, "medium"), "size": size(body.get("sizeLimit"))}


def _ephemeral(body: dict[str, Any]) -> dict[str, Any]:
    spec = _inner(_inner(body, "volumeClaimTemplate"), "spec")
    requests = _inner(_inner(spec, "resources"), "requests")
    return {"storage_class": _text(spec, "storageClassName"), "size": size(requests.get("storage"))}


def _inner(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _cephfs(body: dict[str, Any]) -> dict[str, Any]:
    monitors = [one for one in body.get("monitors") or () if isinstance(one, str)]
    return {"source": f"{','.join(monitors)}:{_text(body, 'path') or '/'}"}


_KINDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "hostPath": _host_path,
    "nfs": _nfs,
    "emptyDir": _empty_dir,
    "ephemeral": _ephemeral,
    "cephfs": _cephfs,
    "persistentVolumeClaim": _field("claimName"),
    "csi": _field("driver"),
    "flexVolume": _field("driver"),
    "glusterfs": _field("path"),
    "image": _field("reference"),
    "azureFile": _field("shareName"),
    "azureDisk": _field("diskURI"),
    "awsElasticBlockStore": _field("volumeID"),
    "gcePersistentDisk": _field("pdName"),
    "cinder": _field("volumeID"),
    "configMap": _field("name"),
}
