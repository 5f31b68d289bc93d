"""Compose files read as jobs, one for each service."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from advisor.errors import InputError
from advisor.jobs.compose.items import service_items
from advisor.jobs.compose.project import Body, Project
from advisor.jobs.compose.run import assemble_run, replicas
from advisor.jobs.compose.service import Service
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.spec import JobSpec

READER = "compose"


def read_compose(
    files: Mapping[str, str],
    *,
    env: Mapping[str, str] | None = None,
    profiles: Collection[str] = (),
) -> tuple[JobSpec, ...]:
    """The services of compose files: the first is laid under the others, as `docker compose -f`
    does; a file that another extends or includes is only looked up.

    `env` fills variables in (the content of `.env`); one that it lacks stays an expansion.
    `profiles` switches services on, `*` all of them. Raises InputError, with file, line and column,
    for what compose would refuse.
    """
    if not files:
        raise InputError("no compose file was given")
    known = dict(env or {})
    project = Project(files, known)
    return tuple(
        _job(project, name, body, known) for name, body in project.services(profiles).items()
    )


def _job(project: Project, name: str, body: Body, env: Mapping[str, str]) -> JobSpec:
    service = Service(project, name, body)
    place = project.place(service.at())
    spec = JobSpec(
        id=f"{READER}:{place.file}:{name}",
        label=f"service {name}",
        kind="service",
        replicas=replicas(service),
        reader=READER,
        place=place,
        run=assemble_run(service, env),
        items=service_items(service),
    )
    return fill_placement(spec)
