"""Manifests read as jobs: one for each pod template of each object."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from advisor.errors import InputError
from advisor.facts.workload import PodTemplate, Workload
from advisor.jobs.placement_fields import accelerator_needs
from advisor.jobs.run import Whole
from advisor.jobs.spec import JobSpec
from advisor.jobs.word import Word
from advisor.jobs.workload import workload_job
from advisor.objects.kinds import keeps_templates
from advisor.objects.pod import PodSpecWire
from advisor.objects.roles import Path, WrittenTemplate
from advisor.objects.templates import pod_template
from advisor.readers.manifest.device_claims import stated_claims, with_stated
from advisor.readers.manifest.items import manifest_items
from advisor.readers.manifest.objects import (
    READER,
    Part,
    WrittenObject,
    apart,
    identified,
    may_make_pods,
    object_name,
    parts,
    written_objects,
)
from advisor.readers.manifest.refusals import object_refusals, refusals
from advisor.readers.manifest.run import read_run
from advisor.readers.manifest.runai_workload import (
    is_runai_workload,
    is_template_of_runai,
    read_workload,
)
from advisor.readers.manifest.runtimes import (
    Runtimes,
    runtime_pods,
    served_template,
    serving_runtimes,
    trained_by,
)
from advisor.readers.manifest.shape import Body, mapping, scalar, scalars, spelled, text
from advisor.readers.manifest.words import amount_or_word, names_in, put_in, template_names
from advisor.readers.manifest.workflows import Steps
from advisor.readers.yaml_documents import (
    Positions,
    error_at,
    parse_documents,
    position,
    readable_documents,
)

_AT = re.compile(r" - at `(?:key in )?\$(.*?)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_WORKER = "worker"
_NOT_NEEDED = re.compile(
    r"(?:\.containers\[0\]|^(?:(?!containers\[|volumes\[).)*)\.(?:name: |image: it is needed)"
)
"""A step of a workflow needs no name for its container, a model that is served no image either."""
_UNREAD = (
    "is not read: give a pod that its controller makes (kubectl get pod NAME -o yaml) to have that"
    " judged"
)
_BARE = "has no pod template of its own, so nothing of it is judged"
_TEMPLATE = (
    "is a template, which starts nothing: what is submitted with it takes from it what it does not"
    " say itself"
)
PLACEHOLDER = "SET_ME_"
"""What stands in a manifest for what only its user has."""


class NoObjectError(InputError):
    """The text is YAML or JSON, and holds no Kubernetes object."""


class ManifestFile(NamedTuple):
    """What a file of manifests holds. `problems` are documents that are not YAML and objects with a
    malformed pod, each with file, line and column, or a NoObjectError; `others` are the names of
    the objects that make no pods, `unread` notes on those whose controller may make some.
    """

    jobs: tuple[JobSpec, ...] = ()
    problems: tuple[InputError, ...] = ()
    others: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class _Source(NamedTuple):
    """The text as it is applied, and what all of its objects are read by."""

    content: str
    file: str
    runtimes: Runtimes
    items: bool


class _Owner(NamedTuple):
    """An object that makes pods, with what all of them are read by."""

    written: WrittenObject
    workers: Whole | None
    left_open: frozenset[str]
    steps: Steps


def read_manifests(
    content: str,
    file: str,
    *,
    items: bool = True,
    values: Mapping[str, str] | None = None,
    left: frozenset[str] = frozenset(),
) -> ManifestFile:
    """Every job of a file's text, in its order; what cannot be read does not end the rest.

    `values` are variables that are put in before the objects are applied, `left` those of them that
    are not known. Positions are left out:
    `with_places` adds them, and the items too where they were not wanted here: a third of the time
    goes into them; the document is then not kept either.
    """
    content, objects, problems = _objects(content, file, values or {})
    serving = serving_runtimes(written.body for written in objects)
    with_parts = [
        (written, [] if _is_runtime(written.body, serving) else list(parts(written)))
        for written in objects
    ]
    without_pods = [written for written, makes in with_parts if not makes]
    runtimes = runtime_pods(written.body for written in without_pods)
    source = _Source(content, file, runtimes, items)
    may_be_open = "$" in content or "{{" in content
    names = iter(
        apart(
            [
                identified(written, part.template, file)
                for written, makes in with_parts
                for part in makes
            ]
        )
    )
    jobs: list[JobSpec] = []
    claims = stated_claims(without_pods)
    for written, makes in with_parts:
        body = written.body
        open_names = template_names(body) | left if may_be_open else frozenset()
        if is_runai_workload(body):
            with _kept(problems):
                jobs.append(_workload_of_runai(source, written, open_names))
        workers = _workers(body, [part.template for part in makes])
        owner = _Owner(written, workers, open_names, Steps(body))
        # `makes` comes first: at its end zip has not yet taken the next object's name.
        for part, named in zip(makes, names, strict=False):
            with _kept(problems):
                job = with_stated(_job_of_pod(source, owner, part), claims)
                jobs.append(msgspec.structs.replace(job, id=named.id, label=named.label))
    return ManifestFile(
        tuple(jobs),
        tuple(problems),
        tuple(
            _called(document.body)
            for document in without_pods
            if not is_runai_workload(document.body)
        ),
        tuple(
            _unread(source, document, told)
            for document in without_pods
            if (told := _left_unread(document.body)) and not _is_runtime(document.body, serving)
        ),
    )


def _objects(
    content: str, file: str, values: Mapping[str, str]
) -> tuple[str, list[WrittenObject], list[InputError]]:
    """The text as it is applied, its objects, and what is wrong with the rest of it."""
    problems: list[InputError] = []
    try:
        content, documents, problems = readable_documents(content, file)
        if values and "$" in content and (filled := put_in(content, documents, values)) != content:
            content, documents = filled, parse_documents(filled, file)
        if objects := list(written_objects(documents)):
            return content, objects, problems
        raise NoObjectError(
            "no Kubernetes object: apiVersion and kind are missing",
            where=f"{file}:1:1",
            remedy="name another file",
        )
    except InputError as error:
        return content, [], [*problems, error]


def _unread(source: _Source, written: WrittenObject, told: str) -> str:
    line, column = position(source.content, written.path, written.document)
    return f"{source.file}:{line}:{column}: {_called(written.body)} {told}"


def _left_unread(body: Body) -> str:
    """What is told of an object that makes no pods here; empty where nobody misses them."""
    if is_template_of_runai(body):
        return _TEMPLATE
    if keeps_templates(body):
        return _BARE
    return _UNREAD if may_make_pods(body) else ""


def _is_runtime(body: Body, serving: Collection[str]) -> bool:
    """Whether it is the runtime of a model that is served by another of the objects."""
    name = text(mapping(body, "metadata"), "name")
    return text(body, "kind").endswith("ServingRuntime") and name in serving


def _called(body: Body) -> str:
    """The kind and the name of an object."""
    return f"{text(body, 'kind')} {object_name(mapping(body, 'metadata'))}"


def _job_of_pod(source: _Source, owner: _Owner, part: Part) -> JobSpec:
    """One of the pods that an object makes, as a job. What waits for a variable of a template is
    not refused: nobody can say yet whether it is wrong."""
    written, workers, left_open, steps = owner
    body, runtimes = written.body, source.runtimes
    template = steps.template(served_template(body, part.template, runtimes))
    pod, left = _decoded(source, written, template)
    run = read_run(body, template, workers=workers, put_in=left_open)
    job = workload_job(_workload(written, template, pod))
    devices = accelerator_needs(run)
    return msgspec.structs.replace(
        job,
        role=template.role,
        reader=READER,
        guessed=part.guessed,
        refused=tuple(
            what
            for what in (*refusals(body, template), *left)
            if not names_in(what) & left_open
            and not (_names_itself(body, template) and _NOT_NEEDED.search(what))
        ),
        accelerators=(
            *job.accelerators,
            *(need for need in devices if need.part or not job.accelerators),
        ),
        run=run,
        items=manifest_items(body, template, part.others, run, source.content)
        if source.items
        else (),
        document=body if source.items else None,
    )


def _names_itself(body: Body, template: WrittenTemplate) -> bool:
    return bool(template.parts) or text(body, "apiVersion").startswith("serving.knative.dev/")


@contextmanager
def _kept(problems: list[InputError]) -> Iterator[None]:
    """Puts an error to the problems."""
    try:
        yield
    except InputError as error:
        problems.append(error)


def _workload_of_runai(source: _Source, written: WrittenObject, left: frozenset[str]) -> JobSpec:
    positions = Positions(source.content)
    job = read_workload(written.body, written.path, positions, written.document, source.file, left)
    refused = [what for what in object_refusals(written.body) if not names_in(what) & left]
    return msgspec.structs.replace(job, refused=tuple(refused))


def _workers(document: Body, templates: list[WrittenTemplate]) -> Whole | None:
    """How many workers a job with roles has, and one that is only said to be on several nodes."""
    if framework := trained_by(document):
        nodes = templates[0].replicas or 1
        return nodes - 1 if framework == "pytorch" else nodes
    for template in templates:
        if template.role.lower() == _WORKER:
            beside = mapping(document, *map(str, template.path[:-1]))
            left = amount_or_word(beside.get("replicas"))
            return left if isinstance(left, Word) else template.replicas
    return None


def _decoded(
    source: _Source, written: WrittenObject, template: WrittenTemplate
) -> tuple[PodTemplate, list[str]]:
    """The pod, without what is yet to be put in where no text may be, and what is said of that."""
    spec = template.spec
    left: list[str] = []
    while True:
        try:
            wire = msgspec.convert(spec, PodSpecWire)
            return pod_template(wire, authored=True, claims=template.claims), left
        except msgspec.ValidationError as error:
            below = _below(str(error))
            value = spec
            for step in below:
                has = isinstance(value, dict) if isinstance(step, str) else isinstance(value, list)
                value = value[step] if has else None
            stated = scalar(value)
            if not names_in(stated) and not stated.startswith(PLACEHOLDER):
                raise _malformed(source, written, template, str(error)) from None
            left.append(f"{spelled((*template.path, 'spec', *below))}: {stated} is no number")
            spec = _without(spec, below)


def _malformed(
    source: _Source, written: WrittenObject, template: WrittenTemplate, message: str
) -> InputError:
    match = _AT.search(message)
    path = (*written.path, *template.path, "spec", *_below(message))
    what = message[: match.start()] if match else message
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return error_at(
        f"`{name.removeprefix('.')}`: {what[0].lower()}{what[1:]}",
        source.file,
        *position(source.content, path, written.document),
        remedy="put it in quotes" if "`str" in what else "",
    )


def _below(message: str) -> Path:
    """The path of what a message is about, as far as it says it."""
    match = _AT.search(message)
    known = match[1].split("[...]")[0] if match else ""
    return tuple(name or int(index) for name, index in _STEP.findall(known))


def _without(value: Any, path: Path) -> Any:
    """A copy without what is at the path."""
    if not path:
        return None
    copied = value.copy()
    copied[path[0]] = _without(value[path[0]], path[1:])
    return copied


def _workload(written: WrittenObject, template: WrittenTemplate, pod: PodTemplate) -> Workload:
    metadata = mapping(written.body, "metadata")
    return Workload(
        namespace=text(metadata, "namespace"),
        kind=text(written.body, "kind"),
        name=object_name(metadata),
        api_version=text(written.body, "apiVersion"),
        role=template.role,
        template=pod,
        replicas=template.replicas,
        labels=scalars(mapping(metadata, "labels")),
        annotations=scalars(
            {**mapping(template.metadata, "annotations"), **mapping(metadata, "annotations")}
        ),
    )
