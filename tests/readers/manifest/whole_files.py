"""Manifests of which every object is to be read."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.jobs.spec import JobSpec
from advisor.readers.manifest.reader import read_manifests


def manifest_jobs(
    text: str, file: str, *, values: Mapping[str, str] | None = None
) -> tuple[JobSpec, ...]:
    """The jobs. Raises the first problem, where there is one."""
    read = read_manifests(text, file, values=values)
    if read.problems:
        raise read.problems[0]
    return read.jobs
