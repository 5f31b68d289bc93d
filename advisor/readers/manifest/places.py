"""Positions of the jobs and fields of a manifest: slow, for files that something is said about."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from advisor.findings.finding import Place
from advisor.jobs.spec import JobSpec
from advisor.objects.roles import Path
from advisor.readers.manifest.items import manifest_items
from advisor.readers.manifest.objects import (
    Part,
    WrittenObject,
    apart,
    identified,
    parts,
    written_objects,
)
from advisor.readers.manifest.shape import leaves
from advisor.readers.yaml_documents import Positions, parse_documents, readable_documents


def with_places(jobs: Iterable[JobSpec], content: str, file: str) -> tuple[JobSpec, ...]:
    """The jobs, which `read_manifests` made of this content, with the positions of their items."""
    content, _ = readable_documents(content, file)
    objects = written_objects(parse_documents(content, file))
    templates = [(written, part) for written in objects for part in parts(written)]
    named = apart([identified(written, part.template, file) for written, part in templates])
    where = {job.id: pair for job, pair in zip(named, templates, strict=True)}
    positions = Positions(content)
    return tuple(
        _placed(_itemized(job, *where[job.id]), *where[job.id], positions, file)
        if job.id in where
        else job
        for job in jobs
    )


def _itemized(job: JobSpec, written: WrittenObject, part: Part) -> JobSpec:
    """The job with its items, made here where it was read without them."""
    if job.items or job.run is None:
        return job
    items = manifest_items(written.body, part.template, part.others, job.run)
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
