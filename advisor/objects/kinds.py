"""Which kind an object is, by its apiVersion and kind, and where its pod templates are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from advisor.objects.owners import OWNERS, Kind, Place
from advisor.objects.roles import Path, WrittenTemplate, written_templates

POD = "Pod"
_TEMPLATE = (Place(replicas="replicas"),)
_BARE = Place(at="", template="template")
_KINDS: dict[tuple[str, str], Kind] = {
    **{
        (group, kind.name): kind
        for (group, _), kind in OWNERS.items()
        if kind.reader != "spark"  # Its pods run what its operator submits: nobody's own job.
    },
    **{("extensions", kind.name): kind for (group, _), kind in OWNERS.items() if group == "apps"},
    ("apps", "ReplicaSet"): Kind(name="ReplicaSet", places=_TEMPLATE),
    ("extensions", "ReplicaSet"): Kind(name="ReplicaSet", places=_TEMPLATE),
    ("", "ReplicationController"): Kind(name="ReplicationController", places=_TEMPLATE),
    **{
        ("argoproj.io", name): Kind(name=name, reader="argo")
        for name in ("WorkflowTemplate", "ClusterWorkflowTemplate")
    },
    ("serving.kubeflow.org", "InferenceService"): Kind(name="InferenceService", reader="kserve"),
    **{
        ("tekton.dev", name): Kind(name=name, reader="tekton")
        for name in ("Task", "ClusterTask", "TaskRun", "Pipeline", "PipelineRun")
    },
    ("serving.knative.dev", "Service"): Kind(name="Service", places=(Place(),)),
    ("", "PodTemplate"): Kind(name="PodTemplate", places=(_BARE,)),
}
_DEEPEST = 12
_MOST_GUESSED = 50


def object_templates(
    document: dict[str, Any], owner: Kind | None = None
) -> tuple[list[WrittenTemplate], bool]:
    """The pod templates of an object, and whether they were found by their looks alone. `owner` is
    its kind where that is known already.

    A kind that is not known, or that has none where its kind keeps them, is searched for what
    looks like a pod spec.
    """
    group, _, version = str(document.get("apiVersion") or "").rpartition("/")
    kind = document.get("kind")
    if (group, kind) == ("", POD) and version:
        return [_pod(document)], False
    known = owner or (_KINDS.get((group, kind)) if isinstance(kind, str) else None)
    spec = document.get("spec")
    if known is not None:
        whole = document if isinstance(spec, dict) else {**document, "spec": {}}
        if known.reader == "looks":
            return list(_guessed(whole)), False
        templates = list(written_templates(known, whole))
        if templates or known.reader or not known.places:
            return templates, False
    return list(_guessed(document)), True


def keeps_templates(document: dict[str, Any]) -> bool:
    """Whether an object is of a kind whose pod templates stand at places that are known."""
    group, _, _ = str(document.get("apiVersion") or "").rpartition("/")
    known = _KINDS.get((group, str(document.get("kind"))))
    return known is not None and bool(known.places)


def _pod(document: dict[str, Any]) -> WrittenTemplate:
    metadata = document.get("metadata")
    return WrittenTemplate(
        role="",
        spec=document.get("spec") or {},
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _guessed(document: dict[str, Any]) -> Iterator[WrittenTemplate]:
    """The holder of each pod spec: a `spec` with containers, else whatever has some below the
    object's own; its path tells several of them apart."""
    every = [path for path in _pod_specs(document, ()) if path]
    paths = [path for path in every if path[-1] == "spec"] or every
    for path in paths[:_MOST_GUESSED]:
        inline = path == ("spec",) or path[-1] != "spec"
        at = path if inline else path[:-1]
        holder = _at(document, at)
        metadata = {} if inline else holder.get("metadata")
        yield WrittenTemplate(
            role="" if len(paths) == 1 else ".".join(map(str, at)),
            spec=holder if inline else holder["spec"],
            metadata=metadata if isinstance(metadata, dict) else {},
            path=at,
            parts={(*at, key): (key,) for key in holder} if inline else {},
        )


def _pod_specs(value: Any, path: Path) -> Iterator[Path]:
    if len(path) > _DEEPEST:
        return
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _pod_specs(entry, (*path, index))
    elif isinstance(value, dict):
        if _looks_like_containers(value.get("containers")):
            yield path
            return
        for key, entry in value.items():
            yield from _pod_specs(entry, (*path, key))


def _looks_like_containers(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(entry, dict) and isinstance(entry.get("image"), str) for entry in value)
    )


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
