"""The objects of the plan as manifests: claims, NFS volumes with their claims, jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from advisor.facts.quantity import data_size
from advisor.planning.names import ObjectNames, nfs_names
from advisor.planning.plan import ClaimTarget, DataPlan, Plan
from advisor.writers.kubernetes.text import manifest_text
from advisor.writers.shell_text import comment

_GIB = 2**30
_NFS_SIZE = "1Gi"
"""Kubernetes wants a size of a volume; an export has that of its server, whatever is said here."""

UNKNOWN_SIZE = "SIZE"
UNKNOWN_CLASS = "CLASS"

MADE_BY = {"app.kubernetes.io/managed-by": "advisor"}


class Manifest(NamedTuple):
    """A file below `manifests/`, and the object it makes. `wave` is the number of a job's."""

    file: str
    kind: str
    name: str
    text: str
    wave: int = 0


class Manifests(NamedTuple):
    """`left_out` says in words what has no manifest yet, and why."""

    objects: tuple[Manifest, ...]
    left_out: tuple[str, ...]


def storage_manifests(plan: Plan) -> tuple[Manifest, ...]:
    """Claims for what is copied, volumes and claims for NFS exports that are used as they are.
    SIZE and CLASS stand in a claim for what is not known: the script wants them."""
    names = nfs_names(plan)
    manifests: list[Manifest] = []
    for place in plan.data:
        if place.action == "copy" and not place.inside and place.claim is not None:
            manifests.append(_claim(place, place.claim))
        elif place.id in names:
            manifests += _nfs(place, names[place.id])
    return tuple(manifests)


def job_manifests(plan: Plan) -> Manifests:
    """Every job whose manifest is complete."""
    names = ObjectNames()
    waves = {job: wave.number for wave in plan.waves for job in wave.jobs}
    manifests: list[Manifest] = []
    left_out: list[str] = []
    for job in plan.jobs:
        for command in job.commands:
            if command.target != "kubernetes":
                continue
            if command.missing or not command.documents:
                why = "; ".join(command.missing) or "nothing could be written"
                left_out.append(f"{job.label}: no manifest yet: {why}")
                continue
            stem = names.name(f"job-{job.label}", job.id)
            for number, document in enumerate(command.documents, start=1):
                suffix = f"-{number}" if len(command.documents) > 1 else ""
                manifests.append(
                    _manifest(f"{stem}{suffix}.yaml", document, wave=waves.get(job.id, 0))
                )
    return Manifests(tuple(sorted(manifests, key=lambda manifest: manifest.wave)), tuple(left_out))


def _claim(place: DataPlan, claim: ClaimTarget) -> Manifest:
    request = UNKNOWN_SIZE if claim.request is None else f"{claim.request // _GIB}Gi"
    document = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": claim.name, "labels": MADE_BY},
        "spec": {
            "accessModes": [claim.access_mode],
            "storageClassName": claim.storage_class or UNKNOWN_CLASS,
            "resources": {"requests": {"storage": request}},
        },
    }
    size = data_size(place.size, place.at_least, place.files) or "not known"
    why = f" ({place.unmeasured})" if place.unmeasured else ""
    evidence = f"class by {claim.evidence}" if claim.evidence else "class not known"
    return _manifest(f"claim-{claim.name}.yaml", document, f"{evidence}; measured: {size}{why}")


def _nfs(place: DataPlan, name: str) -> Iterable[Manifest]:
    assert place.nfs is not None
    mode = "ReadOnlyMany" if place.read_only else "ReadWriteMany"
    storage = {"storage": _NFS_SIZE}
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": MADE_BY},
        "spec": {
            "accessModes": [mode],
            "capacity": storage,
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "nfs": {
                "server": place.nfs.server,
                "path": place.nfs.export,
                "readOnly": place.read_only,
            },
        },
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": MADE_BY},
        "spec": {
            "accessModes": [mode],
            "storageClassName": "",
            "volumeName": name,
            "resources": {"requests": storage},
        },
    }
    yield _manifest(f"{name}-volume.yaml", volume)
    yield _manifest(f"{name}-claim.yaml", claim)


def _manifest(file: str, document: Mapping[str, Any], head: str = "", *, wave: int = 0) -> Manifest:
    text = manifest_text([dict(document)])
    above = f"{comment(head)}\n" if head else ""
    name = document.get("metadata", {}).get("name", "")
    return Manifest(file, str(document.get("kind", "")), str(name), above + text, wave)
