"""Compose files read as jobs, one for each service."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from advisor.errors import InputError
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.spec import JobSpec
from advisor.readers.compose.interpolation import Values
from advisor.readers.compose.items import service_items
from advisor.readers.compose.project import EnvFiles, Project
from advisor.readers.compose.run import assemble_run, replicas
from advisor.readers.compose.service import Service
from advisor.readers.gpu_evidence import with_stated_gpus

READER = "compose"


def read_compose(
    files: Mapping[str, str],
    *,
    env: Values | None = None,
    profiles: Collection[str] = (),
    env_files: EnvFiles | None = None,
    folder: str = "",
) -> tuple[JobSpec, ...]:
    """The services of compose files: the first is laid under the others, as `docker compose -f`
    does; a file that another extends or includes is only looked up.

    `env` fills variables in (the content of `.env`); one that it lacks stays an expansion.
    `profiles` switches services on, `*` all of them. `env_files` reads a file that a service or an
    `include` names; `folder` is that of the first file, absolute, for the paths that are relative
    to it. Raises InputError, with file, line and column, for what
    compose would refuse.
    """
    if not files:
        raise InputError("no compose file was given")
    known = dict(env or {})
    read = env_files or (lambda *_: None)
    project = Project(files, known, read, folder)
    return tuple(
        _job(Service(project, name, body), known, read)
        for name, body in project.services(profiles).items()
    )


def _job(service: Service, env: Values, env_files: EnvFiles) -> JobSpec:
    project, name = service.project, service.name
    place = project.place(service.at())
    run = with_stated_gpus(assemble_run(service, env, env_files))
    spec = JobSpec(
        id=f"{READER}:{place.file}:{name}",
        label=f"service {name}",
        kind="service",
        replicas=replicas(service),
        reader=READER,
        place=place,
        run=run,
        items=service_items(service, run),
    )
    return fill_placement(spec)
