"""Manifests read as jobs: one for each pod template of each object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from advisor.errors import InputError
from advisor.facts.workload import PodTemplate, Workload
from advisor.jobs.placement_fields import accelerator_needs
from advisor.jobs.spec import JobSpec
from advisor.jobs.workload import workload_job
from advisor.objects.pod import PodSpecWire
from advisor.objects.roles import WrittenTemplate
from advisor.objects.templates import pod_template
from advisor.readers.manifest.items import manifest_items
from advisor.readers.manifest.objects import (
    READER,
    WrittenObject,
    apart,
    identified,
    object_name,
    parts,
    written_objects,
)
from advisor.readers.manifest.refusals import object_refusals, refusals
from advisor.readers.manifest.run import read_run
from advisor.readers.manifest.runai_workload import is_runai_workload, read_workload
from advisor.readers.manifest.shape import mapping, scalars, text
from advisor.readers.yaml.documents import error_at, parse_documents, readable_documents
from advisor.readers.yaml.positions import Positions, position

_AT = re.compile(r" - at `(?:key in )?\$(.*?)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_WORKER = "worker"


def read_manifests(
    content: str, file: str, *, items: bool = True, problems: list[InputError] | None = None
) -> tuple[JobSpec, ...]:
    """Every job of a file's text, in its order; objects that make no pods give none.

    Positions are left out: `with_places` adds them, and the items too where they were not wanted
    here: a third of the time goes into them; the document is then not kept either. Raises
    InputError, with file, line and column, for a text that is not YAML or JSON, has no Kubernetes
    object in it, or a malformed pod. With a list for `problems` they are put there, and the other
    documents and objects are read all the same.
    """
    if problems is not None:
        content, unreadable = readable_documents(content, file)
        problems += unreadable
    documents = parse_documents(content, file)
    objects = list(written_objects(documents))
    if not objects:
        raise error_at(
            "no Kubernetes object: apiVersion and kind are missing", file, 1, 1, "name another file"
        )
    found = [(one, list(parts(one))) for one in objects]
    names = iter(
        apart([identified(one, part.template, file) for one, has in found for part in has])
    )
    jobs: list[JobSpec] = []
    for one, has in found:
        if is_runai_workload(one.body):
            with _told(problems):
                jobs.append(_workload_of_runai(one, content, file))
        workers = _workers([part.template for part in has])
        for part, named in zip(has, names, strict=False):
            with _told(problems):
                pod = _decoded(one, part.template, content, file)
                run = read_run(one.body, part.template, workers=workers)
                job = workload_job(_workload(one, part.template, pod))
                made = msgspec.structs.replace(
                    job,
                    id=named.id,
                    label=named.label,
                    role=part.template.role,
                    reader=READER,
                    guessed=part.guessed,
                    refused=refusals(one.body, part.template),
                    accelerators=job.accelerators or accelerator_needs(run),
                    run=run,
                    items=manifest_items(one.body, part.template, part.others, run)
                    if items
                    else (),
                    document=one.body if items else None,
                )
                jobs.append(made)
    return tuple(jobs)


@contextmanager
def _told(problems: list[InputError] | None) -> Iterator[None]:
    """Puts an error to the problems, where there is a list for them."""
    try:
        yield
    except InputError as error:
        if problems is None:
            raise
        problems.append(error)


def _workload_of_runai(one: WrittenObject, content: str, file: str) -> JobSpec:
    job = read_workload(one.body, one.path, Positions(content), one.document, file)
    return msgspec.structs.replace(job, refused=object_refusals(one.body))


def _workers(templates: list[WrittenTemplate]) -> int | None:
    """How many workers a job with roles has."""
    for template in templates:
        if template.role.lower() == _WORKER:
            return template.replicas
    return None


def _decoded(one: WrittenObject, template: WrittenTemplate, content: str, file: str) -> PodTemplate:
    try:
        wire = msgspec.convert(template.spec, PodSpecWire)
    except msgspec.ValidationError as error:
        raise _malformed(one, template, content, file, str(error)) from None
    return pod_template(wire, authored=True, claims=template.claims)


def _malformed(
    one: WrittenObject, template: WrittenTemplate, content: str, file: str, message: str
) -> InputError:
    match = _AT.search(message)
    known = match[1].split("[...]")[0] if match else ""
    below = [name or int(index) for name, index in _STEP.findall(known)]
    path = (*one.path, *template.path, "spec", *below)
    what = message[: match.start()] if match else message
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return error_at(
        f"`{name.removeprefix('.')}`: {what[0].lower()}{what[1:]}",
        file,
        *position(content, path, one.document),
        remedy="put it in quotes" if "`str" in what else "",
    )


def _workload(one: WrittenObject, template: WrittenTemplate, pod: PodTemplate) -> Workload:
    metadata = mapping(one.body, "metadata")
    return Workload(
        namespace=text(metadata, "namespace"),
        kind=text(one.body, "kind"),
        name=object_name(metadata),
        api_version=text(one.body, "apiVersion"),
        role=template.role,
        template=pod,
        replicas=template.replicas,
        labels=scalars(mapping(metadata, "labels")),
        annotations=scalars(
            {**mapping(template.metadata, "annotations"), **mapping(metadata, "annotations")}
        ),
    )
