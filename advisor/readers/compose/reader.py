"""Compose files read as jobs, one for each service."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from advisor.errors import InputError
from advisor.facts.secrecy import MARK, looks_secret, redact_text, redact_words
from advisor.facts.secret_shapes import has_secret_shape
from advisor.jobs.ledger import Item, Origin
from advisor.jobs.placement_fields import fill_placement
from advisor.jobs.run import Run
from advisor.jobs.spec import JobSpec
from advisor.readers.compose.interpolation import Values
from advisor.readers.compose.merging import as_pairs
from advisor.readers.compose.project import EnvFiles, Project
from advisor.readers.compose.provenance import Provenance
from advisor.readers.compose.run import assemble_run, replicas
from advisor.readers.compose.service import Service, scalar_text
from advisor.readers.gpu_evidence import with_stated_gpus
from advisor.readers.yaml_documents import Path

READER = "compose"

_PAIRS = frozenset({"environment", "labels", "annotations", "sysctls", "extra_hosts"})
_COMMANDS = frozenset({"command", "entrypoint", "test"})
_WHOLE = frozenset({"build"})
"""Keys whose parts all have one fate."""


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
        items=_service_items(service, run),
    )
    return fill_placement(spec)


def _service_items(service: Service, run: Run) -> tuple[Item, ...]:
    """In the order of the file; `run` is what the service was read as."""
    provenance = Provenance(service, run)
    return tuple(
        _item(service, path, value, provenance.key(path, value))
        for path, value in _leaves(service.body, service.at())
        if not str(path[2]).startswith("x-")
    )


def _item(service: Service, path: Path, value: Any, origin: Origin) -> Item:
    return Item(
        name=_named(path),
        written=str(next(step for step in reversed(path) if isinstance(step, str))),
        value=_shown(service, path, value),
        place=service.project.place(path),
        expansions=service.veil.word(_text(value)).expansions,
        sets=origin.sets,
        idle=origin.idle,
    )


def _named(path: Path) -> str:
    """Keys with dots or slashes in them stand in brackets and quotes, as in manifests."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step}]"
        elif "." in step or "/" in step:
            name += f'["{step}"]'
        else:
            name += f".{step}"
    return name.removeprefix(".")


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    key = path[-1]
    if key in _PAIRS:
        for name, entry in as_pairs(value).items():
            yield (*path, name), entry
    elif isinstance(value, dict) and value and key not in _WHOLE:
        for name, entry in value.items():
            yield from _leaves(entry, (*path, name))
    elif isinstance(value, list) and value and key not in _COMMANDS:
        for index, entry in enumerate(value):
            yield (*path, index), entry
    else:
        yield path, value


def _shown(service: Service, path: Path, value: Any) -> str:
    key = str(path[-1])
    if path[-2] in _PAIRS or isinstance(path[-1], str):
        literal = _literal(service, value)
        if literal and looks_secret(key, literal):
            return MARK
    if key in _COMMANDS:
        words = value if isinstance(value, list) else [value]
        return " ".join(redact_words([service.veil.plain(scalar_text(word)) for word in words])[0])
    text = service.veil.plain(_text(value))
    return (
        redact_text(text)[0] if has_secret_shape(text) or looks_secret(text.split("=")[0]) else text
    )


def _literal(service: Service, value: Any) -> str:
    """The part of a scalar that is written in the file itself."""
    if isinstance(value, dict | list) or value is None:
        return ""
    parts = service.veil.word(scalar_text(value)).parts
    return "".join(part for part in parts if isinstance(part, str))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return scalar_text(value)
