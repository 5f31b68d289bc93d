"""A job written anew for a target, with a ledger of what became of every flag and field."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from advisor.errors import InputError
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.jobs.translation import Situation, Target, Translation
from advisor.writers.options import settled_run

__all__ = ["write"]


def write(spec: JobSpec, situation: Situation) -> Translation:
    """The job for `situation.target`. InputError for a job of which only the placement is known."""
    if spec.run is None:
        raise InputError(f"{spec.label} cannot be translated: what it runs is not known")
    version = situation.target.removeprefix("runai-v")
    if instead := situation.gone.get(f"cli-v{version}"):
        raise InputError(
            f"Run:ai {situation.release} has no commands of version {version}",
            remedy=f"use {instead}",
        )
    settled = settled_run(spec.run, situation)
    written = _WRITERS[situation.target](spec, settled, situation)
    refused = spec.refused
    if situation.target != "kubernetes":
        refused = tuple(what for what in refused if not _OF_OBJECT.match(what))
    if not refused:
        return written
    return msgspec.structs.replace(written, missing=(*written.missing, *refused))


_OF_OBJECT = re.compile(
    r"apiVersion: |metadata\.name: |spec\.selector|\S+\.containers: its operator|\S+restartPolicy: "
    r"|.*: a limit of the same number is needed"
)
"""What is wrong with an object alone, and with no command in its place."""


def _write_first(spec: JobSpec, run: Run, situation: Situation) -> Translation:
    from advisor.writers.kinds import as_one_job
    from advisor.writers.runai.v1 import write_first

    return write_first(*as_one_job(spec, run), situation)


def _write_second(spec: JobSpec, run: Run, situation: Situation) -> Translation:
    from advisor.writers.kinds import as_one_job
    from advisor.writers.runai.v2 import write_second

    return write_second(*as_one_job(spec, run), situation)


def _write_kubernetes(spec: JobSpec, run: Run, situation: Situation) -> Translation:
    from advisor.writers.kubernetes.writer import (
        write_kubernetes,
    )

    translation: Translation = write_kubernetes(msgspec.structs.replace(spec, run=run), situation)
    return translation


_WRITERS: dict[Target, Callable[[JobSpec, Run, Situation], Translation]] = {
    "runai-v1": _write_first,
    "runai-v2": _write_second,
    "kubernetes": _write_kubernetes,
}
