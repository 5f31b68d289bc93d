"""Volumes of a pod: the kind is the name of a field, and each kind says its place differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor.facts.secrecy import redact_image
from advisor.facts.storage import Claim
from advisor.facts.workload import PodVolume
from advisor.objects.amounts import size
from advisor.objects.selectors import label_selector

_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105


def pod_volumes(stated: list[dict[str, Any] | None] | None) -> tuple[PodVolume, ...]:
    """Every volume but the token that the API server adds to each pod."""
    volumes = (_volume(one) for one in stated or () if isinstance(one, dict))
    return tuple(one for one in volumes if not one.name.startswith(_TOKEN_VOLUME))


def is_added_by_the_server(volume: str) -> bool:
    """Whether a mount refers to the token volume that `pod_volumes` leaves out."""
    return volume.startswith(_TOKEN_VOLUME)


def claim_volumes(stated: Any) -> tuple[PodVolume, ...]:
    """The claims that a StatefulSet makes for each pod, as volumes that its containers mount."""
    templates = [one for one in stated or () if isinstance(one, dict)]
    return tuple(
        PodVolume(
            name=_text(_inner(one, "metadata"), "name"),
            kind="volumeClaimTemplate",
            claim=_claim(_inner(one, "spec")),
        )
        for one in templates
    )


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
    return {"claim": _claim(_inner(_inner(body, "volumeClaimTemplate"), "spec"))}


def _claim(spec: dict[str, Any]) -> Claim:
    """A claim that is made for each pod; its name and namespace are the pod's to give."""
    stated = spec.get("storageClassName")
    modes = spec.get("accessModes")
    return Claim(
        namespace="",
        name="",
        storage_class=stated if isinstance(stated, str) else None,
        access_modes=tuple(one for one in modes or () if isinstance(one, str))
        if isinstance(modes, list)
        else (),
        volume_mode=_text(spec, "volumeMode") or "Filesystem",
        requested=size(_inner(_inner(spec, "resources"), "requests").get("storage")),
        selector=label_selector(spec.get("selector")),
    )


def _csi(body: dict[str, Any]) -> dict[str, Any]:
    attributes = _inner(body, "volumeAttributes")
    server, share = _text(attributes, "server"), _text(attributes, "share")
    return {"source": _text(body, "driver"), "type": f"{server}:{share}" if server else ""}


def _inner(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _image(body: dict[str, Any]) -> dict[str, Any]:
    return {"source": redact_image(_text(body, "reference")), "type": _text(body, "pullPolicy")}


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
    "csi": _csi,
    "flexVolume": _field("driver"),
    "glusterfs": _field("path"),
    "image": _image,
    "azureFile": _field("shareName"),
    "azureDisk": _field("diskURI"),
    "awsElasticBlockStore": _field("volumeID"),
    "gcePersistentDisk": _field("pdName"),
    "cinder": _field("volumeID"),
    "configMap": _field("name"),
}
