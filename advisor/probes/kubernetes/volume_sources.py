"""Where the data of a persistent volume is; the kind is the name of a field of its spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


def volume_source(spec: Body) -> dict[str, Any]:
    """Fields of PersistentVolume that say where its data is; kind `unknown` for none known."""
    for kind, read in _KINDS.items():
        body = spec.get(kind)
        if isinstance(body, dict):
            found = read(body)
            return {
                "source_kind": kind,
                "filesystem_type": text(body, "fsType"),
                **{key: value for key, value in found.items() if value},
            }
    return {"source_kind": "unknown"}


def text(body: Body, key: str) -> str:
    """A string field, empty when it is absent, null or something else."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _path(body: Body) -> dict[str, Any]:
    return {"source": text(body, "path")}


def _nfs(body: Body) -> dict[str, Any]:
    return {"source": f"{text(body, 'server')}:{text(body, 'path')}"}


def _csi(body: Body) -> dict[str, Any]:
    stated = body.get("volumeAttributes")
    attributes = stated.items() if isinstance(stated, dict) else ()
    return {
        "source": text(body, "volumeHandle"),
        "driver": text(body, "driver"),
        "attributes": {key: value for key, value in attributes if isinstance(value, str)},
    }


def _cephfs(body: Body) -> dict[str, Any]:
    monitors = [one for one in body.get("monitors") or () if isinstance(one, str)]
    return {"source": f"{','.join(monitors)}:{text(body, 'path') or '/'}"}


def _glusterfs(body: Body) -> dict[str, Any]:
    return {"source": f"{text(body, 'endpoints')}:{text(body, 'path')}"}


def _rbd(body: Body) -> dict[str, Any]:
    return {"source": f"{text(body, 'pool') or 'rbd'}/{text(body, 'image')}"}


def _iscsi(body: Body) -> dict[str, Any]:
    return {"source": f"{text(body, 'targetPortal')}:{text(body, 'iqn')}"}


def _flex(body: Body) -> dict[str, Any]:
    return {"driver": text(body, "driver")}


def _field(key: str) -> Callable[[Body], dict[str, Any]]:
    return lambda body: {"source": text(body, key)}


_KINDS: dict[str, Callable[[Body], dict[str, Any]]] = {
    "csi": _csi,
    "nfs": _nfs,
    "local": _path,
    "hostPath": _path,
    "cephfs": _cephfs,
    "glusterfs": _glusterfs,
    "rbd": _rbd,
    "iscsi": _iscsi,
    "fc": _field("lun"),
    "flexVolume": _flex,
    "azureFile": _field("shareName"),
    "azureDisk": _field("diskURI"),
    "awsElasticBlockStore": _field("volumeID"),
    "gcePersistentDisk": _field("pdName"),
    "cinder": _field("volumeID"),
    "vsphereVolume": _field("volumePath"),
    "quobyte": _field("volume"),
    "storageos": _field("volumeName"),
    "scaleIO": _field("volumeName"),
    "portworxVolume": _field("volumeID"),
    "photonPersistentDisk": _field("pdID"),
    "flocker": _field("datasetName"),
}
