"""The objects of a file, what each of their jobs is known by, and their positions, which are slow,
so only for files that something is said about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from advisor.errors import InputError
from advisor.findings.finding import Place
from advisor.jobs.spec import JobSpec
from advisor.objects.kinds import object_templates
from advisor.objects.roles import Path, WrittenTemplate
from advisor.readers.manifest.items import manifest_items
from advisor.readers.manifest.runai_workload import is_runai_workload
from advisor.readers.manifest.shape import Body, entries, leaves, mapping, text
from advisor.readers.yaml_documents import Positions, parse_documents, readable_documents

READER = "manifest"


class WrittenObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object, the number of its document, and the path to it there."""

    body: Body
    document: int
    path: Path = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A pod template of an object, the paths of the others, and whether all that is a guess."""

    template: WrittenTemplate
    others: frozenset[Path]
    guessed: bool


def written_objects(documents: list[Any]) -> Iterator[WrittenObject]:
    """Every object, those of lists apart."""
    for number, document in enumerate(documents):
        yield from _objects_of(document, number, ())


def _objects_of(value: Any, document: int, path: Path) -> Iterator[WrittenObject]:
    """An object, or those of a List, whichever kind of list it is."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return
    items = value.get("items")
    if value["kind"].endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            yield from _objects_of(item, document, (*path, "items", index))
    elif value.get("apiVersion"):
        yield WrittenObject(body=value, document=document, path=path)
        if text(value, "apiVersion").startswith("argoproj.io/"):
            yield from _made_by_steps(value, document, path)


def _made_by_steps(workflow: Body, document: int, path: Path) -> Iterator[WrittenObject]:
    """The objects that a workflow's steps make: each is a text of its own in it."""
    for index, step in enumerate(entries(mapping(workflow, "spec"), "templates")):
        written = text(mapping(step, "resource"), "manifest")
        at = (*path, "spec", "templates", index, "resource", "manifest")
        try:
            made = parse_documents(written, "") if written else []
        except InputError:
            continue  # it is one once the workflow has put its own values in
        for element in made:
            bodies = (each.body for each in _objects_of(element, document, ()))
            yield from (WrittenObject(body=body, document=document, path=at) for body in bodies)


def parts(written: WrittenObject) -> Iterator[Part]:
    """The pod templates of an object; none where it makes no pods. Run:ai's own objects are read in
    another way."""
    if is_runai_workload(written.body):
        return
    templates, guessed = object_templates(written.body)
    paths = [template.path for template in templates]
    for template in templates:
        others = frozenset(path for path in paths if path != template.path)
        yield Part(template=template, others=others, guessed=guessed)


_OF_KUBERNETES = re.compile(r"(?:apps|autoscaling|batch|extensions|policy|)(?:/|\Z)")
_OF_ITS_GROUPS = re.compile(r"[\w.-]*k8s\.io(?:/|\Z)")
_OF_PODS = frozenset(
    {"args", "command", "entrypoint", "image", "model", "replicas", "resources"}
    | {"workflowTemplateRef"}
)
"""Keys of which a specification of pods has one or another, whatever its kind."""
_OF_ANY_PODS = frozenset({"image"})
"""Those that no quota, queue or claim of its special interest groups has."""


def may_make_pods(document: Body) -> bool:
    """Whether an object that has no pod template is of a kind whose controller may make pods."""
    group, slash, _ = text(document, "apiVersion").rpartition("/")
    if not slash or _OF_KUBERNETES.match(f"{group}/") or is_runai_workload(document):
        return False
    keys = _OF_ANY_PODS if _OF_ITS_GROUPS.match(f"{group}/") else _OF_PODS
    return _has_key(document.get("spec"), keys, _DEEPEST)


_DEEPEST = 8


def _has_key(value: Any, keys: frozenset[str], deepest: int) -> bool:
    if deepest and isinstance(value, dict):
        return bool(value.keys() & keys) or any(
            _has_key(entry, keys, deepest - 1) for entry in value.values()
        )
    return isinstance(value, list) and any(_has_key(entry, keys, deepest - 1) for entry in value)


def object_name(metadata: Body) -> str:
    """The name, or the one its server will make one from."""
    return text(metadata, "name") or text(metadata, "generateName").rstrip("-") or "(no name)"


def identified(written: WrittenObject, template: WrittenTemplate, file: str) -> JobSpec:
    """A job with nothing but what it is known by."""
    metadata, kind = mapping(written.body, "metadata"), text(written.body, "kind")
    namespace = text(metadata, "namespace")
    name = f"{namespace}/{object_name(metadata)}" if namespace else object_name(metadata)
    role = template.role
    return JobSpec(
        id=f"{READER}:{file}:{kind}/{name}{f'/{role}' if role else ''}",
        label=f"{kind} {name}{f' ({role})' if role else ''}",
        kind=kind,
    )


def apart(jobs: list[JobSpec]) -> list[JobSpec]:
    """Jobs of the same name get a number, in the order of the file."""
    seen: dict[str, int] = {}
    numbered = []
    for job in jobs:
        seen[job.id] = seen.get(job.id, 0) + 1
        count = seen[job.id]
        numbered.append(job if count == 1 else msgspec.structs.replace(job, id=f"{job.id}#{count}"))
    return numbered


def with_places(jobs: Iterable[JobSpec], content: str, file: str) -> tuple[JobSpec, ...]:
    """The jobs, which `read_manifests` made of this content, with the positions of their items."""
    content, documents, _ = readable_documents(content, file)
    objects = written_objects(documents)
    templates = [(written, part) for written in objects for part in parts(written)]
    named = apart([identified(written, part.template, file) for written, part in templates])
    where = {job.id: pair for job, pair in zip(named, templates, strict=True)}
    positions = Positions(content)
    return tuple(
        _placed(_itemized(job, *where[job.id], content), *where[job.id], positions, file)
        if job.id in where
        else job
        for job in jobs
    )


def _itemized(job: JobSpec, written: WrittenObject, part: Part, content: str) -> JobSpec:
    """The job with its items, made here where it was read without them."""
    if job.items or job.run is None:
        return job
    items = manifest_items(written.body, part.template, part.others, job.run, content)
    return msgspec.structs.replace(job, items=items)


def _placed(
    job: JobSpec, written: WrittenObject, part: Part, positions: Positions, file: str
) -> JobSpec:
    def place(path: Path) -> Place:
        line, column = positions.of((*written.path, *path), written.document)
        return Place(file=file, line=line, column=column)

    paths = [path for path, _, _ in leaves(written.body, part.others)]
    items = (
        msgspec.structs.replace(item, place=place(path))
        for item, path in zip(job.items, paths, strict=True)
    )
    return msgspec.structs.replace(job, place=place(part.template.path), items=tuple(items))
